"""Pairs of names and passwords leaked elsewhere, tried from one address or by a botnet."""

from typing import ClassVar

from detectors.core.campaign import CampaignFacts, CampaignPattern
from detectors.core.detector import About, Text
from detectors.core.event import DAY
from detectors.core.identity import SubjectKind


class CredentialStuffing(CampaignPattern):
    """Weighs names that mostly do not exist here, of which some do, and a few get in."""

    about: ClassVar[About] = About(
        name="credential_stuffing",
        title=Text("Credential stuffing", "Bourrage d'identifiants"),
        aup=("3.3",),
        attack=("T1110.004",),
        keyed_by=SubjectKind.SOURCE,
        looks_at_tenant=True,
        state_version=1,
        state_ttl=16 * DAY,
        facts=CampaignFacts,
        sentence=Text(
            "{names} names failed within {minutes} minutes from {sources} addresses (first {ip}), "
            "{unknown} of which do not exist: a list from elsewhere. {users} accounts do get in "
            "from there. Accounts entered out of it: {hits}.",
            "{names} noms ont échoué en {minutes} minutes depuis {sources} adresses (d'abord "
            "{ip}), dont {unknown} n'existent pas : une liste venue d'ailleurs. {users} "
            "comptes y entrent. Comptes entrés par là : {hits}.",
        ),
        innocent=Text(
            "An import of old user names, or a partner's system that signs in with its own.",
            "Un import d'anciens identifiants, ou le système d'un partenaire avec les siens.",
        ),
        runbook="runbooks/credential_stuffing",
    )

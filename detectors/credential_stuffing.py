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
            "Names that failed within {minutes} minutes from {sources} addresses (first {ip}): "
            "{names}, of them unknown here: {unknown}; a list from elsewhere. Accounts that "
            "get in from there: {users}. Accounts entered out of it: {hits}.",
            "Noms en échec en {minutes} minutes depuis {sources} adresses (d'abord {ip}) : "
            "{names}, dont inconnus ici : {unknown} ; une liste venue d'ailleurs. Comptes qui "
            "y entrent : {users}. Comptes entrés par là : {hits}.",
        ),
        innocent=Text(
            "An import of old user names, or a partner's system that signs in with its own.",
            "Un import d'anciens identifiants, ou le système d'un partenaire avec les siens.",
        ),
        runbook="runbooks/credential_stuffing",
    )

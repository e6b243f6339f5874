"""Somebody who asks which accounts there are: names that do not exist, one after the other."""

from typing import ClassVar

from detectors.core.campaign import CampaignFacts, CampaignPattern
from detectors.core.detector import About, Text
from detectors.core.event import DAY
from detectors.core.identity import SubjectKind


class AccountEnumeration(CampaignPattern):
    """Weighs names that hardly ever exist here, none of which gets in."""

    about: ClassVar[About] = About(
        name="account_enumeration",
        title=Text("Account enumeration", "Énumération de comptes"),
        aup=("3.3",),
        attack=("T1087", "T1589"),
        keyed_by=SubjectKind.SOURCE,
        looks_at_tenant=True,
        state_version=1,
        state_ttl=16 * DAY,
        facts=CampaignFacts,
        sentence=Text(
            "Names tried within {minutes} minutes from {sources} addresses ({ip}): {names}, of "
            "them unknown here: {unknown}. Accounts that get in from there: {users}. Somebody "
            "looks for accounts.",
            "Noms essayés en {minutes} minutes depuis {sources} adresses ({ip}) : {names}, "
            "dont inconnus ici : {unknown}. Comptes qui y entrent : {users}. Quelqu'un cherche "
            "des comptes.",
        ),
        innocent=Text(
            "A directory's synchronisation with names that were removed here.",
            "La synchronisation d'un annuaire dont les noms ont été retirés ici.",
        ),
        runbook="runbooks/account_enumeration",
    )

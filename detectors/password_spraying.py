"""A few passwords tried on many accounts, from one address or from many."""

from typing import Annotated, ClassVar

from detectors.core.campaign import NAMES, CampaignFacts, CampaignParameters, CampaignPattern
from detectors.core.detector import About, Text
from detectors.core.event import DAY
from detectors.core.identity import SubjectKind


class Parameters(CampaignParameters, frozen=True, kw_only=True):
    """What password_spraying reckons with: existing names weigh a little more."""

    names: Annotated[int, NAMES] = 8


class PasswordSpraying(CampaignPattern):
    """Weighs the accounts that fail at an address and never get in there against those that do."""

    about: ClassVar[About] = About(
        name="password_spraying",
        title=Text("Password spraying", "Pulvérisation de mots de passe"),
        aup=("3.3",),
        attack=("T1110.003",),
        keyed_by=SubjectKind.SOURCE,
        looks_at_tenant=True,
        state_version=1,
        state_ttl=16 * DAY,
        facts=CampaignFacts,
        sentence=Text(
            "Accounts that failed within {minutes} minutes from {sources} addresses (first "
            "{ip}) and never got in there: {names}, of them unknown here: {unknown}. Others "
            "that do get in from there: {users}. Accounts entered out of it: {hits}.",
            "Comptes en échec en {minutes} minutes depuis {sources} adresses (d'abord {ip}) "
            "sans jamais y entrer : {names}, dont inconnus ici : {unknown}. Autres qui y "
            "entrent : {users}. Comptes entrés par là : {hits}.",
        ),
        innocent=Text(
            "A first day at a new site, where everybody gets a password wrong at first.",
            "Un premier jour sur un nouveau site, où chacun se trompe avant de réussir.",
        ),
        runbook="runbooks/password_spraying",
    )
    defaults: ClassVar[CampaignParameters] = Parameters()

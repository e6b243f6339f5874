"""A few passwords tried on many accounts, from one address or from many."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.campaign import (
    CampaignFacts,
    campaign,
    limit_of,
    of_source,
    of_tenant,
    pattern_of,
    pattern_of_wave,
    waves,
)
from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import Ledger, TenantLedger


class Parameters(Struct, frozen=True, kw_only=True):
    """What password_spraying reckons with."""

    names: Annotated[
        int,
        Meta(
            description="Names that fail at an address within two days and never get in there, "
            "from which on it is an attack",
            ge=3,
            extra={"unit": "names"},
        ),
    ] = 8
    per_user: Annotated[
        float,
        Meta(
            description="So many more for each account that gets in from that address",
            ge=0,
            extra={"unit": "names"},
        ),
    ] = 0.5
    sources: Annotated[
        int,
        Meta(
            description="Least addresses that fail and never succeed, and are an attack together",
            ge=3,
            extra={"unit": "addresses"},
        ),
    ] = 12


class PasswordSpraying:
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
            "{names} accounts failed within {minutes} minutes from {sources} addresses (first "
            "{ip}) and never got in there; {unknown} of them do not exist. {users} others do get "
            "in from there. Accounts entered out of it: {hits}.",
            "{names} comptes ont échoué en {minutes} minutes depuis {sources} adresses (d'abord "
            "{ip}) sans jamais y entrer ; {unknown} n'existent pas. {users} autres y entrent. "
            "Comptes entrés par là : {hits}.",
        ),
        innocent=Text(
            "A first day at a new site, where everybody gets a password wrong at first.",
            "Un premier jour sur un nouveau site, où chacun se trompe avant de réussir.",
        ),
        runbook="runbooks/password_spraying",
    )

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def of_source(
        self, subject: Subject, ledger: Ledger, day: int, context: Context
    ) -> Iterable[Finding]:
        """A finding when enough names fail, and one for each account that it got in as."""
        limits = self.parameters
        found = campaign(ledger, day, limits.names // 2)
        if found is None or pattern_of(found) != self.about.name:
            return ()
        limit = limit_of(found, limits.names, limits.per_user)
        return of_source(self.about.name, subject, found, limit)

    def of_tenant(
        self, subject: Subject, ledger: TenantLedger, day: int, context: Context
    ) -> Iterable[Finding]:
        """A finding when addresses that fail and never succeed come thicker than they ever do."""
        for found in waves(ledger, day, self.parameters.sources):
            if pattern_of_wave(found) == self.about.name:
                yield from of_tenant(self.about.name, subject, found, day)

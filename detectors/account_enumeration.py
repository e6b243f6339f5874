"""Somebody who asks which accounts there are: names that do not exist, one after the other."""

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
    """What account_enumeration reckons with."""

    names: Annotated[
        int,
        Meta(
            description="Names that fail at an address within two days and never get in there, "
            "from which on it is an attack",
            ge=3,
            extra={"unit": "names"},
        ),
    ] = 10
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


class AccountEnumeration:
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
            "{names} names were tried within {minutes} minutes from {sources} addresses ({ip}), "
            "{unknown} of which do not exist; {users} accounts do get in from there. Somebody "
            "looks for accounts.",
            "{names} noms ont été essayés en {minutes} minutes depuis {sources} adresses ({ip}), "
            "dont {unknown} n'existent pas ; {users} comptes y entrent. Quelqu'un cherche des "
            "comptes.",
        ),
        innocent=Text(
            "A directory's synchronisation with names that were removed here.",
            "La synchronisation d'un annuaire dont les noms ont été retirés ici.",
        ),
        runbook="runbooks/account_enumeration",
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
        """A finding when such addresses come thicker than they ever do."""
        for found in waves(ledger, day, self.parameters.sources):
            if pattern_of_wave(found) == self.about.name:
                yield from of_tenant(self.about.name, subject, found, day)

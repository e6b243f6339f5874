"""Pairs of names and passwords leaked elsewhere, tried from one address or by a botnet."""

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
    """What credential_stuffing reckons with."""

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


class CredentialStuffing:
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

"""More attempts to sign in than people make: an overload, by one address or of a whole tenant."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.campaign import FLOOD_TRIES, MAXIMUM_INVOLVED, MOSTLY, steps, weight
from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY
from detectors.core.finding import Evidence, Fact, Finding, Weights, standing
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import MAXIMUM_TOLD, SLOT, Ledger, Suspect, TenantLedger

MOSTLY_FAILS = 0.8
_SEVERAL = 3
_TOGETHER = 3
"""Addresses from which a name is tried that a flood is after, or half of them."""
_AGAIN = 2.5
_SLOWER = 0.2
_DAYS_THAT_TELL = 3


class Parameters(Struct, frozen=True, kw_only=True):
    """What login_flood reckons with."""

    attempts: Annotated[
        int,
        Meta(
            description="Attempts of one address within five minutes that are an overload",
            ge=10,
            extra={"unit": "attempts"},
        ),
    ] = 1_500
    failures: Annotated[
        int,
        Meta(
            description="Or so many, where nearly all fail, at the same names again and again",
            ge=10,
            extra={"unit": "attempts"},
        ),
    ] = 400
    per_user: Annotated[
        float,
        Meta(
            description="So many more for each account that gets in from that address",
            ge=0,
            extra={"unit": "attempts"},
        ),
    ] = 10.0
    tenant_attempts: Annotated[
        int,
        Meta(
            description="Attempts on a tenant within five minutes that are an overload",
            ge=10,
            extra={"unit": "attempts"},
        ),
    ] = 6_000
    tenant_failures: Annotated[
        int,
        Meta(
            description="Or so many failures, at the same names again and again",
            ge=10,
            extra={"unit": "failures"},
        ),
    ] = 300
    times_usual: Annotated[
        float,
        Meta(
            description="And so many times as many as the tenant's busiest five minutes: those of "
            "a usual day where nearly all fail, else those of any day before",
            ge=1,
            extra={"unit": "times"},
        ),
    ] = 5.0


class Facts(Struct, frozen=True):
    """What a finding says. Counts are rounded down to a few steps a decade."""

    attempts: Annotated[
        int, Meta(title="Attempts in five minutes", extra={"fr": "Tentatives en cinq minutes"})
    ]
    limit: Annotated[int, Meta(title="Limit", extra={"fr": "Limite"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]
    users: Annotated[
        int | None,
        Meta(title="Accounts that get in from there", extra={"fr": "Comptes qui y entrent"}),
    ]
    sources: Annotated[int | None, Meta(title="Addresses", extra={"fr": "Adresses"})] = None


class LoginFlood:
    """Weighs the busiest five minutes of a day against what people can do."""

    about: ClassVar[About] = About(
        name="login_flood",
        title=Text("Flood of sign-ins", "Afflux de connexions"),
        aup=("3.3", "7"),
        attack=("T1499",),
        keyed_by=SubjectKind.SOURCE,
        looks_at_tenant=True,
        state_version=1,
        state_ttl=16 * DAY,
        facts=Facts,
        sentence=Text(
            "{attempts} attempts to sign in within five minutes ({ip}, {sources} addresses, "
            "accounts that get in from there: {users}), with a limit of {limit}.",
            "{attempts} tentatives de connexion en cinq minutes ({ip}, {sources} adresses, "
            "comptes qui y entrent : {users}), pour une limite de {limit}.",
        ),
        innocent=Text(
            "A load test, or a client that tries again without a pause while something is down.",
            "Un test de charge, ou un client qui réessaie sans pause pendant une panne.",
        ),
        runbook="runbooks/login_flood",
    )

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def of_source(
        self, subject: Subject, ledger: Ledger, day: int, context: Context
    ) -> Iterable[Finding]:
        """A finding when an address tries more often than its people can."""
        seen = ledger.days[day]
        limits = self.parameters
        if seen.attempts < min(limits.attempts, limits.failures):
            return ()
        users = sum(not user.alias for user in ledger.users.values()) << ledger.level
        fails = seen.failures >= MOSTLY_FAILS * seen.attempts
        again = seen.failures >= FLOOD_TRIES * (len(seen.tries) << seen.level)
        least = limits.failures if fails and again else limits.attempts
        limit = round(least + limits.per_user * users)
        began = [day * DAY + one.first for one in seen.tries.values()]
        ip = subject.uid
        return self._found(subject, seen.slots, limit, day, seen.seen, ip, users, (), began)

    def of_tenant(
        self, subject: Subject, ledger: TenantLedger, day: int, context: Context
    ) -> Iterable[Finding]:
        """A finding when a tenant is tried more often than ever before."""
        seen = ledger.days[day]
        limits = self.parameters
        before = [period for number, period in ledger.days.items() if number < day]
        if seen.failures >= limits.tenant_failures:
            usual = _usual([max(p.failed_peak, *p.failed.values(), 0) for p in before])
            limit = round(max(limits.tenant_failures, limits.times_usual * usual))
            flooding = _flooding(ledger, day, [s for s, n in seen.failed.items() if n >= limit])
            if flooding:
                began = [ledger.suspects[address].first for address in flooding]
                found = self._found(
                    subject, seen.failed, limit, day, seen.firsts, None, None, flooding, began
                )
                if found:
                    return found
        if seen.attempts < limits.tenant_attempts:
            return ()
        usual = max((max(p.peak, *p.slots.values(), 0) for p in before), default=0)
        limit = round(max(limits.tenant_attempts, limits.times_usual * usual))
        return self._found(subject, seen.slots, limit, day, seen.seen, None, None, (), ())

    def _found(
        self,
        subject: Subject,
        slots: dict[int, int],
        limit: int,
        day: int,
        events: list[bytes],
        ip: str | None,
        users: int | None,
        addresses: tuple[str, ...],
        began: Iterable[int],
    ) -> tuple[Finding, ...]:
        over = sorted(slot for slot, count in slots.items() if count >= limit)
        if not over:
            return ()
        most = max(slots.values())
        first = slots[over[0]]
        start = day * DAY + over[0] * SLOT
        # Not before the first of those (ms) that began within these minutes: a flood seldom does
        # at their start.
        begin = min((time for time in began if start <= time < start + SLOT), default=start)
        reached = max(start + SLOT * limit // first, begin)
        weights = Weights(attack=weight(steps(most), limit))
        facts: dict[str, Fact] = {
            "attempts": steps(most),
            "limit": limit,
            "ip": ip,
            "users": None if users is None else steps(users),
            "sources": steps(len(addresses)) or None,
        }
        return (
            standing(
                self.about.name,
                subject,
                day * DAY,
                reached,
                Evidence("flood", weights, facts),
                tuple(events),
                severity=grade(weights),
                involved=tuple(Subject(SubjectKind.SOURCE, subject.tenant, ip) for ip in addresses),
            ),
        )


def _usual(peaks: list[int]) -> int:
    """The middle one of the days' peaks: an earlier flood must not hide a later one. Where there
    are too few days to tell, the highest."""
    ordered = sorted(peaks)
    return ordered[len(ordered) // 2] if len(ordered) >= _DAYS_THAT_TELL else max(peaks, default=0)


def _flooding(ledger: TenantLedger, day: int, slots: list[int]) -> tuple[str, ...]:
    """The addresses that began to fail around these slots of the day, where they do so at the
    same names again and again; none where the names are new ones. How many names there are is
    told by the smallest of their digests."""
    if not slots:
        return ()
    since = day * DAY + (min(slots) - 1) * SLOT
    until = day * DAY + (max(slots) + 1) * SLOT
    suspects = _in_a_hurry(
        _at_the_same_names(
            {
                address: one
                for address, one in ledger.suspects.items()
                if since <= one.first < until or (one.first < since <= one.last)
            }
        )
    )
    digests = sorted({account for one in suspects.values() for account in one.accounts})
    if len(suspects) < _SEVERAL or not digests:
        return ()
    few = digests[:MAXIMUM_TOLD]
    names = len(few) if len(digests) < MAXIMUM_TOLD else MAXIMUM_TOLD * (1 << 32) / (few[-1] + 1)
    failures = sum(one.failures for one in suspects.values())
    if failures < _AGAIN * names:
        return ()
    return tuple(sorted(suspects, key=lambda ip: (suspects[ip].first, ip))[:MAXIMUM_INVOLVED])


def _in_a_hurry(suspects: dict[str, Suspect]) -> dict[str, Suspect]:
    """Those that fail about as fast as most of them: who tries a name now and then for days, just
    then as well, is no part of a flood."""
    paces = {ip: one.failures / max(1, one.last - one.first) for ip, one in suspects.items()}
    usual = sorted(paces.values())[len(paces) // 2] if paces else 0.0
    return {ip: one for ip, one in suspects.items() if paces[ip] >= _SLOWER * usual}


def _at_the_same_names(suspects: dict[str, Suspect]) -> dict[str, Suspect]:
    """Those that mostly try names that others try too: who tries a list of leaked pairs just then
    is no part of a flood."""
    tried: dict[int, int] = {}
    for one in suspects.values():
        for account in one.accounts:
            tried[account] = tried.get(account, 0) + 1
    together = min(_TOGETHER, (len(suspects) + 1) // 2)
    return {
        address: one
        for address, one in suspects.items()
        if sum(tried[account] >= together for account in one.accounts) >= MOSTLY * len(one.accounts)
    }

"""The tenants' populations: what their people sign on with, counted and saved with every batch.

What was signed on with on a day is used from the second day after it on, when nothing of it can
come in time any more: so it never matters in which order events come, nor how far they are read. A
closed day is a row that never changes, and what holds on a day follows from the rows before it:
folding an old event again uses the population of its own day.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct, structs

from detectors.core.census import (
    CENSUS_VERSION,
    LEAST_AT_PROVIDER,
    LEAST_TODAY,
    WINDOW,
    Arrivals,
    Census,
    Tally,
    headcount,
    is_arrival,
    is_counted,
    names_of_server,
    shares,
)
from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, Event, SignIn
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import digest32
from detectors.core.place import Network
from detectors.core.population import SHIPPED, Population
from monitor.store.writing import LedgerRow, Writing

_CENSUS = "census"
_TALLY = "tally"
_LEAST_LAG = 2
_MOST_CENSUSES = 5_000
_MOST_POPULATIONS = 1_000
_MOST_CONTEXTS = 400
_MOST_TALLIES = 20_000
_DROPPED_AT_ONCE = 500
_encode = msgspec.msgpack.Encoder().encode


class SavedCensus(Struct, array_like=True):
    """A tenant's, as it is stored."""

    tenant: str
    census: Census


class SavedTally(Struct, array_like=True):
    """A closed day of a tenant's, as it is stored."""

    tenant: str
    tally: Tally


_decode_census = msgspec.msgpack.Decoder(SavedCensus).decode
_decode_tally = msgspec.msgpack.Decoder(SavedTally).decode


class Headcount(NamedTuple):
    """About how many people, by so many days on which any signed on."""

    people: float
    days: int


class StoredPopulations:
    """Counts sign-ons by tenant, and gives the context of each tenant and day."""

    def __init__(self, context: Context, lateness: int) -> None:
        """`lateness` in ms: a day is closed when nothing of it can come in time any more."""
        self._context = context
        self._lag = max(_LEAST_LAG, 1 + -(-lateness // DAY))
        self._writing: Writing | None = None
        self._censuses: dict[str, Census] = {}
        self._tallies: dict[tuple[str, int], Tally | None] = {}
        self._populations: dict[tuple[str, int], Population | None] = {}
        self._contexts: dict[int, Context] = {}

    def forget(self) -> None:
        """Drop what is in memory; the table is the truth."""
        self._writing = None
        self._censuses.clear()
        self._tallies.clear()
        self._populations.clear()
        self._contexts.clear()

    def use_context(self, context: Context) -> None:
        """Give this context from now on, with the populations of each day."""
        self._context = context
        self._contexts.clear()

    def use(self, writing: Writing) -> None:
        """Read from this transaction from now on."""
        self._writing = writing

    def count(self, writing: Writing, events: Iterable[Event]) -> None:
        """Take in new events, in order of time as far as they are, and save what they changed."""
        self._writing = writing
        given = list(events)
        censuses = self._censuses
        self._load(writing, {event.tenant for event in given})
        changed: set[str] = set()
        closed: dict[tuple[str, int], Tally] = {}
        for event in given:
            tenant = event.tenant
            census = censuses[tenant]
            number = event.time // DAY
            if number > census.latest:
                for day, tally in census.pass_to(number, self._lag).items():
                    closed[tenant, day] = tally
                changed.add(tenant)
            if not isinstance(event, SignIn):
                continue
            if self._counts(event) and census.count(event, self._lag):
                changed.add(tenant)
            if is_arrival(event) and self._is_person(event) and census.arrive(event, self._lag):
                changed.add(tenant)
        self._save(writing, changed, closed)
        for tenant in list(censuses)[: max(0, len(censuses) - _MOST_CENSUSES)]:
            del censuses[tenant]

    def _counts(self, event: SignIn) -> bool:
        """Whether it is a person that signs on and gets in."""
        return is_counted(event) and self._is_person(event)

    def _is_person(self, event: SignIn) -> bool:
        context = self._context
        if not context.kinds and context.directory is None:
            return True
        subject = Subject(SubjectKind.ACCOUNT, event.tenant, event.account)
        return context.kind(subject, event.time) is AccountKind.PERSON

    def context(self, day: int) -> Context:
        """What holds on a day (since 1970). Populations are looked up when they are asked for:
        hardly any sign-in is strange enough."""
        known = self._contexts.get(day)
        if known is None:
            if len(self._contexts) >= _MOST_CONTEXTS:
                self._contexts.clear()
            on_day = _OnDay(self, day, self._context.populations)
            known = self._contexts[day] = structs.replace(
                self._context, populations=on_day, crowds=self
            )
        return known

    def population(self, tenant: str, day: int) -> Population | None:
        """What a tenant's own people sign on with, as it is used on a day; None where too little
        was counted."""
        if (tenant, day) in self._populations:
            return self._populations[tenant, day]
        counted = shares(self._closed(tenant, day))
        found = None if counted is None else SHIPPED.shared_by(f"{day}", counted)
        census = self._censuses.get(tenant)
        if census is not None and census.latest >= day:
            # Before that, days that it is made of may still be closed.
            if len(self._populations) >= _MOST_POPULATIONS:
                self._populations.clear()
            self._populations[tenant, day] = found
        return found

    def is_crowded(
        self, subject: Subject, network: Network | None, ip: str, at: int, *, new: bool
    ) -> bool:
        """Whether so many other accounts signed on from a server's addresses before `at` (ms), on a
        day that is not counted yet, that a company moves behind it; `new`: and was not before.

        Of what is stored by then: events of others that come late find the account judged already.
        """
        account, day = digest32(subject.uid), at // DAY
        line, *provider = names_of_server(network, ip)
        asked = [(line, LEAST_TODAY)]
        population = self.population(subject.tenant, day)
        if new and population is not None and population.is_common(ip):
            return False
        if network and network.asn and not (population and population.has_network(network.asn)):
            asked += [(name, LEAST_AT_PROVIDER) for name in provider]
        for number in range(day, day - self._lag, -1):
            arrivals = self._arrivals(subject.tenant, number)
            for name, least in asked:
                if name in arrivals and arrivals[name].people(account, at) >= least:
                    return True
        return False

    def _arrivals(self, tenant: str, day: int) -> dict[int, Arrivals]:
        """Those of a day, be it closed or going on."""
        if tenant not in self._censuses and self._writing is not None:
            self._load(self._writing, [tenant])
        census = self._censuses.get(tenant)
        if census is not None and day in census.days:
            return census.days[day].arrivals
        if (tenant, day) not in self._tallies and self._writing is not None:
            self._read(self._writing, [(tenant, day)])
        tally = self._tallies.get((tenant, day))
        return {} if tally is None else tally.arrivals

    def people(
        self, writing: Writing, asked: Iterable[tuple[str, int]]
    ) -> dict[tuple[str, int], Headcount]:
        """About how many people each tenant has, as of a day of its own events."""
        asked = list(asked)
        self._writing = writing
        wanted = [(t, n) for t, day in asked for n in self._days(day)]
        missing = [one for one in wanted if one not in self._tallies]
        if missing:
            self._read(writing, missing)
        found = {}
        for tenant, day in asked:
            tallies = self._closed(tenant, day)
            days = sum(tally.asked > 0 for tally in tallies)
            found[tenant, day] = Headcount(headcount(tallies), days)
        return found

    def closed_before(self, day: int) -> int:
        """The event time (ms) up to which nothing changes any more once a day has come."""
        return (day - self._lag + 1) * DAY

    def drop_old(self, writing: Writing, folded: int) -> int:
        """Forget some days that no event from `folded` (ms) on can need; how many."""
        oldest = folded // DAY - WINDOW - self._lag - 1
        return writing.drop_ledgers((_CENSUS, _TALLY), oldest, _DROPPED_AT_ONCE)

    def _closed(self, tenant: str, day: int) -> list[Tally]:
        """The closed days that a population on this day is made of."""
        days = self._days(day)
        missing = [(tenant, n) for n in days if (tenant, n) not in self._tallies]
        if missing and self._writing is not None:
            self._read(self._writing, missing)
        found = (self._tallies.get((tenant, number)) for number in days)
        return [tally for tally in found if tally is not None]

    def _days(self, day: int) -> range:
        """The days that a population on this day is made of."""
        last = day - self._lag
        return range(last - WINDOW + 1, last + 1)

    def _read(self, writing: Writing, days: list[tuple[str, int]]) -> None:
        if len(self._tallies) > _MOST_TALLIES:
            self._tallies.clear()
        keys = {_key(*one): one for one in days}
        for one in days:
            self._tallies[one] = None
        for key, body in writing.ledgers(_TALLY, keys, CENSUS_VERSION).items():
            saved = _decode_tally(body)
            if saved.tenant == keys[key][0]:
                self._tallies[keys[key]] = saved.tally

    def _load(self, writing: Writing, tenants: Iterable[str]) -> None:
        """Have the censuses of these tenants, and let them be the last to be let go of."""
        missing: dict[int, str] = {}
        for tenant in tenants:
            census = self._censuses.pop(tenant, None)
            if census is not None:
                self._censuses[tenant] = census
            else:
                missing[Subject(SubjectKind.TENANT, tenant, "").key()] = tenant
        bodies = writing.ledgers(_CENSUS, missing, CENSUS_VERSION) if missing else {}
        for key, tenant in missing.items():
            saved = _decode_census(bodies[key]) if key in bodies else None
            is_own = saved is not None and saved.tenant == tenant
            self._censuses[tenant] = saved.census if saved is not None and is_own else Census()

    def _save(
        self, writing: Writing, changed: set[str], closed: dict[tuple[str, int], Tally]
    ) -> None:
        rows = []
        for tenant in sorted(changed):
            census = self._censuses[tenant]
            key = Subject(SubjectKind.TENANT, tenant, "").key()
            rows.append(LedgerRow(key, census.latest, _encode(SavedCensus(tenant, census))))
        writing.save_ledgers(_CENSUS, CENSUS_VERSION, rows)
        tallies = []
        for (tenant, number), tally in closed.items():
            self._tallies[tenant, number] = tally
            body = _encode(SavedTally(tenant, tally))
            tallies.append(LedgerRow(_key(tenant, number), number, body))
        writing.save_ledgers(_TALLY, CENSUS_VERSION, tallies)


class _OnDay(Mapping[str, Population]):
    """The populations of one day: those that are set, and of other tenants what was counted."""

    def __init__(
        self, stored: StoredPopulations, day: int, given: Mapping[str, Population]
    ) -> None:
        self._stored = stored
        self._day = day
        self._given = given

    def __getitem__(self, tenant: str) -> Population:
        found = self._given.get(tenant) or self._stored.population(tenant, self._day)
        if found is None:
            raise KeyError(tenant)
        return found

    def __iter__(self) -> Iterator[str]:
        """Those that are set: of the others only those are known that are asked for."""
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


def _key(tenant: str, day: int) -> int:
    return Subject(SubjectKind.TENANT, tenant, str(day)).key()

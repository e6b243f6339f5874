"""Populations in the store: of their own day, whatever the split, the order and the restarts."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine

from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, HOUR, MINUTE, Outcome, SignIn
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.place import Network, NetworkKind
from detectors.core.population import SHIPPED, Population
from monitor.populations import StoredPopulations
from monitor.store import tables
from monitor.store.writing import Writing
from tests.detectors.core.test_census import sign_on

DAYS = range(20_000, 20_008)


def history() -> list[SignIn]:
    """Sixty people over eight days: at the office, from the fifth day on in another network."""
    return [
        sign_on(n, day, hour=8 + n % 3, asn=64_500 + (day >= DAYS[4]))
        for day in DAYS
        for n in range(60)
    ]


def populations(
    database: Database,
    events: list[SignIn],
    size: int,
    context: Context | None = None,
    restart: bool = False,
) -> dict[int, Population]:
    """What held on each day when its first event was folded, batch by batch."""
    stored = StoredPopulations(context or Context(), DAY)
    seen: dict[int, Population] = {}
    for start in range(0, len(events), size):
        batch = sorted(events[start : start + size], key=lambda event: event.id)
        with database.begin() as connection:
            writing = Writing(connection)
            stored.count(writing, batch)
            for event in batch:
                day = event.time // DAY
                now = stored.context(day).population("t")
                assert seen.setdefault(day, now) == now, "a day has one population"
        if restart:
            stored = StoredPopulations(context or Context(), DAY)
    return seen


def test_a_day_uses_what_was_counted_until_the_day_before_the_last(database: Database) -> None:
    seen = populations(database, history(), 50)
    assert seen[DAYS[2]] == SHIPPED, "60 sign-ons were counted: too few"
    assert seen[DAYS[5]].networks["64500"] == pytest.approx(240 / 440)
    assert "64501" not in seen[DAYS[5]].networks
    assert seen[DAYS[6]].networks["64501"] == pytest.approx(60 / 500)
    assert seen[DAYS[6]].hours[8] > seen[DAYS[6]].hours[3]
    assert seen[DAYS[6]].honest == SHIPPED.honest


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_any_split_any_order_and_any_restart_give_the_same(
    tmp_path: Path, size: int, restart: bool
) -> None:
    found = []
    pick = random.Random(size)
    shuffled = sorted(history(), key=lambda event: event.time + pick.randrange(20 * HOUR))
    for number, (events, batch) in enumerate([(history(), 60), (shuffled, size)]):
        made = create_engine(f"sqlite:///{tmp_path / f'{number}.sqlite'}")
        tables.metadata.create_all(made)
        found.append(populations(made, events, batch, restart=restart and number == 1))
        made.dispose()
    assert found[0] == found[1]


def test_an_old_event_is_folded_again_with_the_population_of_its_day(database: Database) -> None:
    seen = populations(database, history(), 100)
    later = StoredPopulations(Context(), DAY)
    with database.begin() as connection:
        later.use(Writing(connection))
        for day in DAYS:
            assert later.context(day).population("t") == seen[day]
        assert later.context(DAYS[6]).population("other") == SHIPPED


def test_programs_are_not_people_and_what_is_set_is_not_counted(database: Database) -> None:
    subjects = [Subject(SubjectKind.ACCOUNT, "t", f"u{n}") for n in range(60)]
    services = Context(kinds=dict.fromkeys(subjects, AccountKind.SERVICE))
    assert set(populations(database, history(), 90, services)) == set(DAYS)
    with database.begin() as connection:
        stored = StoredPopulations(Context(), DAY)
        stored.use(Writing(connection))
        assert stored.context(DAYS[7]).population("t") == SHIPPED
    given = Population(version="given")
    mine = Context(populations={"t": given})
    assert set(map(id, populations(database, history(), 90, mine).values())) == {id(given)}


def test_a_population_is_looked_up_when_it_is_asked_for(database: Database) -> None:
    """Not at every event: of ten thousand small tenants hardly one is asked for in a day."""
    asked: list[str] = []

    class Watched(StoredPopulations):
        def population(self, tenant: str, day: int) -> Population | None:
            asked.append(tenant)
            return super().population(tenant, day)

    populations(database, history(), 100)
    stored = Watched(Context(), DAY)
    with database.begin() as connection:
        stored.use(Writing(connection))
        context = stored.context(DAYS[6])
        assert stored.context(DAYS[6]) is context
        assert not asked
        assert context.population("other") is SHIPPED
        assert context.population("t") != SHIPPED
        assert "t" in context.populations
        assert not list(context.populations)
        assert len(context.populations) == 0
    assert set(asked) == {"other", "t"}


def test_more_tenants_than_stay_in_memory_are_counted_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = populations(database, history(), 100)
    monkeypatch.setattr("monitor.populations._MOST_CENSUSES", 1)
    few = [structs.replace(e, tenant=t) for e in history() for t in ("u", "v")]
    stored = StoredPopulations(Context(), DAY)
    for start in range(0, len(few), 90):
        with database.begin() as connection:
            stored.count(Writing(connection), few[start : start + 90])
    with database.begin() as connection:
        stored.use(Writing(connection))
        for tenant in "uv":
            assert stored.context(DAYS[6]).population(tenant) == before[DAYS[6]]


def test_old_days_are_dropped(database: Database) -> None:
    populations(database, history(), 100)
    stored = StoredPopulations(Context(), DAY)
    with database.begin() as connection:
        writing = Writing(connection)
        stored.use(writing)
        assert stored.context(DAYS[6]).population("t") != SHIPPED
        stored.forget()
        stored.drop_old(writing, (DAYS[7] + 200) * DAY)
        stored.use(writing)
        assert stored.context(DAYS[6]).population("t") == SHIPPED


SERVER = Network(64_900, "Rented", NetworkKind.HOSTING)
VPN = Network(64_901, "Tunnel", NetworkKind.VPN)
MORNING = DAYS[6]


def at_server(account: int, minute: int, day: int = MORNING, **fields: Any) -> SignIn:
    """A sign-on from a server, so many minutes after nine."""
    at = {"network": SERVER, "ip": "198.51.100.7", **fields}
    return sign_on(account, day, time=day * DAY + 9 * HOUR + minute * MINUTE, **at)


def in_order(*events: SignIn) -> list[SignIn]:
    return sorted(
        (
            structs.replace(e, id=timed_id(e.time, e.account, str(e.ip), e.outcome.value))
            for e in events
        ),
        key=lambda event: event.id,
    )


def crowded(
    database: Database,
    events: list[SignIn],
    size: int = 1_000,
    *,
    restart: bool = False,
    stored: StoredPopulations | None = None,
    new: bool = False,
) -> dict[bytes, bool]:
    """Whether each event came from where a company moves to, told as it is folded."""
    stored = stored or StoredPopulations(Context(), DAY)
    told: dict[bytes, bool] = {}
    for start in range(0, len(events), size):
        batch = events[start : start + size]
        with database.begin() as connection:
            stored.count(Writing(connection), batch)
            told |= asked(stored, batch, new=new)
        if restart:
            stored = StoredPopulations(Context(), DAY)
    return told


def asked(
    stored: StoredPopulations, events: Iterable[SignIn], *, new: bool = False
) -> dict[bytes, bool]:
    """The same of events that are counted."""
    return {
        event.id: stored.context(event.time // DAY).is_crowded(
            Subject(SubjectKind.ACCOUNT, event.tenant, event.account),
            event.network,
            event.ip,
            event.time,
            new=new,
        )
        for event in events
    }


def test_the_fourth_colleague_of_a_morning_is_at_the_companys_server(database: Database) -> None:
    events = in_order(*(at_server(n, 5 * n) for n in range(5)), at_server(0, 90))
    assert list(crowded(database, events).values()) == [False, False, False, True, True, True]
    assert [e.account for e in events][2:4] == ["u2", "u3"]


def test_who_comes_at_the_same_time_or_afterwards_says_nothing(database: Database) -> None:
    events = in_order(*(at_server(n, 5 * min(n, 1)) for n in range(5)))
    assert not any(crowded(database, events).values())


def test_a_server_that_nobody_else_comes_to_is_no_companys(database: Database) -> None:
    events = in_order(*(at_server(0, n) for n in range(9)), at_server(1, 10), at_server(2, 11))
    assert not any(crowded(database, events).values())


def test_where_as_many_are_guessed_at_no_company_moves(database: Database) -> None:
    came = [at_server(n, 5 * n) for n in range(4)]
    failed = [at_server(20 + n, n, outcome=Outcome.FAILURE) for n in range(2)]
    last = came[-1]
    for failures, is_one in ((failed[:1], True), (failed, False)):
        events = in_order(*came, *failures)
        [told] = [
            one
            for event, one in zip(events, crowded(fresh(database), events).values(), strict=True)
            if (event.account, event.outcome) == (last.account, last.outcome)
        ]
        assert told is is_one


def test_who_does_not_get_in_is_nobody_who_came(database: Database) -> None:
    events = in_order(*(at_server(n, n, outcome=Outcome.FAILURE) for n in range(9)))
    assert not any(crowded(database, events).values())


def at_provider(asn: int, kind: NetworkKind = NetworkKind.HOSTING) -> list[SignIn]:
    """Eight colleagues at as many addresses of one provider."""
    network = Network(asn, "Rented", kind)
    return in_order(*(at_server(n, 5 * n, ip=f"203.0.{n}.9", network=network) for n in range(8)))


def test_a_provider_at_whose_addresses_six_others_are(database: Database) -> None:
    told = crowded(database, at_provider(64_900))
    assert list(told.values()) == [False] * 6 + [True] * 2


def test_where_the_people_always_come_from_nobody_moves(database: Database) -> None:
    """Who signs on there is at the company's; a session that goes there may be anybody's."""
    stored = StoredPopulations(Context(), DAY)
    before = [at_server(n, 5 * n, day) for day in range(MORNING - 9, MORNING) for n in range(16)]
    with database.begin() as connection:
        stored.count(Writing(connection), in_order(*before))
    morning = in_order(*(at_server(n, 5 * n) for n in range(9)))
    assert any(crowded(database, morning, stored=stored).values())
    assert not any(asked(stored, morning, new=True).values())
    elsewhere = in_order(*(at_server(n, 99 + n, ip="192.0.2.7") for n in range(9)))
    assert any(crowded(database, elsewhere, stored=stored, new=True).values())


def test_a_vpns_other_addresses_are_anybodys(database: Database) -> None:
    assert not any(crowded(database, at_provider(64_900, NetworkKind.VPN)).values())


def test_a_provider_that_the_tenants_people_always_had_is_anybodys(database: Database) -> None:
    """Somebody signs on there every day, and none of the eight is where another one is."""
    stored = StoredPopulations(Context(), DAY)
    with database.begin() as connection:
        stored.count(Writing(connection), history())
    assert not any(crowded(database, at_provider(64_500), stored=stored).values())
    told = crowded(database, at_provider(64_777), stored=stored)
    assert list(told.values()) == [False] * 6 + [True] * 2


def fresh(database: Database) -> Database:
    """The same without anything in it."""
    with database.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
    return database


def moving() -> list[SignIn]:
    """Sixty people at the office, who move behind a server over two mornings, and guesses."""
    events = [
        at_server(n, 4 * n, day, ip=f"198.51.100.{n % 7}")
        for day in (DAYS[5], DAYS[6])
        for n in range(20 * (day - DAYS[4]))
    ]
    guesses = [
        at_server(100 + n, 11 * n, DAYS[5], ip="203.0.113.9", outcome=Outcome.FAILURE)
        for n in range(30)
    ]
    mistaken = [at_server(n, 4 * n - 1, DAYS[6], outcome=Outcome.FAILURE) for n in range(0, 40, 9)]
    return in_order(*history(), *events, *guesses, *mistaken)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_any_split_and_any_restart_tell_the_same_crowds(
    tmp_path: Path, size: int, restart: bool
) -> None:
    told = []
    for number, (batch, again) in enumerate([(60, False), (size, restart)]):
        made = create_engine(f"sqlite:///{tmp_path / f'{number}.sqlite'}")
        tables.metadata.create_all(made)
        told.append(crowded(made, moving(), batch, restart=again))
        made.dispose()
    assert told[0] == told[1]
    assert 20 < sum(told[0].values()) < len(told[0]) - 200


def test_an_old_event_folded_again_finds_the_crowds_of_its_day(database: Database) -> None:
    """Be the day closed in the meantime, and be there hundreds at the server since."""
    seen = crowded(database, moving(), 100)
    later = StoredPopulations(Context(), DAY)
    with database.begin() as connection:
        later.count(Writing(connection), [sign_on(n, DAYS[7] + 4) for n in range(5)])
    with database.begin() as connection:
        later.use(Writing(connection))
        assert asked(later, moving()) == seen


def test_the_day_before_is_asked_as_well_until_it_is_counted(database: Database) -> None:
    """From then on the population has it."""
    events = in_order(*(at_server(n, 5 * n) for n in range(3)))
    events += in_order(*(at_server(9, 0, MORNING + n) for n in range(1, 4)))
    assert list(crowded(database, events, 1).values())[3:] == [True, False, False]


def test_another_tenants_people_are_no_colleagues(database: Database) -> None:
    events = in_order(*(at_server(n, 5 * n) for n in range(4)))
    mixed = [structs.replace(e, tenant="tu"[n % 2]) for n, e in enumerate(events)]
    assert not any(crowded(database, mixed).values())

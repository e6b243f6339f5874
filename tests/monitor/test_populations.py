"""Populations in the store: of their own day, whatever the split, the order and the restarts."""

import random
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine

from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, HOUR, SignIn
from detectors.core.identity import Subject, SubjectKind
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

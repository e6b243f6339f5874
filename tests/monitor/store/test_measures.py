"""Measures come back as they were kept, are asked for once, and no change is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Engine, create_engine, select

from alerts.ladder import Step
from alerts.measure import HOLDING, Measure, State, Why
from alerts.policy import Tally
from detectors.core.event import HOUR
from detectors.core.identity import Subject, SubjectKind
from monitor.store import measures, tables
from monitor.store.measures import ConflictError, Filter, Place
from tests.databases import Databases
from tests.monitor.services.measured import ACCOUNT, NOW, TENANT, WHO, kept, measure

WORDS = st.text(alphabet="abé '", max_size=8)
TIMES = st.none() | st.integers(1, 1 << 42)
KEPT = st.builds(
    Measure,
    tenant=st.just(TENANT),
    account=WORDS.filter(bool),
    step=st.sampled_from(Step),
    state=st.sampled_from(State),
    created=st.integers(1, 1 << 42),
    key=st.just("k"),
    incident=st.none() | st.binary(min_size=16, max_size=16),
    ticket=st.none() | st.integers(1, 9),
    rule=WORDS,
    policy=st.none() | st.integers(1, 9),
    because=WORDS,
    aup=st.sampled_from(["", "6"]),
    requested_by=WORDS,
    requested_name=WORDS,
    requested=TIMES,
    reason=WORDS,
    approvals=st.integers(0, 1),
    expires=TIMES,
    decided_by=WORDS,
    decided_name=WORDS,
    decided=TIMES,
    decision=WORDS,
    not_before=TIMES,
    until=TIMES,
    ordered=TIMES,
    carried=TIMES,
    confirmed=TIMES,
    unfinished=st.none() | st.sampled_from(Why),
    called=TIMES,
    undone_by=WORDS,
    undone_name=WORDS,
    undo_asked=TIMES,
    undo_reason=WORDS,
    ended=TIMES,
    appeal=st.none() | st.integers(1, 9),
    appealed=TIMES,
    answered_by=WORDS,
    answered=TIMES,
    upheld=st.none() | st.booleans(),
    round=st.integers(0, 3),
)


@given(one=KEPT)
@settings(max_examples=60)
def test_what_is_kept_comes_back(one: Measure) -> None:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine, [tables.measures, tables.changes])
    with engine.connect() as connection:
        made = measures.add(connection, one)
        assert made is not None
        assert measures.get(connection, made.id) == made
        assert structs.replace(made, id=0, version=1) == structs.replace(one, version=1)
        connection.rollback()
    engine.dispose()


def test_nothing_is_asked_for_twice_by_a_rule(database: Engine) -> None:
    with database.begin() as connection:
        assert measures.add(connection, measure(key="i:suspend")) is not None
        assert measures.add(connection, measure(key="i:suspend")) is None
        one, other = (kept(connection, measure(requested_by="a")) for _ in range(2))
        assert one.key != other.key


def test_a_change_over_one_that_was_not_seen_is_refused(database: Engine) -> None:
    with database.begin() as connection:
        before = kept(connection, measure())
        done = measures.put(connection, before, structs.replace(before, state=State.DONE), NOW)
        assert done.version == before.version + 1
        assert measures.put(connection, done, done, NOW) is done
        with pytest.raises(ConflictError):
            measures.put(connection, before, structs.replace(before, state=State.UNDOING), NOW)
        assert measures.get(connection, before.id) == done
        assert measures.get(connection, 99) is None


def test_every_change_is_told_on_the_stream(database: Engine) -> None:
    with database.begin() as connection:
        before = kept(connection, measure())
    with database.begin() as connection:
        measures.put(connection, before, structs.replace(before, state=State.DONE), NOW)
    with database.connect() as connection:
        told = connection.execute(select(tables.changes.c.kind, tables.changes.c.reference)).all()
    assert [tuple(row) for row in told] == [("measure", str(before.id))] * 2


def test_of_an_account_are_its_own_alone(database: Engine) -> None:
    with database.begin() as connection:
        measures.hold(connection, WHO)
        held = kept(connection, measure())
        kept(connection, measure(account="u-18"))
        over = kept(connection, measure(state=State.UNDONE))
        assert measures.of_account(connection, WHO) == [held, over]
        assert measures.of_account(connection, WHO, HOLDING) == [held]
        stranger = Subject(SubjectKind.ACCOUNT, "other", ACCOUNT)
        assert measures.of_account(connection, stranger) == []


def test_whoever_holds_an_account_holds_it_alone(databases: Databases) -> None:
    database = databases.new()
    if databases.kind == "sqlite":
        # There one transaction at a time writes.
        with database.begin() as connection:
            assert measures.is_held_now(connection, WHO)
        return
    with database.begin() as one, database.begin() as two:
        measures.hold(one, WHO)
        assert measures.is_held_now(one, WHO)
        assert not measures.is_held_now(two, WHO)
        assert measures.is_held_now(two, Subject(SubjectKind.ACCOUNT, TENANT, "another"))


def test_pages_begin_where_the_one_before_ended(database: Engine) -> None:
    with database.begin() as connection:
        made = [kept(connection, measure(state=State.DONE)) for _ in range(5)]
        kept(connection, measure(state=State.REQUESTED))
        wanted = Filter(tenant=TENANT, states=frozenset((State.DONE,)), step=Step.SUSPEND)
        first = measures.page(connection, wanted, limit=3)
        place = Place(measures.updated(connection, first[-1].id), first[-1].id)
        rest = measures.page(connection, wanted, place)
        assert [one.id for one in (*first, *rest)] == [one.id for one in reversed(made)]
        assert measures.page(connection, Filter(tenant="other")) == []
        assert measures.page(connection, Filter(account=ACCOUNT, ticket=3)) == []
        assert measures.counts(connection) == {State.DONE: 5, State.REQUESTED: 1}
        assert measures.counts(connection, "other") == {}
        assert measures.count_in(connection, {State.DONE, State.REFUSED}) == 5
        kept(connection, measure(Step.NOTIFY, State.DONE))
        assert measures.count_in(connection, {State.DONE}) == 5
        assert measures.updated(connection, 99) == 0


def test_what_is_due_is_found(database: Engine) -> None:
    with database.begin() as connection:
        asked = kept(connection, measure(state=State.REQUESTED, expires=NOW + 5))
        held = kept(connection, measure(state=State.IN_FORCE, until=NOW + 5))
        kept(connection, measure(state=State.UNDOING, until=NOW + 5))
        assert measures.lapsed(connection, NOW + 4) == []
        assert measures.lapsed(connection, NOW + 5) == [asked]
        assert measures.served(connection, NOW + 4) == []
        assert measures.served(connection, NOW + 5) == [held]
        assert measures.in_states(connection, {State.REQUESTED, State.IN_FORCE}) == [asked, held]
        assert measures.in_states(connection, {State.IN_FORCE}, after=held.id) == []


def test_the_tally_counts_accounts_that_a_rule_acted_on_lately(database: Engine) -> None:
    incident = b"i" * 16
    with database.begin() as connection:
        for account in ("a", "a", "b"):
            kept(connection, measure(Step.REVOKE, State.DONE, account))
        kept(connection, measure(account="c", state=State.SHADOW))
        kept(connection, measure(account="d", state=State.PROPOSED, incident=incident))
        kept(connection, measure(account="e", requested_by="reviewer:1"))
        stale = measure(account="f", incident=incident, step=Step.CHALLENGE)
        kept(connection, structs.replace(stale, created=NOW - 2 * HOUR))
        assert measures.tally(connection, WHO, b"j" * 16, NOW) == Tally(hour=2, tenant_hour=2)
        other = Subject(SubjectKind.ACCOUNT, "other", "x")
        told = measures.tally(connection, other, incident, NOW)
        assert told == Tally(hour=2, tenant_hour=0, reached=Step.CHALLENGE)

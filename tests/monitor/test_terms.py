"""What tenants allow is the policy's word, then the directory's; it holds from when it was said."""

from sqlalchemy import Engine as Database

from alerts.document import read_text
from alerts.policy import Policy, TenantTerms
from detectors.core.context import Context
from detectors.core.event import DAY
from detectors.core.listing import Rules
from detectors.core.place import NetworkKind
from detectors.limit_evasion import LimitEvasion
from monitor.directory.tenant import Tenant, TenantChanges
from monitor.engine import Engine
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.services.policies import Policies
from monitor.store import tables
from monitor.terms import rules_by_tenant, rules_of
from tests.detectors.story import CHROME, LYON, MADRID, MONDAY, Story
from tests.monitor.test_listings import Clock, T, intake

FRANCE = '[tenants.acme]\ncountries = ["FR"]\n'
ANN = operator("ann")


def test_field_by_field_the_policy_stands_first() -> None:
    tenant = Tenant(uid=T, countries=("FR", "BE"), seats=3)
    assert rules_of(None, None) is None
    assert rules_of(TenantTerms(), Tenant(uid=T)) is None
    assert rules_of(None, tenant) == Rules(frozenset(("FR", "BE")), 3)
    networks = frozenset((NetworkKind.FIXED,))
    terms = TenantTerms(countries=frozenset(("FR",)), networks=networks, mfa_required=True)
    assert rules_of(terms, tenant) == Rules(frozenset(("FR",)), 3, networks, True)
    assert rules_of(TenantTerms(seats=1), Tenant(uid=T, mfa_required=True)) == Rules(
        seats=1, mfa_required=True
    )


def test_all_tenants_that_anybody_said_something_of() -> None:
    policy = Policy(tenants={"a": TenantTerms(seats=1), "b": TenantTerms()})
    tenants = {"b": Tenant(uid="b"), "c": Tenant(uid="c", seats=2)}
    assert rules_by_tenant(policy, tenants) == {"a": Rules(seats=1), "c": Rules(seats=2)}


def open_engine(database: Database, clock: Clock) -> Engine:
    """One that looks at rules only."""
    return Engine(database, [LimitEvasion()], lambda e: e, context=Context(), clock=clock)


def found(database: Database) -> int:
    """How many findings hold."""
    with database.connect() as connection:
        return len(connection.execute(tables.findings.select()).all())


def test_an_engine_at_work_takes_up_what_was_adopted(database: Database) -> None:
    clock = Clock()
    engine = open_engine(database, clock)
    story = Story("u-1", T).work([0], LYON, CHROME).work([1, 3, 5, 7], MADRID, CHROME)
    events = story.sorted()

    def read_day(day: int) -> None:
        begin = MONDAY + day * DAY
        clock.now = begin + DAY
        engine.process([intake([e for e in events if begin <= e.time < begin + DAY])])

    for day in (0, 1):
        read_day(day)
    service = Policies(database, clock)
    assert engine.take_up_directory() == 0
    assert found(database) == 0
    clock.now = MONDAY + 2 * DAY
    service.adopt(ANN, FRANCE, 0, "as agreed")
    engine.take_up_directory()
    read_day(3)
    # Tuesday in Madrid was allowed, and stays so; Thursday is not.
    assert found(database) == 1
    engine.stop()

    engine = open_engine(database, clock)
    engine.take_up_directory()
    rules = engine._fold.context.rules_of
    assert rules(T, MONDAY + DAY) == Rules()
    assert rules(T, MONDAY + 3 * DAY) == Rules(frozenset(("FR",)))
    read_day(5)
    assert found(database) == 2
    clock.now = MONDAY + 6 * DAY
    service.restore(ANN, 0, 1, "too strict")
    engine.take_up_directory()
    read_day(7)
    assert found(database) == 2
    assert engine._fold.context.rules_of(T, MONDAY + 5 * DAY) == Rules(frozenset(("FR",)))


def test_what_the_directory_says_of_a_tenant_is_taken_up_as_well(database: Database) -> None:
    clock = Clock()
    engine = open_engine(database, clock)
    directory = Directory(database, clock)
    made = directory.create_tenant(ANN, T, TenantChanges(seats=3))
    engine.take_up_directory()
    rules = engine._fold.context.rules_of
    assert rules(T, MONDAY) == Rules(seats=3)
    clock.now += DAY
    directory.change_tenant(ANN, made.id, TenantChanges(countries=("FR",), mfa_required=True))
    engine.take_up_directory()
    assert rules(T, MONDAY) == Rules(seats=3)
    assert rules(T, clock.now) == Rules(frozenset(("FR",)), 3, mfa_required=True)
    told = engine._listings._tenants[T]
    clock.now += DAY
    directory.change_tenant(ANN, made.id, TenantChanges(name="Acme"))
    engine.take_up_directory()
    assert engine._listings._tenants[T] == told


def test_a_policy_that_says_nothing_else_of_tenants_changes_nothing(database: Database) -> None:
    clock = Clock()
    engine, service = open_engine(database, clock), Policies(database, clock)
    service.adopt(ANN, FRANCE, 0, "as agreed")
    engine.take_up_directory()
    told = engine._listings._tenants[T]
    clock.now += DAY
    service.adopt(ANN, FRANCE + "[guardrails]\nper_hour = 3\n", 1, "fewer")
    assert read_text(service.current(ANN).document).guardrails.per_hour == 3
    engine.take_up_directory()
    assert engine._listings._tenants[T] == told

"""Each condition keeps what it says, whether few meet it or many."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from alerts.incident import Category
from alerts.ticket import Change, Disposition, Status
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.services.actor import operator
from monitor.services.tickets import Tickets
from monitor.store import incident_filter, tables
from monitor.store.connection import connect
from monitor.store.incident_filter import NOBODY, Filter, Order, conditions, ordered
from monitor.store.reading import Reading
from tests.databases import placed
from tests.monitor.services.ticketed import NOW, Desk, T, found, incident

ALL = Filter(severity=Severity.INFORMATIONAL)


def account(uid: str, tenant: str = T) -> Subject:
    return Subject(SubjectKind.ACCOUNT, tenant, uid)


@pytest.fixture
def desk(database: Engine) -> Desk:
    desk = Desk(database)
    for number, uid in enumerate(("ann", "bob", "cid", "dora")):
        finding = found(
            number * DAY, account(uid), "impossible_travel" if number else "token_reuse"
        )
        severity = Severity.LOW if uid == "dora" else Severity.HIGH
        desk.put(incident(finding, subject=account(uid), severity=severity), [finding])
    elsewhere = account("ann", "other")
    finding = found(1, elsewhere)
    desk.put(incident(finding, subject=elsewhere, category=Category.BRUTE_FORCE), [finding])
    tickets = Tickets(database, lambda: NOW + 9 * DAY)
    ids = {one.incident.subject: one.incident.id for one in listed(database, ALL)}
    for uid in ("ann", "bob", "cid"):
        number = tickets.open(operator("op"), ids[account(uid)])
        if uid == "bob":
            tickets.change(operator("op"), number, Change(status=Status.IN_PROGRESS))
        if uid == "cid":
            tickets.change(operator("op"), number, Change(disposition=Disposition.AUTHORISED))
    return desk


def listed(database: Engine, wanted: Filter) -> list[incident_filter.Any]:
    return list(Reading(database).incidents(wanted, None, 50))


def names(desk: Desk, wanted: Filter) -> set[str]:
    return {
        f"{one.incident.subject.tenant}/{one.incident.subject.uid}"
        for one in listed(desk.database, wanted)
    }


EVERY = {"acme/ann", "acme/bob", "acme/cid", "acme/dora", "other/ann"}


@pytest.mark.parametrize("few", [0, 1_000])
@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ({}, EVERY),
        ({"severity": Severity.MEDIUM}, EVERY - {"acme/dora"}),
        ({"category": Category.BRUTE_FORCE}, {"other/ann"}),
        ({"tenant": "other"}, {"other/ann"}),
        ({"account": "ann", "tenant": T}, {"acme/ann"}),
        ({"text": "AN"}, {"acme/ann", "other/ann"}),
        ({"text": "an acm"}, {"acme/ann"}),
        ({"text": "nn"}, set()),
        ({"text": "ac", "by_tenant": True}, EVERY - {"other/ann"}),
        ({"text": "ann", "by_tenant": True}, set()),
        ({"text": "."}, set()),
        ({"detector": "token_reuse"}, {"acme/ann"}),
        ({"words": (":token_reuse",)}, {"acme/ann"}),
        ({"words": ()}, set()),
        ({"since": NOW + 2 * DAY}, {"acme/cid", "acme/dora"}),
        ({"until": NOW + DAY}, {"acme/ann", "other/ann"}),
        ({"statuses": frozenset((Status.RESOLVED,))}, {"acme/cid"}),
        ({"statuses": frozenset((Status.IN_PROGRESS,))}, {"acme/bob"}),
        ({"statuses": frozenset((Status.NEW,))}, EVERY - {"acme/bob", "acme/cid"}),
        ({"statuses": frozenset(Status) - {Status.RESOLVED}}, EVERY - {"acme/cid"}),
        ({"assignee": NOBODY}, EVERY),
        ({"assignee": "r-1"}, set()),
        ({"withdrawn": True}, set()),
        ({"of_many": True}, set()),
        ({"fresh": NOW + 2 * DAY}, {"acme/ann", "acme/bob", "acme/cid", "acme/dora"}),
    ],
)
@pytest.mark.one_on_postgresql
def test_it_keeps_what_it_says(
    desk: Desk,
    wanted: dict[str, object],
    kept: set[str],
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(incident_filter, "FEW", few)
    asked = structs.replace(ALL, **wanted)
    assert names(desk, asked) == kept
    assert Reading(desk.database).count(asked) == len(kept)


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        (ALL, Order.NEWEST),
        (Filter(category=Category.OVERLOAD), Order.NEWEST),
        (Filter(severity=Severity.CRITICAL, tenant=T), Order.SEVEREST),
        (ALL, Order.OLDEST),
    ],
)
def test_a_page_follows_an_index_in_its_order(
    tmp_path: Path, wanted: Filter, order: Order, plan: Callable[..., str]
) -> None:
    # Of a file alone: a server looks at how much there is before it chooses.
    database = connect(placed(tmp_path / "vigie.db"))
    told = plan(database, wanted, order)
    database.dispose()
    assert "ix_incidents_" in told
    assert "TEMP B-TREE" not in told


@pytest.fixture
def plan() -> Callable[..., str]:
    def explained(database: Engine, wanted: Filter, order: Order) -> str:
        with database.begin() as connection:
            query = select(tables.incidents.c.id).where(*conditions(connection, wanted))
            query = ordered(query, order, incident_filter.Cursor(3, NOW, bytes(16))).limit(40)
            told = query.compile(database, compile_kwargs={"render_postcompile": True})
            given = tuple(told.params[name] for name in told.positiontup or ())
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}", given)
            return "\n".join(row[3] for row in rows)

    return explained

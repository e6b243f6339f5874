"""Killed before any commit, and taken up again: one deactivation, one reactivation, no silent half.

What a kill leaves is what was committed before it. So the whole story, from the request to the
undoing, is told once for each commit in it: the process dies just before that one, with whatever
the world was told meanwhile, and others go on.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from alerts.ladder import Step
from alerts.measure import Measure, State
from alerts.outbox import State as OrderState
from alerts.outbox import leased_until
from alerts.ports import AccountState, Action, Order, Receipt
from alerts.responders.roster import Entry, Roster
from monitor.services import carrying
from monitor.services.actor import Actor, Role
from monitor.services.appeal_links import key_of
from monitor.services.appeals import Appeals
from monitor.services.measure_checks import Wanted
from monitor.services.measures import Measures
from monitor.services.sweeping import sweep
from monitor.store import leases, measures, outbox, tables
from monitor.store.measures import Filter
from monitor.store.outbox import Carried
from tests.databases import Databases
from tests.monitor.services.measured import ACCOUNT, NOW, TENANT, known_account
from tests.monitor.services.people import person

PEPPER = b"pepper"
ROSTER = Roster(
    (
        Entry(name="scim", kind="scim", actions=frozenset((Action.DISABLE, Action.ENABLE))),
        Entry(name="mail", kind="mail", actions=frozenset((Action.NOTIFY, Action.TELL))),
    )
)


class KilledError(Exception):
    """The process is gone."""


class World:
    """The other side: an account, and who was written to; it knows orders by their keys."""

    def __init__(self) -> None:
        self.state = AccountState.ACTIVE
        self.changes: list[Action] = []
        self.told: dict[str, str] = {}

    def deliver(self, order: Order) -> tuple[Receipt, AccountState | None]:
        if order.action in (Action.NOTIFY, Action.TELL):
            self.told[order.key] = order.template
            return Receipt(), None
        wanted = {Action.DISABLE: AccountState.DISABLED, Action.ENABLE: AccountState.ACTIVE}
        changed = self.state is not wanted[order.action]
        if changed:
            self.changes.append(order.action)
        self.state = wanted[order.action]
        return Receipt(changed=changed), self.state


class Story:
    """People and the daemon, over one database, with a clock; `dies` before so many commits."""

    def __init__(self, database: Engine, dies: int | None) -> None:
        self.database = database
        self.now = NOW
        self.world = World()
        self.commits = 0
        self._dies = dies
        self._wrote = self._writes_mail = False
        event.listen(database, "commit", self._commit)
        event.listen(database, "before_cursor_execute", self._execute)

    def end(self) -> None:
        event.remove(self.database, "commit", self._commit)
        event.remove(self.database, "before_cursor_execute", self._execute)

    def _execute(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self._wrote |= statement.startswith(("INSERT", "UPDATE"))

    def _commit(self, _connection: object) -> None:
        wrote, self._wrote = self._wrote, False
        if not wrote or self._writes_mail:
            # It changes nothing whether this one is reached; mail is at least once.
            return
        self.commits += 1
        if self.commits == self._dies:
            raise KilledError

    def one(self) -> Measure | None:
        with self.database.connect() as connection:
            found = measures.page(connection, Filter())
        assert len(found) <= 1
        return found[0] if found else None

    def step(self) -> bool:
        """What comes next, as the tables have it; whether there was anything."""
        self._writes_mail = False
        desk = Measures(self.database, ROSTER, lambda: self.now)
        one = self.one()
        if one is None:
            wanted = Wanted(
                tenant=TENANT, accounts=(ACCOUNT,), step=Step.DEACTIVATE, reason="shared", aup="6"
            )
            desk.request(self._who("ada", Role.ANALYST), wanted)
        elif one.state is State.REQUESTED:
            desk.approve(self._who("bob", Role.APPROVER), one.id)
        elif self._work():
            pass
        elif one.state is State.IN_FORCE and one.appeal is None:
            appeals = Appeals(self.database, PEPPER, ROSTER, lambda: self.now)
            appeals.send(key_of(PEPPER, one.id, self.now + 99), "It was me.", "en")
        elif one.state is State.IN_FORCE:
            desk.answer(self._who("eve", Role.APPROVER), one.id, "You are right.", upheld=True)
        else:
            return False
        return True

    def _who(self, uid: str, role: Role) -> Actor:
        return person(role, authenticated=self.now, uid=uid)

    def _work(self) -> bool:
        """One thing of the daemon's."""
        self._writes_mail = False
        with self.database.begin() as connection:
            leases.reclaim(connection, self.now)
            if sweep(connection, ROSTER, self.now):
                return True
        for name in ("scim", "mail"):
            self._writes_mail = name == "mail"
            with self.database.begin() as connection:
                until = leased_until(self.now, 1_000)
                row = leases.lease(connection, name, self.now, until, "me")
            if row is not None:
                receipt, seen = self.world.deliver(row.order)
                with self.database.begin() as connection:
                    carried = Carried(receipt=receipt, at=self.now, seen=seen)
                    assert leases.done(connection, row, carried, self.now)
                    if row.measure is not None:
                        carrying.settle(connection, row.measure, self.now)
                return True
        return False

    def tell(self) -> None:
        """All of it; whoever dies is followed by somebody else, later."""
        for _ in range(200):
            try:
                if not self.step():
                    return
            except KilledError:
                self.now += leased_until(0, 1_000)
        raise AssertionError("it never ends")


def check(story: Story) -> None:
    one = story.one()
    assert one is not None
    assert (one.state, one.unfinished, one.upheld) == (State.UNDONE, None, True)
    assert one.confirmed is not None
    assert story.world.changes == [Action.DISABLE, Action.ENABLE]
    assert story.world.state is AccountState.ACTIVE
    assert sorted(story.world.told.values()) == [
        "appeal",
        "appeal_answered",
        "appeal_received",
        "approve",
        "deactivate",
        "restore",
    ]
    with story.database.connect() as connection:
        rows = outbox.of_measure(connection, one.id)
        assert {row.state for row in rows} == {OrderState.DONE}
        assert len(connection.execute(select(tables.tickets)).all()) == 1
        audited = connection.execute(select(tables.audit.c.operation)).scalars().all()
    deeds = [each for each in audited if each.startswith("measures:")]
    assert sorted(deeds) == [
        "measures:appealed",
        "measures:approve",
        "measures:approve",
        "measures:executed",
        "measures:executed",
        "measures:request",
    ]


@pytest.fixture
def databases(tmp_path: Path, migrated_file: Path) -> Iterator[Databases]:
    """What commits is the same on both kinds."""
    made = Databases("sqlite", tmp_path, migrated_file, None)
    yield made
    made.close()


def test_a_kill_before_any_commit_leaves_one_deactivation(databases: Databases) -> None:
    whole = told(databases, None)
    assert whole.commits > 12
    for dies in range(1, whole.commits + 1):
        told(databases, dies)


def told(databases: Databases, dies: int | None) -> Story:
    database = databases.new()
    known_account(database)
    story = Story(database, dies)
    story.tell()
    story.end()
    check(story)
    return story

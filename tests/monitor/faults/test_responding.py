"""From an incident to the gate, killed between any two steps: each thing is done, and once.

The whole of what responds: following, timers and delivery, with the built-in gate as what is acted
on, so that what the world was told can be compared.
"""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from alerts.policy import Guardrails
from detectors.core.event import MINUTE
from monitor.cli.serving import Part, serve_until
from monitor.daemon import Stopping
from monitor.health.responding import Pulse, decode
from monitor.responding.delivery import open_duty as open_delivery
from monitor.responding.duty import Duty, Surroundings
from monitor.responding.following import open_duty as open_following
from monitor.responding.ringing import Clockwork
from monitor.settings import Log, Settings
from monitor.store import tables
from monitor.store.connection import connect
from tests.databases import Databases
from tests.monitor.faults.killing import NEVER, Steps, forked
from tests.monitor.faults.running import query, wait_until
from tests.monitor.responding.incidents import NOW, acting, adopt, made, put_shown, rule

IN_A_HURRY = 3
"""Points that are tried when not all are, spread evenly."""
RESPONDERS = {"gate": {"kind": "gate"}}


def found(database: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What was decided, and what the world was told."""
    m, o, g = tables.measures.c, tables.outbox.c, tables.gate_list.c
    queries = {
        "measures": select(m.key, m.step, m.state),
        "orders": select(m.key, o.action, o.state).where(o.measure_id == m.id),
        "gate": select(g.tenant, g.account, g.verdict),
        "tickets": select(tables.tickets.c.kind, tables.tickets.c.incident_id),
    }
    with database.connect() as connection:
        return {
            name: sorted(tuple(map(repr, row)) for row in connection.execute(query))
            for name, query in queries.items()
        }


def prepared(databases: Databases) -> str:
    """A database with three incidents; about two accounts something may be done by itself."""
    url = databases.url()
    database = connect(url)
    limits = Guardrails(per_tenant_hour=2)
    suspends = rule("challenge", "suspend", hours=24, alone=True)
    adopt(database, acting(suspends, guardrails=limits))
    put_shown(database, *(made(n, f"u-{n}") for n in range(1, 4)))
    database.dispose()
    return url


def respond(url: str, now: int, deadly: int = NEVER) -> int:
    """Respond until nothing more is to be done at this time; die at a step. How many it took."""
    database = connect(url)
    steps = Steps(deadly)
    settings = Settings(data=Path("/nowhere"), responders=RESPONDERS)
    around = Surroundings(settings=settings, database=database, now=lambda: now)
    minutes = count(1.0, 60.0)
    duties: list[Duty] = [
        open_following(around),
        Clockwork(around, seconds=lambda: next(minutes)),
        open_delivery(around),
    ]
    steps.watch(database)
    for _ in _rounds(duties):
        pass
    for duty in duties:
        duty.close()
    taken = steps.taken
    database.dispose()
    return taken


def _rounds(duties: list[Duty]) -> Iterator[None]:
    following, clockwork, delivery = duties
    for _ in range(3):
        while following.step():
            yield
        for _ in range(6):
            clockwork.step()
            yield
        while delivery.step():
            yield


def killed_everywhere(databases: Databases, most: int | None) -> None:
    url = prepared(databases)
    steps = respond(url, NOW)
    database = connect(url)
    undisturbed = found(database)
    database.dispose()
    assert len(undisturbed["gate"]) >= 4
    assert [state for *_, state in undisturbed["measures"]].count("'in_force'") == 4
    assert [state for *_, state in undisturbed["measures"]].count("'held'") == 2
    stride = 1 if most is None else max(1, steps // most)
    killed = 0
    for point in range(1 + stride // 2, steps + 1, stride):
        again = prepared(databases)
        ended = forked(lambda again=again, point=point: respond(again, NOW, point))
        assert ended in (-signal.SIGKILL, 0)
        killed += ended == -signal.SIGKILL
        # What was leased is tried again once its lease has ended.
        assert forked(lambda again=again: respond(again, NOW + 20 * MINUTE)) == 0
        database = connect(again)
        assert found(database) == undisturbed, f"killed at step {point} of {steps}"
        database.dispose()
    assert killed >= 2


def test_a_kill_between_two_steps_leaves_everything_done_once(databases: Databases) -> None:
    killed_everywhere(databases, IN_A_HURRY)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_a_kill_between_any_two_steps_leaves_everything_done_once(databases: Databases) -> None:
    killed_everywhere(databases, None)


def test_the_daemon_starts_it_again_and_tells_it_new_settings(
    tmp_path: Path, migrated_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copyfile(migrated_file, tmp_path / "vigie.db")
    settings = Settings(data=tmp_path, log=Log(format="json"))
    new = structs.replace(settings, responders=RESPONDERS)
    stopping, heard = Stopping(), list[str]()
    parts = frozenset((Part.RESPONDING,))
    daemon = threading.Thread(
        target=lambda: serve_until(stopping, settings, parts=parts, reread=lambda: new)
    )

    def pulse() -> Pulse | None:
        rows = query(tmp_path / "vigie.db", "SELECT value FROM engine WHERE name = 'responding'")
        return decode(rows[0][0]) if rows else None

    def process() -> int:
        found = pulse()
        return 0 if found is None else found.who.process

    def is_told() -> bool:
        heard.append(capfd.readouterr().err)
        return "works as the new settings say" in "".join(heard)

    daemon.start()
    try:
        wait_until(lambda: process() != 0, "it responds")
        first = process()
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: process() not in (0, first), "it is started again")
        stopping.reload()
        wait_until(is_told, "it is told")
    finally:
        stopping.stop()
        daemon.join(240)
    last = pulse()
    assert last is not None
    assert last.ended, "it has come to its end as well"

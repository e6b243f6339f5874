"""SIGKILL between every two steps of what delivers: each order is carried out, and once."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from alerts.outbox import State
from alerts.ports import AccountState, Action, Order, Receipt, Target
from monitor.responding.delivery import Delivery
from monitor.responding.settling import Settling
from monitor.store import outbox
from monitor.store.connection import connect
from monitor.store.outbox import Wanted
from monitor.store.writing import Writing
from tests.databases import Databases
from tests.monitor.faults.killing import NEVER, Steps, forked
from tests.monitor.responding.played import Clock, way
from tests.monitor.store.orders import order

IN_A_HURRY = 6
"""Points that are tried when not all are, spread evenly."""


class Kept:
    """A responder whose other side outlives us: a folder with a file for each key that it knows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, given: Order) -> Receipt:
        """Once for each key, however often: what is asked for is a line in the file."""
        with (self._folder / "asked").open("ab") as asked:
            asked.write(f"{given.key}\n".encode())
        try:
            os.close(os.open(self._folder / given.key, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return Receipt(detail="it was so already", changed=False)
        return Receipt(detail="done")

    def state(self, target: Target) -> AccountState | None:
        return None

    def close(self) -> None:
        """Nothing is open."""


def settle(connection: Connection, measure: int, _now: int) -> None:
    """Count, in the order's own transaction, how often its measure was told."""
    writing = Writing(connection)
    note = writing.note(f"measure {measure}") or b""
    writing.set_note(f"measure {measure}", note + b"x")


def deliver(url: str, folder: Path, *, minutes: int = 0, deadly: int = NEVER) -> int:
    """A process that delivers until nothing is due; in how many steps."""
    database = connect(url)
    steps, clock = Steps(deadly), Clock()
    clock.pass_(minutes * 60_000)
    steps.watch(database)
    delivery = Delivery(
        database,
        {"idp": way(Kept(folder))},
        Settling(settle),
        now=clock.now,
        seconds=clock.seconds,
    )
    while delivery.step():
        pass
    delivery.close()
    database.dispose()
    return steps.taken


def fill(url: str) -> None:
    database = connect(url)
    with database.begin() as connection:
        for number, action in enumerate((Action.DISABLE, Action.REVOKE, Action.NOTIFY)):
            outbox.enqueue(connection, order(f"k-{number}", action, measure=number + 1), "idp")
    database.dispose()


def killed_everywhere(databases: Databases, tmp_path: Path, most: int | None) -> None:
    folder = tmp_path / "whole"
    folder.mkdir()
    whole = databases.url()
    fill(whole)
    taken = deliver(whole, folder)
    killed = 0
    for deadly in range(1, taken + 1, 1 if most is None else max(1, taken // most)):
        url, folder = databases.url(), tmp_path / str(deadly)
        folder.mkdir()
        fill(url)
        killed += forked(partial(deliver, url, folder, deadly=deadly)) == -signal.SIGKILL
        assert forked(partial(deliver, url, folder, minutes=10)) == 0
        assert sorted(p.name for p in folder.iterdir()) == ["asked", "k-0", "k-1", "k-2"]
        asked = (folder / "asked").read_text().split()
        assert len(asked) <= 4, "one was in hand when the process died, at most"
        database = connect(url)
        with database.connect() as connection:
            rows = outbox.page(connection, Wanted())
            notes = [Writing(connection).note(f"measure {n}") for n in (1, 2, 3)]
        database.dispose()
        assert [one.state for one in rows] == [State.DONE] * 3, f"killed at {deadly} of {taken}"
        assert notes == [b"x"] * 3
    assert killed >= 5


def test_each_order_is_carried_out_once_if_the_process_dies_between_two_steps(
    databases: Databases, tmp_path: Path
) -> None:
    killed_everywhere(databases, tmp_path, IN_A_HURRY)


@pytest.mark.soak
def test_each_order_is_carried_out_once_wherever_the_process_dies(
    databases: Databases, tmp_path: Path
) -> None:
    killed_everywhere(databases, tmp_path, None)


@pytest.mark.parametrize("death", ["before", "after"])
def test_who_dies_in_the_middle_of_a_request_asks_again_with_the_same_key(
    databases: Databases, tmp_path: Path, death: str
) -> None:
    url = databases.url()
    fill(url)

    class Deadly(Kept):
        def deliver(self, given: Order) -> Receipt:
            if death == "after":
                super().deliver(given)
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError

    def die() -> None:
        database = connect(url)
        ways = {"idp": way(Deadly(tmp_path))}
        Delivery(database, ways, Settling(settle), now=Clock().now).step()

    assert forked(die) == -signal.SIGKILL
    assert forked(partial(deliver, url, tmp_path, minutes=10)) == 0
    assert (tmp_path / "asked").read_text().split().count("k-0") == (2 if death == "after" else 1)

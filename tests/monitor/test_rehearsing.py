"""A draft is tried beside: what it comes to is kept, and it ends when it is to."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine as Database

from alerts.outlook import Example, Outlook
from detectors.core.event import DAY
from monitor import rehearsing
from monitor.rehearsal import TooMuchError
from monitor.rehearsing import (
    CancelledError,
    Errand,
    Telling,
    TooLongError,
    fitting,
    run,
)
from monitor.settings import Settings, to_json
from monitor.store import policies, rehearsals
from monitor.store.connection import connect
from monitor.store.policies import digest_of
from monitor.store.rehearsals import State, StoredRehearsal
from tests.databases import placed
from tests.monitor.test_rehearsal import END, settings, stored

__all__ = ["settings", "stored"]
DRAFT = """
[[rules]]
name = "abroad"
then = ["challenge"]
when = { category = ["limit_evasion"] }
[tenants.acme]
countries = ["FR"]
"""
ERRAND = Errand(owner="reviewer:ada", attempt="a1")


def begun(database: Database, document: str = DRAFT) -> None:
    one = StoredRehearsal(
        owner=ERRAND.owner,
        attempt=ERRAND.attempt,
        document=document,
        digest=digest_of(document),
        base=0,
        state=State.RUNNING,
        begun=END,
        heard=END,
    )
    with database.begin() as connection:
        rehearsals.begin(connection, one)


def kept(database: Database) -> StoredRehearsal:
    with database.begin() as connection:
        found = rehearsals.of(connection, ERRAND.owner)
    assert found is not None
    return found


def test_what_it_comes_to_is_kept_with_examples(stored: Database, settings: Settings) -> None:
    begun(stored)
    assert run(stored, settings, ERRAND, lambda: END) is State.DONE
    one = kept(stored)
    assert one.body is not None
    assert one.done == one.total or one.total > 0
    found = msgspec.msgpack.decode(one.body, type=Outlook)
    assert found.until - found.since == 30 * DAY
    named = {row.category.value: row for row in found.kinds}
    assert named["limit_evasion"].incidents.after > named["limit_evasion"].incidents.before
    with stored.begin() as connection:
        bodies = rehearsals.examples(connection, one)
        assert policies.newest(connection) is None
    shown = [msgspec.msgpack.decode(body, type=Example) for body in bodies]
    assert {one.subject.tenant for one in shown} == {"acme"}


@pytest.mark.parametrize(
    ("patched", "value", "trouble"),
    [("MOST", 3, "too-much"), ("LONGEST", -1, "too-long")],
)
def test_what_is_too_large_or_takes_too_long_ends_and_says_so(
    stored: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    patched: str,
    value: int,
    trouble: str,
) -> None:
    begun(stored)
    if patched == "MOST":
        monkeypatch.setattr(rehearsing, "fitting", lambda one, at: fitting(one, at, value))
    longest = value if patched == "LONGEST" else rehearsing.LONGEST
    assert run(stored, settings, ERRAND, lambda: END, longest) is State.FAILED
    assert kept(stored).trouble == trouble


def test_one_that_is_cancelled_goes_no_further(stored: Database, settings: Settings) -> None:
    begun(stored)
    telling = Telling(stored, ERRAND, 100, lambda: END)
    telling.start()
    assert kept(stored).total == 100
    with stored.begin() as connection:
        rehearsals.end(connection, ERRAND.owner, ERRAND.attempt, END, State.CANCELLED)
    with pytest.raises(CancelledError):
        telling.start()
    assert run(stored, settings, ERRAND, lambda: END) is State.CANCELLED
    assert kept(stored).state is State.CANCELLED
    another = Errand(owner=ERRAND.owner, attempt="a2")
    assert run(stored, settings, another, lambda: END) is State.CANCELLED


def test_it_does_not_write_at_every_event(stored: Database) -> None:
    begun(stored)
    telling = Telling(stored, ERRAND, 100, lambda: END)
    telling.start()
    for _ in range(50):
        telling.passed(1)
    assert kept(stored).done == 0
    with pytest.raises(TooLongError):
        Telling(stored, ERRAND, 100, lambda: END, -1).passed(1)


def test_the_longest_time_that_fits_is_taken(stored: Database) -> None:
    whole, events = fitting(stored, END)
    assert (whole.until - whole.since, whole.since - whole.history) == (30 * DAY, 30 * DAY)
    last = rehearsing.count(stored, rehearsing.Span(END - 4 * DAY, END - 2 * DAY, END))
    assert 0 < last < events
    with pytest.raises(TooMuchError):
        fitting(stored, END, 0)


def test_the_process_is_told_by_a_line_and_ends_when_nobody_listens(tmp_path: Path) -> None:
    url = placed(tmp_path / "vigie.db")
    database = connect(url)
    begun(database, "mode = 'act'\n")
    told = msgspec.json.encode(
        {
            "settings": msgspec.Raw(to_json(Settings(data=tmp_path), lambda _: False)),
            "owner": ERRAND.owner,
            "attempt": ERRAND.attempt,
        }
    )
    command = [sys.executable, "-m", "monitor.rehearsing"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(told + b"\n")
        process.stdin.flush()
        assert process.wait(240) == 0
    assert kept(database).state is State.DONE
    database.dispose()

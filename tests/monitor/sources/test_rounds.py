"""The thread goes round whatever happens, tells what is amiss, and ends when it is told to."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from monitor.sources.climb import Reached
from monitor.sources.realm import ADMIN_EVENTS, EVENTS, Realm
from monitor.sources.refusal import Address, Credentials
from monitor.sources.rounds import Pace, Portion, Rounds
from monitor.sources.source import SourceError
from tests.monitor.sources.idp import CLIENT, SECRET, Idp, running

QUICK = Pace(interval=0.01, overlap=60_000, page=5)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.sources.rounds._FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr("monitor.sources.rounds._LOOK_S", 0.01)


@pytest.fixture
def idp() -> Iterator[Idp]:
    with running(Idp()) as one:
        yield one


def made(
    idp: Idp,
    reached: dict[str, Reached] | None = None,
    *,
    names: tuple[str, ...] = (EVENTS,),
    pace: Pace = QUICK,
    follow: bool = True,
) -> Rounds:
    address = Address(f"http://127.0.0.1:{idp.port}", "acme")
    realm = Realm(address, Credentials("acme", CLIENT, SECRET), timeout=5)
    return Rounds(realm, names, reached or {}, pace, follow=follow)


def rounds_of(idp: Idp, reached: dict[str, Reached] | None = None, **given: Any) -> Rounds:
    one = made(idp, reached, **given)
    one.start()
    return one


def until(rounds: Rounds, is_enough: Callable[[list[Any]], bool]) -> list[Any]:
    """What is taken, errors too, until it is enough."""
    found: list[Any] = []
    end = time.monotonic() + 240
    while not is_enough(found):
        assert time.monotonic() < end, found
        try:
            portion = rounds.take()
        except SourceError as error:
            found.append(error)
            continue
        if portion is None:
            if rounds.is_over():
                return found
            time.sleep(0.002)
        else:
            found.append(portion)
    return found


def everything(rounds: Rounds) -> list[Any]:
    return until(rounds, lambda found: False)


def times(found: list[Any]) -> list[int]:
    return [e.time for one in found if isinstance(one, Portion) for e in one.entries]


def test_one_round_gives_all_and_ends(idp: Idp) -> None:
    at = [idp.put(idp.clock - 50 + n)["time"] for n in range(23)]
    idp.administer("users/u-1/reset-password")
    rounds = rounds_of(idp, names=(EVENTS, ADMIN_EVENTS), follow=False)
    found = everything(rounds)
    assert times(found) == [*at, idp.clock]
    assert {one.name for one in found} == {EVENTS, ADMIN_EVENTS}
    assert rounds.is_over()
    rounds.close()


def test_new_events_come_with_the_next_round(idp: Idp) -> None:
    rounds = rounds_of(idp)
    idp.put()
    assert times(until(rounds, lambda found: len(times(found)) == 1)) == [idp.clock]
    idp.clock += 5
    idp.put()
    assert times(until(rounds, lambda found: len(times(found)) == 1)) == [idp.clock]
    rounds.close()


def test_what_comes_late_is_found_by_the_look_that_goes_deeper(
    idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr("monitor.sources.rounds.monotonic", lambda: now[0])
    idp.put()
    rounds = rounds_of(idp)
    until(rounds, lambda found: len(times(found)) == 1)
    late = idp.put(idp.clock - 55_000)
    idp.clock += 1
    new = idp.put()
    asked = len(idp.requests)
    assert times(until(rounds, lambda found: bool(times(found)))) == [new["time"]]
    # Several rounds go by and none looks so far back.
    until(rounds, lambda found: len(idp.requests) > asked + 6)
    now[0] += 60
    assert times(until(rounds, lambda found: bool(times(found)))) == [late["time"]]
    rounds.close()


def test_an_error_is_told_and_gone_on_from(idp: Idp) -> None:
    idp.put()
    idp.faults.extend(["500", "hang up", "", "", "500"])
    rounds = rounds_of(idp)
    found = until(rounds, lambda found: len(times(found)) == 1)
    assert [type(one).__name__ for one in found] == ["RealmError"] * 3 + ["Portion"]
    # That the trouble is over is told though nothing new came.
    found = until(rounds, lambda found: len(found) == 1)
    assert found[0].entries == []
    rounds.close()


def test_it_stays_away_as_long_as_it_is_asked_to(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    idp.faults.extend(["500", "later", "500"])
    rounds = made(idp, follow=False)
    waits: list[float | None] = []
    monkeypatch.setattr(rounds._stopping, "wait", waits.append)
    monkeypatch.setattr(rounds, "_put", lambda found: None)
    rounds._work()
    assert waits == [0.01, 7.0, 0.04]


@pytest.mark.parametrize(
    ("config", "names", "told"),
    [
        ({"enabledEventTypes": ["LOGIN"]}, (EVENTS,), "does not keep LOGIN_ERROR"),
        ({"adminEventsEnabled": False}, (EVENTS, ADMIN_EVENTS), "administrators"),
        ({"adminEventsEnabled": False}, (EVENTS,), None),
        ({"enabledEventTypes": []}, (EVENTS,), None),
    ],
)
def test_what_a_realm_does_not_keep_is_told_and_the_rest_read(
    idp: Idp,
    config: dict[str, Any],
    names: tuple[str, ...],
    told: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    idp.config |= config
    idp.put()
    found = everything(rounds_of(idp, names=names, follow=False))
    assert len(caplog.messages) == (told is not None)
    assert told is None or told in caplog.messages[0]
    assert times(found) == [idp.clock]


def test_a_realm_that_keeps_nothing_is_a_trouble_until_it_does(
    idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.sources.rounds.OFF_EVERY_S", 0.02)
    idp.config["eventsEnabled"] = False
    idp.put()
    rounds = rounds_of(idp)
    found = until(rounds, lambda found: len(found) == 4)
    assert times(found) == [idp.clock]
    # Nothing but the trouble comes, which nothing clears.
    assert [type(one).__name__ for one in found].count("SourceError") == 3
    idp.config["eventsEnabled"] = True
    found = until(rounds, lambda found: isinstance(found[-1] if found else None, Portion))
    assert found[-1].entries == []
    rounds.close()


def gaps(found: list[Any]) -> list[str]:
    return [one.gap.en for one in found if isinstance(one, Portion) and one.gap is not None]


def reached(found: list[Any]) -> dict[str, Reached]:
    return {one.name: one.reached for one in found if isinstance(one, Portion)}


def test_a_gap_is_told(idp: Idp) -> None:
    idp.config["eventsExpiration"] = 7_200
    idp.put()
    before = reached(everything(rounds_of(idp, follow=False)))
    before[EVENTS].looked = idp.clock
    idp.clock += 10 * 3_600_000
    idp.put()
    idp.expire(idp.clock - 7_200_000)
    found = everything(rounds_of(idp, before, follow=False))
    (gap,) = gaps(found)
    assert gap.startswith("Keycloak no longer has all of its events between 2026-03-02 08:15:00")
    after = reached(found)
    idp.clock += 1_000
    assert gaps(everything(rounds_of(idp, after, follow=False))) == []


def test_a_quiet_realm_has_no_gap(idp: Idp) -> None:
    idp.config["eventsExpiration"] = 7_200
    idp.put()
    before = reached(everything(rounds_of(idp, follow=False)))
    idp.clock += 10 * 3_600_000
    before[EVENTS].looked = idp.clock - 3_600_000
    idp.expire(idp.clock)
    assert gaps(everything(rounds_of(idp, before, follow=False))) == []


def test_a_cleared_list_is_a_gap(idp: Idp) -> None:
    idp.config["eventsExpiration"] = 7_200
    idp.put()
    before = reached(everything(rounds_of(idp, follow=False)))
    before[EVENTS].looked = idp.clock
    idp.clock += 60_000
    idp.expire(idp.clock)
    assert len(gaps(everything(rounds_of(idp, before, follow=False)))) == 1


def test_a_first_reading_may_begin_later(idp: Idp) -> None:
    day = 86_400_000
    for at in range(10):
        idp.put(idp.clock - at * day)
    pace = Pace(interval=0.01, since=idp.clock - 2 * day, page=5)
    found = everything(rounds_of(idp, pace=pace, follow=False))
    assert times(found) == [idp.clock - at * day for at in (2, 1, 0)]
    assert gaps(found) == []


def test_types_are_asked_for(idp: Idp) -> None:
    idp.put(kind="LOGIN")
    idp.put(kind="REFRESH_TOKEN")
    pace = Pace(interval=0.01, types=("LOGIN", "LOGOUT"))
    assert len(times(everything(rounds_of(idp, pace=pace, follow=False)))) == 1
    assert "type=LOGIN&type=LOGOUT" in idp.requests[-1]


def test_pages_that_are_too_much_are_made_smaller(
    idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.sources.realm.MAXIMUM_ANSWER", 1_500)
    at = [idp.put(idp.clock - 50 + n)["time"] for n in range(30)]
    rounds = rounds_of(idp, pace=Pace(interval=0.01, page=16), follow=False)
    assert times(everything(rounds)) == at


def test_a_bug_is_not_silence(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Realm) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(Realm, "config", fail)
    monkeypatch.setattr("threading.excepthook", lambda args: None)
    rounds = rounds_of(idp)
    with pytest.raises(RuntimeError, match="failed"):
        until(rounds, lambda found: len(found) == 1)
    rounds.close()


def test_it_ends_though_nobody_takes(idp: Idp) -> None:
    for _ in range(50):
        idp.put()
    rounds = rounds_of(idp)
    until(rounds, lambda found: len(found) == 1)
    rounds.close()
    assert not rounds._thread.is_alive()

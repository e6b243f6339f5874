"""Ledgers: sums and sets that any order gives, thinned out by digest and never by order."""

from collections.abc import Sequence
from random import Random

import msgspec
import pytest

from detectors.core.event import DAY, SECOND, FailureReason, SignIn
from detectors.core.ledger import (
    KEPT_DAYS,
    LONGEST_LABEL,
    MAXIMUM_CLIENTS,
    MAXIMUM_ENTRIES,
    MAXIMUM_FIRSTS,
    MAXIMUM_SUSPECTS,
    MAXIMUM_TRIES,
    MAXIMUM_USERS,
    TENANT_DAYS,
    Ledger,
    Suspect,
    TenantLedger,
    count_failing,
    digest32,
    entered,
    failing,
    suspicion,
)
from tests.detectors.crowd import BAD, UNKNOWN, attempt, bot, office, on, spray
from tests.detectors.story import LYON, SCRIPT, SERVER


def ledger_of(events: Sequence[SignIn]) -> Ledger:
    """The ledger of a source after these events in this order."""
    ledger = Ledger()
    for event in events:
        ledger.observe(event)
    return ledger


def days_of(ledger: Ledger) -> list[tuple[int, object]]:
    return [(number * DAY, day) for number, day in sorted(ledger.days.items())]


@pytest.mark.parametrize("seed", range(5))
def test_order_does_not_matter(seed: int) -> None:
    events = [*office(range(2), 25, failing=0.4), *spray(LYON, 400, on(1, 3), 2, first=50)]
    events += [attempt(on(1, 5) + n, f"user-{n}", LYON, SCRIPT) for n in range(60, 66)]
    shuffled = Random(seed).sample(events, len(events))
    assert ledger_of(shuffled) == ledger_of(events)


def test_it_goes_to_message_pack_and_back() -> None:
    ledger = ledger_of([*office(range(2), 30, failing=0.4), *spray(LYON, 60, on(1))])
    written = msgspec.msgpack.encode(ledger)
    assert msgspec.msgpack.decode(written, type=Ledger) == ledger


def test_it_says_from_where_and_with_what_guesses_come() -> None:
    guess = attempt(on(1), "a", SERVER, SCRIPT, BAD)
    ledger = ledger_of([attempt(on(1), "b", LYON), guess])
    assert guess.network is not None
    assert guess.device is not None
    assert ledger.network == guess.network.organisation
    assert list(ledger.clients.values()) == [f"{guess.device.family} / {guess.device.os}"]
    programs = [
        msgspec.structs.replace(guess, device=None, user_agent=f"program {n}" * 20)
        for n in range(100)
    ]
    many, shuffled = ledger_of(programs), ledger_of(Random(1).sample(programs, 100))
    assert many.clients == shuffled.clients
    assert len(many.clients) == MAXIMUM_CLIENTS
    assert all(len(label) <= LONGEST_LABEL for label in many.clients.values())


def test_the_latest_days_are_kept_and_what_is_older_is_not_begun_again() -> None:
    ledger = ledger_of([attempt(on(day), "a", LYON, reason=BAD) for day in range(6)])
    assert sorted(ledger.days) == [on(day) // DAY for day in range(6 - KEPT_DAYS, 6)]
    before = msgspec.msgpack.encode(ledger)
    assert ledger.observe(attempt(on(1), "b", LYON, reason=BAD)) is None
    assert msgspec.msgpack.encode(ledger) == before


def test_one_line_from_2100_does_not_blind_it() -> None:
    ledger = ledger_of([attempt(on(40_000), "a", LYON), *spray(LYON, 20, on(1))])
    assert len(ledger.days[on(1) // DAY].tries) == 20


def test_more_accounts_than_there_is_room_for_are_thinned_out() -> None:
    ledger = ledger_of(spray(SERVER, 5_000, on(1), 1))
    (day,) = ledger.days.values()
    assert len(day.tries) <= MAXIMUM_TRIES
    assert 3_500 < len(day.tries) << day.level < 7_000
    assert day.failures == 5_000
    assert len(day.firsts) == MAXIMUM_FIRSTS


def test_more_users_than_there_is_room_for_are_thinned_out() -> None:
    ledger = ledger_of([attempt(on(1) + n, f"u{n}", LYON) for n in range(3_000)])
    assert len(ledger.users) <= MAXIMUM_USERS
    assert 2_000 < len(ledger.users) << ledger.level < 4_200
    (day,) = ledger.days.values()
    assert len(day.entries) <= MAXIMUM_ENTRIES


def test_a_name_told_with_an_account_is_the_same_person() -> None:
    """Who failed as `Ann` and gets in as `usr-1`, called ann, is no stranger."""
    failed = attempt(on(1), "Ann", LYON, reason=BAD)
    got_in = attempt(on(1) + SECOND, "usr-1", LYON, account_name="ann")
    ledger = ledger_of([failed, got_in])
    assert suspicion(ledger) is None
    assert sum(not user.alias for user in ledger.users.values()) == 1


def test_who_got_in_before_does_not_enter_for_the_first_time() -> None:
    today = attempt(on(2), "ann", LYON)
    before = attempt(on(1), "ann", LYON)
    for order in ([before, today], [today, before]):
        ledger = ledger_of(order)
        number = on(2) // DAY
        assert not list(entered(ledger, [(number * DAY, ledger.days[number])]))


def test_a_refused_second_factor_is_no_guess() -> None:
    ledger = ledger_of([attempt(on(1), "a", LYON, reason=FailureReason.MFA_DENIED)])
    assert suspicion(ledger) is None
    assert ledger.days[on(1) // DAY].failures == 0


def test_failures_of_two_days_are_one_account() -> None:
    ledger = ledger_of(
        [attempt(on(1, 23), "a", LYON, reason=BAD), attempt(on(2, 1), "a", LYON, reason=UNKNOWN)]
    )
    (one,) = failing(days_of(ledger)).values()  # type: ignore[arg-type]
    assert (one.first, one.count, one.said) == (on(1, 23), 2, 3)


def test_a_suspect_is_where_more_fail_than_get_in() -> None:
    failures = spray(SERVER, 2, on(1))
    assert suspicion(Ledger()) is None
    suspect = suspicion(ledger_of(failures))
    assert suspect is not None
    assert (suspect.names, suspect.unknown, suspect.failures) == (2, 0, 2)
    assert suspect.scripted
    assert suspect.event == min(event.id for event in failures)
    home = [attempt(on(0), name, SERVER) for name in ("ann", "bob")]
    assert suspicion(ledger_of([*home, *failures])) is None


def of_tenant(number: int, first: int) -> Suspect:
    return Suspect(first, first, 1, 1, 0, 7, True, number.to_bytes(16, "big"), [number])


def test_a_tenants_suspects_come_and_go() -> None:
    ledger = TenantLedger()
    ledger.suspect("192.0.2.1", of_tenant(1, on(1)))
    assert set(ledger.suspects) == {"192.0.2.1"}
    ledger.suspect("192.0.2.1", None)
    ledger.suspect("192.0.2.2", None)
    assert not ledger.suspects


def test_what_is_derived_holds_until_the_suspects_change_and_is_not_saved() -> None:
    ledger = TenantLedger()
    ledger.suspect("192.0.2.1", of_tenant(1, on(1)))
    bare = msgspec.msgpack.encode(ledger)
    ledger.derived()["so far"] = 1
    ledger.suspect("192.0.2.1", of_tenant(1, on(1)))
    ledger.suspect("192.0.2.2", None)
    assert ledger.derived() == {"so far": 1}
    assert msgspec.msgpack.encode(ledger) == bare
    assert msgspec.msgpack.decode(bare, type=TenantLedger) == ledger
    ledger.suspect("192.0.2.2", of_tenant(2, on(1)))
    assert not ledger.derived()
    ledger.derived()["so far"] = 2
    ledger.suspect("192.0.2.2", None)
    assert not ledger.derived()
    ledger.derived()["so far"] = 3
    for day in range(1, 6):
        ledger.observe(attempt(on(day), "ann", SERVER, reason=BAD), is_new=False)
    assert not ledger.derived()


def test_who_fails_is_counted_as_it_is_listed() -> None:
    ledger = ledger_of(
        [
            *spray(SERVER, 3, on(1)),
            *spray(SERVER, MAXIMUM_TRIES + 40, on(2), first=2),
            attempt(on(2, 20), "user-1", SERVER),
        ]
    )
    days = [(number * DAY, day) for number, day in ledger.days.items()]
    assert {day.level for _, day in days} == {0, 1}
    for some in (days[:1], days[1:], days):
        listed = failing(some, ledger.users)
        assert count_failing([day for _, day in some], ledger.users) == len(listed)


def test_more_suspects_than_there_is_room_for_are_thinned_out() -> None:
    ledger = TenantLedger()
    for number in range(10_000):
        ledger.suspect(bot(number), of_tenant(number, on(1)))
    assert len(ledger.suspects) <= MAXIMUM_SUSPECTS
    assert 7_000 < len(ledger.suspects) << ledger.level < 14_000


def test_days_that_passed_keep_their_sums() -> None:
    ledger = TenantLedger()
    for day in range(30):
        for number in range(4):
            ip = f"192.0.2.{number}"
            ledger.observe(attempt(on(day, 9) + number, "a", LYON, reason=BAD), is_new=False)
            ledger.suspect(ip, of_tenant(number, on(day, 9)))
    assert len(ledger.days) == TENANT_DAYS
    closed = [day for day in ledger.days.values() if day.suspects is not None]
    assert closed
    assert all((day.peak, day.slots) == (4, {}) for day in closed)
    assert set(ledger.suspects) == {f"192.0.2.{n}" for n in range(4)}


def test_sources_that_somebody_gets_in_from_are_counted_once_a_day() -> None:
    ledger, whole = Ledger(), TenantLedger()
    for step in range(5):
        event = attempt(on(1) + step, f"u{step}", LYON)
        ledger.observe(event)
        whole.observe(event, is_new=ledger.is_first_success(event))
    assert whole.days[on(1) // DAY].sources == 1


def test_letter_case_is_no_other_account() -> None:
    assert digest32("Ann") == digest32("ANN") != digest32("Bob")

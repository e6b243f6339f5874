"""Password spraying: many accounts and few guesses; and the Monday after the passwords expired."""

import pytest

from detectors.core.event import MINUTE, SECOND, Event
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.identity import SubjectKind
from detectors.password_spraying import Parameters, PasswordSpraying
from tests.detectors.crowd import (
    BAD,
    attempt,
    botnet,
    carrier,
    homes,
    judged,
    names,
    of_kind,
    office,
    on,
    source,
    spray,
)
from tests.detectors.story import (
    CHROME,
    LYON_HOME,
    MOSCOW,
    SCRIPT,
    SERVER,
    loud,
)


def found(events: list, parameters: Parameters | None = None) -> list[Finding]:
    """What stands in the end."""
    return judged([PasswordSpraying(parameters)], sorted(events, key=lambda event: event.id))


def from_one() -> list[Event]:
    """Sixty accounts within three minutes, two of which are got into."""
    events = [*homes(range(3), 60), *spray(SERVER, 60, on(2, 20))]
    for step, account in enumerate(("user-7", "user-31")):
        events.append(attempt(on(2, 20) + 4 * MINUTE + step, account, SERVER, SCRIPT))
    return sorted(events, key=lambda event: event.id)


def from_many() -> list[Event]:
    """Forty addresses that try one account each, in an hour."""
    quiet = homes(range(5), 100, failing=0.02)
    return sorted([*quiet, *botnet(40, on(4, 20), 90, unknown=False, each=1)], key=lambda e: e.id)


HOSTILE = (from_one, from_many)


@pytest.mark.parametrize("pause", [1, 60, 600, 1_200])
def test_from_one_address_at_any_pace(pause: float) -> None:
    """From a try a second to one every twenty minutes."""
    findings = found([*homes(range(3), 80), *spray(SERVER, 80, on(2, 14), pause)])
    mine = of_kind(findings, SubjectKind.SOURCE)
    assert {f.subject for f in mine} == {source(SERVER)}
    assert loud(mine)
    assert mine[0].theme is Theme.ATTACK
    first, eighth = on(2, 14), on(2, 14) + round(8 * pause * SECOND)
    assert first < mine[0].time <= eighth


def test_of_accounts_of_which_some_do_not_exist() -> None:
    """A third of the names is out of date: still mostly accounts that there are."""
    (finding,) = found(spray(SERVER, 60, on(2), unknown=3))
    assert finding.evidence.facts["unknown"] == 20


def test_in_rounds() -> None:
    """A second password for everybody an hour later: the same finding."""
    (finding,) = found(spray(SERVER, 40, on(2), 90, rounds=3))
    assert finding.evidence.facts["names"] == 40
    assert finding.evidence.facts["failures"] == 100


def test_whom_it_got_in_as_is_said_of_the_account_also_before_it_was_known() -> None:
    """The third try is right: a takeover, though only the eighth shows what it is."""
    events = spray(SERVER, 30, on(2), 10)
    events[2] = attempt(events[2].time, "user-2", SERVER, SCRIPT)
    findings = found([*homes(range(2), 40), *events])
    (hit,) = of_kind(findings, SubjectKind.ACCOUNT)
    assert hit.subject.uid == "user-2"
    assert hit.theme is Theme.USE
    assert hit.severity >= Severity.MEDIUM
    assert hit.event_ids[0] == events[2].id
    assert hit.involved == (source(SERVER),)
    (whole,) = of_kind(findings, SubjectKind.SOURCE)
    assert hit.time == whole.time


def test_what_fitted_late_in_the_evening_is_used_after_midnight() -> None:
    events = [*homes(range(3), 60), *spray(SERVER, 60, on(2, 22.5))]
    events.append(attempt(on(3, 1), "user-7", SERVER, SCRIPT))
    [hit] = of_kind(found(events), SubjectKind.ACCOUNT)
    assert hit.subject.uid == "user-7"
    assert hit.time == on(3, 1)
    days_later = [*events[:-1], attempt(on(5, 1), "user-7", SERVER, SCRIPT)]
    assert not of_kind(found(days_later), SubjectKind.ACCOUNT)


def test_a_second_factor_makes_a_hit_doubtful() -> None:
    events = spray(SERVER, 60, on(2), 10)
    plain = found([*events, attempt(on(2, 1), "user-99", SERVER, SCRIPT)])
    passed = found([*events, attempt(on(2, 1), "user-99", SERVER, SCRIPT, mfa=True)])
    weights = [
        of_kind(some, SubjectKind.ACCOUNT)[0].evidence.weights.taken_over
        for some in (plain, passed)
    ]
    assert weights[0] > weights[1] + 1


def test_from_many_addresses_names_them_and_no_home() -> None:
    findings = found(from_many())
    (whole,) = of_kind(findings, SubjectKind.TENANT)
    assert whole.severity >= Severity.MEDIUM
    assert {s.uid for s in whole.involved} == {f"203.0.113.{n}" for n in range(40)}
    assert on(4, 20) < whole.time < on(4, 21)


def test_a_floor_whose_passwords_expired() -> None:
    """Monday: half of 300 people behind one address fail two or three times, then get in."""
    events = [*office(range(5), 300), *office([7], 300, failing=0.6, seed=9)]
    assert not found(events)


def test_a_floor_whose_passwords_expired_on_the_first_day_of_the_log() -> None:
    """Nothing is known yet: while it goes on nearly all get in a minute later."""
    assert not loud(found(office([0], 300, failing=0.6)))


def test_six_new_sites_open_on_one_morning() -> None:
    """Each with an address never seen; most mistype at first. Not even for a moment."""
    sites = [
        event
        for site in range(6)
        for event in office([3], 25, SERVER.leased(f"192.0.2.{150 + site}"), failing=0.5, seed=site)
    ]
    events = sorted((*homes(range(3), 100), *sites), key=lambda event: event.id)
    for until in range(len(events) - len(sites), len(events), 10):
        assert not loud(judged([PasswordSpraying()], events[:until], batch=500))


def test_phones_behind_a_carriers_address() -> None:
    """One in twenty fails there and gets in from elsewhere."""
    assert not loud(found(carrier(range(5), 120)))


def test_a_kiosk() -> None:
    """Forty people a day at one machine, some of them clumsy."""
    assert not found(office(range(5), 40, LYON_HOME, failing=0.3))


def test_homes_where_some_give_up() -> None:
    """Every address has its own people: nothing comes thicker than it always does."""
    assert not found(homes(range(10), 400))


def test_an_integration_with_an_old_password() -> None:
    """One account, by the clock, for days."""
    events = [attempt(on(0, step / 12), "sync", SERVER, SCRIPT, BAD) for step in range(800)]
    assert not found(list(events))


def test_many_addresses_at_one_account_are_brute_force() -> None:
    """The account itself is what is attacked, and another detector says so."""
    events = [
        attempt(on(3) + n * MINUTE, "user-1", SERVER.leased(f"203.0.113.{n}"), SCRIPT, BAD)
        for n in range(80)
    ]
    assert not found(list(events))


def test_names_of_which_hardly_any_exist_are_not_sprayed() -> None:
    """Somebody looks for accounts: another detector says so."""
    assert not found(list(names(SERVER, 100, on(1), 2, existing=[5])))


def test_a_million_tries_do_not_grow_the_finding() -> None:
    findings = found(spray(SERVER, 10_000, on(1), 0.5))
    assert of_kind(findings, SubjectKind.SOURCE)
    assert all(len(f.event_ids) <= 8 for f in findings)
    assert findings[0].evidence.facts["names"] in range(7_000, 15_001)


def test_limits_are_parameters() -> None:
    few = spray(MOSCOW, 6, on(1), 60, device=CHROME)
    assert not found(list(few))
    assert found(list(few), Parameters(names=5))

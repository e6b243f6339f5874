"""Brute force: what is an attack, and why other failures are not."""

import pytest

from detectors.brute_force import BruteForce, Parameters
from detectors.core.event import AccountChange, Change, Event, FailureReason, Outcome
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.identity import SubjectKind, timed_id
from detectors.core.place import Device
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MADRID,
    MOSCOW,
    NOWHERE,
    PARIS,
    PARIS_MOBILE,
    SCRIPT,
    SERVER,
    VPN,
    Story,
    Where,
    loud,
    moment,
    run,
)


def found(story: Story, parameters: Parameters | None = None) -> list[Finding]:
    """What brute_force finds."""
    return run(BruteForce(parameters), story.sorted())


def burst(tries: int, *, seconds: float = 7) -> Story:
    """A week in Lyon, then so many failures from Moscow."""
    story = Story().work(range(7), LYON, CHROME)
    for step in range(tries):
        story.fail(7, 300 + step * seconds / 60, MOSCOW, LINUX)
    return story


def guessed() -> Story:
    """A burst, and a sign-on from the same address."""
    return burst(30).sign_on(7, 305, MOSCOW, LINUX, "in")


def hostile() -> list[Event]:
    """What the contract suite runs: a burst that gets in."""
    return guessed().sorted()


def joined() -> list[Event]:
    """A burst that others join before the hour ends: what was told, and then the tally of it."""
    story = burst(30)
    for step in range(8):
        story.fail(7, 310 + step * 4, MOSCOW.leased(f"203.0.113.{step}"), LINUX)
    return story.sorted()


HOSTILE = (hostile, lambda: burst(200).sorted(), joined)


def test_a_burst_from_a_stranger() -> None:
    findings = found(burst(10))
    assert len(findings) == 1
    assert findings[0].severity is Severity.MEDIUM
    assert findings[0].theme is Theme.ATTACK
    assert findings[0].evidence.weights.attack == 4.0
    assert findings[0].evidence.facts["in_burst"] == 10
    assert len(findings[0].event_ids) == 10


def test_an_episode_speaks_again_only_when_ten_times_as_long() -> None:
    findings = found(burst(1500, seconds=2))
    assert [f.evidence.facts["failures"] for f in findings] == [10, 100, 1000]
    assert findings[-1].evidence.weights.attack > findings[0].evidence.weights.attack


def test_a_slow_one() -> None:
    story = Story().work(range(3), LYON, CHROME)
    for step in range(40):
        story.fail(3, step * 31 + step % 7, MOSCOW, LINUX)
    assert loud(found(story))


def test_one_from_many_addresses() -> None:
    story = Story().work(range(3), LYON, CHROME)
    for step in range(12):
        story.fail(3, 60 + step * 31, MOSCOW.leased(f"203.0.113.{step}"), LINUX)
    findings = loud(found(story))
    assert findings
    assert findings[0].evidence.facts["addresses"] == 12


def test_the_addresses_that_guess_are_named_and_no_other() -> None:
    """Forty addresses, while the owner mistypes at the desk and from the phone."""
    story = Story().work(range(4), LYON, CHROME)
    story.fail(3, 481, LYON, CHROME).fail(3, 700, LYON, CHROME)
    for step in range(120):
        story.fail(3, 60 + step, MOSCOW.leased(f"203.0.113.{step % 40}"), LINUX)
    findings = loud(found(story))
    assert all(f.involved for f in findings)
    named = {subject.uid for finding in findings for subject in finding.involved}
    assert named == {f"203.0.113.{n}" for n in range(40)}
    assert all(f.subject.kind is SubjectKind.ACCOUNT for f in findings)


def from_own_operator(device: Device | None, minutes: float, tries: int = 200) -> Story:
    """Guesses from an address of the victim's own provider, where nobody ever got in."""
    story = Story().work(range(4), LYON, CHROME)
    for step in range(tries):
        story.fail(3, 60 + (step + step * 7 % 5 / 6) * minutes, LYON.leased("192.0.2.99"), device)
    return story


@pytest.mark.parametrize("device", [None, CHROME, LINUX])
@pytest.mark.parametrize("minutes", [0.05, 7.0])
def test_a_stranger_with_the_owners_operator(device: Device | None, minutes: float) -> None:
    """Also where the log names no devices, or everybody has the same: the address tells."""
    findings = loud(found(from_own_operator(device, minutes)))
    assert {one.uid for f in findings for one in f.involved} == {"192.0.2.99"}


def test_a_few_failures_at_the_owners_operator_are_the_owners() -> None:
    assert not loud(found(from_own_operator(None, 0.5, 15)))
    assert not loud(found(from_own_operator(CHROME, 20, 15)))


def test_six_hundred_guesses_in_seventeen_days() -> None:
    """Never many a day, from the owner's own operator: they add up where no day is quiet."""
    story = Story().work(range(24), LYON, CHROME)
    for step in range(600):
        story.fail(4, step * 41 + step % 7, LYON.leased("192.0.2.99"), LINUX)
    assert loud(found(story))


def test_guesses_by_the_clock_from_a_line_where_nobody_ever_got_in() -> None:
    """As regular as an integration, but none was ever set up at a home abroad."""
    story = Story().work(range(6), LYON, CHROME)
    for step in range(40):
        story.fail(5, step * 30, MOSCOW, SCRIPT)
    assert loud(found(story))
    served = Story().work(range(6), LYON, CHROME)
    for step in range(40):
        served.fail(5, step * 30, SERVER, SCRIPT)
    assert not loud(found(served)), "a rented server may be an integration's"


def test_the_owners_phone_by_the_clock_on_a_journey() -> None:
    story = Story().work(range(6), LYON, CHROME).sign_on(2, 700, LYON_HOME, IPHONE, "phone")
    for step in range(40):
        story.fail(5, step * 30, MADRID, IPHONE)
    assert not loud(found(story))


def test_a_forgetful_owner_for_months() -> None:
    """Three mistakes every morning, from home, where the address changes every day."""
    story = Story().work(range(60), LYON, CHROME)
    for day in range(60):
        for step in range(3):
            story.fail(day, 470 + step, LYON.leased(f"192.0.2.{100 + day}"), CHROME)
    assert not loud(found(story))


def test_a_phone_at_home_with_privacy_addresses() -> None:
    """It takes another address of the same line each time, and the password is an old one."""
    home = LYON.leased("2001:db8:1:2::1")
    story = Story().work(range(5), home, CHROME)
    for step in range(150):
        story.fail(5, step * 8 + step % 5, LYON.leased(f"2001:db8:1:2::{step + 2:x}"), CHROME)
    assert not loud(found(story))


def test_who_tried_once_while_another_went_on_is_not_named() -> None:
    """A sprayer passes by while somebody guesses."""
    story = burst(120)
    story.fail(7, 301, SERVER, SCRIPT)
    assert {one.uid for f in found(story) for one in f.involved} == {MOSCOW.ip}


def test_the_owner_who_gets_in_at_the_third_try_is_not_named() -> None:
    story = Story().work(range(4), LYON, CHROME)
    for step in range(2):
        story.fail(3, 30 + step, PARIS, CHROME)
    story.sign_on(3, 32, PARIS, CHROME, "own")
    for step in range(60):
        story.fail(3, 60 + step, MOSCOW.leased(f"203.0.113.{step % 20}"), LINUX)
    named = {one.uid for f in found(story) for one in f.involved}
    assert named == {f"203.0.113.{n}" for n in range(20)}


def test_an_incident_reaches_its_severity_at_once() -> None:
    """However long it goes on it weighs less than what is severe by itself."""
    findings = found(burst(1500, seconds=2))
    assert {f.severity for f in findings} == {Severity.MEDIUM}


@pytest.mark.parametrize("minutes", [5, 10, 15])
def test_a_guess_now_and_then_all_day(minutes: int) -> None:
    """From one address, so as not to be locked out."""
    story = Story().work(range(3), LYON, CHROME)
    for step in range(22 * 60 // minutes):
        story.fail(3, step * minutes + step % 3, MOSCOW, LINUX)
    findings = loud(found(story))
    assert findings
    assert findings[0].involved[0].uid == MOSCOW.ip


def test_a_botnet_in_the_victims_own_country() -> None:
    """Addresses of the victim's own provider, with a client that is not the victim's."""
    story = Story().work(range(4), LYON, CHROME)
    for step in range(110):
        story.fail(3, 60 + step * 2, LYON.leased(f"192.0.2.{100 + step % 40}"), LINUX)
    findings = loud(found(story))
    assert findings
    named = {subject.uid for finding in findings for subject in finding.involved}
    assert len(named) >= 36
    assert LYON.ip not in named


def test_a_new_telephone_with_an_old_password_on_the_home_line() -> None:
    """A client never seen, on a network that is: one address, a dozen tries a day."""
    story = Story().work(range(5), LYON, CHROME)
    for step in range(12):
        story.fail(5, 480 + step * 40 + step % 7, LYON.leased("192.0.2.11"), IPHONE)
    assert not loud(found(story))


def test_a_forgotten_password_on_a_journey() -> None:
    """Fifteen tries with the own laptop from a hotel, then by telephone to the help desk."""
    story = Story().work(range(5), LYON, CHROME)
    for step in range(15):
        story.fail(5, 480 + step * 0.6, MADRID, CHROME)
    assert not loud(found(story))


@pytest.mark.parametrize("daily", [2, 5, 7])
def test_a_victim_of_a_spray_is_not_guessed_at(daily: int) -> None:
    """A few tries a day, each from another address, for a week."""
    story = Story().work(range(8), LYON, CHROME)
    for day in range(1, 8):
        for step in range(daily):
            at = MOSCOW.leased(f"203.0.113.{day * 20 + step}")
            story.fail(day, 100 + step * 180, at, LINUX)
    assert not loud(found(story))


def test_a_name_that_is_no_account() -> None:
    """sshd: no device, an unknown user, many tries."""
    story = Story("root", "hosts")
    for step in range(60):
        story.fail(0, step * 0.1, SERVER, None, FailureReason.UNKNOWN_USER)
    assert len(loud(found(story))) == 1


def test_a_regular_attack_on_a_name_that_is_no_account() -> None:
    """By the clock, but no program of anybody's goes on with an account that never was."""
    story = Story("admin", "hosts")
    for step in range(80):
        story.fail(0, step * 5, SERVER, None, FailureReason.UNKNOWN_USER)
    assert loud(found(story))


def test_getting_in_after_a_burst_is_a_takeover() -> None:
    findings = [f for f in found(guessed()) if f.evidence.group == "guessed"]
    assert len(findings) == 1
    assert findings[0].severity >= Severity.MEDIUM
    assert findings[0].theme is Theme.USE
    assert findings[0].evidence.weights.taken_over > 5
    assert findings[0].evidence.facts["succeeded"] is True


def test_getting_in_with_a_second_factor_weighs_less() -> None:
    plain = found(burst(12).sign_on(7, 303, MOSCOW, LINUX, "in"))[-1]
    story = burst(12).sign_on(7, 303, MOSCOW, LINUX, "in")
    story.events[-1] = type(story.events[-1])(
        **{f: getattr(story.events[-1], f) for f in story.events[-1].__struct_fields__}
        | {"mfa": True}
    )
    assert found(story)[-1].evidence.weights.taken_over < plain.evidence.weights.taken_over


@pytest.mark.parametrize("tries", [1, 3, 7])
@pytest.mark.parametrize("at", [LYON, LYON_HOME, MADRID])
def test_a_forgotten_password(tries: int, at: object) -> None:
    """A few failures, known device, then in: also from a new place."""
    story = Story().work(range(5), LYON, CHROME)
    for step in range(tries):
        story.fail(5, 480 + step / 2, at, CHROME)  # type: ignore[arg-type]
    story.sign_on(5, 485, at, CHROME, "in")  # type: ignore[arg-type]
    assert not loud(found(story))


def test_a_forgotten_password_on_the_first_day() -> None:
    """Nothing is known yet: still only a few failures."""
    story = Story()
    for step in range(8):
        story.fail(0, 480 + step / 2, LYON, CHROME)
    assert not loud(found(story.sign_on(0, 486, LYON, CHROME, "in")))


def test_a_stubborn_person_at_the_usual_desk() -> None:
    """Fifteen tries from the office: a familiar network has three times the limit."""
    story = Story().work(range(5), LYON, CHROME)
    for step in range(15):
        story.fail(5, 480 + step / 3, LYON, CHROME)
    assert not found(story.sign_on(5, 490, LYON, CHROME, "in"))


def test_an_integration_whose_password_expired() -> None:
    """A known script, every five minutes for two days."""
    story = Story("sync")
    for step in range(0, 2000, 50):
        story.sign_on(0, step / 2, SERVER, SCRIPT)
    for step in range(576):
        story.fail(1, step * 5, SERVER, SCRIPT)
    findings = found(story)
    assert not loud(findings)
    assert findings
    assert all(f.severity <= Severity.LOW for f in findings)
    assert findings[0].evidence.facts["clockwork"] is True


def test_an_integration_whose_password_expired_on_a_line_with_leases() -> None:
    """Six tries every quarter of an hour; when no session from its line is remembered any more, and
    the address is another, it is still the program that was there."""
    story = Story("sync")
    for step in range(0, 6000, 15):
        story.sign_on(0, step, LYON_HOME.leased(f"192.0.2.{77 + step // 1500}"), SCRIPT)
    for step in range(192):
        for again in range(6):
            story.fail(4, 240 + step * 15 + again, LYON_HOME.leased("192.0.2.99"), SCRIPT)
    assert not loud(found(story))
    assert loud(found(from_own_operator(SCRIPT, 7.0))), "a program that never was there"


def test_an_integration_of_which_the_log_saw_no_success() -> None:
    """By the clock, from one address, and it says that it is a program."""
    story = Story("sync")
    for step in range(576):
        story.fail(1, step * 5, SERVER, SCRIPT)
    assert not loud(found(story))


def test_a_phone_with_an_old_password() -> None:
    """Its mail program tries again at uneven times all day, from the network it always had."""
    story = Story().work(range(5), LYON, CHROME)
    for day in range(5):
        story.sign_on(day, 700, PARIS_MOBILE, IPHONE, f"phone-{day}")
    for step in range(200):
        story.fail(5, step * 6 + step % 5, PARIS_MOBILE.leased(f"198.51.100.{step}"), IPHONE)
    assert not loud(found(story))


def test_lines_that_tell_again_of_the_same_attempt() -> None:
    """PAM beside sshd: counted once."""
    story = Story("root", "hosts")
    for step in range(9):
        story.fail(0, step * 0.2, SERVER)
        story.fail(0, step * 0.2 + 0.01, SERVER, corroborating=True)
    assert not found(story)


def test_a_second_factor_refused_is_no_guess() -> None:
    """The password was right: another pattern's."""
    story = Story()
    for step in range(40):
        story.fail(0, step / 4, MOSCOW, LINUX, FailureReason.MFA_DENIED)
    assert not found(story)


def test_getting_in_from_the_desk_during_an_attack() -> None:
    """The owner signs in while a stranger guesses: device and network are his own."""
    story = burst(40).sign_on(7, 303, LYON, CHROME, "own")
    assert not [f for f in found(story) if f.evidence.group == "guessed"]


def test_failures_long_before_are_forgotten() -> None:
    """Two hours later nothing is left of a burst."""
    story = burst(30).sign_on(7, 480, MADRID, LINUX, "later")
    assert not [f for f in found(story) if f.evidence.group == "guessed"]


def test_failures_without_an_address() -> None:
    story = Story()
    for step in range(12):
        story.fail(0, step / 10, NOWHERE)
    findings = found(story)
    assert len(findings) == 1
    assert findings[0].evidence.facts["ip"] is None


def test_limits_are_parameters() -> None:
    assert found(burst(5), Parameters(burst=5))
    assert not found(burst(5))


def forgotten_client(
    *,
    changed: float | None = 590,
    pause: float = 13,
    outcome: Outcome = Outcome.SUCCESS,
    at: Where = MADRID,
    device: Device | None = IPHONE,
    tries: int = 60,
) -> Story:
    """A phone that nobody got in with yet goes on with a password, from ever other addresses."""
    story = Story().work(range(5), LYON, CHROME)
    if changed is not None:
        set_anew(story, changed, outcome)
    for step in range(tries):
        story.fail(5, 600 + step * pause, at.leased(f"198.51.100.{step % 250}"), device)
    return story


def set_anew(story: Story, minute: float, outcome: Outcome = Outcome.SUCCESS) -> None:
    """The password is changed on day 5."""
    time = moment(5, minute)
    change = AccountChange(
        id=timed_id(time, "change"),
        time=time,
        tenant=story.tenant,
        account=story.account,
        change=Change.PASSWORD,
        outcome=outcome,
    )
    story.events.append(change)


def test_a_client_that_has_the_password_before_the_last() -> None:
    assert not loud(found(forgotten_client()))


@pytest.mark.parametrize(
    "story",
    [
        forgotten_client(changed=None),
        forgotten_client(outcome=Outcome.FAILURE),
        forgotten_client(pause=0.1),
        forgotten_client(pause=3, tries=200),
        forgotten_client(at=SERVER),
        forgotten_client(at=VPN),
        forgotten_client(device=None),
        forgotten_client(device=SCRIPT),
        forgotten_client(pause=60, tries=24 * 12),
    ],
    ids=[
        "the password stayed",
        "the change failed",
        "at once",
        "too often",
        "from servers",
        "behind a VPN",
        "nobody says by what",
        "by a script",
        "for longer than a client does",
    ],
)
def test_what_fails_after_a_change_and_is_no_such_client(story: Story) -> None:
    assert loud(found(story))


def test_whoever_tries_with_several_clients_after_a_change_guesses() -> None:
    story = forgotten_client()
    for step in range(30):
        story.fail(5, 605 + step * 13, MOSCOW, LINUX)
    assert loud(found(story))


def test_the_owner_who_mistypes_meanwhile_is_not_another_client() -> None:
    """Before the change, and at the desk while the phone goes on."""
    story = forgotten_client().fail(5, 580, LYON, CHROME).fail(5, 700, LYON, CHROME)
    assert not loud(found(story))


def test_a_change_amid_an_attack_excuses_nothing() -> None:
    """What goes on after it was called an attack is that attack."""
    story = forgotten_client(changed=1_300, tries=400)
    spoken = [one for one in found(story) if one.time > moment(5, 1_300)]
    assert loud(found(story))
    assert all(one.evidence.weights.attack > 4 for one in spoken)
    assert spoken

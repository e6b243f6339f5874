"""Floods: more attempts than people make; and a morning on which everybody signs in."""

from msgspec import structs

from detectors.core.event import DAY, MINUTE, SECOND, Event
from detectors.core.finding import Finding, Severity
from detectors.core.identity import SubjectKind
from detectors.login_flood import LoginFlood, Parameters
from tests.detectors.crowd import (
    BAD,
    attempt,
    bot,
    botnet,
    homes,
    judged,
    of_kind,
    office,
    on,
    source,
)
from tests.detectors.story import LYON, SCRIPT, SERVER, loud


def found(events: list[Event], parameters: Parameters | None = None) -> list[Finding]:
    """What stands in the end."""
    return judged([LoginFlood(parameters)], sorted(events, key=lambda event: event.id), batch=1_000)


def hammer(count: int, pause: int, *, addresses: int = 1) -> list[Event]:
    """So many attempts on one account, `pause` ms apart."""
    return [
        attempt(on(2, 9) + n * pause, "user-1", SERVER.leased(bot(n % addresses)), SCRIPT, BAD)
        for n in range(count)
    ]


def one_address() -> list[Event]:
    """Ten a second for ten minutes."""
    return hammer(6_000, 100)


HOSTILE = (one_address,)


def test_one_address() -> None:
    (finding,) = found(one_address())
    assert finding.subject == source(bot(0))
    assert finding.severity >= Severity.MEDIUM
    assert on(2, 9) <= finding.time <= on(2, 9) + 5 * MINUTE


def test_it_is_not_told_before_it_began() -> None:
    """Within the five minutes that are counted it may begin late, and be over in one."""
    events = hammer(3_000, 20)
    late = [structs.replace(event, time=event.time + 200 * SECOND) for event in events]
    assert all(late[0].time <= finding.time <= late[-1].time for finding in found(late))
    assert found(late)


def test_a_tenant_over_many_addresses() -> None:
    """Each of them within its limit, all together ten times what the tenant ever had."""
    findings = found([*homes(range(2), 200), *hammer(9_000, 30, addresses=500)])
    (whole,) = of_kind(findings, SubjectKind.TENANT)
    assert whole.severity >= Severity.MEDIUM


def test_many_addresses_at_the_same_names_again_and_again() -> None:
    """A hundred addresses, forty names, thirty failures a second for a minute: all are named."""
    events = [
        attempt(on(2, 9) + n * 33, f"user-{n * 7 % 40}", SERVER.leased(bot(n % 100)), SCRIPT, BAD)
        for n in range(2_000)
    ]
    findings = found([*homes(range(3), 200), *events])
    (whole,) = of_kind(findings, SubjectKind.TENANT)
    assert whole.severity >= Severity.HIGH
    assert {one.uid for one in whole.involved} >= {bot(n) for n in range(100)}


def flood(day: float, addresses: int = 100, names: int = 40, first: int = 0) -> list[Event]:
    """Two thousand failures within a minute, at the same names again and again."""
    return [
        attempt(
            on(day, 9) + n * 33,
            f"user-{n * 7 % names}",
            SERVER.leased(bot(first + n % addresses)),
            SCRIPT,
            BAD,
        )
        for n in range(2_000)
    ]


def test_a_flood_some_days_after_another_one() -> None:
    """An earlier one must not hide it: what is usual is a usual day's."""
    events = [*homes(range(6), 200), *flood(3), *flood(5, first=500)]
    floods = of_kind(found(events), SubjectKind.TENANT)
    assert [one.time // DAY - on(0) // DAY for one in floods] == [3, 5]
    assert all(one.severity >= Severity.HIGH for one in floods)


def test_three_addresses_at_all_of_a_tenant() -> None:
    """Each tries a name twice or so: only together they are at the same names again and again."""
    (whole,) = of_kind(found([*homes(range(3), 200), *flood(2, 3, 200)]), SubjectKind.TENANT)
    assert {one.uid for one in whole.involved} == {bot(0), bot(1), bot(2)}


def test_who_tries_the_same_names_slowly_just_then_is_no_part_of_it() -> None:
    """A sprayer that takes days."""
    slow = [
        attempt(on(2, 5) + n * 4 * MINUTE, f"user-{n % 40}", SERVER.leased(bot(900)), SCRIPT, BAD)
        for n in range(120)
    ]
    (whole,) = of_kind(found([*homes(range(3), 200), *flood(2), *slow]), SubjectKind.TENANT)
    assert bot(0) in {one.uid for one in whole.involved}
    assert bot(900) not in {one.uid for one in whole.involved}


def test_who_runs_down_a_list_while_there_is_a_flood_is_no_part_of_it() -> None:
    events = [
        attempt(on(2, 9) + n * 33, f"user-{n * 7 % 40}", SERVER.leased(bot(n % 100)), SCRIPT, BAD)
        for n in range(2_000)
    ]
    stuffing = [
        attempt(on(2, 9) + n * 200, f"leaked-{n}", SERVER.leased(bot(500 + n % 60)), SCRIPT, BAD)
        for n in range(180)
    ]
    (whole,) = of_kind(found([*homes(range(3), 200), *events, *stuffing]), SubjectKind.TENANT)
    named = {one.uid for one in whole.involved}
    assert {bot(n) for n in range(100)} <= named
    assert not {bot(500 + n) for n in range(60)} & named


def test_a_botnet_that_runs_down_a_list_is_no_flood() -> None:
    """As many a second, and every name once: stuffing, and another detector says so."""
    assert not found([*botnet(300, on(2), 0.2, unknown=True, each=5)])


def test_a_morning() -> None:
    """A thousand people behind one address within an hour."""
    assert not found([*office(range(3), 1_000)])


def test_a_big_tenant_has_big_mornings() -> None:
    """As on every day."""
    quick = Parameters(tenant_attempts=50)
    assert not of_kind(found([*homes(range(1, 5), 800)], quick), SubjectKind.TENANT)[1:]


def test_guessing_by_the_second_is_no_flood() -> None:
    assert not loud(found(hammer(5_000, 1_000)))


def test_limits_are_parameters() -> None:
    few = [attempt(on(0, 9) + n * 100, "a", LYON) for n in range(100)]
    assert found([*few], Parameters(attempts=50, per_user=0.0))
    assert not found([*few], Parameters(attempts=150))

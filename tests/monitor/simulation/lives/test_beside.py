"""A second machine or browser, and one pair of hands: never work in two places at once."""

from collections import Counter
from itertools import pairwise

from detectors.core.event import DAY, HOUR, MINUTE
from monitor.simulation.acts import LOGOFF, LOGON, OTHER, RENEWAL, Act
from monitor.simulation.style import BY_CHANCE, RICH
from tests.monitor.simulation.lives.people import kind_of, lived, of

_QUICK = 20_000


def hands(persona: str) -> list[list[Act]]:
    """What is done by hand in sessions of theirs, where the log tells it."""
    people = [p for p in of(persona) if p.tenant.style.activities == RICH]
    assert people
    return [
        [act for act in lived(p) if act.activity == OTHER and act.session is not None]
        for p in people
    ]


def switches(acts: list[Act]) -> list[int]:
    """The times (ms) from one window to another of the same hour."""
    return [
        two.time - one.time
        for one, two in pairwise(acts)
        if one.session != two.session and two.time - one.time < HOUR
    ]


def test_a_server_is_worked_on_beside_ones_own_computer() -> None:
    far = unlike = 0
    for person in of("it_staff"):
        acts = [a for a in lived(person) if a.session is not None and a.cause == ""]
        far += sum(kind_of(act) == "hosting" for act in acts)
        unlike += len({act.agent.partition("Chrome")[0] for act in acts}) > 1
    assert far > 50
    assert unlike > 1


def test_some_are_called_in_the_evening_or_at_night() -> None:
    for persona in ("it_staff", "on_call"):
        late = 0
        for person in of(persona):
            acts = [a for a in lived(person) if a.activity == LOGON and a.detail is None]
            office = {*person.site.addresses, person.site.backup}
            late += sum(a.time % DAY > 19 * HOUR and a.ip not in office for a in acts)
        assert late > 3


def test_a_second_browser_is_open_on_some_days() -> None:
    for persona in ("browser_aside", "browser_aside_home"):
        shares = []
        for person in of(persona):
            seen: dict[int, set[str]] = {}
            for act in lived(person):
                if act.session is not None:
                    seen.setdefault(act.time // DAY, set()).add(act.agent.split()[-1][:7])
            shares.append(sum(len(one) > 1 for one in seen.values()) / max(1, len(seen)))
        assert any(0.1 < share < 0.9 for share in shares)


def test_one_browser_is_in_front_at_a_time() -> None:
    for persona in ("browser_aside", "browser_aside_home", "meetings"):
        turned = [gap for acts in hands(persona) for gap in switches(acts)]
        assert turned
        assert sum(gap < _QUICK for gap in turned) < len(turned) / 4


def test_a_laptop_goes_to_meetings_while_the_desktop_is_open() -> None:
    together = 0
    for person in of("meetings"):
        machines = Counter(act.agent.split("(")[1][:20] for act in lived(person) if act.agent)
        together += len(machines) > 0
        sessions = {act.session for act in lived(person)}
        assert len(sessions) > len({act.time // DAY for act in lived(person)})
    assert together


def test_a_board_shows_day_and_night_and_only_renews() -> None:
    for person in of("board_beside"):
        acts = [a for a in lived(person) if a.session is not None]
        night = [a for a in acts if a.time // HOUR % 24 in {1, 2}]
        assert night
        assert all(a.activity == RENEWAL for a in night)


def test_a_night_owl_looks_in_from_home_and_leaves_the_desktop_on() -> None:
    looked = left = 0
    for person in of("night_owl"):
        office = {*person.site.addresses, person.site.backup}
        acts = [a for a in lived(person) if a.session is not None]
        looked += sum(a.activity == LOGON and a.ip not in office for a in acts)
        morning = [a for a in acts if 8 * HOUR < a.time % DAY < 11 * HOUR and a.ip in office]
        left += sum(a.activity == RENEWAL for a in morning)
        closed: dict[str | None, int] = {a.session: a.time for a in acts if a.activity == LOGOFF}
        own = person.tenant.style.renews == BY_CHANCE
        assert not own or all(a.time <= closed.get(a.session, a.time) + MINUTE for a in acts)
    assert looked > 3
    assert left > 10

"""The log of a world: sorted, the same again, fully labelled, and honest where it says so."""

import hashlib
import json
from collections import Counter
from itertools import pairwise

import pytest

from detectors.core.event import DAY, SignIn
from monitor.formats.format import Origin, formats
from monitor.simulation.labels import BENIGN
from monitor.simulation.misdeeds import behaviours
from monitor.simulation.population import build
from monitor.simulation.simulation import (
    QUIET,
    Choice,
    Simulation,
    UnknownMisdeedError,
    default_misdeeds,
    simulate,
    strategies,
)
from tests.monitor.simulation.lives.people import FASTEST_KM_H, fastest

START = 20_770 * DAY
PINNED = "7ebec852491c83a94dffcf06ad21e54a288ef7caa959986429a1a685a53d9d8c"


@pytest.fixture(scope="module")
def world() -> Simulation:
    return simulate(5, days=6, accounts=120, start=START)


def test_the_same_seed_gives_the_same_bytes_on_every_python() -> None:
    log = hashlib.sha256()
    for line in simulate(7, days=2, accounts=40, start=START).lines():
        log.update(line + b"\n")
    assert log.hexdigest() == PINNED


def test_another_seed_gives_another_log() -> None:
    one = next(simulate(1, days=1, accounts=20, start=START).lines())
    assert one != next(simulate(2, days=1, accounts=20, start=START).lines())


def test_times_are_sorted_and_within_the_window(world: Simulation) -> None:
    times = [label.time for _, label in world.records()]
    assert all(a <= b for a, b in pairwise(times))
    assert world.start <= times[0]
    assert times[-1] < world.end
    assert len({time // DAY for time in times}) == 6


def test_every_line_is_read_by_vigie_as_its_label_says(world: Simulation) -> None:
    ocsf = formats()["ocsf"]
    origin = Origin("replay", "none", lambda _month, _day: 2026, lambda _second, _line: 0)
    for line, label in world.records():
        assert ocsf.claims(line)
        (event,) = ocsf.parse(line, origin)
        assert (event.uid, event.time, event.tenant) == (label.uid, label.time, label.tenant)
        if not event.account_by_name:
            assert event.account == label.account


def test_native_ids_are_unique(world: Simulation) -> None:
    uids = [label.uid for _, label in world.records()]
    assert len(set(uids)) == len(uids)


def test_labels_are_complete(world: Simulation) -> None:
    counted = Counter(label.incident for _, label in world.records() if label.incident)
    assert counted == {label.id: label.events for label in world.incidents}
    by_id = {label.id: label for label in world.incidents}
    for _, label in world.records():
        if label.incident is None:
            assert label.behaviour == BENIGN
        else:
            assert label.behaviour == by_id[label.incident].behaviour
            start, end = by_id[label.incident].start, by_id[label.incident].end
            assert start <= label.time <= end


def test_every_account_is_labelled_with_what_is_done_to_it(world: Simulation) -> None:
    accounts = world.accounts()
    assert len(accounts) == 120
    told = {(label.account, one) for label in accounts for one in label.incidents}
    assert told == {(uid, label.id) for label in world.incidents for uid in label.accounts}
    assert any(not label.behaviours for label in accounts)


def test_the_beginning_is_quiet_and_everything_happens(world: Simulation) -> None:
    span = world.end - world.start
    for label in world.incidents:
        ways = behaviours().get(label.behaviour, ())
        begins = next((w.begins[0] for w in ways if w.name == label.strategy), QUIET)
        assert label.start >= world.start + span * begins - 5 * 60_000
    assert {label.behaviour for label in world.incidents} == set(behaviours())


def test_honest_people_are_nowhere_too_fast(world: Simulation) -> None:
    by_account: dict[str, list] = {}
    for act in world.acts():
        if act.person is not None and not act.cause:
            by_account.setdefault(act.person.uid, []).append(act)
    assert all(fastest(acts) < FASTEST_KM_H for acts in by_account.values())


def test_most_of_it_is_activity_and_few_lines_fail() -> None:
    log = simulate(8, days=7, accounts=150, start=START, misdeeds={})
    lines = [json.loads(line) for line in log.lines()]
    kinds = Counter(line["activity_id"] for line in lines if line["class_uid"] == 3002)
    assert kinds[5] + kinds[99] > 0.4 * len(lines)
    assert kinds[1] > 500
    sessions = sum(line["activity_id"] == 1 and "session" in line for line in lines)
    assert 0.1 < kinds[2] / sessions < 0.9
    assert 0.003 < sum(line["status_id"] == 2 for line in lines) / len(lines) < 0.1
    assert log.incidents == ()


def test_misdeeds_can_be_ordered_by_kind_and_by_way() -> None:
    ordered = {"brute_force": 3, "credential_sharing/relay": 2}
    log = simulate(9, days=10, accounts=150, start=START, misdeeds=ordered)
    main = [label for label in log.incidents if label.part_of is None]
    done = Counter((label.behaviour, label.strategy) for label in main)
    assert done["credential_sharing", "relay"] == 2
    assert sum(n for (behaviour, _), n in done.items() if behaviour == "brute_force") == 3
    assert len(done) == 4
    assert len({label.account for label in main}) == 5


def test_a_side_of_a_misdeed_names_the_whole() -> None:
    log = simulate(9, days=10, accounts=150, start=START, misdeeds={"brute_force": 12})
    sides = [label for label in log.incidents if label.part_of is not None]
    by_id = {label.id: label for label in log.incidents}
    assert sides
    for side in sides:
        whole = by_id[str(side.part_of)]
        assert whole.success
        assert (side.behaviour, side.strategy) == ("account_takeover", whole.strategy)


@pytest.mark.parametrize("chosen", ["training", "held_back"])
def test_strategies_and_lives_are_kept_apart(chosen: Choice) -> None:
    log = simulate(3, days=10, accounts=200, start=START, strategies=chosen)
    assert {label.held_back for label in log.incidents} == {chosen == "held_back"}
    lives = {label.held_back for label in log.accounts()}
    assert lives == ({False} if chosen == "training" else {False, True})


def test_a_month_concerns_one_account_in_eight() -> None:
    log = simulate(4, days=30, accounts=400, start=START)
    concerned = {label.account for label in log.incidents if label.account is not None}
    assert 0.08 < len(concerned) / 400 < 0.2


def test_tenants_log_differently() -> None:
    told: dict[str, set[int]] = {}
    styles = {}
    log = simulate(6, days=3, accounts=300, start=START)
    for act in log.acts():
        if act.person is not None and not act.change:
            tenant = act.person.tenant
            styles[tenant.uid] = tenant.style
            told.setdefault(tenant.uid, set()).add(act.activity)
            assert tenant.style.sessions or act.session is None
            assert tenant.style.agents or act.agent == ""
    assert len({style.activities for style in styles.values()}) > 1
    for uid, style in styles.items():
        assert (99 in told[uid]) is (style.activities == "rich")


def test_a_world_without_anybody_suitable_has_no_misdeed() -> None:
    log = simulate(1, days=2, accounts=1, start=START, misdeeds={"credential_sharing/loan": 1})
    assert log.incidents == ()


@pytest.mark.parametrize("wanted", ["nonsense", "brute_force/nonsense"])
def test_an_unknown_misdeed_is_an_error(wanted: str) -> None:
    with pytest.raises(UnknownMisdeedError, match="nobody knows how to do"):
        simulate(1, days=1, accounts=5, start=START, misdeeds={wanted: 1})


def test_no_days_are_refused() -> None:
    with pytest.raises(ValueError, match="a simulation of 0 days"):
        simulate(1, days=0, accounts=5, start=START)


def test_a_larger_world_has_more_misdeeds() -> None:
    small, large = build(1, 50, 20_770), build(1, 1_000, 20_770)
    end = START + 7 * DAY
    assert default_misdeeds(small, START, end)["credential_sharing"] == 1
    assert default_misdeeds(large, START, end)["credential_sharing"] > 5
    assert len(strategies("brute_force")) >= 3


def test_events_are_sign_ins_and_a_few_changes(world: Simulation) -> None:
    origin = Origin("replay", "none", lambda _month, _day: 2026, lambda _second, _line: 0)
    ocsf = formats()["ocsf"]
    kinds = Counter(isinstance(ocsf.parse(line, origin)[0], SignIn) for line in world.lines())
    assert kinds[True] > 50 * kinds[False] > 0

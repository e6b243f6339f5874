"""The servers' log: lines that Vigie reads as what the labels say they are."""

import hashlib
from collections import Counter

import pytest

from detectors.core.event import DAY, Event, Outcome, SignIn
from monitor.formats.format import Origin, formats
from monitor.simulation.labels import BENIGN
from monitor.simulation.sshd import BRUTE_FORCE, NOISE, SshdSimulation, simulate_sshd

START = 20_770 * DAY


@pytest.fixture(scope="module")
def servers() -> SshdSimulation:
    return simulate_sshd(4, days=5, accounts=8, start=START, attacks=6)


def read(line: bytes) -> list[Event]:
    origin = Origin("replay", "acme", lambda _month, _day: 2026, lambda _second, _line: 0)
    return formats()["sshd"].parse(line, origin)


def test_the_same_seed_gives_the_same_bytes(servers: SshdSimulation) -> None:
    again = simulate_sshd(4, days=5, accounts=8, start=START, attacks=6)
    digests = [hashlib.sha256(b"\n".join(log.lines())).hexdigest() for log in (servers, again)]
    assert digests[0] == digests[1]


def test_times_are_sorted_and_within_the_window(servers: SshdSimulation) -> None:
    times = [label.time for _, label in servers.records()]
    assert times == sorted(times)
    assert START <= times[0] < times[-1] < START + 5 * DAY


def test_every_line_is_claimed_and_read(servers: SshdSimulation) -> None:
    sshd = formats()["sshd"]
    outcomes: Counter[Outcome] = Counter()
    for line, label in servers.records():
        assert sshd.claims(line)
        for event in read(line):
            assert isinstance(event, SignIn)
            assert event.time == label.time // 1_000 * 1_000
            outcomes[event.outcome] += 1
            if label.account is not None:
                assert event.account == label.account
    assert outcomes[Outcome.FAILURE] > 500
    assert outcomes[Outcome.SUCCESS] > 50


def test_noise_attacks_and_work_are_labelled_apart(servers: SshdSimulation) -> None:
    kinds = Counter(label.behaviour for _, label in servers.records())
    assert kinds.keys() == {BENIGN, NOISE, BRUTE_FORCE}
    assert all(kinds[kind] > 100 for kind in kinds)


def test_attacks_are_told_whole(servers: SshdSimulation) -> None:
    counted = Counter(label.incident for _, label in servers.records() if label.incident)
    assert counted == {label.id: label.events for label in servers.incidents}
    assert {label.strategy for label in servers.incidents} == {
        "one_address",
        "many_addresses",
        "slow",
    }
    for label in servers.incidents:
        assert (len(label.sources) > 1) == (label.strategy == "many_addresses")


def test_some_attacks_end_inside() -> None:
    labels = [
        label
        for seed in range(6)
        for label in simulate_sshd(seed, days=4, accounts=8, start=START, attacks=6).incidents
    ]
    assert 0 < sum(label.success for label in labels) < len(labels)


def test_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="are none"):
        simulate_sshd(1, days=1, accounts=0, start=START)

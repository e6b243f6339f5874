"""What is said of a tenant's people as a rule: of whom, since when, and how it is reckoned."""

import random

import msgspec
import pytest

from detectors.core.event import DAY
from detectors.sharing.leaning import (
    MAXIMUM_ACCOUNTS,
    MEMORY,
    RECENT,
    SAMPLE,
    SETTLED,
    SILENT,
    SMOOTHED,
    STRAYS,
    USUAL,
    Leaning,
)

NOW = 20_000 * DAY


def leaning(nats: dict[str, float], time: int = NOW) -> Leaning:
    made = Leaning()
    made.say("first", time - SETTLED - DAY, 0.0)
    made.take_back("first", time - SETTLED - DAY)
    for account, one in nats.items():
        made.say(account, time, one)
    return made


def everybody(nats: float, people: int = 100) -> Leaning:
    return leaning({f"u{n}": nats for n in range(people)})


@pytest.mark.parametrize("nats", [-1.5, 0.5, 3.0])
def test_what_is_said_of_everybody_is_usual(nats: float) -> None:
    more = (nats - USUAL) * 100 / (100 + SMOOTHED)
    found = everybody(nats).beyond(NOW, 100, may_raise=True)
    assert found == pytest.approx(more)


def test_less_than_of_others_counts_only_where_it_may() -> None:
    assert everybody(-1.5).beyond(NOW, 100, may_raise=False) == 0.0
    assert everybody(0.5).beyond(NOW, 100, may_raise=False) > 0


def test_those_that_share_are_not_what_is_usual() -> None:
    shared = {f"u{n}": 4.5 for n in range(15)}
    found = leaning(shared).beyond(NOW, 100, may_raise=True)
    assert found == pytest.approx((SILENT - USUAL) * 100 / (100 + SMOOTHED))
    assert leaning({f"u{n}": 4.5 for n in range(30)}).beyond(NOW, 100, may_raise=True) > 3


def test_a_few_people_say_little() -> None:
    few, many = everybody(3.0, 5), everybody(3.0, 100)
    assert few.beyond(NOW, 5, may_raise=True) < many.beyond(NOW, 100, may_raise=True) / 3
    assert Leaning().beyond(NOW, 0, may_raise=True) == 0.0


def test_what_was_said_last_by_then_counts_and_nothing_later() -> None:
    made = leaning({f"u{n}": 0.0 for n in range(50)})
    for n in range(50):
        made.say(f"u{n}", NOW + DAY, 4.0)
    assert made.beyond(NOW - 1, 50, may_raise=True) == pytest.approx((SILENT - USUAL) * 50 / 70)
    assert made.beyond(NOW, 50, may_raise=True) == pytest.approx(-USUAL * 50 / 70)
    assert made.beyond(NOW + DAY, 50, may_raise=True) == pytest.approx((4 - USUAL) * 50 / 70)
    for n in range(50):
        made.take_back(f"u{n}", NOW + DAY)
        made.take_back(f"u{n}", NOW + DAY)
    assert made.beyond(NOW + DAY, 50, may_raise=True) == pytest.approx(-USUAL * 50 / 70)
    assert made.beyond(NOW + MEMORY, 50, may_raise=True) < 0, "it holds no more"
    for n in range(STRAYS + 1):
        assert made.prune() == NOW, "a few clocks may be wrong"
        assert made.beyond(NOW + DAY, 50, may_raise=True) != 0.0
        made.say(f"u{n}", NOW + RECENT + MEMORY + DAY + 1, 1.0)
    assert made.prune() == NOW + RECENT + MEMORY + DAY + 1
    assert len(made.said) == STRAYS + 1
    assert made.beyond(NOW, 50, may_raise=True) == 0.0, "of then nothing is known any more"
    assert Leaning().prune() == 0
    alone = Leaning()
    alone.say("u", NOW, 1.0)
    assert alone.prune() == NOW
    assert alone.floor == 0


def test_what_was_not_asked_yet_is_no_silence() -> None:
    made = Leaning()
    made.say("u", NOW, 0.0)
    assert made.beyond(NOW + SETTLED - 1, 100, may_raise=True) == 0.0
    assert made.beyond(NOW + SETTLED, 100, may_raise=True) < 0
    assert Leaning().beyond(NOW, 100, may_raise=True) == 0.0


def test_saying_it_again_changes_nothing_and_the_order_does_not_matter() -> None:
    told = [(f"u{n % 60}", NOW + n // 60 * DAY, n % 7 - 2.0) for n in range(600)]
    made = []
    for seed in range(3):
        random.Random(seed).shuffle(told)
        one = Leaning()
        for account, time, nats in [*told, *told[:50]]:
            one.say(account, time, nats)
        made.append({name: one.said[name] for name in sorted(one.said)})
    assert made[0] == made[1] == made[2]
    one.take_back("u1", NOW)
    assert len(one.said) == 60
    assert one.since == NOW


def test_it_is_bounded_and_thinned_out_by_digests_alone() -> None:
    names = [f"u{n}" for n in range(9_000)]
    made = []
    for order in (names, names[::-1]):
        one = leaning({name: len(name) / 2 for name in order})
        made.append(one)
    assert made[0].said.keys() == made[1].said.keys()
    assert SAMPLE < len(made[0].said) <= MAXIMUM_ACCOUNTS
    whole = made[0].beyond(NOW, 9_000, may_raise=True)
    assert whole == pytest.approx(2.5 - USUAL, rel=0.1), "a sample stands for all"
    often = Leaning()
    for n in range(400):
        for account in "abc":
            often.say(account, NOW + n * DAY, 0.5)
        often.prune()
    assert {len(said) for said in often.said.values()} == {RECENT // DAY + 2}
    assert len(msgspec.msgpack.encode(made[0])) < 25_000


def test_the_rank_is_taken_of_the_same_accounts_however_many_are_remembered() -> None:
    names = [f"u{n}" for n in range(1_500)]
    few = leaning({name: len(name) - 1.0 for name in names[:1_000]})
    many = leaning({name: len(name) - 1.0 for name in names[:1_000]})
    for name in names[1_000:]:
        many.say(name, NOW + DAY, 4.0)
    assert many.level > few.level
    found = [one.beyond(NOW, 1_000, may_raise=True) for one in (few, many)]
    assert found[0] == found[1]

"""Score: counts add up in any order, and what is not known of anybody is no part of it."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from monitor.hygiene.facts import Fact, Judged
from monitor.hygiene.score import WEIGHTS, Tally, together

facts = st.frozensets(st.sampled_from(Fact))
judged = st.tuples(facts, facts).map(
    lambda both: Judged({fact: {} for fact in both[0] & both[1]}, both[0])
)


def tally(some: list[Judged]) -> Tally:
    made = Tally()
    for one in some:
        made.add(one)
    return made


@given(st.lists(judged), st.lists(judged))
def test_parts_add_up_to_the_whole_in_any_order(one: list[Judged], other: list[Judged]) -> None:
    whole = tally([*one, *other])
    assert together((tally(one), tally(other))) == whole
    assert tally([*reversed(other), *reversed(one)]) == whole
    score = whole.score()
    assert (score is None) == (not whole.considered)
    assert score is None or 0 <= score <= 100


def test_one_of_four_is_three_quarters_well() -> None:
    bad = Judged({Fact.NO_MFA: {}}, frozenset((Fact.NO_MFA, Fact.DORMANT)))
    well = Judged({}, frozenset((Fact.NO_MFA, Fact.DORMANT)))
    made = tally([bad, well, well, well])
    assert made.parts() == {Fact.DORMANT: 100.0, Fact.NO_MFA: 75.0}
    assert made.score() == 85.0, "(2 x 100 + 3 x 75) / 5"


def test_nothing_known_is_no_score() -> None:
    assert tally([Judged({}, frozenset())]).score() is None
    assert set(WEIGHTS) == set(Fact)


@given(st.lists(judged))
def test_it_is_kept_as_it_is(some: list[Judged]) -> None:
    made = tally(some)
    assert msgpack.decode(msgpack.encode(made), type=Tally) == made

"""Kept: what is said keeps since when it is said, for as long as it is."""

from monitor.hygiene import kept
from monitor.hygiene.facts import Fact
from monitor.hygiene.kept import NOTHING, Kept, Said
from monitor.hygiene.score import Tally
from monitor.hygiene.sighting import Sighting


def test_what_goes_on_is_said_since_it_began_and_what_came_back_since_then() -> None:
    one = NOTHING.with_said({Fact.DORMANT: {"days": 45}}, 10)
    two = one.with_said({Fact.DORMANT: {"days": 46}, Fact.NO_MFA: {}}, 20)
    assert [(s.fact, s.since) for s in two.said] == [(Fact.DORMANT, 10), (Fact.NO_MFA, 20)]
    assert two.said[0].detail == {"days": 46}
    three = two.with_said({}, 30).with_said({Fact.DORMANT: {}}, 40)
    assert three.said == (Said(Fact.DORMANT, 40, {}),)


def test_the_same_said_again_is_no_change() -> None:
    one = NOTHING.with_said({Fact.NO_MFA: {}}, 10)
    assert one.with_said({Fact.NO_MFA: {}}, 20) is one


def test_it_is_read_as_it_was_written() -> None:
    made = Kept(Sighting(first=1, last=2)).with_said({Fact.NO_MFA: {"said_by": "log"}}, 3)
    assert kept.read(kept.encode(made)) == made
    assert kept.read(None) is NOTHING
    tally = Tally(3, {Fact.NO_MFA: 2}, {Fact.NO_MFA: 1})
    assert kept.read_tally(kept.encode(tally)) == tally

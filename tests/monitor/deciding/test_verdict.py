"""Only a list refuses; a probability asks for proof, and nothing where nothing is to be done."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from monitor.deciding.question import Verdict
from monitor.deciding.verdict import WORDS, Because, Decision, Known, Terms, decide

TERMS = Terms()
STRANGER = Known(risk=0.95, is_at_home=False)


def test_a_stranger_is_asked_for_proof_and_the_owner_is_not() -> None:
    assert decide(STRANGER, TERMS).verdict is Verdict.CHALLENGE
    for changes in ({"risk": 0.69}, {"is_at_home": True}):
        decision = decide(structs.replace(STRANGER, **changes), TERMS)
        assert (decision.verdict, decision.would_be) == (Verdict.ALLOW, Verdict.ALLOW)
    assert decide(STRANGER, Terms(challenge_at=1)).would_be is Verdict.ALLOW


def test_what_is_held_back_is_told() -> None:
    for name, because in (
        ("is_shadow", Because.SHADOW),
        ("is_protected", Because.PROTECTED),
        ("is_guarded", Because.GUARDRAIL),
    ):
        decision = decide(structs.replace(STRANGER, **{name: True}), TERMS)
        assert (decision.verdict, decision.would_be) == (Verdict.ALLOW, Verdict.CHALLENGE)
        assert decision.because == (because,)
    helpless = structs.replace(STRANGER, has_factor=False)
    assert decide(helpless, TERMS).because == (Because.NO_FACTOR,)
    assert decide(helpless, Terms(without_factor="challenge")).verdict is Verdict.CHALLENGE


def test_who_proved_the_session_is_let_in_and_who_is_disabled_never() -> None:
    proved = structs.replace(STRANGER, is_proved=True, is_demanded=True)
    assert decide(proved, TERMS).verdict is Verdict.ALLOW
    assert decide(structs.replace(proved, is_disabled=True), TERMS).verdict is Verdict.DENY


def test_of_whose_data_is_restricted_nothing_is_asked_and_the_disabled_stay_out() -> None:
    """No challenge would let them in."""
    known = Known(is_withheld=True, is_demanded=True, risk=0.99, is_at_home=False)
    assert decide(known, Terms()) == Decision(Verdict.ALLOW, Verdict.ALLOW, (Because.WITHHELD,))
    disabled = structs.replace(known, is_disabled=True)
    assert decide(disabled, Terms()).verdict is Verdict.DENY


def test_a_measure_asks_for_proof_also_in_shadow_mode() -> None:
    """Somebody decided it, or a policy that acts."""
    known = Known(is_demanded=True, is_shadow=True)
    assert decide(known, TERMS).verdict is Verdict.CHALLENGE


_KNOWN = st.builds(
    Known,
    risk=st.floats(0, 1),
    **{name: st.booleans() for name in Known.__struct_fields__ if name.startswith(("is_", "has_"))},
)


@settings(max_examples=200)
@given(_KNOWN, st.floats(0.01, 1), st.sampled_from(["allow", "challenge"]))
def test_no_probability_ever_refuses(known: Known, at: float, without: str) -> None:
    decision = decide(known, Terms(challenge_at=at, without_factor=without))  # type: ignore[arg-type]
    assert (decision.verdict is Verdict.DENY) is known.is_disabled
    if known.is_withheld or known.is_shadow or known.is_protected:
        asked_by_score = decision.verdict is Verdict.CHALLENGE and not known.is_demanded
        assert not asked_by_score
    if decision.verdict is not decision.would_be:
        assert decision.because


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(Because)
    assert all(text.en != text.fr for text in WORDS.values())

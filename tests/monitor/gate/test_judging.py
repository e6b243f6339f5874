"""The gravest of what stands decides, and a proof counts for its own session, after what asked for
it, and for its time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.gate.judging import (
    NOTHING,
    PASSES,
    Against,
    Answer,
    Proof,
    Standing,
    Verdict,
    judge,
)

NOW = 1_800_000_000_000
BEFORE, AFTER = NOW - 1, NOW


def against(verdict: str, until: int | None = None, since: int = NOW) -> Against:
    return Against(verdict, since, until, f"order of {verdict}")


@pytest.mark.parametrize(
    ("standing", "began", "verdict"),
    [
        ((), BEFORE, Verdict.PASS),
        (("challenge",), BEFORE, Verdict.CHALLENGE),
        (("challenge",), AFTER, Verdict.CHALLENGE),
        (("revoked",), BEFORE, Verdict.SIGN_IN),
        (("revoked",), 0, Verdict.SIGN_IN),
        (("revoked",), AFTER, Verdict.PASS),
        (("revoked", "challenge"), AFTER, Verdict.CHALLENGE),
        (("revoked", "challenge"), BEFORE, Verdict.SIGN_IN),
        (("challenge", "disabled", "revoked"), AFTER, Verdict.DENY),
        (("something later versions know",), BEFORE, Verdict.PASS),
    ],
)
def test_what_stands_against_an_account(
    standing: tuple[str, ...], began: int, verdict: Verdict
) -> None:
    told = judge(Standing(tuple(map(against, standing))), "s-1", began, NOW)
    assert told.verdict is verdict


def test_what_stands_against_one_session_leaves_the_others_alone() -> None:
    standing = Standing((), {"s-1": (against("revoked"),), "s-2": (against("challenge"),)})
    assert judge(standing, "s-1", BEFORE, NOW).verdict is Verdict.SIGN_IN
    assert judge(standing, "s-2", BEFORE, NOW).verdict is Verdict.CHALLENGE
    assert judge(standing, "s-3", BEFORE, NOW) == PASSES


def test_a_session_that_was_ended_by_its_name_is_not_new_by_a_renewed_token() -> None:
    standing = Standing((), {"s-1": (against("revoked"),)})
    assert judge(standing, "s-1", AFTER + 5_000, NOW + 9_000).verdict is Verdict.SIGN_IN


def test_a_proof_counts_for_its_own_session_and_its_time() -> None:
    proofs = {"s-1": Proof(2, NOW + 10, NOW + 100)}
    standing = Standing((against("challenge"),), {}, proofs)
    assert judge(standing, "s-1", BEFORE, NOW + 50) == Answer(level=2)
    assert judge(standing, "s-2", BEFORE, NOW + 50).verdict is Verdict.CHALLENGE
    assert judge(standing, "s-1", BEFORE, NOW + 100).verdict is Verdict.CHALLENGE


def test_a_proof_from_before_meets_nothing_that_was_asked_for_later() -> None:
    standing = Standing((against("challenge"),), {}, {"s-1": Proof(2, NOW - 1, NOW + 100)})
    told = judge(standing, "s-1", BEFORE, NOW)
    assert (told.verdict, told.level) == (Verdict.CHALLENGE, 2)


def test_a_proof_opens_nothing_that_is_ended_or_suspended() -> None:
    for verdict in ("revoked", "disabled"):
        standing = Standing((against(verdict),), {}, {"s-1": Proof(3, NOW + 1, NOW + 100)})
        assert judge(standing, "s-1", BEFORE, NOW + 2).verdict is not Verdict.PASS


def test_what_has_ended_stands_no_more_and_an_answer_says_on_what_it_stands() -> None:
    standing = Standing((against("disabled", NOW + 5),))
    told = judge(standing, "s-1", AFTER, NOW + 4)
    assert told == Answer(verdict=Verdict.DENY, until=NOW + 5, order="order of disabled")
    assert judge(standing, "s-1", AFTER, NOW + 5) == PASSES
    assert judge(NOTHING, "", 0, NOW) == PASSES


AGAINST = st.builds(
    Against,
    st.sampled_from(("challenge", "revoked", "disabled")),
    st.integers(NOW - 10, NOW + 10),
    st.none() | st.integers(NOW - 10, NOW + 20),
    st.just("k"),
)
RANK = [Verdict.PASS, Verdict.CHALLENGE, Verdict.SIGN_IN, Verdict.DENY]


@settings(max_examples=150)
@given(st.lists(AGAINST, max_size=3), st.lists(AGAINST, max_size=2), AGAINST, st.booleans())
def test_what_is_added_never_lets_anybody_go_further(
    account: list[Against], session: list[Against], more: Against, of_session: bool
) -> None:
    def judged(account: list[Against], session: list[Against]) -> int:
        standing = Standing(tuple(account), {"s": tuple(session)})
        return RANK.index(judge(standing, "s", NOW, NOW + 5).verdict)

    before = judged(account, session)
    added = judged(account, [*session, more]) if of_session else judged([*account, more], session)
    assert added >= before

"""Without Vigie the application's own rule holds, and a mistyped case is no way in."""

import pytest
from vigie_client import Fallback, Verdict


def test_everybody_is_let_in_unless_the_application_says_otherwise() -> None:
    assert Fallback().verdict(None) is Verdict.ALLOW
    assert Fallback(Verdict.CHALLENGE).verdict(None) is Verdict.CHALLENGE


def test_named_cases_have_their_own() -> None:
    fallback = Fallback(cases={"payout": Verdict.DENY, "administrator": Verdict.CHALLENGE})
    assert fallback.verdict("payout") is Verdict.DENY
    assert fallback.verdict("administrator") is Verdict.CHALLENGE
    assert fallback.verdict(None) is Verdict.ALLOW


def test_a_case_that_nobody_named_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no case 'payuot' .*\(payout\)"):
        Fallback(cases={"payout": Verdict.DENY}).verdict("payuot")


def test_what_the_application_changes_later_changes_nothing() -> None:
    cases = {"payout": Verdict.DENY}
    fallback = Fallback(cases=cases)
    cases.clear()
    assert fallback.verdict("payout") is Verdict.DENY

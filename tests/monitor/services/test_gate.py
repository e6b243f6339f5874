"""The gravest of what stands decides; a new sign-in is not the session that was ended."""

import pytest
from sqlalchemy import Engine

from monitor.services.gate import Answer, Gate, Verdict, answer
from monitor.store.gate_list import Entry, GateTable

NOW = 1_800_000_000_000
BEFORE, AFTER = NOW - 1, NOW


def entry(verdict: str, until: int | None = None) -> Entry:
    return Entry(verdict, NOW, until, f"order of {verdict}")


@pytest.mark.parametrize(
    ("standing", "began", "verdict"),
    [
        ((), BEFORE, Verdict.PASS),
        (("challenge",), BEFORE, Verdict.CHALLENGE),
        (("challenge",), AFTER, Verdict.CHALLENGE),
        (("revoked",), BEFORE, Verdict.SIGN_IN),
        (("revoked",), AFTER, Verdict.PASS),
        (("revoked", "challenge"), AFTER, Verdict.CHALLENGE),
        (("revoked", "challenge"), BEFORE, Verdict.SIGN_IN),
        (("challenge", "disabled", "revoked"), AFTER, Verdict.DENY),
        (("something later versions know",), BEFORE, Verdict.PASS),
    ],
)
def test_what_a_session_meets(standing: tuple[str, ...], began: int, verdict: Verdict) -> None:
    assert answer(map(entry, standing), began).verdict is verdict


def test_an_answer_says_on_which_order_it_stands_and_until_when() -> None:
    told = answer([entry("disabled", NOW + 5)], AFTER)
    assert told == Answer(verdict=Verdict.DENY, until=NOW + 5, order="order of disabled")


def test_it_is_asked_of_the_list_and_ends_by_itself(database: Engine) -> None:
    at = [NOW]
    gate, listed = Gate(database, lambda: at[0]), GateTable(database, lambda: at[0])
    assert gate.ask("acme", "u-1", BEFORE) == Answer()
    listed.put("acme", "u-1", "disabled", NOW, NOW + 5, "k-1")
    assert gate.ask("acme", "u-1", AFTER).verdict is Verdict.DENY
    assert gate.ask("other", "u-1", AFTER).verdict is Verdict.PASS
    at[0] = NOW + 5
    assert gate.ask("acme", "u-1", AFTER).verdict is Verdict.PASS

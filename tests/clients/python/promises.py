"""What both clients promise, each as a case; `test_client` and `test_async_client` run them all."""

import json
import logging

import pytest
from vigie_client import (
    Alarm,
    Cause,
    Decision,
    Ended,
    Fallback,
    Outcome,
    Patience,
    Standing,
    Trouble,
    Verdict,
    VigieError,
)

from tests.clients.python.asked import KEY, SIGN_IN, Ask
from tests.clients.python.speaking import Speaker, Speech, drips, hangs, hangs_up, pours, says

HANDLE = "0123456789abcdef" * 2
ALLOWED = json.dumps(
    {
        "handle": HANDLE,
        "verdict": "allow",
        "would_be": "allow",
        "risk": 0,
        "reasons": [],
        "event": "b",
    }
).encode()
STANDS = json.dumps(
    {
        "handle": HANDLE,
        "verdict": "challenge",
        "risk": 0.5,
        "time": 1_700_000_000_000,
        "event": "b",
        "outcome": "success",
        "met_by": None,
        "is_proved": True,
    }
).encode()
QUICK = Patience(deadline=0.4, attempt=0.15, pause=0.01)
GENEROUS = Patience(deadline=30.0, attempt=10.0, pause=0.01)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Promises:
    """The cases; `ask` is how the client is asked."""

    ask: Ask

    def test_it_asks_with_its_key_and_says_what_it_is_asked(self) -> None:
        with Speaker(says(200, ALLOWED)) as speaker:
            decision = self.ask(speaker.url, "decide", SIGN_IN, patience=GENEROUS)
            ((head, body),) = speaker.asked
        assert decision.verdict is Verdict.ALLOW
        assert not decision.is_fallback
        assert head.startswith("post /api/v1/sign-ins http/1.1")
        assert f"authorization: bearer {KEY}" in head
        assert json.loads(body) == SIGN_IN.document()

    @pytest.mark.parametrize("first", [says(503), says(429), hangs_up])
    def test_what_fails_once_is_asked_again_as_the_same_question(self, first: Speech) -> None:
        with Speaker(first, says(200, ALLOWED)) as speaker:
            decision = self.ask(speaker.url, "decide", SIGN_IN, patience=GENEROUS)
            assert not decision.is_fallback
            bodies = [json.loads(body) for _, body in speaker.asked]
        assert bodies == [SIGN_IN.document()] * 2

    @pytest.mark.parametrize(
        ("speech", "cause"),
        [
            (hangs, Cause.TOO_SLOW),
            (drips(b"HTTP/1.1 200 OK\r\nX-Long: "), Cause.TOO_SLOW),
            (drips(HEAD + b"Content-Length: 99999\r\n\r\n"), Cause.TOO_SLOW),
            (hangs_up, Cause.UNREACHABLE),
            (says(503), Cause.BUSY),
            (says(503, b"", "Retry-After: 30"), Cause.BUSY),
            (says(200, b"<html>Sign in to the network</html>"), Cause.UNREADABLE),
            (says(200, b'{"verdict": "perhaps"}'), Cause.UNREADABLE),
            (says(302, b"", "Location: http://192.0.2.1/"), Cause.REFUSED),
            (says(401, b'{"title": "An API key is needed"}'), Cause.REFUSED),
        ],
    )
    def test_without_a_decision_the_fallback_holds_and_the_alarm_rings(
        self, speech: Speech, cause: Cause
    ) -> None:
        rung: list[Alarm] = []
        with Speaker(speech) as speaker:
            patience = QUICK if cause is Cause.TOO_SLOW else GENEROUS
            decision = self.ask(
                speaker.url, "decide", SIGN_IN, patience=patience, on_alarm=rung.append
            )
        assert (decision.verdict, decision.is_fallback) == (Verdict.ALLOW, True)
        assert decision.trouble is not None
        assert decision.trouble.cause is cause
        (alarm,) = rung
        assert (alarm.sign_in, alarm.verdict, alarm.trouble) == (
            SIGN_IN,
            Verdict.ALLOW,
            decision.trouble,
        )

    def test_an_answer_without_an_end_is_not_taken(self) -> None:
        with Speaker(pours) as speaker:
            decision = self.ask(speaker.url, "decide", SIGN_IN, patience=GENEROUS)
        assert decision.trouble is not None
        assert decision.trouble.cause is Cause.UNREADABLE

    def test_nobody_there_is_the_same(self) -> None:
        with Speaker(hangs) as gone:
            url = gone.url
        decision = self.ask(url, "decide", SIGN_IN, patience=GENEROUS)
        assert decision.trouble is not None
        assert decision.trouble.cause is Cause.UNREACHABLE

    @pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..b"])
    def test_a_name_that_nobody_has_is_the_same(self, host: str) -> None:
        decision = self.ask(f"https://{host}", "decide", SIGN_IN, patience=GENEROUS)
        assert decision.trouble is not None
        assert decision.trouble.cause is Cause.UNREACHABLE

    def test_the_application_chooses_what_holds_for_its_cases(self) -> None:
        fallback = Fallback(cases={"payout": Verdict.DENY, "administrator": Verdict.CHALLENGE})
        how = {"patience": GENEROUS, "fallback": fallback, "on_alarm": lambda alarm: None}
        with Speaker(says(500)) as speaker:
            for case, verdict in (
                ("payout", Verdict.DENY),
                ("administrator", Verdict.CHALLENGE),
                (None, Verdict.ALLOW),
            ):
                decision = self.ask(speaker.url, "decide", SIGN_IN, case=case, **how)
                assert decision.verdict is verdict
            asked = len(speaker.asked)
            with pytest.raises(ValueError, match="no case 'payuot'"):
                self.ask(speaker.url, "decide", SIGN_IN, case="payuot", **how)
            assert len(speaker.asked) == asked

    def test_a_decision_of_vigies_stands_before_any_case(self) -> None:
        fallback = Fallback(cases={"payout": Verdict.DENY})
        with Speaker(says(200, ALLOWED)) as speaker:
            decision = self.ask(
                speaker.url, "decide", SIGN_IN, case="payout", fallback=fallback, patience=GENEROUS
            )
        assert decision.verdict is Verdict.ALLOW

    def test_whoever_wants_to_be_told_asks(self) -> None:
        with (
            Speaker(says(403, b'{"title": "No", "detail": "the scope"}')) as speaker,
            pytest.raises(VigieError, match="refused: 403 No: the scope"),
        ):
            self.ask(speaker.url, "ask", SIGN_IN, patience=GENEROUS)

    def test_a_broken_alarm_is_nothing_that_a_user_pays_for(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def ring(alarm: Alarm) -> None:
            raise ConnectionError("the pager is gone")

        with Speaker(says(500)) as speaker:
            decision = self.ask(speaker.url, "decide", SIGN_IN, patience=GENEROUS, on_alarm=ring)
        assert decision.verdict is Verdict.ALLOW
        assert "the pager is gone" in caplog.text

    def test_no_log_has_the_key_or_a_name(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "vigie_client")
        with Speaker(says(500)) as speaker:
            self.ask(speaker.url, "decide", SIGN_IN, patience=GENEROUS)
        assert "q-1" in caplog.text
        assert KEY not in caplog.text
        assert "u-1" not in caplog.text

    def test_no_redirect_takes_the_key_elsewhere(self) -> None:
        with (
            Speaker(says(200, ALLOWED)) as other,
            Speaker(says(307, b"", f"Location: {other.url}/")) as speaker,
        ):
            self.ask(speaker.url, "decide", SIGN_IN, patience=GENEROUS)
            assert other.asked == []

    def test_how_it_ended_is_told_of_what_was_decided(self) -> None:
        decided = Decision(verdict=Verdict.ALLOW, uid="q-1", would_be=Verdict.ALLOW, handle=HANDLE)
        outcome = Outcome(outcome=Ended.SUCCESS, session="s-1")
        with Speaker(says(503), says(200, STANDS)) as speaker:
            found = self.ask(speaker.url, "tell", decided, outcome, patience=GENEROUS)
            (head, body), _ = speaker.asked
        assert head.startswith(f"post /api/v1/sign-ins/{HANDLE}/outcome http/1.1")
        assert json.loads(body) == {"outcome": "success", "session": "s-1"}
        assert isinstance(found, Standing)
        assert (found.is_proved, found.outcome, found.met_by) == (True, Ended.SUCCESS, None)

    def test_of_a_fallback_nothing_is_told(self) -> None:
        away = Decision(
            verdict=Verdict.ALLOW,
            uid="q-1",
            would_be=Verdict.ALLOW,
            trouble=Trouble(Cause.BUSY, "x"),
        )
        with Speaker(says(200, STANDS)) as speaker:
            found = self.ask(speaker.url, "tell", away, Outcome(outcome=Ended.SUCCESS))
            assert (found, speaker.asked) == (None, [])

    def test_how_a_question_stands_is_asked_by_its_handle(self) -> None:
        with Speaker(says(200, STANDS)) as speaker:
            found = self.ask(speaker.url, "standing", HANDLE, patience=GENEROUS)
            ((head, body),) = speaker.asked
            assert isinstance(found, Standing)
            assert (head.split("\r\n")[0], body) == (
                f"get /api/v1/sign-ins/{HANDLE} http/1.1",
                b"",
            )
            for wrong in ("../keys", "", HANDLE.upper()):
                with pytest.raises(ValueError, match="32 hexadecimal"):
                    self.ask(speaker.url, "standing", wrong)
            assert len(speaker.asked) == 1

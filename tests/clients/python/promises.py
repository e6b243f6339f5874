"""What both clients promise, each as a case; `test_client` and `test_async_client` run them all."""

import json
import logging

import pytest
from vigie_client import Alarm, Cause, Fallback, Patience, Verdict, VigieError

from tests.clients.python.asked import KEY, SIGN_IN, Ask
from tests.clients.python.speaking import Speaker, Speech, drips, hangs, hangs_up, pours, says

ALLOWED = json.dumps(
    {"handle": "a", "verdict": "allow", "would_be": "allow", "risk": 0, "reasons": [], "event": "b"}
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
            decision = self.ask(
                speaker.url, "decide", SIGN_IN, patience=QUICK, on_alarm=rung.append
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
        decision = self.ask(url, "decide", SIGN_IN, patience=QUICK)
        assert decision.trouble is not None
        assert decision.trouble.cause is Cause.UNREACHABLE

    def test_the_application_chooses_what_holds_for_its_cases(self) -> None:
        fallback = Fallback(cases={"payout": Verdict.DENY, "administrator": Verdict.CHALLENGE})
        how = {"patience": QUICK, "fallback": fallback, "on_alarm": lambda alarm: None}
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
            decision = self.ask(speaker.url, "decide", SIGN_IN, patience=QUICK, on_alarm=ring)
        assert decision.verdict is Verdict.ALLOW
        assert "the pager is gone" in caplog.text

    def test_no_log_has_the_key_or_a_name(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "vigie_client")
        with Speaker(says(500)) as speaker:
            self.ask(speaker.url, "decide", SIGN_IN, patience=QUICK)
        assert "q-1" in caplog.text
        assert KEY not in caplog.text
        assert "u-1" not in caplog.text

    def test_no_redirect_takes_the_key_elsewhere(self) -> None:
        with (
            Speaker(says(200, ALLOWED)) as other,
            Speaker(says(307, b"", f"Location: {other.url}/")) as speaker,
        ):
            self.ask(speaker.url, "decide", SIGN_IN, patience=QUICK)
            assert other.asked == []

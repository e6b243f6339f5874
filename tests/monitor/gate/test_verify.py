"""A proxy is told at each request who it is, where it can be mended, or that nobody can tell."""

import json
from urllib.parse import parse_qs, urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from monitor.gate.known import BusyError, Headers, Known, UnsureError
from monitor.gate.ticket import Ticket
from tests.monitor.gate.asking import NOW, SITE, Asking, session
from tests.monitor.gate.standing import demanded, listed, proved

IDENTITY = {"x-vigie-tenant", "x-vigie-account", "x-vigie-session", "x-vigie-assurance"}
LOGIN = "https://app.example.com/login?next="
PAGE = ("accept", "text/html")


class Away:
    """Knows nobody, for want of whoever vouches."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def know(self, _headers: Headers) -> Known | None:
        raise self.error


class Sure:
    """Knows one session, whoever asks."""

    def __init__(self, known: Known) -> None:
        self.known = known

    async def know(self, _headers: Headers) -> Known | None:
        return self.known


def test_a_session_that_nothing_stands_against_passes_with_who_it_is(database: Engine) -> None:
    asking = Asking(database)
    asking.memory.look()
    told = asking.ask(session("u é\r\n", "s-1"))
    assert (told.status, told.body) == (200, b"")
    assert told.headers["x-vigie-tenant"] == "acme"
    assert told.headers["x-vigie-account"] == "u%20%C3%A9%0D%0A"
    assert told.headers["x-vigie-session"] == "s-1"
    assert told.headers["x-vigie-verdict"] == "pass"
    assert told.headers["cache-control"] == "no-store"
    assert asking.counting.answers == {"pass": 1}


def test_who_is_to_prove_themselves_is_told_where(database: Engine) -> None:
    asking = Asking(database)
    listed(database, "u-1", "challenge", NOW)
    asking.memory.look()
    told = asking.ask(session(), ("x-original-uri", "/calls/7?x=1"))
    assert told.status == 401
    assert told.headers["x-vigie-verdict"] == "challenge"
    assert "insufficient_user_authentication" in told.headers["www-authenticate"]
    address = urlsplit(told.headers["x-vigie-location"])
    assert f"{address.scheme}://{address.netloc}" == SITE
    (text,) = parse_qs(address.query)["t"]
    way_back = "https://app.example.com/calls/7?x=1"
    expected = Ticket("acme", "u-1", "s-1", "order of challenge", way_back, NOW)
    assert asking.tickets.opened(text) == expected
    body = json.loads(told.body)
    assert body["location"] == told.headers["x-vigie-location"]
    assert int(told.headers["content-length"]) == len(told.body)
    assert not IDENTITY & set(told.headers)


def test_it_passes_once_it_has_proved_itself_and_says_how_well(database: Engine) -> None:
    asking = Asking(database)
    listed(database, "u-1", "challenge", NOW)
    demanded(database, "u-1", "s-2", "challenge", NOW)
    proved(database, "u-1", "s-1", NOW, NOW + 5_000)
    asking.memory.look()
    told = asking.ask(session())
    assert (told.status, told.headers["x-vigie-assurance"]) == (200, "aal2")
    assert asking.ask(session(name="s-2")).status == 401
    asking.now += 5_000
    assert asking.ask(session()).status == 401


def test_names_that_are_too_long_for_a_proxys_buffer_do_not_pass_by_it(database: Engine) -> None:
    """nginx takes a head of more than 4 KiB for an error, and may be set to be open then."""
    long = Known("acme", "u" * 1_000, "s" * 1_000, NOW)
    asking = Asking(database, Sure(long))
    listed(database, long.account, "challenge", NOW)
    asking.memory.look()
    told = asking.ask(("x-original-uri", "/" + "%C3%A9" * 80))
    assert (told.status, told.headers["x-vigie-verdict"]) == (401, "challenge")
    assert told.headers["x-vigie-location"].startswith(LOGIN)
    assert sum(len(name) + len(value) + 4 for name, value in told.headers.items()) < 4_000


def test_who_was_signed_out_is_sent_to_sign_in_and_who_is_suspended_nowhere(
    database: Engine,
) -> None:
    asking = Asking(database)
    listed(database, "u-1", "revoked", NOW - 1)
    listed(database, "u-2", "disabled", NOW)
    asking.memory.look()
    told = asking.ask(session(), ("x-original-uri", "/x?a=1&b=2"))
    assert (told.status, told.headers["x-vigie-verdict"]) == (401, "sign_in")
    wanted = "https%3A%2F%2Fapp.example.com%2Fx%3Fa%3D1%26b%3D2"
    assert told.headers["x-vigie-location"] == LOGIN + wanted
    assert asking.ask(session(began=NOW)).status == 200
    told = asking.ask(session("u-2"), PAGE)
    assert (told.status, told.headers["x-vigie-verdict"]) == (403, "deny")
    assert "x-vigie-location" not in told.headers
    assert json.loads(told.body)["detail"] == "Ce compte est suspendu."


def test_without_a_session_one_signs_in_first_or_passes_as_nobody(database: Engine) -> None:
    asking = Asking(database)
    asking.memory.look()
    told = asking.ask()
    assert (told.status, told.headers["x-vigie-verdict"]) == (401, "unknown")
    assert told.headers["x-vigie-location"].startswith(LOGIN)
    lenient = Asking(database, unknown="pass")
    lenient.memory.look()
    told = lenient.ask(("cookie", "vigie_gate=1.x.y"))
    assert (told.status, told.headers["x-vigie-verdict"]) == (200, "unknown")


def test_what_a_client_says_of_itself_is_written_over_in_every_answer_that_passes(
    database: Engine,
) -> None:
    """A proxy copies these headers from our answer: one that is missing would stay the client's."""
    asking = Asking(database, unknown="pass")
    lies = [(name, "admin") for name in sorted(IDENTITY)]
    unseen = asking.ask(*lies)
    asking.memory.look()
    nobody = asking.ask(*lies)
    somebody = asking.ask(session(), *lies)
    for told in (unseen, nobody, somebody):
        assert told.status == 200
        assert set(told.headers) >= IDENTITY
        assert "admin" not in told.headers.values()


def test_a_proxy_that_hands_our_answer_on_sends_a_browser_there_and_a_script_not(
    database: Engine,
) -> None:
    asking = Asking(database, proxy="forwarded")
    listed(database, "u-1", "challenge", NOW)
    asking.memory.look()
    told = asking.ask(session(), PAGE, ("x-forwarded-uri", "/x"), ("x-forwarded-method", "GET"))
    assert (told.status, told.headers["location"]) == (303, told.headers["x-vigie-location"])
    assert asking.ask(session(), PAGE, ("x-forwarded-method", "POST")).status == 401
    assert asking.ask(session(), ("accept", "application/json")).status == 401


def test_blind_it_lets_pass_but_below_closed_paths_and_says_so(database: Engine) -> None:
    asking = Asking(database, closed_paths=("/admin",))
    listed(database, "u-2", "disabled", NOW)
    asking.memory.look()
    asking.seconds += 6
    told = asking.ask(session(), ("x-original-uri", "/calls"))
    assert (told.status, told.headers["x-vigie-verdict"]) == (200, "blind")
    assert told.headers["x-vigie-account"] == "u-1"
    told = asking.ask(session(), ("x-original-uri", "/admin/users"))
    assert (told.status, told.headers["retry-after"]) == (503, "5")
    # What is not said is closed, and what is known is still known.
    assert asking.ask(session()).status == 503
    assert asking.ask(session("u-2"), ("x-original-uri", "/calls")).status == 403
    assert (asking.counting.blind.passed, asking.counting.blind.refused) == (1, 2)
    asking.memory.look()
    assert asking.ask(session(), ("x-original-uri", "/admin")).status == 200


def test_blind_it_lets_nobody_pass_where_the_settings_have_it_closed(database: Engine) -> None:
    asking = Asking(database, on_failure="closed")
    assert asking.ask(session(), ("x-original-uri", "/calls")).status == 503


def test_where_nobody_vouches_the_same_is_done_and_nobody_is_named(database: Engine) -> None:
    asking = Asking(database, Away(UnsureError("no keys")), closed_paths=("/admin",))
    asking.memory.look()
    told = asking.ask(("x-original-uri", "/calls"))
    assert (told.status, told.headers["x-vigie-account"]) == (200, "")
    assert asking.ask(("x-original-uri", "/admin")).status == 503
    assert asking.counting.blind.reason == "no keys"


def test_a_flood_opens_nothing(database: Engine) -> None:
    asking = Asking(database, Away(BusyError("too many")))
    asking.memory.look()
    told = asking.ask(("x-original-uri", "/calls"))
    assert (told.status, told.headers["retry-after"]) == (503, "5")


def test_anything_else_is_handed_on_and_nothing_is_taken_here_but_questions(
    database: Engine,
) -> None:
    asking = Asking(database)
    assert asking.ask(path="/gate/verify/").status == 204
    assert asking.ask(path="/").status == 204
    assert asking.passed_on == ["/gate/verify/", "/"]
    assert asking.ask(method="POST").status == 405
    assert asking.ask(method="HEAD").body == b""


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                (
                    "cookie",
                    "authorization",
                    "x-original-uri",
                    "x-original-host",
                    "accept",
                    "x-vigie-account",
                )
            ),
            st.text(st.characters(codec="latin-1"), max_size=30),
        ),
        max_size=6,
    )
)
def test_whatever_is_sent_nobody_is_named_and_nobody_leaves_the_applications(
    database: Engine, told: list[tuple[str, str]]
) -> None:
    asking = Asking(database)
    asking.memory.look()
    answered = asking.ask(*told)
    assert answered.status == 401
    assert answered.headers["x-vigie-location"].startswith(
        LOGIN + "https%3A%2F%2Fapp.example.com%2F"
    )

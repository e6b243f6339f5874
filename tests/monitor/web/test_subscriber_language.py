"""A subscriber's language is chosen by a form, without a session, and leads nowhere else."""

import pytest

from monitor.web.rendering import LANGUAGE_COOKIE
from monitor.web.subscriber_language import PREFERENCES, back_to
from tests.monitor.web.conftest import Console


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/challenge/0f?x=1", "/challenge/0f?x=1"),
        ("/enrol", "/enrol"),
        ("/incidents", "/me"),
        ("//evil.example/me", "/me"),
        ("/me\\@evil.example", "/me"),
        ("https://evil.example/me", "/me"),
        ("", "/me"),
    ],
)
def test_the_way_back_is_a_subscribers_page(asked: str, led: str) -> None:
    assert back_to(asked) == led


def test_a_choice_is_kept_where_the_application_sends_a_browser_too(console: Console) -> None:
    answer = console.client().post(PREFERENCES, data={"language": "fr", "next": "/enrol"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/enrol")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{LANGUAGE_COOKIE}=fr;")
    assert "SameSite=lax" in cookie
    assert "HttpOnly" in cookie


def test_what_is_no_language_is_not_kept(console: Console) -> None:
    answer = console.client().post(PREFERENCES, data={"language": "xx", "next": "/me"})
    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers


def test_a_refusal_on_a_subscribers_page_looks_like_one(console: Console) -> None:
    page = console.client("fr").get("/challenge/not/there")
    assert page.status_code == 404
    assert "/static/subscriber.css" in page.text
    assert "rien à cette adresse." in page.text
    assert 'href="/"' not in page.text

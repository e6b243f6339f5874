"""What a subscriber's page shows is theirs; what its buttons do, they do for its own session."""

from pathlib import Path

import pytest
from sqlalchemy import select

from detectors.core.event import HOUR, Activity
from monitor.services.subscriber import Subscriber
from monitor.store import measures, tables
from tests.monitor.services.subscribing import MARIE, copied
from tests.monitor.web.owning import Browser, Pages
from tests.monitor.web.staging import HOSTILE, NOON, TENANT, sign_in

JEAN = Subscriber(TENANT, "u-jean")


@pytest.fixture
def pages(tmp_path: Path, migrated_file: Path) -> Pages:
    return Pages(copied(migrated_file, tmp_path))


def handle_of(pages: Pages, number: int = 0) -> str:
    """The name of one of Marie's sign-ins, the latest first."""
    return pages.own.activity.of(pages.visit()).sign_ins[number].handle


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("this session", "wrong password", "Casablanca, Morocco", "It was not me")),
        ("fr", ("cette session", "mot de passe erroné", "Casablanca, Maroc", "Ce n'était pas moi")),
    ],
)
def test_sign_ins_sessions_and_devices_are_listed(
    pages: Pages, language: str, words: tuple[str, ...]
) -> None:
    page = pages.inside(language=language).page.replace("&#39;", "'")
    assert [word for word in words if word not in page] == []


def test_what_logs_say_is_text(pages: Pages) -> None:
    hostile = sign_in(MARIE.account, NOON - 1, "desk", session=HOSTILE, agent=HOSTILE)
    pages.stage.put_events([hostile])
    browser = pages.inside()
    assert "<img" not in browser.page
    assert HOSTILE not in browser.page


def test_sessions_of_the_application_are_not_named(pages: Pages) -> None:
    """In some logs they are what opens them."""
    assert "s-abroad" not in pages.inside().page


def test_one_session_is_ended(pages: Pages) -> None:
    browser = pages.inside()
    abroad = next(
        one.handle
        for one in pages.own.activity.of(pages.visit()).sessions
        if one.session == "s-abroad"
    )
    ended = browser.send("/me/sessions/end", session=abroad)
    assert ended.headers["location"] == "/me?ended=1"
    assert browser.send("/me/sessions/end", session=abroad).headers["location"] == "/me"
    assert "turned away" in browser.open("/me?ended=1").text
    sessions = pages.own.activity.of(pages.visit()).sessions
    assert [one.session for one in sessions] == ["s-here", "s-phone"]


def test_nobody_ends_another_s(pages: Pages) -> None:
    pages.stage.put_events([sign_in(JEAN.account, NOON - HOUR, "desk", session="s-jean")])
    other = pages.own.activity.of(pages.visit(JEAN)).sessions[0]
    pages.inside().send("/me/sessions/end", session=other.handle)
    assert len(pages.own.activity.of(pages.visit(JEAN)).sessions) == 1


def test_all_sessions_are_ended(pages: Pages) -> None:
    browser = pages.inside()
    answer = browser.send("/me/sessions/end-all")
    assert answer.headers["location"] == "/me?all=done"
    assert "being ended" in browser.open("/me?all=done").text
    with pages.engine.connect() as connection:
        assert len(measures.of_account(connection, MARIE.subject)) == 1


def test_nothing_is_promised_where_nobody_ends_all_sessions(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Sign out everywhere" in pages.inside().page
    monkeypatch.setattr(pages.own.acts, "can_end_all", lambda _whose: False)
    page = pages.inside().page
    assert "Sign out everywhere" not in page
    assert "Close my other visits of this page" in page


def test_forms_of_another_page_do_nothing(pages: Pages) -> None:
    browser, handle = pages.inside(), handle_of(pages)
    for path in ("/me/sessions/end", "/me/sessions/end-all", f"/me/sign-ins/{handle}"):
        assert browser.client.post(path, data={"token": "x"}).status_code == 403
    with pages.engine.connect() as connection:
        assert measures.of_account(connection, MARIE.subject) == []


def denied(browser: Browser, handle: str) -> str:
    browser.open(f"/me/sign-ins/{handle}")
    return browser.send(f"/me/sign-ins/{handle}").text


def test_it_was_not_me_is_said_of_one_sign_in(pages: Pages) -> None:
    """Of somebody who has nothing to show: their word is all that there is."""
    browser, handle = pages.inside(), handle_of(pages, 1)
    page = browser.open(f"/me/sign-ins/{handle}").text
    assert "Casablanca" in page
    assert "All sessions of your account are being ended" in denied(browser, handle)
    with pages.engine.connect() as connection:
        assert len(connection.execute(select(tables.tickets.c.id)).all()) == 1


def test_who_has_a_factor_shows_it_first_or_only_reports(pages: Pages) -> None:
    pages.holder.totp(MARIE.owner)
    browser, handle = pages.inside(), handle_of(pages, 1)
    page = browser.open(f"/me/sign-ins/{handle}").text
    assert f"/me/prove?next=/me/sign-ins/{handle}" in page
    assert "being ended" not in denied(browser, handle)
    with pages.engine.connect() as connection:
        assert measures.of_account(connection, MARIE.subject) == []
    assert "being ended" in denied(pages.proved(), handle)


def test_another_s_sign_in_is_not_there(pages: Pages) -> None:
    pages.stage.put_events([sign_in(JEAN.account, NOON - HOUR, "desk", session="s-jean")])
    theirs = pages.own.activity.of(pages.visit(JEAN)).sign_ins[0].handle
    browser = pages.inside()
    for handle in (theirs, "0" * 32, "x", "%00"):
        assert browser.client.get(f"/me/sign-ins/{handle}").status_code == 404
        assert browser.send(f"/me/sign-ins/{handle}").status_code in (403, 404)


def test_the_map_is_of_the_own_account(pages: Pages) -> None:
    browser = pages.inside()
    cities = {one["city"] for one in browser.client.get("/me/picture").json()["spots"]}
    assert cities == {"Paris", "Casablanca", "Lyon", "Lagos"}
    assert pages.inside(JEAN).client.get("/me/picture").json() == {"spots": []}


def test_earlier_ones_are_on_pages_of_their_own(pages: Pages) -> None:
    more = [
        sign_in(MARIE.account, NOON - n * HOUR, "desk", activity=Activity.LOGON)
        for n in range(200, 230)
    ]
    pages.stage.put_events(more)
    browser = pages.inside()
    older = browser.page.partition('href="/me?before=')[2][:36]
    assert "Latest" in browser.open(f"/me?before={older}").text
    assert browser.client.get("/me?before=nonsense").status_code == 200

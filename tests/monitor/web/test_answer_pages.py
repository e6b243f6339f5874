"""A challenge is one browser's; for any other, and any key that is none, there is the same page."""

import re
from collections.abc import Iterator

import pytest

from detectors.core.event import MINUTE
from monitor.mfa.challenge import ATTEMPTS, State
from monitor.services.subscriber import Subscriber
from monitor.web.kept_key import LONGEST
from tests.monitor.web.asked import Asked, asked_at, opened, token_in

CHANGING = re.compile(r'nonce="[^"]*"|name="next" value="[^"]*"')


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Of a console of its own: people are asked, and say that it was not them."""
    with asked_at(tmp_path_factory.mktemp("asked")) as made:
        yield made


def told(text: str) -> str:
    """A page but for what is another one in every answer."""
    return CHANGING.sub("", text)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_none_and_what_is_anothers_look_alike(asked: Asked, language: str) -> None:
    page = opened(asked.console.client(language), "/challenge", asked.challenge())
    stranger = asked.console.client(language)
    nothing = stranger.get(f"/challenge/{'0' * 32}")
    others = stranger.get(page.url.path)
    no_key = stranger.post("/challenge", data={"key": "x" * 43})
    no_ticket = stranger.get("/challenge/gate", params={"t": "x" * 80})
    assert {one.status_code for one in (nothing, others, no_key, no_ticket)} == {404}
    assert len({told(one.text) for one in (nothing, others, no_key, no_ticket)}) == 1


@pytest.mark.parametrize(("language", "town"), [("en", "Paris, France"), ("fr", "Paris, France")])
def test_it_says_which_session_it_is_about(asked: Asked, language: str, town: str) -> None:
    whose = Subscriber("atlas-appels", "u-20417")
    key = asked.challenge(whose, session="s-paris-2")
    page = opened(asked.console.client(language), "/challenge", key)
    assert f"<bdi>{town}</bdi>" in page.text
    assert "Windows" in page.text
    assert "<time datetime=" in page.text
    assert "81.250.3.17" not in page.text, "an address tells its owner nothing, and others a lot"


def test_a_link_belongs_to_the_browser_that_opened_it_first(asked: Asked) -> None:
    key, client = asked.challenge(), asked.console.client()
    first = opened(client, "/challenge", key)
    assert opened(client, "/challenge", key).url == first.url
    assert asked.console.client().post("/challenge", data={"key": key}).status_code == 404


def test_the_gate_leads_to_one_challenge_however_often_it_is_followed(asked: Asked) -> None:
    client, address = asked.console.client(), asked.ticket(session="s-often")
    answers = [client.get(address) for _ in range(3)]
    assert len({one.headers["location"] for one in answers}) == 1
    cookie = answers[0].headers["set-cookie"]
    assert "SameSite=lax" in cookie, "the application's own site leads here"
    assert "HttpOnly" in cookie
    assert client.get(answers[0].headers["location"]).status_code == 200


@pytest.mark.parametrize(
    "fetching",
    [
        {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
        {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    ],
)
def test_what_an_application_fetches_takes_no_challenge_s_place(
    asked: Asked, fetching: dict[str, str]
) -> None:
    client, address = asked.console.client(), asked.ticket(session="s-fetching")
    led = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    page = client.get(address, headers=led).headers["location"]
    assert asked.console.client().get(address, headers=fetching).status_code == 403
    assert client.get(f"{page}/state").json() == {"state": "open"}


def test_a_reference_of_the_gate_ends(asked: Asked) -> None:
    address = asked.ticket(issued=asked.console.clock.now - 16 * MINUTE)
    assert asked.console.client().get(address).status_code == 404


def test_wrong_answers_lead_back_until_there_are_none_left(asked: Asked) -> None:
    client = asked.console.client()
    page = opened(client, "/challenge", asked.challenge())
    for number in range(1, ATTEMPTS + 1):
        form = {"token": token_in(page), "do": "answer", "code": "123456"}
        answer = client.post(page.url.path, data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, page.url.path)
        page = client.get(page.url.path)
        if number < ATTEMPTS:
            assert 'role="alert"' in page.text
    assert "This question is closed" in page.text
    assert client.get(f"{page.url.path}/state").json() == {"state": "locked"}


def test_it_was_not_me(asked: Asked) -> None:
    client = asked.console.client()
    page = opened(client, "/challenge", asked.challenge())
    client.post(page.url.path, data={"token": token_in(page), "do": "deny"})
    assert client.get(f"{page.url.path}/state").json() == {"state": State.DENIED}
    assert "Thank you for telling us" in client.get(page.url.path).text


@pytest.mark.parametrize("do", ["answer", "deny", "elsewhere", "number"])
def test_no_other_site_answers_for_somebody(asked: Asked, do: str) -> None:
    client = asked.console.client()
    page = opened(client, "/challenge", asked.challenge())
    without = client.post(page.url.path, data={"do": do, "code": "1", "number": "1"})
    form = {"token": token_in(page), "do": do}
    elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    crossing = client.post(page.url.path, data=form, headers=elsewhere)
    assert (without.status_code, crossing.status_code) == (403, 403)
    assert client.get(f"{page.url.path}/state").json() == {"state": "open"}


def test_no_page_is_framed_and_nothing_of_it_is_kept(asked: Asked) -> None:
    page = opened(asked.console.client(), "/challenge", asked.challenge())
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


def test_another_device_is_asked_for_the_number_first(asked: Asked) -> None:
    client, phone = asked.console.client(), asked.console.client()
    page = opened(client, "/challenge", asked.challenge())
    form = {"token": token_in(page), "do": "elsewhere"}
    shown = client.post(page.url.path, data=form)
    number = re.search(r'class="number">([0-9]+)<', shown.text)
    link = re.search(r'class="code">[^<]*#([^<]+)<', shown.text)
    assert number
    assert link
    there = opened(phone, "/challenge", link[1])
    assert 'name="number"' in there.text
    assert 'id="code"' not in there.text
    assert number[1] not in re.sub(r"[0-9a-f]{32,}", "", there.text.partition("<main")[2])
    ways = phone.post(
        page.url.path, data={"token": token_in(there), "do": "number", "number": number[1]}
    )
    assert f'name="number" value="{number[1]}"' in ways.text
    assert 'id="code"' in ways.text
    assert 'value="elsewhere"' not in ways.text


def test_what_is_no_number_leads_back(asked: Asked) -> None:
    client, phone = asked.console.client(), asked.console.client()
    page = opened(client, "/challenge", asked.challenge())
    shown = client.post(page.url.path, data={"token": token_in(page), "do": "elsewhere"})
    key = re.search(r'class="code">[^<]*#([^<]+)<', shown.text)
    assert key
    there = opened(phone, "/challenge", key[1])
    form = {"token": token_in(there), "do": "number", "number": "<script>"}
    assert phone.post(page.url.path, data=form).status_code == 303


def test_there_is_no_offer_where_there_are_no_passkeys(asked: Asked) -> None:
    client = asked.console.client()
    page = opened(client, "/challenge", asked.challenge())
    assert "data-passkey" not in page.text
    answer = client.post(f"{page.url.path}/offer", data={"token": token_in(page)})
    assert (answer.status_code, answer.json()) == (404, {})


def test_a_reviewers_session_opens_no_challenge(asked: Asked) -> None:
    page = opened(asked.console.client(), "/challenge", asked.challenge())
    assert asked.console.signed_in().get(page.url.path).status_code == 404


def test_a_cookie_that_is_none_of_ours_is_no_browser(asked: Asked) -> None:
    client = asked.console.client()
    client.cookies.set("vigie_challenge_8320", "k" * (LONGEST + 1))
    assert client.get(f"/challenge/{'0' * 32}").status_code == 404


def test_who_is_asked_as_everybody_is_is_led_to_where_a_first_factor_is_set_up(
    asked: Asked,
) -> None:
    """Who is asked because of what was seen is not: the stranger would be."""
    pages = []
    for key in ("enrolment.7", "demand.1"):
        client = asked.console.client()
        answer = client.get(asked.ticket(session=f"s-{key}", key=key))
        pages.append(client.get(answer.headers["location"]).text)
    assert ["/me/factors" in page for page in pages] == [True, False]

"""An incident says why it is one, and the list follows on while more come in."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.core.event import HOUR
from detectors.core.identity import as_uuid
from monitor.store import feed
from tests.monitor.web.conftest import Console, page_of
from tests.monitor.web.staging import (
    NOON,
    Stage,
    campaign_over_addresses,
    small_incidents,
)

_texts = st.text(max_size=60)
_CLIENTS: dict[int, Any] = {}


@pytest.mark.parametrize(
    ("language", "word"), [("en", "history: 63%"), ("fr", "historique\u00a0: 63\u202f%")]
)
def test_a_history_is_followed_while_it_is_loaded(empty: Console, language: str, word: str) -> None:
    client = empty.signed_in(language)
    empty.stage.put_source(lines=5)
    assert "<progress" not in client.get("/incidents").text
    empty.stage.put_note("backlogs", msgspec.msgpack.encode({"idp": (63 << 20, 100 << 20)}))
    for path in ("/incidents", "/pulse?place=0-0"):
        text = client.get(path).text
        assert text.count(word) == text.count("<progress") == 1
    status = client.get("/api/v1/status").json()
    assert status["history"] == 0.63
    assert status["backlogs"] == {"idp": {"read": 63 << 20, "total": 100 << 20}}


def test_an_incident_is_headed_by_its_conclusion_and_its_account(console: Console) -> None:
    text = console.signed_in("fr").get(page_of(console, "shared")).text
    heading = re.search(r"<h1>(.*?)</h1>", text, re.DOTALL)
    assert heading
    words = re.sub(r"<[^>]+>", "", heading[1]).split()
    sentence = "Plusieurs personnes utilisent presque certainement le compte"
    assert " ".join(words) == f"{sentence} camille.durand@example.org. 94 %"
    assert "Temps écoulé" in text
    assert "speed_kmh" not in re.sub(r"<[^>]+>", "", text)


def test_the_list_names_the_account_and_its_uid(console: Console) -> None:
    text = console.signed_in().get("/incidents").text
    assert "camille.durand@example.org" in text
    assert 'title="Account u-20417"' in text


def test_conditions_in_force_are_counted_on_the_folded_filter(console: Console) -> None:
    client = console.signed_in()
    assert "vigie-conditions" not in client.get("/incidents").text
    assert 'vigie-conditions">2<' in client.get("/incidents?severity=high&q=u").text


def test_the_incident_says_why_and_what_else_it_could_be(console: Console) -> None:
    english = console.signed_in("en").get(page_of(console, "shared")).text
    french = console.signed_in("fr").get(page_of(console, "shared")).text
    for text, words in (
        (english, ("Impossible travel", "An innocent explanation", "AUP article 6", "T1078")),
        (french, ("Déplacement impossible", "Une explication anodine", "Plusieurs personnes")),
    ):
        for word in words:
            assert word in text
    assert "camille.durand@example.org" in english
    assert "pattern_of_tomorrow" in english
    assert "article 5" in english


def test_pages_of_the_list_follow_on_while_more_come_in(empty: Console) -> None:
    made = small_incidents(empty.stage, 95)
    client = empty.signed_in()
    path, seen, pages = "/incidents?severity=informational", [], 0
    while path:
        text = client.get(path).text
        seen += re.findall(r'href="/incidents/([0-9a-f-]{36})"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else ""
        pages += 1
        if pages == 1:
            # Newer than all: they must neither push any out nor show one twice.
            late = Stage.__new__(Stage)
            late.url, late.engine = empty.stage.url, empty.stage.engine
            _later(late)
    assert pages == 3
    assert len(seen) == len(set(seen)) == 95
    assert set(seen) == {as_uuid(incident.id) for incident in made}


def _later(stage: Stage) -> None:
    from alerts.incident import Category
    from detectors.core.finding import Severity
    from tests.monitor.web.staging import account, assessed, sign_in, travel

    for n in range(3):
        event = sign_in(f"late-{n}", NOON + (n + 1) * HOUR, "abroad", session="x")
        other = sign_in(f"late-{n}", NOON, "desk", session="y")
        found = [travel(account(f"late-{n}"), event, other, crossings=1)]
        share = (0.1, 0.1, 0.7, 0.1)
        incident = assessed(
            account(f"late-{n}"), Category.CREDENTIAL_SHARING, Severity.HIGH, share, found
        )
        stage.put_incident(incident, found)


def test_the_list_says_when_something_new_is_there(console: Console) -> None:
    client = console.signed_in()
    place, *_ = re.findall(r"place=([0-9-]+)", client.get("/incidents").text)
    assert "new or changed" not in client.get(f"/pulse?place={place}").text
    with console.stage.engine.begin() as connection:
        ids = [console.incidents[name] for name in ("shared", "hostile")]
        feed.tell(connection, [(one.id, one.subject.tenant) for one in ids], False)
    text = client.get(f"/pulse?place={place}").text
    assert "2 new or changed incidents" in text
    assert all(as_uuid(one.id) in text for one in ids)
    assert client.get("/pulse?place=x").status_code == 400


def test_an_empty_list_says_what_vigie_is_doing(empty: Console) -> None:
    client = empty.signed_in()
    assert "waiting for its first line" in client.get("/incidents").text
    empty.stage.put_source(lines=5)
    assert "reading its sources" in client.get("/incidents").text


def test_an_attack_on_many_accounts_names_them(console: Console) -> None:
    client = console.signed_in()
    assert "u-00059" in client.get(page_of(console, "attack")).text
    assert "<th>Account</th>" not in client.get(page_of(console, "shared")).text


def test_earlier_sign_ins_come_in_pieces(console: Console) -> None:
    client = console.signed_in()
    path = f"{page_of(console, 'shared')}/sign-ins"
    rows, start = 0, 0
    while True:
        text = client.get(f"{path}?start={start}").text
        rows += text.count("<time")
        following = re.search(r"start=(\d+)", text)
        if following is None:
            break
        start = int(following[1])
    assert rows == 152


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    query=st.dictionaries(
        st.sampled_from(["severity", "category", "q", "sort", "after", "known", "start", "x"]),
        st.one_of(
            _texts,
            st.sampled_from(["critical", "low", "brute_force", "severest", "%", "_", "\\", "'"]),
            st.from_regex(r"[0-9]\.-?[0-9]{1,20}\.[0-9a-f]{32}", fullmatch=True),
        ),
        max_size=5,
    ),
    path=st.sampled_from(["/", "/pulse", "shared"]),
)
def test_no_filter_breaks_a_page(console: Console, query: dict[str, str], path: str) -> None:
    client = _client_of(console)
    if path == "shared":
        path = f"{page_of(console, 'shared')}/sign-ins"
    assert client.get(path, params=query).status_code in (200, 400, 414)


def _client_of(console: Console) -> Any:
    if id(console) not in _CLIENTS:
        _CLIENTS[id(console)] = console.signed_in()
    return _CLIENTS[id(console)]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("80 addresses involved", "and 20 more", "Whole tenant")),
        ("fr", ("80 adresses en cause", "et 20 de plus", "Client entier")),
    ],
)
def test_a_campaign_over_many_addresses_is_shown_with_them(
    empty: Console, language: str, words: tuple[str, ...]
) -> None:
    incident = campaign_over_addresses(empty.stage, 80)
    page = empty.signed_in(language).get(f"/incidents/{as_uuid(incident.id)}").text
    assert all(word in page for word in words)
    assert "102.89.0.59" in page
    assert page.count('data-label="') > 100
    rows = empty.signed_in(language).get("/incidents").text
    assert words[0] in rows


def test_programs_list_incidents_page_by_page_as_the_page_does(console: Console) -> None:
    browser = console.signed_in()
    query = {"severity": "informational", "sort": "severest", "limit": "13"}
    found: list[str] = []
    while True:
        told = browser.get("/api/v1/incidents", params=query).json()
        assert len(told["items"]) <= 13
        found += [one["id"] for one in told["items"]]
        if told["next"] is None:
            break
        query["cursor"] = told["next"]
    listed = browser.get("/incidents?severity=informational&sort=severest").text
    shown = list(dict.fromkeys(re.findall(r'href="/incidents/([0-9a-f-]{36})"', listed)))
    assert len(found) == len(set(found)) > len(shown) > 13
    assert found[: len(shown)] == shown


@pytest.mark.parametrize(
    "query", ["limit=0", "cursor=x", "severity=x", "cursor=WzEsMSwieCJd", "q=%00", "sort=x"]
)
def test_a_list_that_cannot_be_read_is_a_problem(console: Console, query: str) -> None:
    told = console.signed_in().get(f"/api/v1/incidents?{query}")
    assert told.status_code == 400
    assert told.headers["content-type"] == "application/problem+json"

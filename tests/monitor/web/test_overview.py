"""The overview is the first page: what needs somebody now, and the numbers behind it."""

import html
import json
import re

import pytest

from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from tests.monitor.web.conftest import Console


def test_the_first_page_is_the_overview_and_leads_to_the_incidents(console: Console) -> None:
    page = console.signed_in().get("/").text
    assert re.search(r'href="/"[^>]* aria-current="page"', page)
    assert 'href="/incidents?status=new&amp;withdrawn=no&amp;sort=severest"' in page


def test_what_nobody_looked_at_is_there_in_words_of_the_readers_language(console: Console) -> None:
    english, french = (console.signed_in(language).get("/").text for language in ("en", "fr"))
    assert "incidents nobody has looked at" in english
    assert "incidents que personne n&#39;a regardés" in french
    assert re.search(r"incidents? (was|were) raised", english)


def test_numbers_of_the_chart_stand_in_the_page(console: Console) -> None:
    page = console.signed_in().get("/overview/now").text
    assert "<html" not in page
    told = re.search(r'id="trend-data" hidden data-numbers="([^"]+)"', page)
    assert told is not None
    drawn = json.loads(html.unescape(told[1]))
    assert len(drawn["days"]) == 30
    assert [one["colour"] for one in drawn["series"]] == ["critical", "high", "medium"]


def test_an_empty_console_says_what_will_come_and_what_to_do(empty: Console) -> None:
    page = empty.signed_in().get("/").text
    assert "Nothing needs you now" in page
    assert "No source was read yet. Add one" in page
    assert 'class="btn btn-primary" href="/sources"' in page


def test_who_has_no_script_is_shown_the_maps_numbers(console: Console) -> None:
    page = console.signed_in().get("/?map=yes").text
    assert 'id="atlas-data"' in page
    assert 'id="atlas-data"' not in console.signed_in().get("/").text


@pytest.mark.parametrize("path", ["/api/v1/overview", "/api/v1/overview/trend"])
def test_programs_read_the_same(console: Console, path: str) -> None:
    key = ApiKeys(console.stage.engine).create(
        operator(), f"reads.{path.rpartition('/')[2]}", {Operation.INCIDENTS_READ}
    )
    answer = console.client().get(
        path, headers={"authorization": f"Bearer {key}", "sec-fetch-site": "none"}
    )
    assert answer.status_code == 200
    told = answer.json()
    if path.endswith("trend"):
        assert len(told) == 30
    else:
        assert {one["what"] for one in told["needs"]} == {"incidents"}
        assert told["standing"]["fresh"]


def test_the_map_is_told_to_programs_and_pages_alike(empty: Console) -> None:
    client = empty.signed_in()
    for _ in range(100):
        # On a machine that is busy, a day is not counted at once.
        told = client.get("/api/v1/overview/map").json()
        if told["share"] == 1.0:
            break
    assert (told["share"], told["spots"], told["pairs"]) == (1.0, [], [])
    assert "No sign-in of this day is known." in client.get("/overview/map").text

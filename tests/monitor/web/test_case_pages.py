"""An incident's page is bounded, works in pieces and without script, and decides in one press."""

import re

import pytest
from msgspec import structs

from detectors.core.event import MINUTE
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.web.case_pages import SHOWN
from tests.monitor.web.conftest import Console, page_of
from tests.monitor.web.staging import NOON, Stage, account, assessed, sign_in, travel
from tests.monitor.web.ticketing import sent


def many_findings(stage: Stage, count: int) -> str:
    """The page of an incident with so many findings of one sort."""
    from alerts.incident import Category

    events = [sign_in("u", NOON + n * MINUTE, "abroad", session=f"s{n}") for n in range(count)]
    first = sign_in("u", NOON - MINUTE, "desk", session="d")
    stage.put_events([first, *events])
    found = [travel(account("u"), one, first, crossings=1) for one in events]
    share = (0.1, 0.1, 0.7, 0.1)
    made = assessed(account("u"), Category.CREDENTIAL_SHARING, Severity.HIGH, share, found)
    return f"/incidents/{as_uuid(stage.put_incident(structs.replace(made), found).id)}"


@pytest.fixture
def path(empty: Console) -> str:
    return many_findings(empty.stage, 100)


def test_a_hundred_findings_are_shown_in_part_and_the_rest_can_be_had(
    empty: Console, path: str
) -> None:
    browser = empty.signed_in()
    answer = browser.get(path)
    assert answer.status_code == 200
    page = answer.text
    assert len(re.findall(r'id="finding-\d+"', page)) == 1 + SHOWN
    seen = set(re.findall(r'id="finding-(\d+)"', page))
    following = re.search(r'hx-get="(/incidents/[^"]*start=\d+)"', page)
    while following:
        piece = browser.get(following[1].replace("&amp;", "&"), headers={"HX-Request": "true"}).text
        assert "<html" not in piece
        seen |= set(re.findall(r'id="finding-(\d+)"', piece))
        following = re.search(r'hx-get="(/incidents/[^"]*start=\d+)"', piece)
    assert len(seen) == 100


def test_pieces_are_pages_for_who_has_no_script(empty: Console, path: str) -> None:
    browser = empty.signed_in()
    for piece in ("findings?number=77", "findings?detector=impossible_travel", "related"):
        page = browser.get(f"{path}/{piece}").text
        assert "<html" in page
        assert f'href="{path}"' in page
    assert browser.get(f"{path}/findings?number=77").text.count('id="finding-') == 1
    assert "no such finding" in browser.get(f"{path}/findings?number=700").text


def test_a_decision_is_one_press(console: Console) -> None:
    browser, path = console.signed_in(), page_of(console, "shared")
    code, page = sent(browser, path, do="change", state="resolved:true_positive", version="")
    assert (code, "Open it again" in page) == (303, True)

"""What people come to the console for, from page to page: each in both languages and colours."""

import re
from typing import Final

import httpx2
import pytest
from playwright.sync_api import Page

from monitor.services.actor import Role
from tests.console.showing import Showing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

READERS: Final = pytest.mark.parametrize(
    ("language", "theme"), [("en", "light"), ("fr", "dark")], ids=["en-light", "fr-dark"]
)


def an_incident(client: httpx2.Client, category: str) -> dict[str, str]:
    """One of an account that nobody has asked to deactivate."""
    found = client.get("/api/v1/incidents", params={"category": category, "limit": 50}).json()
    asked = client.get("/api/v1/measures", params={"limit": 200}).json()["items"]
    taken = {one["account"] for one in asked if one["step"] == "deactivate"}
    for row in found["items"]:
        kind, _, account = row["subject"]
        if kind == "account" and account not in taken:
            return {"id": row["id"], "account": account}
    raise AssertionError(f"no {category} in the demonstration")


def ask_for_deactivation(shown: Showing, page: Page, incident: str) -> str:
    """An analyst asks for it, having looked at what it reaches: the measure's address."""
    shown.open(page, f"/measures/new?incident={incident}")
    page.locator("select[name=step]").select_option("deactivate")
    page.locator("input[name=reason]").fill("Two people use it, as both have said.")
    page.locator("button[name=do][value=look]").click()
    page.locator("button[name=do][value=ask]").click()
    page.wait_for_url(re.compile(r"/measures(/\d+)?(\?.*)?$"))
    return page.url


@READERS
def test_an_alert_is_opened_understood_and_decided(
    shown: Showing, language: str, theme: str
) -> None:
    page = shown.enter(Role.ANALYST, language=language, theme=theme)
    shown.open(page, "/")
    page.locator("main a[href^='/incidents']").first.click()
    page.wait_for_url("**/incidents*")
    page.locator("main a[href^='/incidents/']").first.click()
    page.wait_for_url("**/incidents/*")
    # What happened, why, an innocent explanation, and what to press: without moving.
    for seen in ("h1", "#assessment", ".vigie-innocent", ".vigie-press button"):
        box = page.locator(seen).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 900, seen
    page.locator("input[name=reason]").first.fill("Looked at with the team lead.")
    page.locator(".vigie-press button[value='resolved:false_positive']").click()
    page.locator("input[name=state][value=in_progress]").wait_for(state="attached")
    assert "Looked at with the team lead." in page.locator("main").inner_text()
    # It can be taken back where it was decided.
    page.locator("form:has(input[name=state][value=in_progress]) button").click()
    page.locator(".vigie-press").wait_for()
    page.context.close()


@READERS
def test_what_weighs_most_takes_two_people(shown: Showing, language: str, theme: str) -> None:
    with shown.client(Role.ANALYST) as client:
        incident = an_incident(
            client, "account_takeover" if language == "en" else "credential_sharing"
        )
    asking = shown.enter(Role.ANALYST, language=language, theme=theme)
    ask_for_deactivation(shown, asking, incident["id"])
    shown.open(asking, "/approvals")
    assert asking.locator("button[value=approve]").count() == 0, "nobody approves as an analyst"
    agreeing = shown.enter(Role.APPROVER, language=language, theme=theme)
    shown.open(agreeing, "/approvals")
    waiting = agreeing.locator("section", has_text=incident["account"]).first
    waiting.locator("button[value=approve]").click()
    agreeing.wait_for_load_state()
    shown.open(agreeing, "/approvals")
    left = agreeing.locator("section:has(button[value=approve])", has_text=incident["account"])
    assert left.count() == 0
    for page in (asking, agreeing):
        page.context.close()


@READERS
def test_who_may_not_decide_looks_and_finds_nothing_to_press(
    shown: Showing, language: str, theme: str
) -> None:
    with shown.client(Role.ANALYST) as client:
        incident = an_incident(client, "credential_sharing")
    page = shown.enter(Role.VIEWER, language=language, theme=theme)
    shown.open(page, f"/incidents/{incident['id']}")
    # Signing out, the language and the colours are everybody's.
    posts = page.locator("main form[method=post]")
    assert [one.get_attribute("action") for one in posts.all()] == []
    assert incident["account"] not in page.content(), "a viewer sees people in part"
    with shown.client(Role.VIEWER) as client:
        for path in ("/approvals", "/settings", "/people"):
            assert client.get(path).status_code == 403, path
    page.context.close()

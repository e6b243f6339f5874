"""The overview as a browser shows it: drawn, told of what comes, and it stays where it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from monitor.clock import now_ms
from monitor.services.admission import issue_link, link
from monitor.store import feed, tables
from tests.axe.axe import overhang
from tests.monitor.store.test_figures import put
from tests.monitor.web.served import serving
from tests.monitor.web.staging import Stage, fill, sign_in
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM, DRAWN, hears, listen

pytestmark = pytest.mark.browser


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "vigie.db")
    fill(made)
    made.put_events([sign_in(f"u-{n}", now_ms() - n, "desk") for n in range(5)])
    made.put_source(name="live", last_event=now_ms())
    yield made
    made.engine.dispose()


@pytest.fixture
def page(stage: Stage) -> Iterator[Page]:
    """A phone's browser on the overview; it ends without a complaint of the browser."""
    complaints: list[str] = []
    with serving(stage.url, "--by-link") as (_, port), sync_playwright() as playwright:
        address = f"http://localhost:{port}"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 360, "height": 800}, locale="en-GB")
        page.set_default_timeout(120_000)
        # That a session is over is told by the browser as well.
        page.on(
            "console",
            lambda told: (
                complaints.append(told.text)
                if told.type in ("error", "warning") and "401" not in told.text
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(link(address, issue_link(stage.engine)))
        page.wait_for_url(f"{address}/")
        yield page
        browser.close()
    assert complaints == []


def total(page: Page) -> int:
    """How many open incidents the page counts."""
    return int(page.locator(".overview-total").inner_text().split()[0])


def raise_one(stage: Stage) -> None:
    """An incident comes, and it is told as the engine tells it."""
    put(stage.engine, "another")
    with stage.engine.begin() as connection:
        row = connection.execute(
            tables.incidents.select().where(tables.incidents.c.subject == "another")
        ).one()
        feed.tell(connection, [(row.id, row.tenant)], withdrawn=False)


def test_the_overview_is_drawn_and_follows_what_comes(stage: Stage, page: Page) -> None:
    page.locator("body[data-charts='2']").wait_for(state="attached")
    page.locator("html[data-live=on]").wait_for(state="attached")
    for holder, colours in (("#atlas", 10), ("#trend", 3)):
        while page.evaluate(DRAWN, holder) <= colours:
            page.wait_for_timeout(100)
    assert overhang(page) == 0
    page.locator("#trend-numbers summary").click()
    page.evaluate("document.querySelector('#trend canvas').dataset.first = 'yes'")
    before = total(page)
    listen(page)
    raise_one(stage)
    hears(page)
    expect(page.locator(".overview-total")).to_contain_text(f"{before + 1}", timeout=60_000)
    # Nothing that stood there was put anew: the chart goes on, and what was opened is open.
    assert page.locator("#trend canvas[data-first=yes]").count() == 1
    assert page.locator("#trend-numbers[open]").count() == 1


def test_what_is_seen_again_catches_up_and_an_ended_session_is_said(
    stage: Stage, page: Page
) -> None:
    page.locator("html[data-live=on]").wait_for(state="attached")
    hide = "Object.defineProperty(document, 'hidden', { value: %s, configurable: true });"
    turn = f"{hide} document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(turn % "true")
    before = total(page)
    listen(page)
    raise_one(stage)
    page.evaluate(turn % "false")
    hears(page)
    expect(page.locator(".overview-total")).to_contain_text(f"{before + 1}", timeout=60_000)
    assert not page.locator("[data-live-ended]").is_visible()
    with stage.engine.begin() as connection:
        connection.execute(tables.reviewer_sessions.delete())
    page.evaluate(turn % "true")
    page.evaluate(turn % "false")
    page.locator("[data-live-ended]").wait_for()

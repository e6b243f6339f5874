"""Pages that are late, and parts that come later or not at all, look the same everywhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from benchmarks.pages import Console
from detectors.core.event import MINUTE, SECOND
from monitor.health.pulse import PULSE, Pulse, Who, encode
from monitor.store.connection import connect
from monitor.store.writing import Writing
from monitor.web.rendering import TEMPLATES, _environment
from tests.databases import placed
from tests.monitor.web.staging import NOON
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM

STATIC = TEMPLATES.parent / "static"


def part(address: str = "/part", title: str = "Sign-ins by hour") -> str:
    """A part of a page as a template asks for it."""
    asked = '{% import "states.html" as states %}{{ states.part(a, t) }}'
    return _environment("en").from_string(asked).render(a=address, t=title)


def test_a_page_whose_data_is_late_says_how_late_in_both_languages(tmp_path: Path) -> None:
    engine = connect(placed(tmp_path / "vigie.db"))
    pulse = Pulse(time=NOON, who=Who("host", 1, "1", NOON), caught_up=NOON - 12 * MINUTE)
    now = [NOON - 3 * SECOND]
    console = Console(engine, lambda: now[0])
    assert "late: newer" not in console.open("/keys").text
    with engine.begin() as connection:
        Writing(connection).set_note(PULSE, encode(pulse))
    now[0] = NOON
    assert "What you see is 12 min late" in console.open("/keys").text
    french = console.open("/keys", **{"accept-language": "fr"}).text
    assert "a 12 min de retard" in french
    engine.dispose()


def test_a_part_is_a_link_without_script_and_names_itself() -> None:
    told = part(title="<Hours>")
    assert '<noscript><a href="/part">&lt;Hours&gt;</a></noscript>' in told
    assert "Loading: &lt;Hours&gt;" in told
    assert 'role="alert" hidden' in told


@pytest.fixture
def page() -> Iterator[Page]:
    """A page with a part that fails to come once."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        shown = _PAGE.format(part=part())
        answers = [(503, ""), (200, "<p id='came'>24 hours</p>")]

        def answer(route: Route) -> None:
            path = route.request.url.partition("vigie.test")[2]
            if path == "/part":
                status, body = answers.pop(0)
                route.fulfill(status=status, content_type="text/html", body=body)
            elif path.startswith("/static/"):
                route.fulfill(path=STATIC / path.removeprefix("/static/"))
            else:
                route.fulfill(content_type="text/html", body=shown)

        page.route("**/*", answer)
        yield page
        browser.close()


_PAGE = """<!doctype html><meta name="htmx-config" content='{{"noSwap":[204,304,"4xx","5xx"]}}'>
<link rel="stylesheet" href="/static/states.css">
<script src="/static/parts.js" defer></script>
<script src="/static/vendor/htmx/htmx.min.js" defer></script>{part}"""


@pytest.mark.browser
def test_a_part_that_fails_to_come_says_so_and_is_asked_for_again(page: Page) -> None:
    page.goto("http://vigie.test/")
    failed = page.get_by_role("alert")
    failed.wait_for()
    assert "This part could not be loaded: Sign-ins by hour." in failed.inner_text()
    assert page.locator(".vigie-part-waits").is_hidden()
    page.get_by_role("button", name="Try again").click()
    page.locator("#came").wait_for()
    assert page.locator("[data-part]").count() == 0

"""What looks for barriers is there and finds some where there are some."""

from pathlib import Path

import pytest
from playwright.sync_api import Route, sync_playwright

from tests.axe.axe import HERE, barriers, overhang
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.idp]
BARRED = "<main><h1>x</h1><img src=''><p style='color:#999;background:#fff'>pale</p><input></main>"


def test_it_finds_what_is_wrong(axe: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.set_content(f"<html lang='en'><title>x</title>{BARRED}</html>")
        found = {one["id"] for one in barriers(page, axe)}
        browser.close()
    assert {"image-alt", "color-contrast", "label"} <= found


@pytest.mark.parametrize(("wide", "over"), [(100, 0), (400, 80)])
def test_a_page_that_is_still_coming_is_waited_for(wide: int, over: int) -> None:
    page_itself = "<!doctype html><link rel='stylesheet' href='/late.css'><p>x"

    def late(route: Route) -> None:
        page.wait_for_timeout(200)
        route.fulfill(content_type="text/css", body=f"* {{ margin: 0 }} p {{ width: {wide}px }}")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 320, "height": 400})
        page.set_default_timeout(120_000)
        page.route("**/late.css", late)
        page.route(
            "**/next",
            lambda route: route.fulfill(content_type="text/html", body=page_itself),
        )
        page.set_content("<a href='http://localhost/next'>next</a>")
        page.click("a")
        found = overhang(page)
        browser.close()
    assert found == over


def test_its_lock_names_no_registry() -> None:
    assert '"resolved"' not in (HERE / "package-lock.json").read_text()

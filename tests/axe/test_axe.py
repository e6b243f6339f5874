"""What looks for barriers is there and finds some where there are some."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.axe.axe import HERE, barriers
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


def test_its_lock_names_no_registry() -> None:
    assert '"resolved"' not in (HERE / "package-lock.json").read_text()

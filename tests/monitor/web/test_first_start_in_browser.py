"""From the first link to a source that waits for its first line, with a device that makes passkeys:
nobody reads a manual on the way, nor chooses a password."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from monitor.instance import read
from monitor.services.admission import issue_link, link
from tests.axe.axe import barriers, overhang
from tests.monitor.services.test_adding import LINES
from tests.monitor.web.test_entrance_in_browser import Console
from tests.monitor.web.test_passkeys_in_browser import KEY, chromium, console, device

__all__ = ["chromium", "console"]

pytestmark = [pytest.mark.browser, pytest.mark.idp]


def test_from_the_link_to_a_source_without_a_manual(
    console: Console, axe: Path, tmp_path: Path
) -> None:
    page = console.browser(width=400)
    device(page)
    page.goto(link(console.address, issue_link(console.engine, read(KEY).pepper)))
    page.wait_for_url(f"{console.address}/setup")
    expect(page.get_by_label("Password", exact=True)).to_be_hidden()
    assert barriers(page, axe) == []
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("E-mail address").fill("ada@atlas.example")
    page.get_by_role("button", name="Go on with a passkey").click()
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.locator(".vigie-codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="Add a source").click()
    expect(page.get_by_role("heading", name="Add a source")).to_be_visible()
    assert barriers(page, axe) == []
    page.set_input_files("input[type=file]", {"name": "a.log", "mimeType": "", "buffer": LINES})
    expect(page.get_by_text("a.log")).to_be_visible()
    page.get_by_role("button", name="Show how it is read").click()
    expect(page.get_by_text("Read as sshd")).to_be_visible()
    assert barriers(page, axe) == []
    page.get_by_role("button", name=re.compile("^Take all 2 lines")).click()
    # Nobody reads it here: it waits, and says so.
    expect(page.get_by_text("It is being read")).to_be_visible()
    assert overhang(page) == 0

"""The pages as a browser shows them: drawn, usable, on any screen, without a complaint."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import insert

from detectors.core.identity import as_uuid
from monitor.services.admission import issue_link, link
from monitor.store import feed, tables
from tests.axe.axe import overhang
from tests.monitor.web.served import serving
from tests.monitor.web.staging import Stage, fill

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DRAWN = """(selector) => {
  const canvas = document.querySelector(`${selector} canvas`);
  if (!canvas) return 0;
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let at = 0; at < pixels.length; at += 4) {
    seen.add(`${pixels[at]},${pixels[at + 1]},${pixels[at + 2]},${pixels[at + 3]}`);
  }
  return seen.size;
}"""


class Shown:
    """A console that runs, its incidents, and browsers in it."""

    def __init__(self, stage: Stage, address: str, ids: dict[str, str], browser: Browser) -> None:
        self.stage = stage
        self.address = address
        self.ids = ids
        self._browser = browser
        self.complaints: list[str] = []

    def enter(self, *, width: int = 1440, locale: str = "en-GB", scheme: str = "light") -> Page:
        """A browser that came in by a link, at the incidents."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            locale=locale,
            color_scheme=scheme,  # type: ignore[arg-type]
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self._hear("error", str(error)))
        page.goto(link(self.address, issue_link(self.stage.engine)))
        page.wait_for_url(f"{self.address}/")
        page.goto(f"{self.address}/incidents")
        return page

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def open(self, page: Page, name: str) -> None:
        """Open an incident and wait for its charts."""
        page.goto(f"{self.address}/incidents/{self.ids[name]}")
        page.locator("body[data-charts]").wait_for(state="attached")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    stage = Stage(tmp_path_factory.mktemp("browser") / "vigie.db")
    ids = {name: as_uuid(incident.id) for name, incident in fill(stage).items()}
    _put_troubles(stage)
    # By its name, as links lead there.
    with serving(stage.url, "--by-link") as (_, port), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Shown(stage, f"http://localhost:{port}", ids, browser)
        browser.close()
    stage.engine.dispose()


def _put_troubles(stage: Stage) -> None:
    """Things that are not well, and lines that cannot be read, as wide as they come."""
    long = b"/var/log/" + b"x" * 300
    row = {"source_id": 1, "position": long.decode(), "reason": "not JSON", "raw": long}
    health = {"kind": "silent", "since": 1, "facts": msgspec.msgpack.encode({"quiet": 10**7})}
    with stage.engine.begin() as connection:
        connection.execute(insert(tables.rejects), [row] * 30)
        rows = [health | {"subject": subject} for subject in ("source:idp", f"source:{long!r}")]
        connection.execute(insert(tables.health), rows)


@pytest.fixture
def shown(running: Shown) -> Iterator[Shown]:
    """Every test ends without a complaint of the browser, the policy's included."""
    running.complaints.clear()
    yield running
    assert running.complaints == []


def test_a_link_lets_in_and_leaves_no_key_behind(shown: Shown) -> None:
    page = shown.enter()
    assert "#" not in page.url
    for _ in range(2):
        page.go_back()
        assert "#" not in page.url


@pytest.mark.parametrize(
    ("width", "scheme", "locale"),
    [
        (1440, "light", "fr-FR"),
        (1440, "dark", "en-GB"),
        (360, "light", "en-GB"),
        (360, "dark", "fr-FR"),
    ],
)
def test_every_page_fits_any_screen(shown: Shown, width: int, scheme: str, locale: str) -> None:
    page = shown.enter(width=width, scheme=scheme, locale=locale)
    for name in ("", "shared", "hostile", "attack", "/sources", "/sources/1", "/directory"):
        if name.startswith("/"):
            page.goto(shown.address + name)
        elif name:
            shown.open(page, name)
        assert overhang(page) == 0
        assert page.get_attribute("html", "data-bs-theme") == scheme
        assert page.get_attribute("html", "lang") == locale[:2]
    page.context.close()


def listen(page: Page) -> None:
    """Note when a part of the page is told that there is something new, besides what it polls."""
    heard = "document.documentElement.dataset.heard"
    listener = f"() => {{ {heard} = 'yes'; }}"
    page.evaluate(
        f"delete {heard}; document.addEventListener('live', {listener}, {{ once: true }})"
    )


def hears(page: Page) -> None:
    """Wait until it was told since."""
    page.locator("html[data-heard=yes]").wait_for(state="attached")


def comes_to_be_drawn(page: Page, holder: str) -> None:
    """Wait for a chart of more than a few colours."""
    for _ in range(2_400):
        if page.evaluate(DRAWN, holder) > 20:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{holder} stays blank")


@pytest.mark.parametrize("name", ["shared", "hostile", "attack"])
def test_map_and_time_chart_are_drawn(shown: Shown, name: str) -> None:
    page = shown.enter()
    shown.open(page, name)
    comes_to_be_drawn(page, "#map")
    comes_to_be_drawn(page, "#time")
    page.context.close()


def test_an_incident_is_understood_and_decided_without_a_scroll(shown: Shown) -> None:
    page = shown.enter(width=1280)
    shown.open(page, "shared")
    assert "almost certainly" in page.locator("h1").inner_text()
    for words in ("Impossible travel", "Before any evidence", "It may be innocent", "False alarm"):
        box: Any = page.get_by_text(words).first.bounding_box()
        assert box["y"] + box["height"] < 900, words
    assert page.locator(".vigie-diverging.is-for").count() >= 1
    # Sharing is said beside the chart, and both are told as text too.
    assert "In use at once, far apart" in page.locator(".vigie-at-once").inner_text()
    page.get_by_text("The chart as text").click()
    assert page.get_by_text("Firefox · Windows + Chrome · macOS").first.is_visible()
    page.get_by_role("button", name="Next overlap").click()
    page.get_by_role("heading", name="Going with it").wait_for()
    # A finding in the page is gone to, one that was folded included.
    page.locator("a[data-finding='1']").first.click()
    assert page.evaluate("document.activeElement.id") == "finding-1"
    assert page.locator("#finding-1").is_visible()
    page.emulate_media(media="print")
    assert "Printed by" in page.locator(".vigie-print-head").inner_text()
    assert "a human decides" in page.locator(".vigie-print-foot").inner_text()
    assert not page.locator(".vigie-press").is_visible()
    page.context.close()


def test_colours_follow_the_system_while_the_page_is_open(shown: Shown) -> None:
    page = shown.enter()
    shown.open(page, "shared")
    page.emulate_media(color_scheme="dark")
    page.locator("html[data-bs-theme=dark]").wait_for(state="attached")
    page.wait_for_timeout(300)
    comes_to_be_drawn(page, "#map")
    page.context.close()


def test_pointing_at_the_charts_says_more(shown: Shown) -> None:
    page = shown.enter()
    shown.open(page, "hostile")
    for selector in ("#map", "#time"):
        box: Any = page.locator(selector).bounding_box()
        for part in range(1, 20):
            page.mouse.move(box["x"] + box["width"] * part / 20, box["y"] + box["height"] / 2)
    assert page.evaluate("document.querySelectorAll('main img').length") == 0
    page.context.close()


def test_times_are_in_the_readers_zone(shown: Shown) -> None:
    page = shown.enter(locale="fr-FR")
    # How long ago, and when that was by the reader's clock.
    first = page.locator(".queue-row time").first
    assert first.get_attribute("datetime") == "2026-05-17T10:22:00.000Z"
    assert "12:22:00" in (first.get_attribute("title") or "")
    page.context.close()


def test_what_has_focus_can_be_seen(shown: Shown) -> None:
    page = shown.enter()
    seen = 0
    for _ in range(14):
        page.keyboard.press("Tab")
        width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        seen += width == "3px" and style == "solid"
    assert seen == 14
    page.context.close()


def test_new_incidents_are_told_and_the_list_stays(shown: Shown) -> None:
    page = shown.enter()
    before = page.locator(".queue-row").first.bounding_box()
    rows = page.locator(".queue-row").count()
    fresh = list(range(1_000, 1_005))
    listen(page)
    _more(shown.stage, fresh)
    hears(page)
    page.locator(".vigie-fresh a").wait_for(timeout=60_000)
    assert "5 new or changed incidents" in page.locator(".vigie-fresh").inner_text()
    assert page.locator(".queue-row").count() == rows
    assert page.locator(".queue-row").first.bounding_box() == before
    page.locator(".vigie-fresh a").click()
    page.wait_for_url(f"{shown.address}/incidents")
    page.context.close()


def _more(stage: Stage, numbers: list[int]) -> None:
    from alerts.incident import Category
    from detectors.core.event import MINUTE
    from detectors.core.finding import Severity
    from tests.monitor.web.staging import NOON, account, assessed, sign_in, travel

    told = []
    for n in numbers:
        uid = f"fresh-{n}"
        event = sign_in(uid, NOON + n * MINUTE, "abroad", session="x")
        other = sign_in(uid, NOON, "desk", session="y")
        found = [travel(account(uid), event, other, crossings=1)]
        share = (0.1, 0.1, 0.7, 0.1)
        made = assessed(account(uid), Category.CREDENTIAL_SHARING, Severity.HIGH, share, found)
        stage.put_incident(made, found)
        told.append((made.id, made.subject.tenant))
    with stage.engine.begin() as connection:
        feed.tell(connection, told, False)


def test_a_queue_is_worked_through_by_keys_alone(shown: Shown) -> None:
    page = shown.enter()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert page.locator("#keys dt", has_text="c").count()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    row = page.locator(".queue-row.is-current")
    name = row.get_attribute("id")
    page.keyboard.press("x")
    expect(page.locator(".queue-chosen")).to_contain_text("1")
    page.keyboard.press("c")
    # Whoever types is left alone.
    page.keyboard.type("jj?")
    assert page.locator("[name=closing]").input_value() == "jj?"
    page.locator("[name=do][value='close:false_positive']").click()
    page.locator(".queue-undo").wait_for()
    assert page.locator(f"#{name}").count() == 0
    expect(page.locator(".queue-row.is-current")).to_have_count(1)
    page.wait_for_load_state("domcontentloaded")
    page.keyboard.press("u")
    page.locator(f"#{name}").wait_for()
    # Keys are heard once the scripts of the page have run.
    page.wait_for_load_state("domcontentloaded")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.context.close()


def test_keys_that_were_turned_off_stay_off(shown: Shown) -> None:
    page = shown.enter()
    page.keyboard.press("?")
    with page.expect_response("**/preferences"):
        page.locator("#keys [data-keys-on]").uncheck()
    page.reload()
    page.keyboard.press("j")
    assert page.locator(".queue-row.is-current").count() == 0
    page.keyboard.press("?")
    assert not page.locator("#keys [data-keys-on]").is_checked()
    page.context.close()


def test_earlier_sign_ins_are_brought_into_the_table(shown: Shown) -> None:
    page = shown.enter()
    shown.open(page, "shared")
    rows = page.locator(".vigie-sign-ins tbody tr")
    assert rows.count() == 13
    page.locator(".vigie-sign-ins button").click()
    rows.nth(24).wait_for()
    assert "UTC" not in rows.nth(20).locator("time").inner_text()
    page.context.close()


def test_on_a_phone_the_filter_is_folded_and_incidents_are_in_sight(shown: Shown) -> None:
    page = shown.enter(width=360)
    first: Any = page.locator(".queue-row").first.bounding_box()
    assert first["y"] < 700
    assert not page.locator("[name=severity]").is_visible()
    page.locator(".queue-filters summary").click()
    assert page.locator("[name=severity]").is_visible()
    page.context.close()


def test_a_search_is_in_the_address(shown: Shown) -> None:
    page = shown.enter()
    page.locator("[name=q]").fill("camille")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents?q=camille*")
    page.context.close()


def test_on_a_phone_a_sign_in_takes_few_lines(shown: Shown) -> None:
    page = shown.enter(width=360, locale="fr-FR")
    shown.open(page, "shared")
    heights = page.eval_on_selector_all(
        ".vigie-sign-ins tbody tr", "rows => rows.map((row) => row.offsetHeight)"
    )
    assert len(heights) == 13
    assert sorted(heights)[6] <= 104
    assert sum(heights) < 2_000
    page.context.close()


def test_language_and_colours_can_be_switched(shown: Shown) -> None:
    page = shown.enter()
    page.get_by_role("button", name="Français").click()
    page.locator("html[lang=fr]").wait_for(state="attached")
    page.get_by_role("button", name="Couleurs").click()
    page.locator("html[data-bs-theme=dark]").wait_for(state="attached")
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(f"{shown.address}/enter")
    page.context.close()

"""`vigie demo` as it runs, people of every role who are in, and a browser that hears complaints."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from monitor.cli.credentials import take_key
from monitor.clock import now_ms
from monitor.services.actor import Role
from monitor.services.keyring import Keyring
from monitor.services.reviewers import new_uid
from monitor.services.sessions import Client, Method, Sessions
from monitor.services.standing import ACTIVE
from monitor.settings import Settings
from monitor.store import reviewers
from monitor.store.connection import connect
from monitor.store.reviewers import ReviewerRow
from tests.monitor.faults.running import environment, wait_until
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM

PICTURES: Final = Path(os.environ.get("VIGIE_SCREENSHOTS", "var/screenshots"))
"""Where pictures of the pages are kept, of the last run."""


SETTLED: Final = """() => {
  const waits = document.querySelector(".htmx-request, [aria-busy=true]");
  const charts = [...document.querySelectorAll("[data-chart]")].filter((one) => one.clientWidth);
  return !waits && charts.every((one) => "drawn" in one.dataset || one.matches(".vigie-no-chart"));
}"""
"""That all parts of a page that come after it are there, and its charts are drawn."""


class Showing:
    """A demonstration that runs, whose history is read."""

    def __init__(self, folder: Path, address: str, browser: Browser) -> None:
        self.folder = folder
        self.address = address
        self.complaints: list[str] = []
        self.engine: Engine = connect(f"sqlite:///{folder / 'vigie.db'}")
        self._browser = browser
        pepper = take_key(Settings(data=folder), self.engine).pepper
        self._sessions = Sessions(self.engine, Keyring(pepper))

    def session(self, role: Role, tenant: str | None = None) -> str:
        """The key of a session of a new reviewer, who has just proved who they are."""
        uid, now = new_uid(), now_ms()
        row = ReviewerRow(
            uid=uid,
            email=f"{uid}@callcenterrate.example",
            name=f"Ada {role.value.title()}",
            role=role.value,
            tenant=tenant,
            state=ACTIVE,
            version=1,
            created=now,
            last_sign_in=now,
        )
        kept: list[str] = []
        # While the history is read, the engine writes most of the time.
        wait_until(lambda: self._opened(row, kept), "a session is opened")
        return kept[0]

    def _opened(self, row: ReviewerRow, kept: list[str]) -> bool:
        client = Client(ip="127.0.0.1", user_agent="")
        try:
            with self.engine.begin() as connection:
                reviewers.add(connection, row)
                kept.append(self._sessions.open(connection, row.uid, Method.PASSKEY, client)[0])
        except OperationalError as error:
            if "locked" not in str(error):
                raise
        return bool(kept)

    def enter(
        self,
        role: Role = Role.ADMINISTRATOR,
        *,
        tenant: str | None = None,
        width: int = 1280,
        language: str = "en",
        theme: str = "light",
    ) -> Page:
        """A browser that somebody of this role is in with."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            locale={"en": "en-GB", "fr": "fr-FR"}[language],
            color_scheme=theme,  # type: ignore[arg-type]
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        context.set_default_timeout(120_000)
        self._admit(context, self.session(role, tenant))
        page = context.new_page()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self._hear("error", str(error)))
        return page

    def open(self, page: Page, path: str) -> None:
        """Open a page, and wait for what comes after it."""
        answer = page.goto(self.address + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        page.wait_for_function(SETTLED, timeout=60_000)

    def client(self, role: Role, tenant: str | None = None) -> httpx2.Client:
        """The same without a browser."""
        port = urlsplit(self.address).port
        cookies = {f"vigie_session_{port}": self.session(role, tenant)}
        return httpx2.Client(base_url=self.address, cookies=cookies, timeout=30)

    def _admit(self, context: BrowserContext, key: str) -> None:
        name = f"vigie_session_{urlsplit(self.address).port}"
        context.add_cookies([{"name": name, "value": key, "url": self.address}])

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


@contextmanager
def showing(folder: Path, *arguments: str) -> Iterator[Showing]:
    """A demonstration in this folder, until the end of the block."""
    told = folder / "told"
    kept = folder / "kept"
    with told.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "monitor",
                "demo",
                "--port",
                "0",
                "--keep",
                str(kept),
                *arguments,
            ],
            stdout=output,
            stderr=output,
            env=environment(),
        )
    try:
        address = _address(told, process)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            with closing(browser):
                shown = Showing(kept, address, browser)
                with shown.client(Role.VIEWER) as client:
                    wait_until(lambda: _is_read(client), "the month is read", 240)
                yield shown
                shown.engine.dispose()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(240)


def _address(told: Path, process: subprocess.Popen[bytes]) -> str:
    pattern = re.compile(r"(http://localhost:\d+)/enter#")

    def printed() -> bool:
        assert process.poll() is None, told.read_text()
        return pattern.search(told.read_text()) is not None

    wait_until(printed, "it prints its link")
    found = pattern.search(told.read_text())
    assert found is not None
    return found[1]


def _is_read(client: httpx2.Client) -> bool:
    """Whether the history is loaded, and its people have begun to work on it."""
    status = client.get("/api/v1/status").json()
    if status["history"] is not None or not status["incidents"]:
        return False
    return bool(client.get("/api/v1/measures").json()["items"])

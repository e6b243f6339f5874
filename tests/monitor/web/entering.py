"""A console that people sign in to, and browsers of theirs."""

import base64
import re
from html import unescape
from unittest.mock import patch
from urllib.parse import urlsplit

from httpx2 import Response
from sqlalchemy import Engine
from starlette.testclient import TestClient

from monitor.mfa import passwords, totp
from monitor.mfa.party import RelyingParty
from monitor.services.entrance import Terms
from monitor.web.app import create_app
from tests.monitor.services.reviewing import LIMITS, QUICK, House, Person

BASE = "http://127.0.0.1:8320"


class Console(House):
    """A house with its pages."""

    def __init__(self, engine: Engine, party: RelyingParty | None = None, base: str = BASE) -> None:
        super().__init__(engine, party=party)
        self.base = base
        terms = Terms(LIMITS, pause=0.0, relying_party=party)
        # What hashes of the real size cost is no question of pages.
        with patch.object(passwords.PasswordHasher, "from_parameters", lambda _: QUICK):
            self.app = create_app("", now=self.clock, engine=engine, pepper=b"pepper", terms=terms)

    def browser(self, language: str = "en") -> "Browser":
        """One that nobody has signed in with."""
        return Browser(self, language)

    def inside(self, person: Person) -> "Browser":
        """One that somebody has signed in with."""
        browser = self.browser()
        answer = browser.sign_in(person)
        assert answer.status_code == 303, answer.text
        self.later()
        return browser


class Browser:
    """Cookies, and the forms of the page that is open."""

    def __init__(self, console: Console, language: str) -> None:
        self.console = console
        self.client = TestClient(
            console.app,
            base_url=console.base,
            headers={"accept-language": language, "sec-fetch-site": "same-origin"},
            raise_server_exceptions=False,
            follow_redirects=False,
        )
        self.page = ""

    def open(self, path: str) -> Response:
        """Open a page, and go where it leads."""
        answer = self.client.get(path)
        while answer.status_code == 303:
            answer = self.client.get(answer.headers["location"])
        self.page = answer.text
        return answer

    def send(self, path: str, **fields: str) -> Response:
        """Send a form with the token of the page that is open."""
        answer = self.client.post(path, data={"token": self.token, **fields})
        self.page = answer.text or self.page
        return answer

    @property
    def token(self) -> str:
        """That of the page's forms."""
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.page)
        return found[1] if found else ""

    @property
    def secret(self) -> str:
        """What the page shows to be kept: a link or a key."""
        found = re.search(r'<code class="vigie-secret">([^<]+)</code>', self.page)
        assert found is not None
        return unescape(found[1])

    @property
    def asked(self) -> tuple[str, str]:
        """What the page asks an authenticator with, and what it brings back."""
        options = re.search(r'data-options="([^"]+)"', self.page)
        state = re.search(r'name="state" value="([^"]+)"', self.page)
        assert options is not None
        assert state is not None
        return unescape(options[1]), state[1]

    @property
    def person(self) -> Person:
        """Whose authenticator has scanned the page."""
        text = self.secret.replace(" ", "")
        secret = base64.b32decode(text + "=" * (-len(text) % 8))
        assert totp.encoded(secret) == text
        return Person("", "", secret, [])

    @property
    def person_codes(self) -> list[str]:
        """The recovery codes that the page shows."""
        return re.findall(r"<li>([0-9A-Z-]{19})</li>", self.page)

    def follow(self, link: str) -> Response:
        """Open a one-time link as its page does."""
        site = urlsplit(link)
        self.open(site.path)
        answer = self.client.post("/enter", data={"key": site.fragment})
        if answer.status_code == 303:
            self.open(answer.headers["location"])
        return answer

    def sign_in(self, person: Person, **fields: str) -> Response:
        """Send the form of the sign-in page."""
        code = self.console.code(person)
        told = {"email": person.email, "password": person.password, "code": code, **fields}
        answer = self.client.post("/sign-in", data=told)
        self.page = answer.text
        if answer.status_code == 303:
            self.open("/")
        return answer

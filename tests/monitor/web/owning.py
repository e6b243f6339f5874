"""A browser at a subscriber's own pages, in tests: the pages alone, behind the guard."""

import json
import re
from typing import Any

from fastapi import FastAPI, Request
from httpx2 import Response as Answer
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from monitor.mfa import hand_off
from monitor.mfa.hand_off import HandOff
from monitor.services.sessions import Client, Visit
from monitor.services.subscriber import Subscriber
from monitor.store.factors import Owner
from monitor.web.client import TrustedProxies
from monitor.web.guard import Guard
from monitor.web.own import own_routes
from monitor.web.rendering import refuse
from monitor.web.subscribers import SubscriberCookies
from tests.monitor.mfa.authenticator import Authenticator
from tests.monitor.services.factored import ORIGIN
from tests.monitor.services.subscribing import MARIE, SECRET, Place, history

BASE = "http://127.0.0.1:8320"


class Pages(Place):
    """A place with a history, and its pages."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.stage.put_events(history())
        app = FastAPI()
        for router in own_routes(self.own, SubscriberCookies(secure=False)):
            app.include_router(router)
        app.add_exception_handler(HTTPException, _refused)
        self.app = app
        self.guarded = Guard(
            app,
            admits=_nobody,
            refuse=_refused,
            hosts=frozenset(),
            secure=False,
            programs={},
            identify=_no_key,
            proxies=TrustedProxies(),
            subscribers=self.own.sessions.visit,
        )
        self._handed = 0

    def token(self, whose: Subscriber = MARIE, session: str | None = "s-here", **more: Any) -> str:
        """What the application hands somebody over with, another one each time."""
        self._handed += 1
        now = self.clock() // 1_000
        told = HandOff(
            aud="vigie:me",
            tenant=whose.tenant,
            sub=whose.account,
            sid=session,
            iat=now,
            exp=now + 60,
            jti=f"{self._handed:032d}",
            **more,
        )
        return hand_off.write(told, SECRET.encode())

    def holder_of(self, account: str) -> Owner:
        """Whose the factors of another account of the tenant are."""
        return Subscriber(MARIE.tenant, account).owner

    def browser(self, language: str = "en") -> "Browser":
        """One that nobody has come in with."""
        return Browser(self, language)

    def inside(self, whose: Subscriber = MARIE, language: str = "en") -> "Browser":
        """One that somebody came in with from the application."""
        browser = self.browser(language)
        assert browser.send("/me/enter", hand_off=self.token(whose)).status_code == 303
        browser.open("/me")
        return browser

    def proved(self, language: str = "en") -> "Browser":
        """One that somebody has shown a factor in."""
        browser = self.inside(language=language)
        app = self.holder.totp(MARIE.owner)
        browser.open("/me/prove?next=/me/factors")
        answer = browser.send("/me/prove?next=/me/factors", code=self.holder.code(app))
        assert answer.headers["location"] == "/me/factors"
        browser.open("/me/factors")
        return browser


class Browser:
    """Cookies, and the forms of the page that is open."""

    def __init__(self, pages: Pages, language: str) -> None:
        self.pages = pages
        self.client = TestClient(
            pages.guarded,
            base_url=BASE,
            headers={"accept-language": language, "sec-fetch-site": "same-origin"},
            follow_redirects=False,
        )
        self.page = ""

    def open(self, path: str) -> Answer:
        """Open a page, and go where it leads."""
        answer = self.client.get(path)
        while answer.status_code == 303 and answer.headers["location"].startswith("/"):
            answer = self.client.get(answer.headers["location"])
        self.page = answer.text
        return answer

    def send(self, path: str, **fields: str) -> Answer:
        """Send a form with the token of the page that is open."""
        answer = self.client.post(path, data={"token": self.form_token, **fields})
        self.page = answer.text or self.page
        return answer

    def show(self, device: Authenticator, path: str, offer: str) -> Answer:
        """Show a passkey, as the page's script does."""
        asked = self.client.post(offer, data={"token": self.form_token}).json()
        sent = {"passkey": device.prove(json.dumps(asked["options"])), "state": asked["state"]}
        return self.send(path, **sent)

    @property
    def form_token(self) -> str:
        """That of the page's forms."""
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.page)
        return found[1] if found else ""

    def cookie(self, name: str) -> str:
        """One that it keeps."""
        return self.client.cookies.get(f"vigie_{name}_8320") or ""


def device() -> Authenticator:
    """A new one of somebody's."""
    return Authenticator(ORIGIN)


def _nobody(_session: str, _client: Client | None) -> Visit | None:
    return None


async def _no_key(_key: str) -> None:
    return None


def _refused(request: Request, refusal: Exception) -> Response:
    if isinstance(refusal, HTTPException):
        return refuse(request, refusal)
    return PlainTextResponse(str(refusal), 500)

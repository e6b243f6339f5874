"""An installation whose application is guarded, over HTTPS as browsers see it: subscribers with
codes and passkeys, and whoever wants to be taken for them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from monitor.directory.account import AccountChanges
from monitor.gate.cookie import Body, sealed
from monitor.gate.ticket import Ticket, Tickets
from monitor.mfa import hand_off
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.mfa.hand_off import HandOff
from monitor.mfa.totp import PERIOD_S
from monitor.services.actor import Role, operator
from monitor.services.challenge_views import Wanted
from monitor.services.directory import Directory
from monitor.services.entrance import Terms
from monitor.services.hand_offs import HandOffTerms
from monitor.services.keyring import Keyring
from monitor.services.refusal import TakenError
from monitor.services.subscriber import Subscriber
from monitor.services.subscribers import Subscribers
from monitor.store import tables
from monitor.store.connection import connect
from monitor.web.app import create_app
from monitor.web.client import TrustedProxies
from tests.databases import placed
from tests.monitor.gate.standing import listed
from tests.monitor.gate.test_terms import SECRET, terms
from tests.monitor.mfa.authenticator import Authenticator
from tests.monitor.services.factored import ORIGIN, PARTY, Holder
from tests.monitor.services.reviewing import LIMITS, House

APP = "https://app.example.com"
HANDED = "h" * 40
ANN = Subscriber("acme", "u-ann")
BOB = Subscriber("acme", "u-bob")
NOBODY = Subscriber("acme", "u-who-never-was")
HERE = ("203.0.113.5", "Firefox/140 of Ann")
THERE = ("198.51.100.9", "Chrome/142 of a stranger")


class Site(House):
    """All of it, with a clock that tests set."""

    def __init__(self, file: Path) -> None:
        self.url = placed(file)
        super().__init__(connect(self.url), party=PARTY)
        self.keyring = Keyring(b"pepper")
        self.holder = Holder(self.engine, PARTY, self.keyring, self.clock)
        asking = ChallengeTerms(address=ORIGIN, origins=(APP,))
        enrolling = EnrolmentTerms(address=ORIGIN)
        factors = self.holder.factors
        self.own = Subscribers(
            self.engine, self.keyring, factors, asking, enrolling, now=self.clock
        )
        self.tickets = Tickets(self.keyring.tickets, self.clock)
        self.app: Any = create_app(
            self.url,
            engine=self.engine,
            now=self.clock,
            pepper=b"pepper",
            public_url=ORIGIN,
            proxies=TrustedProxies(("127.0.0.1",)),
            terms=Terms(LIMITS, pause=0.0, relying_party=PARTY),
            tenant="acme",
            gate=terms("cookie"),
            asking=asking,
            enrolment=enrolling,
            hand_off=HandOffTerms(secret=HANDED, url=f"{APP}/vigie"),
        )
        # The gate looks when it is told to: what it asks meanwhile would be counted with others'.
        self.app.close()
        self._number = 0

    def close(self) -> None:
        """End the connections."""
        self.engine.dispose()

    def browser(self, who: tuple[str, str] = HERE) -> "Browser":
        """One that nothing is known of, at an address, of a program."""
        return Browser(self, *who)

    def know(self, *subscribers: Subscriber) -> None:
        """Let the directory know accounts."""
        for one in subscribers:
            try:
                Directory(self.engine).create(operator(), one.tenant, one.account, AccountChanges())
            except TakenError:
                continue

    def another(self) -> str:
        """A session of an application that there was not yet."""
        self._number += 1
        return f"s-{self._number}"

    def ticket(self, whose: Subscriber = ANN, session: str = "", **more: Any) -> str:
        """Where the gate sends whoever sits in a session."""
        told = {
            "tenant": whose.tenant,
            "account": whose.account,
            "session": session or self.another(),
            "key": "demand.1",
            "return_to": f"{APP}/queue",
            "issued": self.clock(),
        }
        return self.tickets.address("", Ticket(**{**told, **more}))

    def link(self, whose: Subscriber = ANN, session: str = "", **more: Any) -> str:
        """The key of a challenge's link."""
        wanted = Wanted(subscriber=whose, session=session or self.another(), **more)
        return self.own.challenges.create(operator(), wanted).link.partition("#")[2]

    def enrolment(self, whose: Subscriber) -> str:
        """The key of a link to set up a factor."""
        self.know(whose)
        return self.own.enrolments.issue(operator(), whose).link.partition("#")[2]

    def handed(self, whose: Subscriber = ANN, **more: Any) -> str:
        """What the application hands somebody over with, another one each time."""
        self._number += 1
        now = self.clock() // 1_000
        told = HandOff(
            aud="vigie:me",
            tenant=whose.tenant,
            sub=whose.account,
            sid="s-here",
            iat=now,
            exp=now + 60,
            jti=f"{self._number:032d}",
            **more,
        )
        return hand_off.write(told, HANDED.encode())

    def session(self, whose: Subscriber, name: str) -> str:
        """The cookie that the application seals for the gate."""
        now = self.clock() / 1_000
        body = Body(whose.account, name, now - 60, now + 3_600, whose.tenant)
        return f"vigie_gate={sealed(SECRET, body)}"

    def held(self, whose: Subscriber) -> None:
        """Let the gate ask for a proof of somebody."""
        listed(self.engine, whose.account, "challenge", self.clock() - 1)
        self.app._memory.look()

    def asked(
        self, browser: "Browser", whose: Subscriber, session: str, uri: str = "/queue"
    ) -> Response:
        """What the gate answers to a proxy that a browser's request came to."""
        told = {"cookie": self.session(whose, session), "x-original-uri": uri}
        return browser.client.get("/gate/verify", headers=told)

    def reviewing(self) -> str:
        """The key of a reviewer's session."""
        entered = self.enter(self.person(role=Role.ADMINISTRATOR))
        assert entered is not None
        return entered.key

    def rows(self) -> dict[str, int]:
        """How much each table holds."""
        with self.engine.connect() as connection:
            return {
                one.name: connection.execute(select(func.count()).select_from(one)).scalar_one()
                for one in tables.metadata.sorted_tables
            }

    def later(self, by: int = 2 * PERIOD_S * 1_000) -> None:
        """Time passes: by default, until codes are others."""
        self.clock.now += by


class Browser:
    """Cookies, and the forms of the page that is open."""

    def __init__(self, site: Site, ip: str, agent: str) -> None:
        self.client = TestClient(
            site.app,
            base_url=ORIGIN,
            headers={
                "accept-language": "en",
                "sec-fetch-site": "same-origin",
                "x-forwarded-for": ip,
                "user-agent": agent,
            },
            follow_redirects=False,
            raise_server_exceptions=False,
            client=("127.0.0.1", 1),
        )
        self.path = ""
        self.token = ""

    def come(self, address: str) -> Response:
        """Follow an address, such as the gate's, to where it leads."""
        return self._led(self.client.get(address))

    def open(self, key: str, path: str = "/challenge") -> Response:
        """Open a link by its key."""
        return self._led(self.client.post(path, data={"key": key}))

    def send(self, path: str = "", headers: dict[str, str] | None = None, **form: str) -> Response:
        """Send a form of the page that is open."""
        data = {"token": self.token, **form}
        return self.client.post(path or self.path, data=data, headers=headers)

    def answer(self, code: str, **form: str) -> str:
        """Answer the challenge that is open by a code; what became of it."""
        answer = self.send(do="answer", code=code, **form)
        assert answer.status_code in (303, 404), answer.text
        return self.state()

    def show(self, device: Authenticator, **form: str) -> str:
        """Answer the challenge that is open by a passkey; what became of it."""
        self.send(do="answer", **self.assertion(device), **form)
        return self.state()

    def assertion(self, device: Authenticator, offer: str = "") -> dict[str, str]:
        """What the page's script sends of a device."""
        asked = self.send(offer or f"{self.path}/offer").json()
        return {"passkey": device.prove(json.dumps(asked["options"])), "state": asked["state"]}

    def state(self) -> str:
        """How far the challenge that is open is."""
        return str(self.client.get(f"{self.path}/state").json().get("state", "none"))

    def cookie(self, name: str) -> str:
        """What it keeps under a name, the last it was given."""
        found = [one.value for one in self.client.cookies.jar if one.name == name]
        return found[-1] or "" if found else ""

    def enter(self, token: str) -> Response:
        """Come in to one's own pages, handed over."""
        return self._led(self.client.post("/me/enter", data={"hand_off": token}))

    def _led(self, answer: Response) -> Response:
        hops = 0
        while answer.status_code == 303 and answer.headers["location"].startswith("/"):
            self.path, hops = answer.headers["location"], hops + 1
            assert hops < 9
            answer = self.client.get(self.path)
        found = re.search(r'name="token" value="([0-9a-f]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer


@contextmanager
def guarded(folder: Path) -> Iterator[Site]:
    """One, until it is ended."""
    site = Site(folder / "vigie.db")
    try:
        yield site
    finally:
        site.close()


def plain(answer: Response) -> tuple[int, str]:
    """An answer but for what is another one each time."""
    text = re.sub(r'nonce="[^"]*"|value="[^"]*"|/challenge/[0-9a-f]{32}', "", answer.text)
    return answer.status_code, text

"""A subscriber of a console, their browser, and what they are asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from monitor.directory.account import AccountChanges
from monitor.gate.ticket import Ticket, Tickets
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.services.actor import operator
from monitor.services.challenge_views import Wanted
from monitor.services.directory import Directory
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.services.refusal import TakenError
from monitor.services.subscriber import Subscriber
from monitor.services.subscribers import Subscribers
from tests.monitor.web.conftest import Console
from tests.monitor.web.staging import Stage, shared_account

SITE = "http://127.0.0.1:8320"
CAMILLE = Subscriber("atlas-appels", "u-camille")
_NUMBERS = count(1)


class Asked:
    """Services over a console's database, as its pages have them."""

    def __init__(self, console: Console) -> None:
        engine, keyring = console.stage.engine, Keyring(b"")
        factors = Factors(engine, keyring, None, console.clock)
        asking, enrolling = ChallengeTerms(address=SITE), EnrolmentTerms(address=SITE)
        self.console = console
        self.own = Subscribers(engine, keyring, factors, asking, enrolling, now=console.clock)
        self.tickets = Tickets(keyring.tickets, console.clock)

    def known(self, subscriber: Subscriber = CAMILLE) -> Subscriber:
        """Let the directory know an account."""
        directory = Directory(self.console.stage.engine)
        with suppress(TakenError):
            directory.create(operator(), subscriber.tenant, subscriber.account, AccountChanges())
        return subscriber

    def challenge(self, subscriber: Subscriber = CAMILLE, **more: Any) -> str:
        """The key of a challenge's link."""
        wanted = Wanted(subscriber=subscriber, **({"session": "s-1"} | more))
        return self.own.challenges.create(operator(), wanted).link.partition("#")[2]

    def enrolment(self, subscriber: Subscriber | None = None) -> str:
        """The key of a link to set up a factor, of somebody new where nobody is named: against
        whoever others have asked something may stand."""
        whose = subscriber or Subscriber(CAMILLE.tenant, f"u-new-{next(_NUMBERS)}")
        made = self.own.enrolments.issue(operator(), self.known(whose))
        return made.link.partition("#")[2]

    def ticket(self, **more: Any) -> str:
        """Where the gate sends a browser."""
        told = {
            "tenant": CAMILLE.tenant,
            "account": CAMILLE.account,
            "session": "s-gate",
            "key": "demand.1",
            "return_to": "https://app.example.com/queue",
            "issued": self.console.clock.now,
        }
        return self.tickets.address("", Ticket(**{**told, **more}))


@contextmanager
def asked_at(folder: Path) -> Iterator[Asked]:
    """A console in a folder, whose logs know of one account."""
    stage = Stage(folder / "vigie.db")
    shared_account(stage)
    yield Asked(Console(stage, {}))
    stage.engine.dispose()


def opened(client: TestClient, path: str, key: str) -> Response:
    """The page that a link's key leads to."""
    answer = client.post(path, data={"key": key})
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["location"])
    assert page.status_code == 200
    return page


def token_in(page: Response) -> str:
    """What the page's forms bring back."""
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page.text)
    assert found is not None
    return found[1]

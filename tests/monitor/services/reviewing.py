"""A house with reviewers in it: people who can sign in, and a clock that tests set."""

import pyotp
from argon2 import PasswordHasher
from msgspec import Struct
from sqlalchemy import Engine, select

from alerts.responders.roster import Roster
from detectors.core.event import HOUR, MINUTE
from monitor.mfa import totp
from monitor.mfa.party import RelyingParty
from monitor.mfa.passwords import Passwords
from monitor.services.actor import Actor, ActorKind, Role
from monitor.services.entrance import Entrance, Terms
from monitor.services.reviewers import Reviewer
from monitor.services.sessions import Client, Limits, Visit
from monitor.services.sign_in import Entered
from monitor.store import tables

NOON = 1_778_666_400_000
DESK = Client(
    "198.51.100.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)
AWAY = Client("203.0.113.9", "curl/8.5")
PASSWORD = "tricycle mangue orage"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""For tests that are about something else."""
LIMITS = Limits(30 * MINUTE, 12 * HOUR, HOUR)


class Clock:
    """A clock that tests set, in ms."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


class Person(Struct):
    """Somebody who can sign in; `secret` is what their authenticator knows, `codes` their
    recovery codes."""

    uid: str
    email: str
    secret: bytes
    codes: list[str]
    password: str = PASSWORD


class House:
    """All that signing in takes, over a database, with its clock."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits = LIMITS,
        pepper: bytes = b"pepper",
        party: RelyingParty | None = None,
        roster: Roster | None = None,
    ) -> None:
        self.engine = engine
        self.clock = Clock()
        self.entrance = Entrance(
            engine,
            pepper=pepper,
            now=self.clock,
            terms=Terms(limits, pause=0.0, relying_party=party),
            passwords=Passwords(QUICK),
            roster=roster,
        )
        self.reviewers = self.entrance.reviewers
        self.sessions = self.entrance.sessions

    @property
    def operator(self) -> Actor:
        """Whoever has the machine."""
        return Actor(
            kind=ActorKind.OPERATOR, uid="root", name="root", roles=frozenset((Role.ADMINISTRATOR,))
        )

    def code(self, person: Person, later: int = 0) -> str:
        """What their authenticator shows, so many steps from now."""
        step = totp.step_at(self.clock.now) + later
        return pyotp.TOTP(totp.encoded(person.secret)).generate_otp(step)

    def invited(
        self, email: str = "ada@atlas.example", role: Role = Role.VIEWER, tenant: str | None = None
    ) -> tuple[Reviewer, str]:
        """Somebody who has a link."""
        return self.reviewers.invite(self.operator, email, email.partition("@")[0], role, tenant)

    def person(
        self, email: str = "ada@atlas.example", role: Role = Role.VIEWER, tenant: str | None = None
    ) -> Person:
        """Somebody who has set up what they sign in with, and is not in."""
        made, key = self.invited(email, role, tenant)
        visit = self.opened(key)
        self.entrance.setup.enter(visit, "", "", PASSWORD, PASSWORD)
        secret = self.entrance.setup.situation(visit).secret or b""
        person = Person(made.uid, email, secret, [])
        done = self.entrance.setup.confirm(visit, self.code(person), DESK)
        person.codes = list(done.codes)
        self.sessions.end(done.key)
        self.later()
        return person

    def opened(self, key: str) -> Visit:
        """The session that a link opens."""
        session = self.entrance.admission.enter(key, DESK)
        assert session is not None
        visit = self.sessions.visit(session)
        assert visit is not None
        return visit

    def later(self, by: int = 2 * totp.PERIOD_S * 1_000) -> None:
        """Time passes: by default, until codes are others."""
        self.clock.now += by

    def enter(
        self,
        person: Person,
        *,
        password: str | None = None,
        code: str | None = None,
        client: Client = DESK,
        cookie: str = "",
    ) -> Entered | None:
        """They sign in, rightly unless something else is said."""
        return self.entrance.sign_in.enter(
            person.email,
            person.password if password is None else password,
            self.code(person) if code is None else code,
            client,
            cookie,
        )

    def visit(self, person: Person, client: Client = DESK) -> Visit:
        """They are in: the session."""
        entered = self.enter(person, client=client)
        assert entered is not None
        visit = self.sessions.visit(entered.key)
        assert visit is not None
        self.later()
        return visit

    def audited(self) -> list[str]:
        """What was done, in order."""
        table = tables.audit
        with self.engine.connect() as connection:
            rows = connection.execute(select(table.c.operation).order_by(table.c.number))
            return [row.operation for row in rows]

"""One shared account from the lines of its log to its reactivation, leg by leg.

Each leg is done by a process of its own, which may be killed between two of its steps; whatever it
acts on is real: a database's file, PyPI's SCIM server, a mail server.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Engine, Select, select

from alerts.egress.wall import Wall
from alerts.incident import Category
from alerts.ladder import Step
from alerts.measure import AT_WORK
from alerts.outbox import State as OrderState
from alerts.policy import Mode, Policy
from alerts.responders.surroundings import Surroundings as Around
from alerts.rule import Rule, When
from detectors.core.event import DAY, HOUR
from monitor import instance
from monitor.chain.verification import Verdict
from monitor.directory.account import AccountChanges
from monitor.responding.answering import Answers
from monitor.responding.delivery import Delivery, ways_of
from monitor.responding.duty import Duty, Surroundings
from monitor.responding.following import Following
from monitor.responding.ringing import Clockwork
from monitor.services.actor import Actor, Role, operator
from monitor.services.appeals import Appeals
from monitor.services.directory import Directory
from monitor.services.measure_checks import Wanted
from monitor.services.measures import Measures
from monitor.settings import Settings, load
from monitor.signing import sealer_of
from monitor.simulation.simulation import Simulation, simulate
from monitor.store import tables, trail
from monitor.store.connection import connect, reading
from monitor.store.gate_list import GateTable
from monitor.store.migration import upgrade
from tests.alerts.responders.mailserver import MailServer, mail_server
from tests.alerts.responders.provider import TOKEN, Provider, provider
from tests.monitor.faults.killing import NEVER, Steps, read_all
from tests.monitor.responding.incidents import adopt
from tests.monitor.responding.played import Clock
from tests.monitor.services.people import person

START: Final = 20_450 * DAY
DAYS: Final = 30
END: Final = START + DAYS * DAY
ADDRESS: Final = "camille@acme.example"
_QUIET: Final = 2
"""Rounds in which nobody has anything to do, after which nobody will."""

SETTINGS = """
data = "{folder}"
[web]
public_url = "https://vigie.example"
[responding]
fresh_hours = 700.0
[outbound]
allow = ["127.0.0.1", "localhost"]
[[sources]]
name = "idp"
path = "{folder}/idp.ndjson"
format = "ocsf"
[responders.idp]
kind = "scim"
url = "{scim}"
token = "{token}"
insecure_http = true
[responders.gate]
kind = "gate"
[responders.mail]
kind = "mail"
host = "localhost"
port = {port}
security = "none"
sender = "Vigie <vigie@vigie.example>"
to = ["team@vigie.example"]
"""


class Shared(Struct, frozen=True):
    """The account that is followed."""

    tenant: str
    uid: str


class World(Struct):
    """All that there is: settings over a folder, the two servers, and the account."""

    folder: Path
    config: Path
    scim: Provider
    mail: MailServer
    shared: Shared
    user: str = ""

    @property
    def settings(self) -> Settings:
        """As a process reads them."""
        return load(self.config, {})

    def database(self) -> Engine:
        """Its database, newly opened."""
        return connect(self.settings.database_url)


Leg = Callable[[World, int], int]
"""What a process does, killed at a step; how many steps it took."""


def month() -> tuple[Simulation, Shared]:
    """A month of a small company in which one account is shared, and which one."""
    made = simulate(
        2033, days=DAYS, accounts=14, start=START, misdeeds={"credential_sharing/two_cities": 1}
    )
    (label,) = made.incidents
    return made, Shared(label.tenant, label.accounts[0])


@contextmanager
def world(folder: Path, lines: list[bytes], shared: Shared) -> Iterator[World]:
    """Before anything was read: the log, the directory, the policy that acts."""
    folder.mkdir(exist_ok=True)
    with provider() as scim, mail_server() as mail:
        config = folder / "vigie.toml"
        config.write_text(
            SETTINGS.format(folder=folder, scim=scim.url, token=TOKEN, port=mail.port)
        )
        (folder / "idp.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))
        made = World(folder, config, scim, mail, shared)
        made.user = scim.add(shared.uid, externalId=shared.uid)
        instance.opened(None, folder)
        upgrade(made.settings.database_url)
        database = made.database()
        known = AccountChanges(email=ADDRESS, locale="fr-FR")
        Directory(database).create(operator(), shared.tenant, shared.uid, known)
        adopt(database, _policy())
        database.dispose()
        yield made


def _policy() -> Policy:
    sharing = When(category=frozenset((Category.CREDENTIAL_SHARING,)), severity="medium")
    then = frozenset(("notify", "suspend"))
    return Policy(
        mode=Mode.ACT, rules=(Rule(name="shared", when=sharing, then=then, hours=24, alone=True),)
    )


def read(made: World, deadly: int = NEVER) -> int:
    """The engine reads the log to its end."""
    return read_all(made.config, deadly)


def responded(at: int) -> Leg:
    """The leg of what responds, from a time (ms) until nobody has anything to do."""

    def leg(made: World, deadly: int = NEVER) -> int:
        database, clock = made.database(), Clock(at)
        steps = Steps(deadly)
        steps.watch(database)
        duties = _duties(made.settings, database, clock)
        quiet = 0
        while quiet < _QUIET:
            worked = [duty.step() for duty in duties]
            if not any(worked):
                quiet = 0 if _waits(database) else quiet + 1
                clock.pass_(5_000)
        for duty in duties:
            duty.close()
        database.dispose()
        return steps.taken

    return leg


def _duties(settings: Settings, database: Engine, clock: Clock) -> list[Duty]:
    around = Surroundings(
        settings=settings,
        database=database,
        key=instance.opened(None, settings.data)[0],
        now=clock.now,
    )
    outside = Around(
        now=clock.now,
        gate=GateTable(database, clock.now),
        address="https://vigie.example",
        wall=Wall(settings.outbound),
    )
    ways = ways_of(settings, outside, around.key)
    return [
        Following(around, Answers(around)),
        Clockwork(around, seconds=clock.seconds),
        Delivery(database, ways, now=clock.now, seconds=clock.seconds),
    ]


def _waits(database: Engine) -> bool:
    """Whether something is on its way."""
    orders, kept = tables.outbox.c, tables.measures.c
    ways = (OrderState.WAITING.value, OrderState.LEASED.value)
    with database.connect() as connection:
        waiting = connection.execute(select(orders.id).where(orders.state.in_(ways))).first()
        work = [state.value for state in AT_WORK]
        moving = connection.execute(select(kept.id).where(kept.state.in_(work))).first()
    return waiting is not None or moving is not None


def asked(at: int) -> Leg:
    """An analyst asks for the deactivation."""

    def do(desk: Measures, made: World) -> None:
        database = made.database()
        with database.connect() as connection:
            ticket = connection.execute(
                select(tables.tickets.c.id).where(tables.tickets.c.kind == "incident")
            ).scalar()
        database.dispose()
        who = reviewer(Role.ANALYST, "r-1", at)
        tenant, accounts = made.shared.tenant, (made.shared.uid,)
        wanted = Wanted(
            tenant=tenant,
            accounts=accounts,
            step=Step.DEACTIVATE,
            reason="The two who use it said so on the phone.",
            aup="6",
            ticket=ticket,
            seen=desk.preview(who, tenant, accounts, Step.DEACTIVATE).seen,
        )
        if not _measures(made, Step.DEACTIVATE):
            desk.request(who, wanted)

    return _by_hand(at, do)


def approved(at: int) -> Leg:
    """Somebody else agrees."""

    def do(desk: Measures, made: World) -> None:
        (number, state), *_ = _measures(made, Step.DEACTIVATE)
        if state == "requested":
            desk.approve(reviewer(Role.APPROVER, "r-2", at), number, "Seen, and agreed.")

    return _by_hand(at, do)


def contested(at: int) -> Leg:
    """The person opens the link of the mail about the deactivation, and says that it is wrong."""

    def leg(made: World, deadly: int = NEVER) -> int:
        database = made.database()
        taken = Steps(deadly)
        taken.watch(database)
        pepper = instance.opened(None, made.folder)[0].pepper
        appeals = Appeals(database, pepper, made.settings.roster, lambda: at)
        assert appeals.send(_key_of_last_notice(made), "We are two sisters, and share it.", "fr")
        database.dispose()
        return taken.taken

    return leg


def _key_of_last_notice(made: World) -> str:
    for mail in reversed(made.mail.messages):
        body = mail.get_body(("plain",))
        assert body is not None
        link = re.search(r"https://vigie\.example/appeal#([A-Za-z0-9_-]+)", body.get_content())
        if link is not None and mail["To"] == ADDRESS:
            return link[1]
    raise AssertionError("no notice says how to contest it")


def taken_back(at: int) -> Leg:
    """The deactivation is undone, as the appeal was right."""

    def do(desk: Measures, made: World) -> None:
        (number, state), *_ = _measures(made, Step.DEACTIVATE)
        if state == "in_force":
            desk.undo(reviewer(Role.ANALYST, "r-1", at), number, "The appeal is right.")

    return _by_hand(at, do)


def _by_hand(at: int, do: Callable[[Measures, World], None]) -> Leg:
    """What somebody does once, and looks at first whether it is done."""

    def leg(made: World, deadly: int = NEVER) -> int:
        database = made.database()
        steps = Steps(deadly)
        steps.watch(database)
        do(Measures(database, made.settings.roster, lambda: at), made)
        database.dispose()
        return steps.taken

    return leg


def _measures(made: World, step: Step) -> list[tuple[int, str]]:
    table = tables.measures.c
    database = made.database()
    query = select(table.id, table.state).where(table.step == step.word).order_by(table.id)
    with database.connect() as connection:
        found = [(int(row.id), str(row.state)) for row in connection.execute(query)]
    database.dispose()
    return found


def reviewer(role: Role, uid: str, at: int) -> Actor:
    """Somebody who has just proved who they are."""
    return person(role, uid=uid, authenticated=at)


def steps(made: World) -> list[tuple[str, str]]:
    """Step and state of each measure."""
    table = tables.measures.c
    return _rows(made, select(table.step, table.state).order_by(table.id))


def tickets(made: World) -> list[tuple[str, str]]:
    """Kind and status of each ticket."""
    table = tables.tickets.c
    return _rows(made, select(table.kind, table.status).order_by(table.id))


def category(made: World) -> str:
    """What the engine concludes of the account."""
    table = tables.incidents.c
    gravest = select(table.category).order_by(table.severity.desc()).limit(1)
    return str(_rows(made, gravest)[0][0])


def audited(made: World) -> set[str]:
    """Operations that the audit has entries of."""
    return {str(row[0]) for row in _rows(made, select(tables.audit.c.operation))}


def verdict(made: World) -> Verdict:
    """Whether its audit is whole."""
    database = made.database()
    with reading(database).begin() as connection:
        found = trail.verify(connection, _public(made), [])
    database.dispose()
    return found


def _public(made: World) -> bytes:
    sealer = sealer_of(made.settings)
    assert sealer is not None
    return sealer.public


def _rows(made: World, query: Select[Any]) -> list[Any]:
    database = made.database()
    with database.connect() as connection:
        found = [tuple(row) for row in connection.execute(query)]
    database.dispose()
    return found


def states(made: World) -> dict[str, Any]:
    """What must be the same whatever happened on the way."""
    t, m, o, a, g = (
        table.c
        for table in (
            tables.tickets,
            tables.measures,
            tables.outbox,
            tables.audit,
            tables.gate_list,
        )
    )
    queries = {
        "tickets": select(t.kind, t.status, t.incident_id),
        "measures": select(m.incident_id, m.step, m.state, m.requester, m.decider),
        "orders": select(o.key, o.responder, o.action, o.state),
        "audit": select(a.operation, a.actor, a.subject),
        "gate": select(g.account, g.verdict),
    }
    database = made.database()
    with database.connect() as connection:
        found: dict[str, Any] = {
            name: sorted(tuple(map(repr, row)) for row in connection.execute(query))
            for name, query in queries.items()
        }
    database.dispose()
    found["is active"] = made.scim.is_active(made.user)
    # A message may be sent twice where nobody knows whether it was; its id is the same then.
    found["mails"] = sorted({str(one["Message-ID"]) for one in made.mail.messages})
    return found


LEGS: Final = (
    ("read", read),
    ("suspended", responded(END)),
    ("requested", asked(END + HOUR)),
    ("approved", approved(END + 2 * HOUR)),
    ("deactivated", responded(END + 2 * HOUR)),
    ("suspension over", responded(END + 26 * HOUR)),
    ("contested", contested(END + 28 * HOUR)),
    ("heard", responded(END + 28 * HOUR)),
    ("taken back", taken_back(END + 30 * HOUR)),
    ("reactivated", responded(END + 30 * HOUR)),
)
"""What happens, in its order."""

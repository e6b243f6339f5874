"""An installation whose logs and lists were written by attackers throughout."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Engine, insert

from alerts.notation import toml
from alerts.outbox import State
from alerts.ports import Action, Order, Target
from alerts.rule import fold
from alerts.suppression import SuppressionError
from alerts.ticket import Kind as TicketKind
from alerts.ticket import TicketError
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.cli import main
from monitor.directory.account import AccountChanges
from monitor.directory.refusal import DirectoryError
from monitor.directory.tenant import TenantChanges
from monitor.services.actor import Actor, ActorKind, Role, operator
from monitor.services.api_keys import ApiKeyError, ApiKeys
from monitor.services.audit import record
from monitor.services.authority import Operation
from monitor.services.directory import Directory
from monitor.services.opening import open_ticket, take
from monitor.services.person import ReviewerError
from monitor.services.policies import LONGEST_REASON, Policies
from monitor.services.refusal import TakenError
from monitor.services.suppressions import Suppressions, Wish
from monitor.services.tickets import Tickets
from monitor.simulation.simulation import simulate
from monitor.store import outbox, tables
from monitor.store.connection import connect
from monitor.store.incident_filter import Filter
from monitor.store.migration import upgrade
from monitor.store.reading import Reading
from monitor.store.ticket_notes import LinkKind
from tests.hostile.names import NAMES
from tests.monitor.cli.calling import logging_as_before
from tests.monitor.services.reviewing import House
from tests.monitor.web.conftest import console, empty

__all__ = ["console", "empty"]

START = 1_790_000_000_000
MISDEEDS = {
    "credential_sharing": 3,
    "session_hijacking": 2,
    "brute_force": 2,
    "password_spraying": 1,
}


class Attacked(NamedTuple):
    """Its folder, settings and log; `told` is what reading the log said, out and err."""

    folder: Path
    config: Path
    log: Path
    url: str
    engine: Engine
    told: str


def renamed(lines: list[bytes]) -> Iterator[bytes]:
    """The same events, by people whose names, tenants, sessions and browsers are hostile."""
    names = cycle(NAMES.values())
    known: dict[tuple[str, str], str] = {}

    def name(kind: str, old: str | None) -> str | None:
        if old is None:
            return None
        if (kind, old) not in known:
            known[kind, old] = f"{next(names)}{len(known)}"
        return known[kind, old]

    for line in lines:
        event: dict[str, Any] = json.loads(line)
        event["metadata"]["tenant_uid"] = name("tenant", event["metadata"].get("tenant_uid") or "t")
        user = event.get("user") or {}
        user["uid"], user["name"] = name("user", user.get("uid")), name("user", user.get("name"))
        if event.get("session"):
            event["session"]["uid"] = name("session", event["session"].get("uid"))
        if event.get("http_request"):
            event["http_request"]["user_agent"] = name("agent", event["http_request"]["user_agent"])
        yield json.dumps({k: v for k, v in event.items() if v is not None}).encode()
    for hostile in NAMES.values():
        yield hostile.encode("utf-8", "surrogatepass")
        yield json.dumps({"class_uid": 3002, "time": hostile, "user": {"name": hostile}}).encode()


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """Read through the daemon's own way in: a log, judged and stored."""
    folder = tmp_path_factory.mktemp("attacked")
    log, config = folder / "idp.ndjson", folder / "vigie.toml"
    made = simulate(7, days=3, accounts=30, start=START, misdeeds=MISDEEDS).lines()
    log.write_bytes(b"".join(line + b"\n" for line in renamed(list(made))))
    config.write_text(
        f'data = "{folder}"\n[[sources]]\nname = "idp"\npath = "{log}"\nformat = "ocsf"\n'
    )
    url = f"sqlite:///{folder / 'vigie.db'}"
    upgrade(url)
    said = io.StringIO()
    with logging_as_before(), redirect_stdout(said), redirect_stderr(said):
        try:
            main(["ingest", "--config", str(config), str(log)])
        except SystemExit as ended:
            assert ended.code in (None, 0), said.getvalue()  # noqa: PT017
    engine = connect(url)
    plant(engine)
    plant_tickets(engine)
    yield Attacked(folder, config, log, url, engine, said.getvalue())
    engine.dispose()


def policy_of(number: int) -> str:
    """A policy about everybody, which is another for each number."""
    short = [name for name in NAMES.values() if 0 < len(name) <= 1_024]
    when = {"tenants": short, "tags": sorted({fold(name)[:200] for name in short} - {""})}
    rule = {"name": f"r{number}", "then": ["notify"], "when": when}
    return toml({"rules": [rule], "tenants": {name: {"seats": 1} for name in short}})


def plant(engine: Engine) -> None:
    """Hostile names where no log leads: sources, health, keys, the directory, the audit."""
    files = [
        {"name": f"file {number}", "format": hostile[:40], "rejected": number}
        for number, hostile in enumerate(NAMES.values())
    ]
    health = [
        {"kind": "silent", "since": START, "facts": b"", "subject": f"source:{hostile[:200]}"}
        for hostile in NAMES.values()
    ]
    with engine.begin() as connection:
        connection.execute(insert(tables.sources), files)
        connection.execute(insert(tables.health), health)
    keys = ApiKeys(engine, lambda: START)
    for number, hostile in enumerate(NAMES.values()):
        with suppress(ApiKeyError):
            keys.create(
                operator(), f"key-{number}", (Operation.INCIDENTS_READ,), tenant=hostile[:200]
            )
    directory = Directory(engine, lambda: START)
    for hostile in NAMES.values():
        told = {
            "display_name": hostile[:200],
            "aliases": (hostile[:100],),
            "roles": (hostile[:60],),
        }
        # What it refuses cannot be shown; what it takes is.
        with suppress(DirectoryError, TakenError, msgspec.ValidationError):
            named = msgspec.convert({"name": hostile[:200], "plan": hostile[:60]}, TenantChanges)
            directory.create_tenant(operator(), hostile[:200], named)
        with suppress(DirectoryError, TakenError, msgspec.ValidationError):
            changes = msgspec.convert(told, AccountChanges)
            directory.create(operator(), hostile[:200], hostile[:200], changes)
    reviewers = House(engine).reviewers
    for number, hostile in enumerate(NAMES.values()):
        for email in (f"r{number}@atlas.example", f"{hostile[:40]}@atlas.example"):
            with suppress(ReviewerError):
                reviewers.invite(
                    operator(), email, hostile[:64], Role.TENANT_CONTACT, hostile[:200]
                )
    policies = Policies(engine, lambda: START)
    for number, hostile in enumerate(NAMES.values()):
        adopter = structs.replace(operator(), name=hostile)
        policies.adopt(adopter, policy_of(number), number, hostile[:LONGEST_REASON].strip() or "x")
    with engine.begin() as connection:
        for number, hostile in enumerate(NAMES.values()):
            target = Target(tenant=hostile, account=hostile, names=(hostile,), email=hostile)
            given = Order(
                key=f"k-{number}",
                action=[*Action][number % len(Action)],
                issued=START,
                tenant=hostile,
                target=target,
                reason=hostile,
            )
            outbox.enqueue(connection, given, "idp")
        connection.execute(
            tables.outbox.update().values(state=State.DEAD, reason=NAMES["terminal"])
        )
        for hostile in NAMES.values():
            who = Actor(kind=ActorKind.REVIEWER, uid="r-1", name=hostile)
            content = {hostile[:50]: hostile, "list": [hostile]}
            record(
                connection,
                who,
                Operation.INCIDENTS_READ,
                "account:0",
                tenant=hostile[:200],
                reason=hostile,
                content=content,
            )


def plant_tickets(engine: Engine) -> None:
    """A ticket of each incident; hostile words in titles, facts, comments, tags and links."""
    found = Reading(engine).incidents(Filter(severity=Severity.INFORMATIONAL), None, 200)
    tickets, rules = Tickets(engine, lambda: START), Suppressions(engine, lambda: START)
    with engine.begin() as connection:
        for stored in found:
            take(connection, stored, stored.withdrawn, START)
        numbers = [
            open_ticket(
                connection,
                TicketKind.REPORT,
                hostile[:200],
                Subject(SubjectKind.ACCOUNT, hostile[:200], hostile),
                hostile,
                now=START,
                text=hostile,
                facts={"text": hostile},
                tags=[hostile],
            )
            for hostile in NAMES.values()
        ]
    for number, hostile in zip(numbers, NAMES.values(), strict=True):
        told = f"https://jira.example/{hostile[:100]}"
        for address in (told, "https://jira.example/S-1"):
            with suppress(TicketError):
                tickets.link(operator(), number, LinkKind.OUTER, address=address, title=hostile)
        with suppress(TicketError):
            tickets.comment(operator(), number, hostile)
        with suppress(SuppressionError):
            wish = Wish(
                tenant=hostile[:200], account=hostile, reason=hostile[:300], until=START + DAY
            )
            rules.add(operator(), wish)

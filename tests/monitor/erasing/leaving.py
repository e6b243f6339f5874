"""A person who leaves, in a tenant with others: what is found, asked for, and left of it."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from msgspec import msgpack, structs
from sqlalchemy import Engine as Database

from detectors.core.event import DAY, HOUR, MINUTE, AccountChange, Change, Event, SignIn
from detectors.core.identity import Subject, SubjectKind, timed_id
from monitor.directory.account import Account, account_id
from monitor.directory.importing import Row
from monitor.erasing.asking import ask
from monitor.erasing.job import Erasing, Erasures
from monitor.hygiene.kept import NOTHING, encode
from monitor.store import audit, tables
from monitor.store.connection import file_of
from monitor.store.directory import DirectoryTable
from monitor.store.writing import Reject, Writing
from tests.monitor.test_engine import START, history, intake, new_engine, sign_in

PEPPER = b"p" * 32
WHO = "canary-7731"
NAME = "Zoe.Canary"
AGENT = "CanaryBrowser/1"
SESSION = "canary-session"
CANARIES = (b"canary",)
NOW = START + 3 * DAY
SUBJECT = Subject(SubjectKind.ACCOUNT, "t", WHO)


def own(number: int = 120) -> list[SignIn]:
    """The person's sign-ins over two days, from two addresses."""
    return [
        sign_in(
            START + n * 20 * MINUTE,
            WHO,
            f"198.51.100.{n // 10 % 2}",
            n,
            account_name=NAME,
            user_agent=AGENT,
            session=f"{SESSION}-{n // 10}",
            uid=f"canary-event-{n}",
        )
        for n in range(number)
    ]


def others(seed: int = 1) -> list[Event]:
    """What others did, one of them changed by the person."""
    changed = AccountChange(
        id=timed_id(START + HOUR, "change"),
        time=START + HOUR,
        tenant="t",
        account="a1",
        change=Change.ROLE,
        actor=NAME,
    )
    return [*history(seed), changed]


def everything() -> list[Event]:
    return sorted([*own(), *others()], key=lambda event: event.id)


def fill(database: Database, events: list[Event] | None = None, **how: Any) -> None:
    """Read a history with the person in it, and lines that nobody can read, until it is NOW."""
    engine = new_engine(database, **how)
    engine.process([intake(everything() if events is None else events)])
    engine.idle(NOW)
    rejects = [
        Reject("f#1", "is no JSON: canary-7731", b'{"user": "CANARY-7731", '),
        Reject("f#2", "is no JSON", b"user=zoe.canary from"),
        Reject("f#3", "is no JSON", b"user=somebody from"),
    ]
    with database.begin() as connection:
        Writing(connection).add_rejects(1, rejects, NOW)
    engine.stop()


def request(
    database: Database, *, keeps: bool = False, subject: Subject = SUBJECT, now: int = NOW
) -> int:
    with database.begin() as connection:
        return ask(connection, subject, PEPPER, now, actor="operator:x", reason="#12", keeps=keeps)


def work(folder: Path | None = None) -> Erasures:
    return Erasures(lambda: PEPPER, folder, lambda: NOW)


def erase(database: Database, *, keeps: bool = False, folder: Path | None = None) -> dict[str, int]:
    """All of it, by an engine that reads nothing."""
    request(database, keeps=keeps)
    engine = new_engine(database, pepper=PEPPER)
    engine.idle(NOW)
    steps = Erasing(work(folder), database)
    for _ in range(1_000):
        if not steps.step(engine):
            break
    engine.stop()
    with database.begin() as connection:
        from monitor.store import erasures

        [last] = erasures.every(connection, most=1)
    assert last.finished == NOW
    return last.counts


def dumped(database: Database) -> bytes:
    """All rows of all tables, and of SQLite the very bytes of its files."""
    found: list[bytes] = []
    with database.begin() as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                found += [v if isinstance(v, bytes) else repr(v).encode() for v in row]
    path = file_of(database.url)
    if path is not None:
        found += [one.read_bytes() for one in path.parent.glob(f"{path.name}*")]
    return b"\n".join(found)


def is_named(database: Database) -> bool:
    held = dumped(database).lower()
    return any(canary in held for canary in CANARIES)


def other_findings(database: Database) -> list[tuple[bytes, bool, bytes | None, bytes]]:
    """The findings of everybody else."""
    table = tables.findings
    query = sa.select(table).where(table.c.subject_key != SUBJECT.key()).order_by(table.c.id)
    with database.begin() as connection:
        rows = connection.execute(query).all()
    return [(row.id, row.withdrawn, row.incident_id, row.body) for row in rows]


def count(database: Database, table: sa.Table) -> int:
    with database.begin() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def later(hours: float = 1.0, number: int = 900, **fields: Any) -> SignIn:
    """The person comes again."""
    return sign_in(NOW + round(hours * HOUR), WHO, "203.0.113.9", number, **fields)


def replaced(event: SignIn, **fields: Any) -> SignIn:
    return structs.replace(event, **fields)


PROOF = (
    tables.assurances,
    tables.challenges,
    tables.enrolment_grace,
    tables.enrolment_links,
    tables.factors,
    tables.gate_changes,
    tables.recoveries,
    tables.session_demands,
    tables.sign_in_questions,
    tables.subscriber_sessions,
)


def prove(database: Database) -> None:
    """All that the person could prove themselves with, and whatever they were asked; and a
    recovery of somebody else's that says who vouched."""
    with database.begin() as connection:
        for table in PROOF:
            connection.execute(sa.insert(table).values(_filled(table, WHO, SUBJECT.key())))
        own = _filled(tables.recoveries, WHO, 1)
        other = {k: "other" if isinstance(v, str) else v for k, v in own.items()}
        named = {"tenant": "t", "proof": f"{NAME} vouched on the telephone"}
        connection.execute(sa.insert(tables.recoveries).values(other | named))


def _filled(table: sa.Table, who: str, key: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for column in table.c:
        kind = column.type
        if isinstance(kind, sa.LargeBinary):
            told[column.name] = f"canary {column.name}".ljust(32)[:32].encode()
        elif isinstance(kind, sa.String):
            told[column.name] = f"canary-{column.name}"[: kind.length or 60]
        else:
            told[column.name] = NOW
    small = {c.name: 1 for c in table.c if isinstance(c.type, sa.SmallInteger)}
    small |= {c.name: True for c in table.c if isinstance(c.type, sa.Boolean)}
    small |= {c.name: 1 for c in table.c if type(c.type) is sa.Integer}
    whose = {"tenant": "t", "account": who, "subject_key": key, "owner_kind": "account"}
    told |= small | {name: value for name, value in whose.items() if name in table.c}
    told.pop("id", None)
    return told


def enter(database: Database) -> None:
    """The person in the directory, in an import, and in the audit."""
    account = Account(
        tenant="t",
        uid=WHO,
        display_name="Canary Zoe",
        email="zoe@canary.example",
        aliases=("zcanary",),
        external={"hr": "canary-hr-9"},
    )
    with database.begin() as connection:
        table = DirectoryTable(connection)
        table.add(account, NOW)
        identifier = account_id("t", WHO)
        kept = {"account_id": identifier, "tenant": "t", "uid": WHO}
        connection.execute(sa.insert(tables.listings).values(version=1, body=b"\x90", **kept))
        connection.execute(
            sa.insert(tables.hygiene_accounts).values(
                facts=1, last_seen=1, body=encode(NOTHING), **kept
            )
        )
        pushed = {"account_id": identifier, "tenant": "t", "name": NAME, "external_id": WHO}
        times = {"is_due": False, "version": 1, "created": 1, "updated": 1}
        user = sa.insert(tables.provisioned_users).values(
            body=b'{"userName":"Zoe"}', **pushed, **times
        )
        connection.execute(user)
        member = {"group_id": b"g" * 16, "account_id": identifier}
        connection.execute(sa.insert(tables.provisioned_members).values(member))
        row = Row(line=2, uid=WHO, after=account)
        for number, (of, body) in enumerate(
            ((identifier, row), (None, Row(line=3, uid="zcanary")), (None, Row(line=4)))
        ):
            connection.execute(
                sa.insert(tables.import_rows).values(
                    import_id=1,
                    number=number,
                    outcome="added",
                    account_id=of,
                    tenant="t",
                    body=msgpack.encode(body),
                )
            )
        for subject, content in (
            (f"account:{SUBJECT.key()}", {"reason": "canary looked at"}),
            ("reviewer:r-1", {"about": "zcanary"}),
            ("reviewer:r-1", {"about": "somebody"}),
        ):
            audit.append(
                connection,
                time=NOW,
                actor="operator:x",
                operation="x:y",
                subject=subject,
                content=content,
            )

"""`python -m benchmarks.tickets`: what a list and a search of tickets cost, on SQLite.

A hundred thousand tickets of five thousand accounts, one in a hundred of them open, each with what
a ticket of an incident says of itself and a comment. Questions are asked thirty times each, the
list and its count; the median of the processor's time is told.
"""

import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from msgspec import structs

from alerts.ticket import Disposition, Kind, Status, Ticket, move
from detectors.core.detector import Text
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.store import tickets
from monitor.store.connection import connect, reading
from monitor.store.migration import upgrade
from monitor.store.ticket_filter import EVERY, TicketFilter
from monitor.store.tickets import Details, StoredTicket

TICKETS: Final = 100_000
ACCOUNTS: Final = 5_000
NOW: Final = 1_800_000_000_000
_SAID: Final = (
    "called the team lead: two people on one desk, agreed until licences come",
    "asked again, harmless: a night shift that travels with phone and laptop",
    "the office network's scanner, a test of the printer",
)
ASKED: Final = {
    "the list": TicketFilter(),
    "finds few": TicketFilter(text="u-4711 shared", statuses=EVERY),
    "finds nothing": TicketFilter(text="nobody knows", statuses=EVERY),
    "finds most": TicketFilter(text="shared", statuses=EVERY),
}


def made(number: int, chance: random.Random) -> tuple[StoredTicket, str]:
    """One of them, and what was said on it."""
    account = f"u-{chance.randrange(ACCOUNTS)}"
    one = StoredTicket(
        kind=Kind.INCIDENT,
        incident=number.to_bytes(16, "big"),
        tenant=f"tenant-{number % 20}",
        title=Text("Shared account", "Compte partagé"),
        ticket=_ticket(number),
        due=None if number % 100 else NOW + number * 60_000,
        created=NOW,
        updated=NOW + number,
    )
    subject = Subject(SubjectKind.ACCOUNT, one.tenant, account)
    details = Details(subject=subject, account_name=f"{account}@example.com")
    return structs.replace(one, details=details), " ".join(chance.sample(_SAID, 2))


def _ticket(number: int) -> Ticket:
    one = Ticket(severity=Severity(3 + number % 3), opened=NOW + number)
    if number % 100:
        return move(one, Status.RESOLVED, NOW + number, Disposition.TRUE_POSITIVE)
    return one


def main(count: int = TICKETS) -> None:
    """Fill a database with so many, ask, and tell."""
    chance = random.Random(7)  # noqa: S311 - the same tickets every time
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'vigie.db'}"
        upgrade(url)
        engine = connect(url)
        with engine.begin() as connection:
            for number in range(1, count + 1):
                one, said = made(number, chance)
                tickets.add(connection, one, said)
        for name, wanted in ASKED.items():
            took = []
            for _ in range(30):
                start = time.process_time()
                with reading(engine).begin() as connection:
                    found = tickets.page(connection, wanted, None, 50)
                    total = tickets.count(connection, wanted)
                took.append(time.process_time() - start)
            print(f"{name}: {len(found)} of {total:,} in {1_000 * statistics.median(took):.0f} ms")
        engine.dispose()


if __name__ == "__main__":
    main()

"""Syslog that is received: whether it is listened for, and what was lost of it."""

from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError

from alerts.wording import said
from monitor import clock
from monitor.doctor.check import Check, note
from monitor.settings import Settings
from monitor.sources import syslog
from monitor.store import migration
from monitor.store.connection import UnsuitableDatabaseError, connect
from monitor.store.receipts import Receipts, read_receipts


def look(settings: Settings) -> Iterator[Check]:
    """Each source of syslog, as what receives it told last."""
    names = [one.name for one in settings.sources if syslog.accepts(one.specification)]
    if not names:
        return
    receipts = _receipts(settings.database_url)
    for name in names:
        yield _check(f"syslog of {name}", receipts.get(name))


def _check(name: str, receipts: Receipts | None) -> Check:
    if receipts is None:
        return note(name, "nothing was received yet", "`vigie run` listens")
    if receipts.trouble is not None:
        return Check(name, good=False, seen=receipts.trouble, remedy="mend what it says")
    where = ", ".join(receipts.listening) or "not listened for now"
    seen = f"{where}; {receipts.messages:,} messages until {clock.utc(receipts.updated)}"
    lost = receipts.lost()
    if not any(lost.values()):
        return Check(name, good=True, seen=seen)
    why = said(next(iter(lost)).text, "en")
    return note(name, f"{seen}; {sum(lost.values()):,} lost, most of them: {why}", "send by TCP")


def _receipts(url: str) -> dict[str, Receipts]:
    try:
        if not migration.is_current(url):
            return {}
    except (DBAPIError, OSError, UnsuitableDatabaseError, migration.NewerDatabaseError):
        return {}  # told once, by the check of the database
    database = connect(url)
    try:
        return read_receipts(database)
    finally:
        database.dispose()

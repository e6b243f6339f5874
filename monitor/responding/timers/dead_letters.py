"""The team is told of messages and tickets that could not be delivered: people look at each.

Orders of measures are told with their measure. It is said once a quarter of an hour for each
responder, however many they are; and not of what says so, when that cannot be delivered either.
"""

from typing import Any, Final

from sqlalchemy import func, select

from alerts.outbox import State
from alerts.ports import Action
from detectors.core.event import MINUTE, SECOND
from monitor.responding.timer import Ringing, Timer
from monitor.services.calling import call
from monitor.store import tables

EVERY: Final = 15 * MINUTE
TEMPLATE: Final = "dead"
_ACTIONS: Final = (Action.NOTIFY, Action.TELL, Action.TRACK)


def ring(ringing: Ringing) -> int:
    """Tell of those that were given up lately; to how many responders that was said."""
    now, table = ringing.now, tables.outbox
    query = (
        select(table.c.responder, func.count(), func.max(table.c.reason))
        .where(
            table.c.state == State.DEAD,
            table.c.updated > now - EVERY,
            table.c.action.in_(_ACTIONS),
            table.c.key.not_like(f"%:call.{TEMPLATE}.%"),
        )
        .group_by(table.c.responder)
        .order_by(table.c.responder)
    )
    rows = ringing.connection.execute(query).all()
    return sum(_tell(ringing, responder, count, reason) for responder, count, reason in rows)


def _tell(ringing: Ringing, responder: str, count: int, reason: Any) -> int:
    settings = ringing.around.settings
    values = {"responder": responder, "count": str(count), "time": str(ringing.now)}
    if reason and not reason.startswith("@"):
        values["why"] = reason
    if settings.web.public_url is not None:
        values["link"] = f"{settings.web.public_url}/outbox?state=dead"
    return call(
        ringing.connection,
        settings.roster,
        TEMPLATE,
        f"{TEMPLATE}.{responder}.{ringing.now // EVERY}",
        tenant="",
        now=ringing.now,
        values=values,
    )


TIMERS = (Timer("dead_letters", ring, 10 * SECOND),)

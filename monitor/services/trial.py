"""A responder is tried by a person: one message to whoever should get them, nothing else."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Engine

from alerts.ports import Action, Order, Receipt, RefusedError, Target
from alerts.responders import kind
from alerts.responders.keeping import Keeping
from alerts.responders.surroundings import Surroundings
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed

TRIED: Final = "responders:tried"
"""What the audit calls it."""
TEMPLATE: Final = "trial"
RECENTLY: Final = 60
"""Minutes of changes that a tracker is asked for."""


class Trials:
    """Of the responders of the settings, by their tables; `around` is what they find around them,
    `language` that of a message to a user."""

    def __init__(
        self,
        database: Engine,
        responders: Mapping[str, Mapping[str, Any]],
        around: Surroundings,
        language: str = "en",
    ) -> None:
        self._database = database
        self._responders = dict(responders)
        self._roster = kind.roster(responders)
        self._around = around
        self._language = language

    @allowed(Operation.OUTBOX_DRIVE)
    def write(self, actor: Actor, name: str, to: str | None = None, text: str = "") -> Receipt:
        """Write a trial message by a responder, to the team or to one mail address; a tracker is
        asked what changed instead, which changes nothing there. Written down whatever comes of it.
        Raises kind.UnknownKindError, ValueError, RetryError, RefusedError."""
        if name not in self._responders:
            raise kind.UnknownKindError(f"the settings have no responder {name!r}")
        is_tracker = isinstance(kind.read_terms(self._responders[name]), Keeping)
        order = None if is_tracker else self._order(name, to, text)
        responder = kind.opened(name, self._responders, self._around)
        try:
            with self._database.begin() as connection:
                content = {"to_user": to is not None}
                record(connection, actor, TRIED, f"responder:{name}", content=content)
            if order is None:
                found = responder.changed(RECENTLY)  # type: ignore[attr-defined]
                return Receipt(detail=f"answers; {len(found)} changed within the hour")
            return responder.deliver(order)
        finally:
            responder.close()

    def _order(self, name: str, to: str | None, text: str) -> Order:
        now = self._around.now()
        action = Action.TELL if to is None else Action.NOTIFY
        entry = next((e for e in self._roster.entries if e.name == name), None)
        if entry is None or action not in entry.actions:
            raise RefusedError(f"it is not asked to {action}: see its kind and its actions")
        tenant = min(entry.tenants, default="")
        target = Target(tenant=tenant, account="trial", email=to, language=self._language)
        return Order(
            key=f"trial.{now}",
            action=action,
            issued=now,
            tenant=tenant,
            target=None if to is None else target,
            template=TEMPLATE,
            values={"text": text} if text else {},
        )

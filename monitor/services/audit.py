"""The audit: what anybody did or looked at, written down in the transaction that does it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from monitor import clock
from monitor.services.actor import Actor
from monitor.services.authority import Operation
from monitor.store import audit


def record(
    connection: Connection,
    actor: Actor,
    operation: Operation | str,
    subject: str,
    *,
    tenant: str | None = None,
    reason: str = "",
    content: Mapping[str, Any] | None = None,
) -> None:
    """Write down that `actor` did `operation` to `subject`: it is there when the open transaction
    commits, and not otherwise.

    `subject` is a reference that names nobody and stays: `account:<key>`, `reviewer:<id>`,
    `key:<name>`, `database`. What may name people, `reason` and `content` (JSON, up to 64 KiB), can
    be erased later, and so can the actor's name; their reference stays. Raises ValueError and
    TypeError for content that cannot be kept.
    """
    erasable: dict[str, Any] = {"name": actor.name, "reason": reason, **(content or {})}
    audit.append(
        connection,
        time=clock.now_ms(),
        actor=actor.reference,
        operation=operation if isinstance(operation, str) else operation.scope,
        subject=subject,
        tenant=tenant,
        content={name: value for name, value in erasable.items() if value not in (None, "")},
    )

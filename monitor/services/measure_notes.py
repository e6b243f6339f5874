"""What is written down of what people do about measures: who, by name and reference, and why."""

from msgspec import structs
from sqlalchemy import Connection

from alerts.measure import Measure
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation
from monitor.services.leaving import reference_of


def signed(actor: Actor, before: Measure | None, after: Measure) -> Measure:
    """With the name of who did it beside what stands for them."""
    pairs = {
        "requested_name": "requested_by",
        "decided_name": "decided_by",
        "undone_name": "undone_by",
    }
    changed = {
        name: actor.name
        for name, by in pairs.items()
        if getattr(after, by) and (before is None or getattr(before, by) != getattr(after, by))
    }
    return structs.replace(after, **changed)


def why_of(name: str, measure: Measure) -> str:
    """The reason of what was done, by its name."""
    match name:
        case "adopt":
            return measure.reason
        case "undo":
            return measure.undo_reason
    return measure.decision


def note(
    connection: Connection,
    actor: Actor,
    operation: Operation,
    measure: Measure,
    reason: str,
    **content: object,
) -> None:
    """Write down, in the open transaction, what somebody did about a measure, and why."""
    record(
        connection,
        actor,
        operation,
        reference_of(measure.subject),
        tenant=measure.tenant,
        reason=reason,
        content={
            "measure": measure.id,
            "step": measure.step.word,
            "aup": measure.aup,
            "until": measure.until,
            **content,
        },
    )

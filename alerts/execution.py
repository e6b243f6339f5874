"""A measure while it is carried out: what its orders came to, what was read back, and its undoing.

Each function takes a measure and gives the next one. What was ordered and not done, or is read back
otherwise than meant, is unfinished until people looked; it is never called done.
"""

from collections.abc import Sequence

from msgspec import structs

from alerts.measure import (
    ALONE,
    STUCK,
    UNDOABLE,
    Fate,
    Measure,
    State,
    Why,
    must,
    reason_of,
)


def is_served(measure: Measure, now: int) -> bool:
    """Whether a suspension has lasted its time, and nobody is taking it back yet."""
    return measure.until is not None and now >= measure.until and measure.state in UNDOABLE


def settle(measure: Measure, fates: Sequence[Fate], now: int) -> Measure:
    """The measure by what became of its orders so far: of those that do it, or, once it is being
    undone, of those that take it back. In another state it stays as it is, and so it does until
    there are orders."""
    if measure.ordered is None:
        return measure
    if measure.state in (State.EXECUTING, State.UNFINISHED):
        return _carried(measure, fates, now)
    if measure.state in (State.UNDOING, State.UNDO_UNFINISHED):
        return _taken_back(measure, fates, now)
    return measure


def undo(measure: Measure, now: int, *, by: str, reason: str) -> Measure:
    """The measure while it is taken back; of one that leaves nothing in force, what is not done is
    called off. Raises MeasureError."""
    must(measure, UNDOABLE, "undone", "annulée")
    return structs.replace(
        measure,
        state=State.UNDOING,
        undone_by=by,
        undo_asked=now,
        undo_reason=reason_of(reason),
        ordered=None,
        carried=None,
        confirmed=None,
        unfinished=None,
        called=None,
    )


def again(measure: Measure) -> Measure:
    """A stuck measure that is ordered anew, in the direction in which it was going. Raises
    MeasureError."""
    must(measure, STUCK, "ordered again", "ordonnée de nouveau")
    state = State.EXECUTING if measure.state is State.UNFINISHED else State.UNDOING
    return structs.replace(
        measure,
        state=state,
        unfinished=None,
        carried=None,
        ordered=None,
        called=None,
        round=measure.round + 1,
    )


def _carried(measure: Measure, fates: Sequence[Fate], now: int) -> Measure:
    if not fates:
        return structs.replace(measure, state=State.UNFINISHED, unfinished=Why.NOBODY)
    if (why := _fault(fates)) is not None:
        # Once one has failed people are told, whatever the others still do.
        return structs.replace(measure, state=State.UNFINISHED, unfinished=why)
    if Fate.OPEN in fates:
        return structs.replace(measure, state=State.EXECUTING, unfinished=None)
    done = _done(measure, fates, now)
    if measure.step in ALONE:
        return structs.replace(done, state=State.DONE, ended=now)
    return structs.replace(done, state=State.IN_FORCE)


def _taken_back(measure: Measure, fates: Sequence[Fate], now: int) -> Measure:
    if (why := _fault(fates)) is not None:
        return structs.replace(measure, state=State.UNDO_UNFINISHED, unfinished=why)
    if Fate.OPEN in fates:
        return structs.replace(measure, state=State.UNDOING, unfinished=None)
    return structs.replace(_done(measure, fates, now), state=State.UNDONE, ended=now)


def _fault(fates: Sequence[Fate]) -> Why | None:
    if Fate.OTHERWISE in fates:
        return Why.CONTRADICTED
    return Why.ORDERS if Fate.FAILED in fates else None


def _done(measure: Measure, fates: Sequence[Fate], now: int) -> Measure:
    """Confirmed is what was read back wherever it can be."""
    is_read = Fate.CONFIRMED in fates and Fate.DONE not in fates
    return structs.replace(
        measure, carried=now, confirmed=now if is_read else None, unfinished=None
    )

"""A measure while it is carried out: what its orders came to, what was read back, and its undoing.

Each function takes a measure and gives the next one. What was ordered and not done, or is read back
otherwise than meant, is unfinished until people looked; it is never called done.
"""

from collections.abc import Sequence

from msgspec import structs

from alerts.ladder import rung
from alerts.measure import (
    ALONE,
    LOCKS,
    STUCK,
    UNDOABLE,
    Fate,
    Measure,
    MeasureError,
    Reading,
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
    undone, of those that take it back. In another state it stays as it is."""
    if measure.unfinished is Why.CONTRADICTED:
        # Only who orders it anew has it read back again.
        return measure
    if measure.state in (State.EXECUTING, State.UNFINISHED):
        return _carried(measure, fates, now)
    if measure.state in (State.UNDOING, State.UNDO_UNFINISHED):
        return _taken_back(measure, fates, now)
    return measure


def confirm(measure: Measure, reading: Reading, now: int, *, is_last: bool = True) -> Measure:
    """The measure by its account's state as it was read back. Where that is otherwise than meant it
    is unfinished, once it was read for the last time (`is_last`). Where nobody can tell, what
    responders say stands, and it is never called confirmed."""
    if measure.state not in (State.CONFIRMING, State.UNDO_CONFIRMING):
        return measure
    is_undo = measure.state is State.UNDO_CONFIRMING
    if reading is Reading.OTHERWISE:
        if not is_last:
            return measure
        state = State.UNDO_UNFINISHED if is_undo else State.UNFINISHED
        return structs.replace(measure, state=state, unfinished=Why.CONTRADICTED)
    if reading is Reading.UNKNOWN and not is_last:
        return measure
    told = now if reading is Reading.AS_MEANT else None
    if is_undo:
        return structs.replace(
            measure, state=State.UNDONE, confirmed=told, unfinished=None, ended=now
        )
    return structs.replace(measure, state=State.IN_FORCE, confirmed=told, unfinished=None)


def undo(measure: Measure, now: int, *, by: str, reason: str) -> Measure:
    """The measure while it is taken back. Raises MeasureError."""
    must(measure, UNDOABLE, "undone", "annulée")
    if measure.step in ALONE and measure.state is not State.EXECUTING:
        text = rung(measure.step).undo
        raise MeasureError(text.en, text.fr)
    return structs.replace(
        measure,
        state=State.UNDOING,
        undone_by=by,
        undo_asked=now,
        undo_reason=reason_of(reason),
        carried=None,
        confirmed=None,
        unfinished=None,
    )


def again(measure: Measure) -> Measure:
    """A stuck measure that is ordered anew, in the direction in which it was going. Raises
    MeasureError."""
    must(measure, STUCK, "ordered again", "ordonnée de nouveau")
    state = State.EXECUTING if measure.state is State.UNFINISHED else State.UNDOING
    return structs.replace(
        measure, state=state, unfinished=None, carried=None, round=measure.round + 1
    )


def _carried(measure: Measure, fates: Sequence[Fate], now: int) -> Measure:
    if not fates:
        return structs.replace(measure, state=State.UNFINISHED, unfinished=Why.NOBODY)
    if Fate.FAILED in fates:
        # Once one has failed people are told, whatever the others still do.
        return structs.replace(measure, state=State.UNFINISHED, unfinished=Why.ORDERS)
    if Fate.OPEN in fates:
        return structs.replace(measure, state=State.EXECUTING, unfinished=None)
    done = structs.replace(measure, carried=now, unfinished=None)
    if measure.step in LOCKS:
        return structs.replace(done, state=State.CONFIRMING)
    if measure.step in ALONE:
        return structs.replace(done, state=State.DONE, ended=now)
    return structs.replace(done, state=State.IN_FORCE)


def _taken_back(measure: Measure, fates: Sequence[Fate], now: int) -> Measure:
    if Fate.FAILED in fates:
        return structs.replace(measure, state=State.UNDO_UNFINISHED, unfinished=Why.ORDERS)
    if Fate.OPEN in fates:
        return structs.replace(measure, state=State.UNDOING, unfinished=None)
    done = structs.replace(measure, carried=now, unfinished=None)
    if measure.step in LOCKS and fates:
        return structs.replace(done, state=State.UNDO_CONFIRMING)
    return structs.replace(done, state=State.UNDONE, ended=now)

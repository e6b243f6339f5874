"""What became of an incident, its ticket and the measures about its account, as one list."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from alerts.ladder import rung
from alerts.measure import STATES, Measure
from alerts.wording import said
from monitor.services.cases import Case
from monitor.services.ladders import LadderView
from monitor.services.ticket_views import ChangeView, StateView, TicketView
from monitor.web import labels

MOST: Final = 60
"""Entries that are told, the last ones."""
Say = Callable[[str], str]


def _(message: str) -> str:
    return message


_OPENED: Final = _("First sign of it")
_REACHED: Final = _("Severity reached: %(severity)s")
_LATEST: Final = _("Latest evidence")
_ASKED: Final = _("asked for")
_DECIDED: Final = _("decided")
_CARRIED: Final = _("carried out")
_TAKEN_BACK: Final = _("taken back")
_ENDED: Final = _("over")
_CONTESTED: Final = _("contested")
_PROPOSED: Final = _("the policy asks for it")
_GIVEN: Final = _("given to %(name)s")
_TO_NOBODY: Final = _("given to nobody")


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that happened (ms): what, its details, by whom, and where more of it is."""

    time: int
    what: str
    detail: str = ""
    by: str = ""
    address: str = ""
    sort: str = "incident"


def history_of(
    case: Case,
    ticket: TicketView | None,
    ladder: LadderView | None,
    language: str,
    say: Say,
    severity: str,
) -> list[Entry]:
    """All of it, the last first, in the reader's words; `severity` is what it reached."""
    entries = [*_incident(case, say, severity)]
    if ticket is not None:
        entries += [_changed(change, say) for change in ticket.changes]
    for measure in ladder.measures if ladder is not None else ():
        entries += _measured(measure, language, say)
    return sorted(entries, key=lambda one: -one.time)[:MOST]


def _incident(case: Case, say: Say, severity: str) -> Iterator[Entry]:
    row = case.view.row
    yield Entry(time=row.opened, what=say(_OPENED))
    yield Entry(time=case.view.reached, what=say(_REACHED) % {"severity": severity})
    if row.updated != row.opened:
        yield Entry(time=row.updated, what=say(_LATEST))


def _changed(change: ChangeView, say: Say) -> Entry:
    before, after = change.before, change.after
    told = []
    if _state(before, say) != _state(after, say):
        told.append(f"{_state(before, say)} → {_state(after, say)}")
    if before.assignee != after.assignee:
        name = after.assignee_name
        told.append(say(_GIVEN) % {"name": name} if after.assignee else say(_TO_NOBODY))
    if before.tags != after.tags:
        told.append(" ".join(after.tags) or "–")
    return Entry(
        time=change.time,
        what=say(labels.DEEDS[change.deed]),
        detail=" · ".join(told),
        by=change.by,
        sort="ticket",
    )


def _state(state: StateView, say: Say) -> str:
    found = say(labels.TICKET_STATUSES[state.status])
    if state.disposition is None:
        return found
    return f"{found} – {say(labels.DISPOSITIONS[state.disposition])}"


def _measured(measure: Measure, language: str, say: Say) -> Iterator[Entry]:
    title = said(rung(measure.step).title, language)
    state = said(STATES[measure.state], language)
    asked = _ASKED if measure.requested_by else _PROPOSED
    moments = (
        (measure.requested or measure.created, asked, measure.requested_name, measure.reason),
        (measure.decided, _DECIDED, measure.decided_name, measure.decision),
        (measure.carried, _CARRIED, "", ""),
        (measure.appealed, _CONTESTED, "", ""),
        (measure.undo_asked, _TAKEN_BACK, measure.undone_name, measure.undo_reason),
        (measure.ended, _ENDED, "", state),
    )
    for time, word, by, detail in moments:
        if time is not None:
            yield Entry(
                time=time,
                what=f"{title} – {say(word)}",
                detail=detail,
                by=by,
                address=f"/measures/{measure.id}",
                sort="measure",
            )

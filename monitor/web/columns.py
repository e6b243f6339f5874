"""Which columns of the queue somebody wants to see, kept in their browser."""

from collections.abc import Mapping
from typing import Final

from fastapi import Request

from monitor.web.rendering import preferred_name

COOKIE: Final = "vigie_columns"


def _(message: str) -> str:
    return message


COLUMNS: Final = {
    "severity": _("Severity"),
    "conclusion": _("Conclusion"),
    "whom": _("Whom"),
    "tenant": _("Tenant"),
    "reason": _("Why"),
    "age": _("Age"),
    "state": _("State"),
    "assignee": _("In whose hands"),
    "due": _("Due"),
    "findings": _("Findings"),
    "confidence": _("Confidence"),
}
"""In the order of the list."""
ALWAYS: Final = "conclusion"
"""By it an incident is opened."""
USUAL: Final = frozenset(COLUMNS) - {"due", "findings", "confidence"}
_BETWEEN: Final = "."


def columns_of(request: Request) -> list[str]:
    """The columns that somebody sees, in order."""
    kept = request.cookies.get(preferred_name(COOKIE)) or request.cookies.get(COOKIE)
    wanted = USUAL if kept is None else {*kept.split(_BETWEEN), ALWAYS}
    return [name for name in COLUMNS if name in wanted]


def columns_in(form: Mapping[str, str]) -> str:
    """What a form chooses, as it is kept; nothing for the usual ones."""
    return _BETWEEN.join(name for name in COLUMNS if f"column:{name}" in form)

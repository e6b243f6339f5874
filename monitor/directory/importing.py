"""What a list of accounts does to the directory: read, shown, taken over, undone."""

from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from detectors.core.detector import Text
from monitor.directory.account import Account

PREVIEW_HOURS: Final = 24
"""How long a preview waits for a decision."""
UNDO_DAYS: Final = 30
"""How long what was before an import is kept, and it can be undone."""


class ImportState(StrEnum):
    """Where an import stands."""

    READING = "reading"
    PREVIEWED = "previewed"
    APPLIED = "applied"
    UNDONE = "undone"
    DISCARDED = "discarded"


class Outcome(StrEnum):
    """What a line of a list comes to."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    MISSING = "missing"


class Missing(StrEnum):
    """What becomes of accounts that a list does not name."""

    KEEP = "keep"
    OFFBOARD = "offboard"


class Change(Struct, frozen=True, array_like=True):
    """A field, what it is and what the list says, in words that can be shown."""

    field: str
    before: str
    after: str


class Row(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one line comes to. `line` is where it begins in the list, 0 for an account that is not
    in it; `before` and `after` are the account, None where it is not there or stays as it is.
    `held` are fields that stay as a stronger origin said them."""

    line: int = 0
    uid: str = ""
    before: Account | None = None
    after: Account | None = None
    changes: tuple[Change, ...] = ()
    held: tuple[Change, ...] = ()
    why: Text | None = None


class Import(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An import as a whole: who gave which list, how it was read, and what it comes to.

    `columns` are fields by heading, `ignored` headings that mean nothing here. `repeated` lines say
    again what one before said. `spared` accounts are not in the list and stay, being nobody's in
    person or of a state that somebody stronger said. `refusal`: it cannot be taken over, and why.
    `skipped`: accounts that were not undone, as they were changed since. `tenants` were made by it.
    """

    file: str
    actor: str
    encoding: str = ""
    delimiter: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    remarks: tuple[Text, ...] = ()
    missing: Missing = Missing.KEEP
    lines: int = 0
    repeated: int = 0
    spared: int = 0
    counts: dict[Outcome, int] = field(default_factory=dict)
    refusal: Text | None = None
    skipped: int = 0
    tenants: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many lines, or accounts, came to this."""
        return self.counts.get(outcome, 0)

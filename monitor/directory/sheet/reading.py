"""A list of accounts, read one line at a time into what it says of each account."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import IO, Any, Final

import msgspec
from msgspec import Struct, field

from detectors.core.context import AccountKind
from detectors.core.detector import Text
from detectors.core.event import DAY
from monitor.directory.account import Account, AccountChanges, Sharing, midnight
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.columns import (
    EXTERNAL,
    Columns,
    columns_of,
    is_separator_line,
)
from monitor.directory.sheet.decoding import Decoded, decode
from monitor.directory.sheet.records import LONGEST_LINE, Record, records
from monitor.directory.sheet.values import (
    ANSWERS,
    FACTORS,
    KINDS,
    STATES,
    day_of,
    list_of,
    names_of,
    word_of,
)
from monitor.directory.validity import read_changes
from monitor.export.csv import unguarded

MOST_ROWS: Final = 250_000
"""Lines of a list."""
HEADINGS: Final = (
    "uid",
    "tenant",
    "display_name",
    "email",
    "kind",
    "state",
    "roles",
    "privileged",
    "aliases",
    "mfa",
    "mfa_methods",
    "started",
    "ended",
    "locale",
    "sharing_owner",
    "sharing_reason",
    "sharing_until",
    "tags",
)
"""Of a list that Vigie writes; `external.PROVIDER` follow."""
_LISTS: Final = ("roles", "aliases", "mfa_methods", "tags")
_TEXTS: Final = ("display_name", "email", "locale")
_SHARING: Final = ("sharing_owner", "sharing_reason", "sharing_until")
_WORDS: Final[dict[str, Mapping[str, Any]]] = {
    "kind": KINDS,
    "state": STATES,
    "mfa": FACTORS,
    "privileged": ANSWERS,
}
_EMPTY: Final[dict[str, Any]] = {
    **dict.fromkeys(_LISTS, ()),
    **dict.fromkeys(_TEXTS, ""),
    "started": None,
    "ended": None,
}


class Reading(Struct, frozen=True, kw_only=True):
    """How a list is to be read.

    `tenant` is of all lines where it is given; `mapping` field by heading. `month_first`: days as
    in the United States. `clears`: an empty cell takes away what was there, where that can be; else
    it says nothing. `at` is when it is read (ms), from which on sharing is authorised.
    """

    tenant: str | None = None
    mapping: dict[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    month_first: bool = False
    clears: bool = False
    at: int = 0


class Line(Struct, frozen=True, kw_only=True):
    """What one line says: of which account, and what; or `why` not. `uid` and `tenant` are there
    as far as they could be read."""

    number: int
    tenant: str = ""
    uid: str = ""
    changes: AccountChanges = AccountChanges()
    why: Text | None = None


class Sheet:
    """A list that is open: how it was saved, what its columns say, and its lines, once."""

    def __init__(self, given: IO[bytes], reading: Reading) -> None:
        """`given` can be read twice. Raises DirectoryError for what is no list of accounts."""
        self._reading = reading
        self.decoded: Decoded = decode(given)
        text = self.decoded.text
        first = _first_line(text)
        announced = is_separator_line(first)
        self._before = 1
        if announced is not None:
            first = _first_line(text)
            self._before = 2
        self.columns: Columns = columns_of(first, reading.mapping, announced or reading.delimiter)

    def lines(self) -> Iterator[Line]:
        """What each line says, in order. Raises DirectoryError behind too many."""
        read = records(self.decoded.text, self.columns.delimiter)
        for count, record in enumerate(read, 1):
            if count > MOST_ROWS:
                why = Text(
                    f"more than {MOST_ROWS:,} lines: import the list in parts",
                    f"plus de {MOST_ROWS} lignes\u00a0: importez la liste en plusieurs fois",
                )
                raise DirectoryError("", why)
            yield self._line(record)

    def _line(self, record: Record) -> Line:
        number = record.line + self._before
        if record.why is not None:
            return Line(number=number, why=record.why)
        if len(record.cells) > len(self.columns.fields) and any(
            cell.strip() for cell in record.cells[len(self.columns.fields) :]
        ):
            why = Text("more cells than columns", "plus de cellules que de colonnes")
            return Line(number=number, why=why)
        told = _cells(self.columns.fields, record.cells)
        tenant = self._reading.tenant or told.pop("tenant", "")
        uid = told.pop("uid", "")
        try:
            changes = changes_of(told, self._reading)
            if told.get("tenant") and told["tenant"] != tenant:
                raise _elsewhere(told["tenant"])
            _check_name("uid", uid)
            _check_name("tenant", tenant)
        except DirectoryError as error:
            why = _with_field(error)
            return Line(number=number, tenant=tenant, uid=uid, why=why)
        return Line(number=number, tenant=tenant, uid=uid, changes=changes)


def changes_of(cells: Mapping[str, str], reading: Reading) -> AccountChanges:
    """What the cells of a line, by field, say of its account. Raises DirectoryError."""
    told: dict[str, Any] = {}
    for name, cell in cells.items():
        if not cell:
            if reading.clears and (name in _EMPTY or name.startswith(EXTERNAL)):
                _put(told, name, _EMPTY.get(name))
        elif name in _WORDS:
            told[name] = word_of(name, cell, _WORDS[name])
        elif name in ("started", "ended"):
            told[name] = day_of(name, cell, month_first=reading.month_first)
        elif name in _LISTS:
            told[name] = names_of(cell)
        elif name in _TEXTS or name.startswith(EXTERNAL):
            _put(told, name, cell)
    _add_names(told, cells)
    _add_sharing(told, cells, reading)
    return read_changes(AccountChanges, msgspec.to_builtins(told, builtin_types=(bytes,)))


def cells_of(account: Account, providers: Iterable[str]) -> list[str]:
    """The cells of an account under `HEADINGS` and the ids at these providers."""
    sharing = account.sharing
    told = {
        "uid": account.uid,
        "tenant": account.tenant,
        "display_name": account.display_name,
        "email": account.email,
        "kind": account.kind.value,
        "state": account.state.value,
        "roles": list_of(account.roles),
        "privileged": "yes" if account.privileged else "no",
        "aliases": list_of(account.aliases),
        "mfa": account.mfa.value,
        "mfa_methods": list_of(account.mfa_methods),
        "started": "" if account.started is None else account.started.isoformat(),
        "ended": "" if account.ended is None else account.ended.isoformat(),
        "locale": account.locale,
        "sharing_owner": "" if sharing is None else sharing.owner,
        "sharing_reason": "" if sharing is None else sharing.reason,
        "sharing_until": "" if sharing is None else _written(sharing.until),
        "tags": list_of(account.tags),
    }
    return [*told.values(), *(account.external.get(provider, "") for provider in providers)]


def _first_line(text: Any) -> str:
    line = text.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        why = Text(
            "the first line has no end: this is no list",
            "la première ligne n'a pas de fin\u00a0: ce n'est pas une liste",
        )
        raise DirectoryError("", why)
    return str(line)


def _cells(fields: Iterable[str | None], cells: Iterable[str]) -> dict[str, str]:
    pairs = zip(fields, cells, strict=False)
    return {field: unguarded(cell.strip()).strip() for field, cell in pairs if field is not None}


def _put(told: dict[str, Any], name: str, value: Any) -> None:
    if name.startswith(EXTERNAL):
        told.setdefault("external", {})[name.removeprefix(EXTERNAL)] = value
    else:
        told[name] = value


def _add_names(told: dict[str, Any], cells: Mapping[str, str]) -> None:
    parts = [cells.get("first_name", ""), cells.get("last_name", "")]
    whole = " ".join(part for part in parts if part)
    if whole and not told.get("display_name"):
        told["display_name"] = whole
    login = cells.get("login")
    if login:
        told["aliases"] = (login, *told.get("aliases", ()))


def _add_sharing(told: dict[str, Any], cells: Mapping[str, str], reading: Reading) -> None:
    if told.get("kind") is not AccountKind.SHARED:
        return
    owner, reason, until = (cells.get(name, "") for name in _SHARING)
    if not owner or not reason or not until:
        why = Text(
            "a shared account needs sharing_owner, sharing_reason and sharing_until",
            "un compte partagé demande responsable, motif et fin du partage",
        )
        raise DirectoryError("sharing", why)
    told["sharing"] = Sharing(
        owner=owner, reason=reason, since=reading.at, until=_end_of(until, reading)
    )


def _end_of(cell: str, reading: Reading) -> int:
    """When sharing ends, in ms: as such, or the end of a day."""
    if cell.isascii() and cell.isdigit() and len(cell) == 13:
        return int(cell)
    return midnight(day_of("sharing_until", cell, month_first=reading.month_first)) + DAY


def _written(until: int) -> str:
    if until % DAY == 0:
        return (date(1970, 1, 1) + timedelta(days=until // DAY - 1)).isoformat()
    return str(until)


def _check_name(name: str, value: str) -> None:
    if not value:
        raise DirectoryError(name, Text("the cell is empty", "la cellule est vide"))
    if len(value) > 1_024 or "\0" in value:
        why = Text("too long, or not a text", "trop long, ou pas du texte")
        raise DirectoryError(name, why)


def _elsewhere(tenant: str) -> DirectoryError:
    return DirectoryError(
        "tenant",
        Text(f"{tenant[:80]} is another tenant", f"{tenant[:80]} est un autre client"),
    )


def _with_field(error: DirectoryError) -> Text:
    if not error.field:
        return error.why
    return Text(f"{error.field}: {error.why.en}", f"{error.field}\u00a0: {error.why.fr}")

"""What the lines of a list would change, judged against the directory as it is: pure, a part of
the list at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Final

import msgspec
from msgspec import UNSET, Struct, structs

from detectors.core.context import AccountKind
from detectors.core.detector import Text
from detectors.core.identity import digest64
from monitor.directory.account import (
    Account,
    AccountChanges,
    Sharing,
    State,
    account_id,
    fold,
    is_excepted,
)
from monitor.directory.importing import Change, Outcome, Row
from monitor.directory.merging import Difference, Merged, merge
from monitor.directory.origin import Origin, Provenance, may_replace
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.reading import Line
from monitor.directory.validity import settled

MOST_NAMES: Final = 1_000_000
"""Names and ids of one list that are held against each other."""
FEW_MISSING: Final = 5
SHARE_MISSING: Final = 0.1
"""So many, or this share of a tenant's people, may be missing in a list before somebody has to say
how many: more looks like half a list."""
_LONGEST: Final = 200
_encode = msgspec.msgpack.Encoder().encode


class There(Struct, frozen=True):
    """An account that the directory has, and its version."""

    account: Account
    version: int


class Compared(Struct, frozen=True):
    """What a line comes to. `id` is None where no account could be told; `version` is the
    account's, 0 where it is not there; `repeats` a line that said exactly the same."""

    outcome: Outcome
    row: Row
    tenant: str | None = None
    id: bytes | None = None
    version: int = 0
    repeats: bool = False


class Surroundings(Struct, frozen=True):
    """What the directory has that a part of a list touches: accounts, and holders of names (folded)
    and of ids at providers, by tenant."""

    accounts: Mapping[bytes, There]
    names: Mapping[tuple[str, str], bytes]
    externals: Mapping[tuple[str, str, str], bytes]


class Comparison:
    """Compares one list with the directory; remembers which accounts it named, and which names it
    gave to whom."""

    def __init__(self, at: int, *, may_except: bool) -> None:
        """`at` in ms; `may_except`: whoever gives the list may say that an account is no single
        person's."""
        self._at = at
        self._may_except = may_except
        self._given: dict[int, int] = {}
        self._met: dict[bytes, tuple[int, int]] = {}

    def compare(self, lines: Sequence[Line], around: Surroundings) -> list[Compared]:
        """What each of the lines comes to, in order."""
        return [self._one(line, around) for line in lines]

    def _one(self, line: Line, around: Surroundings) -> Compared:
        identifier = account_id(line.tenant, line.uid) if line.tenant and line.uid else None
        there = None if identifier is None else around.accounts.get(identifier)
        base = Compared(
            Outcome.REFUSED,
            Row(line=line.number, uid=line.uid[:_LONGEST]),
            line.tenant or None,
            identifier,
            0 if there is None else there.version,
        )
        if line.why is not None or identifier is None:
            return _refused(base, line.why or Text("no account", "pas de compte"))
        content = digest64(_encode(line.changes))
        if identifier in self._met:
            number, before = self._met[identifier]
            if before == content:
                return structs.replace(base, repeats=True)
            return _refused(base, _twice(number))
        try:
            compared = self._merged(base, line, there, around)
        except DirectoryError as error:
            return _refused(base, _told(error))
        self._met[identifier] = (line.number, content)
        return compared

    def _merged(
        self, base: Compared, line: Line, there: There | None, around: Surroundings
    ) -> Compared:
        said = {"uid": Provenance(Origin.CSV, self._at)}
        new = Account(tenant=line.tenant, uid=line.uid, origins=said)
        account = new if there is None else there.account
        merged = merge(account, fitted(line.changes, account), Origin.CSV, self._at)
        made = settled(merged.account)
        if not self._may_except and is_excepted(account, made):
            raise DirectoryError("kind", _not_yours())
        self._claim(made, base.id or b"", around)
        return _outcome(base, there, made, merged)

    def _claim(self, account: Account, identifier: bytes, around: Surroundings) -> None:
        """Each name and each id is one account's, in the directory and within the list."""
        owner = digest64(identifier)
        claims = []
        for name in {fold(alias) for alias in account.aliases}:
            if around.names.get((account.tenant, name), identifier) != identifier:
                raise DirectoryError("aliases", _taken(name))
            claims.append((digest64("name", account.tenant, name), "aliases", name))
        for provider, value in account.external.items():
            if around.externals.get((account.tenant, provider, value), identifier) != identifier:
                raise DirectoryError(f"external.{provider}", _taken(value))
            key = digest64("external", account.tenant, provider, value)
            claims.append((key, f"external.{provider}", value))
        for key, field, name in claims:
            if self._given.get(key, owner) != owner:
                raise DirectoryError(field, _taken(name))
        if len(self._given) + len(claims) > MOST_NAMES:
            why = Text("too many names in one list", "trop de noms dans une seule liste")
            raise DirectoryError("aliases", why)
        self._given.update((key, owner) for key, _, _ in claims)


def fitted(changes: AccountChanges, account: Account) -> AccountChanges:
    """What a list says of an account, as it is meant: sharing that is the same goes on since it
    began, and whoever is on the list again is back."""
    sharing, old = changes.sharing, account.sharing
    if isinstance(sharing, Sharing) and old is not None and _is_same(sharing, old):
        changes = structs.replace(changes, sharing=old)
    said = account.origins.get("state")
    is_back = account.state is State.OFFBOARDED and said is not None and said.origin is Origin.CSV
    if is_back and changes.state is UNSET:
        changes = structs.replace(changes, state=State.ACTIVE)
    return changes


def missing(there: There, at: int) -> Compared | None:
    """An account that a list does not name, as it is offboarded; None for one that is spared: it
    is no person's, or somebody stronger said its state."""
    account = there.account
    said = account.origins.get("state")
    if account.kind is not AccountKind.PERSON:
        return None
    if not may_replace(Origin.CSV, None if said is None else said.origin):
        return None
    changes = AccountChanges(state=State.OFFBOARDED)
    merged = merge(account, changes, Origin.CSV, at)
    identifier = account_id(account.tenant, account.uid)
    row = Row(
        uid=account.uid[:_LONGEST],
        before=account,
        after=merged.account,
        changes=_shown(merged.changed),
    )
    return Compared(Outcome.MISSING, row, account.tenant, identifier, there.version)


def too_many_missing(count: int, people: int, allowed: int | None) -> Text | None:
    """Why so many accounts that a list does not name are not simply offboarded; None where they
    are few, or as many as somebody said."""
    if count <= max(FEW_MISSING, round(people * SHARE_MISSING), allowed or 0):
        return None
    return Text(
        f"the list lacks {count:,} of {people:,} people: if it is whole, allow for that many",
        f"la liste omet {count} des {people} personnes\u00a0: si elle est complète, "
        "autorisez-en autant",
    )


def shown(value: object) -> str:
    """A value of a field as it can be read, on one line and not too long."""
    if value is None or value == () or value is UNSET:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        text = ", ".join(shown(one) for one in value)
    elif isinstance(value, Sharing):
        text = f"{value.owner}: {value.reason}"
    else:
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _outcome(base: Compared, there: There | None, made: Account, merged: Merged) -> Compared:
    held = _shown(merged.held)
    if there is None:
        row = structs.replace(base.row, after=made)
        return structs.replace(base, outcome=Outcome.ADDED, row=row)
    if made == there.account:
        row = structs.replace(base.row, held=held)
        return structs.replace(base, outcome=Outcome.UNCHANGED, row=row)
    row = structs.replace(
        base.row, before=there.account, after=made, changes=_shown(merged.changed), held=held
    )
    outcome = Outcome.CHANGED if merged.changed else Outcome.UNCHANGED
    return structs.replace(base, outcome=outcome, row=row)


def _shown(differences: Iterable[Difference]) -> tuple[Change, ...]:
    return tuple(Change(one.field, shown(one.before), shown(one.after)) for one in differences)


def _is_same(one: Sharing, other: Sharing) -> bool:
    return (one.owner, one.reason, one.until) == (other.owner, other.reason, other.until)


def _refused(base: Compared, why: Text) -> Compared:
    return structs.replace(base, row=structs.replace(base.row, why=why))


def _told(error: DirectoryError) -> Text:
    if not error.field:
        return error.why
    return Text(f"{error.field}: {error.why.en}", f"{error.field}\u00a0: {error.why.fr}")


def _twice(line: int) -> Text:
    return Text(
        f"line {line} says something else of the same account",
        f"la ligne {line} dit autre chose du même compte",
    )


def _taken(name: str) -> Text:
    return Text(
        f"{name[:80]} is another account's already", f"{name[:80]} appartient à un autre compte"
    )


def _not_yours() -> Text:
    return Text(
        "only an approver may say that an account is no single person's",
        "seul un approbateur peut dire qu'un compte n'est pas celui d'une seule personne",
    )

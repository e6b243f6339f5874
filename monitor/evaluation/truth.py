"""What is true of a log: labels as `vigie simulate` writes them, or those in the RBA data set."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import Struct, field, structs

from alerts.conclusion import ATTACKS
from alerts.incident import Category
from monitor.formats.format import MalformedLine
from monitor.formats.rba import Row, read_row, read_time

Account: TypeAlias = tuple[str, str]
"""Tenant and uid."""

SHARING = Category.CREDENTIAL_SHARING.value
TAKEOVER = Category.ACCOUNT_TAKEOVER.value
HIJACKING = Category.SESSION_HIJACKING.value
FATIGUE = Category.MFA_FATIGUE.value
BENIGN = "benign"
EVERYBODY = "all"
"""The persona of accounts of which nothing more is known."""

USE = frozenset({SHARING, TAKEOVER, HIJACKING, FATIGUE})
"""Misdeeds after which somebody else uses the account."""
_OVERLOAD = Category.OVERLOAD.value
CALLED_OTHERWISE = {"login_flood": _OVERLOAD}
"""Misdeeds that labels call otherwise than the category under which they are to be found."""
ATTACK_NAMES = frozenset(category.value for category in ATTACKS)
HEADLINE_ATTACKS = frozenset(
    {
        Category.BRUTE_FORCE.value,
        Category.PASSWORD_SPRAYING.value,
        Category.CREDENTIAL_STUFFING.value,
    }
)
"""Attacks whose sources are asked for by name."""

T = TypeVar("T")


class LabelsError(ValueError):
    """Labels cannot be read; says which and why."""


class Misdeed(Struct, frozen=True):
    """One misdeed. Times in ms of its first and last act; `account` None when done to several.

    `success`: somebody else got in. `minor`: nothing to call a reviewer for, and no false alarm
    either. `allowed`: everybody knows of it; to be shown, not alerted. `held_back`: of a strategy
    that nothing was tuned on.
    """

    id: str
    tenant: str
    behaviour: str
    start: int
    end: int = 0
    account: str | None = None
    accounts: tuple[str, ...] = ()
    strategy: str = ""
    success: bool = True
    minor: bool = False
    sources: tuple[str, ...] = ()
    held_back: bool = False
    allowed: bool = False

    @property
    def category(self) -> str:
        """The conclusion under which it is to be found."""
        return CALLED_OTHERWISE.get(self.behaviour, self.behaviour)

    @property
    def is_wanted(self) -> bool:
        """Whether a reviewer should be called for it."""
        return not (self.minor or self.allowed)

    def is_about(self, account: Account) -> bool:
        """Whether it is done with or to this account."""
        tenant, uid = account
        return tenant == self.tenant and (uid == self.account or uid in self.accounts)


class Person(Struct, frozen=True):
    """One account and who uses it; `held_back`: of a persona that nothing was tuned on."""

    tenant: str
    account: str
    persona: str = EVERYBODY
    allowed_to_share: bool = False
    held_back: bool = False


class _EventLabel(Struct, frozen=True, gc=False):
    uid: str
    behaviour: str = BENIGN
    incident: str | None = None


class Truth(Struct):
    """All that is true of one log.

    `personas` counts accounts by persona; `persona_of` names that of an account where it is not
    `EVERYBODY`; `held_back` are those that nothing was tuned on. `marked` is the behaviour of each
    event, by native uid, that is part of a misdeed, `part_of` that misdeed's id. Labels name some
    of a misdeed's sources only: `note_source` takes the others from the events.
    """

    misdeeds: list[Misdeed] = field(default_factory=list)
    personas: Counter[str] = field(default_factory=Counter)
    persona_of: dict[Account, str] = field(default_factory=dict)
    marked: dict[str, str] = field(default_factory=dict)
    part_of: dict[str, str] = field(default_factory=dict)
    held_back: set[str] = field(default_factory=set)
    _noted: dict[str, set[str]] = field(default_factory=dict)
    _by_account: dict[Account, list[Misdeed]] = field(default_factory=dict)

    def about(self, account: Account) -> list[Misdeed]:
        """Every misdeed done with or to an account."""
        if not self._by_account and self.misdeeds:
            for misdeed in self.misdeeds:
                named = {*misdeed.accounts, *((misdeed.account,) if misdeed.account else ())}
                for uid in named:
                    self._by_account.setdefault((misdeed.tenant, uid), []).append(misdeed)
        return self._by_account.get(account, [])

    def is_honest(self, account: Account) -> bool:
        """Whether nobody but its user uses it, as far as a reviewer should care."""
        return not any(is_abuse(misdeed) for misdeed in self.about(account))

    def honest(self) -> Counter[str]:
        """How many honest accounts there are, by persona."""
        counts = Counter(self.personas)
        self.about(("", ""))
        for account, misdeeds in self._by_account.items():
            if any(map(is_abuse, misdeeds)):
                counts[self.persona_of.get(account, EVERYBODY)] -= 1
        return +counts

    def wanted(self, behaviours: frozenset[str]) -> list[Misdeed]:
        """The misdeeds of these sorts that a reviewer should be called for."""
        return [m for m in self.misdeeds if m.behaviour in behaviours and m.is_wanted]

    def note_source(self, uid: str, source: str) -> None:
        """An event, by native uid, came from this address: one of its misdeed's, if it has one."""
        identifier = self.part_of.get(uid)
        if identifier is not None:
            self._noted.setdefault(identifier, set()).add(source)

    def sources_of(self, misdeed: Misdeed) -> frozenset[str]:
        """Every address that a misdeed is known to have come from."""
        return frozenset(misdeed.sources) | self._noted.get(misdeed.id, set())

    def attacking_sources(self) -> frozenset[str]:
        """Every address that any misdeed but sharing came from, minor ones too."""
        attacks = [m for m in self.misdeeds if m.behaviour != SHARING]
        return frozenset().union(*map(self.sources_of, attacks))


def is_abuse(misdeed: Misdeed) -> bool:
    """Whether somebody who should not does use the account: what makes it no honest one.

    A target of guessing is honest until the guess is right; an authorised group is honest. A
    minor misdeed is one all the same: its account is neither honest nor looked for.
    """
    if misdeed.allowed:
        return False
    if misdeed.behaviour in USE - {FATIGUE}:
        return True
    return misdeed.success and misdeed.account is not None


def read_labels(folder: Path) -> Truth:
    """The truth beside a simulated log: `incidents.ndjson`, `accounts.ndjson`, `events.ndjson`.

    The last two may be missing; fields that nobody knows are passed over. Raises LabelsError.
    """
    if not folder.is_dir():
        raise LabelsError(f"{folder} is no folder of labels; `vigie simulate --labels` writes one")
    truth = Truth()
    allowed: set[Account] = set()
    accounts = folder / "accounts.ndjson"
    for person in read_each(accounts, Person) if accounts.exists() else ():
        truth.personas[person.persona] += 1
        truth.persona_of[person.tenant, person.account] = person.persona
        if person.held_back:
            truth.held_back.add(person.persona)
        if person.allowed_to_share:
            allowed.add((person.tenant, person.account))
    for misdeed in read_each(folder / "incidents.ndjson", Misdeed):
        may = misdeed.behaviour == SHARING and (misdeed.tenant, misdeed.account) in allowed
        truth.misdeeds.append(structs.replace(misdeed, allowed=True) if may else misdeed)
    events = folder / "events.ndjson"
    for label in read_each(events, _EventLabel) if events.exists() else ():
        if label.behaviour != BENIGN:
            truth.marked[label.uid] = label.behaviour
            if label.incident is not None:
                truth.part_of[label.uid] = label.incident
    if not truth.personas:
        _count_those_named(truth)
    return truth


def _count_those_named(truth: Truth) -> None:
    truth.about(("", ""))
    for account in truth._by_account:
        truth.persona_of[account] = EVERYBODY
        truth.personas[EVERYBODY] += 1


def read_each(path: Path, kind: type[T]) -> Iterator[T]:
    """What a file of labels says, one JSON object a line. Raises LabelsError."""
    decode = msgspec.json.Decoder(kind).decode
    try:
        with path.open("rb") as opened:
            for number, line in enumerate(opened, 1):
                if line.strip():
                    yield _decoded(decode, line, f"{path}, line {number}")
    except OSError as error:
        raise LabelsError(f"cannot read {path}: {error.strerror}") from error


def _decoded(decode: Callable[[bytes], T], line: bytes, where: str) -> T:
    try:
        return decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LabelsError(f"{where}: {error}") from None


class RbaLabels:
    """Reads the labels of RBA rows as they pass by: bounded by accounts and attacks, not rows."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._accounts: set[int] = set()
        self._addresses: set[str] = set()
        self._taken: dict[str, tuple[int, int]] = {}
        self.marked: dict[str, str] = {}

    def take(self, lines: Iterable[bytes]) -> None:
        """Look at these lines; one that cannot be read is passed over, as the format rejects it."""
        for line in lines:
            try:
                row = read_row(line)
                if row is not None:
                    self._take(row)
            except MalformedLine:
                continue

    def truth(self) -> Truth:
        """What all lines so far say: a takeover for each account that had one, from its first."""
        misdeeds = [
            Misdeed(f"takeover-{user}", self._tenant, TAKEOVER, start, end, user, (user,), "rba")
            for user, (start, end) in self._taken.items()
        ]
        if self._addresses:
            known = tuple(sorted(self._addresses))
            misdeeds.append(
                Misdeed("addresses", self._tenant, "attack_address", 0, minor=True, sources=known)
            )
        return Truth(misdeeds, Counter({EVERYBODY: len(self._accounts)}), marked=self.marked)

    def _take(self, row: Row) -> None:
        time, user = read_time(row), row.user.strip()
        # A hash is enough to count by, in a third of the memory of the text.
        self._accounts.add(hash(user))
        if row.is_attack_address:
            self._addresses.add(row.ip)
        if row.is_takeover:
            start, end = self._taken.get(user, (time, time))
            self._taken[user] = (min(start, time), max(end, time))
            self.marked[row.index] = TAKEOVER

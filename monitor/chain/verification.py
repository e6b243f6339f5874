"""Proves a chain whole or says where it is not, an entry at a time: a million need no more memory
than one."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from monitor.chain.entry import BEGINNING, SALT_BYTES, Content, Entry, Mark
from monitor.chain.sealing import Seal, Statement

ERASE: Final = "audit:erase"
"""The operation of an entry that says that content was erased: of the entries before it with its
subject, or of those whose numbers its subject names (`numbers_in`)."""
MOST_FAULTS: Final = 100
"""Faults that are told one by one; the rest are counted."""
MOST_MISSING: Final = 1_000_000
"""Entries whose erased content is still to be explained, at one time."""
_NUMBERS: Final = "audit:"
_LONGEST: Final = 900


class Wrong(StrEnum):
    """What can be wrong with a chain."""

    NUMBER = "number"
    """An entry's number does not follow: some are gone, were added, or stand in another order."""
    PREVIOUS = "previous"
    """An entry does not hold the digest of the one before it."""
    ALTERED = "altered"
    """An entry's fields do not come to its digest."""
    CONTENT = "content"
    """An entry's content, or its salt, is not what was written."""
    MISSING = "missing"
    """An entry's content is gone, and no later entry says that it was erased."""
    STRAY = "stray"
    """Content that belongs to no entry."""
    ANCHOR = "anchor"
    """The chain does not begin at its beginning, and nobody signed for what is missing."""
    HEAD = "head"
    """The chain does not end where it says that it ends."""
    CUT = "cut"
    """The chain ends before an entry that was there when it was signed."""
    FORKED = "forked"
    """At a place that was signed there is another entry now."""
    SIGNATURE = "signature"
    """A signature is nobody's."""
    SIGNER = "signer"
    """A signature is another key's."""


class Fault(Struct, frozen=True):
    """What is wrong, and at which number."""

    wrong: Wrong
    number: int


class Verdict(Struct, kw_only=True):
    """What came of looking at a chain: how many entries, from which number on and up to which mark,
    and of how many the content is erased; what is wrong, the first of all `count` faults; to how
    many signed places it was `held`, the `latest` of them, and how many signatures were of a
    `former` key; first and last numbers that were `lost` when a backup was restored."""

    entries: int = 0
    first: int = 0
    head: Mark = BEGINNING
    erased: int = 0
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    held: int = 0
    former: int = 0
    latest: Seal | None = None
    lost: list[tuple[int, int]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.count == 0


class Verifier:
    """Looks at one chain from its first entry to its last.

    `signer` is the public key that signatures must be of. `anchor` is what the chain says that it
    begins after, None for the beginning; `seals` are signed places that it is held to, in the order
    in which they were made. Without `contents` none is missed.
    """

    def __init__(
        self,
        signer: bytes,
        anchor: Seal | None = None,
        seals: Iterable[Seal] = (),
        *,
        contents: bool = True,
    ) -> None:
        self._signer = signer
        self._contents = contents
        self.verdict = Verdict()
        self._at = self._begin(anchor)
        self.verdict.head = self._at
        self._wanted = self._places(seals)
        self._missing: dict[int, str] = {}
        self._by_subject: dict[str, set[int]] = {}

    def look(self, entry: Entry, content: Content | None) -> None:
        """Look at the next entry, and its content if that is there."""
        verdict, before = self.verdict, self._at
        if verdict.entries == 0:
            verdict.first = entry.number
        verdict.entries += 1
        if entry.number != before.number + 1:
            self.fault(Wrong.NUMBER, entry.number)
        if entry.previous != before.digest:
            self.fault(Wrong.PREVIOUS, entry.number)
        if entry.reckoned() != entry.digest:
            self.fault(Wrong.ALTERED, entry.number)
        self._look_at_content(entry, content)
        wanted = self._wanted.pop(entry.number, None)
        if wanted is not None and wanted.digest != entry.digest:
            self.fault(Wrong.FORKED, entry.number)
        self._at = verdict.head = entry.mark

    def end(self, head: Mark | Seal) -> Verdict:
        """The last entry was looked at; `head` is where the chain is said or signed to end."""
        if isinstance(head, Seal):
            is_head = head.statement is Statement.HEAD and self._is_ours(head)
            if not is_head or head.mark != self._at:
                self.fault(Wrong.HEAD, head.number)
        elif head != self._at:
            self.fault(Wrong.HEAD, head.number)
        for number in sorted(self._missing):
            self.fault(Wrong.MISSING, number)
        for number in sorted(self._wanted):
            self.fault(Wrong.CUT if number > self._at.number else Wrong.FORKED, number)
        return self.verdict

    def fault(self, wrong: Wrong, number: int) -> None:
        """Something is wrong."""
        self.verdict.count += 1
        if len(self.verdict.faults) < MOST_FAULTS:
            self.verdict.faults.append(Fault(wrong, number))

    def _begin(self, anchor: Seal | None) -> Mark:
        if anchor is None:
            return BEGINNING
        if anchor.statement is not Statement.ANCHOR or not self._is_ours(anchor):
            self.fault(Wrong.ANCHOR, anchor.number)
        return anchor.mark

    def _is_ours(self, seal: Seal) -> bool:
        """Whether a signature is what it should be; a fault where it is not."""
        if not seal.is_genuine():
            self.fault(Wrong.SIGNATURE, seal.number)
        elif seal.signer != self._signer:
            self.fault(Wrong.SIGNER, seal.number)
        else:
            return True
        return False

    def _places(self, seals: Iterable[Seal]) -> dict[int, Seal]:
        """The signed places to come to, but for those that were lost when a backup was restored."""
        places: dict[int, Seal] = {}
        for seal in seals:
            if seal.signer != self._signer and seal.is_genuine():
                # Of a key before this one: nobody can tell any more that it was ours.
                self.verdict.former += 1
                continue
            if not self._is_ours(seal):
                continue
            if seal.statement is Statement.RESTORED:
                lost = [number for number in places if number > seal.number]
                if lost:
                    self.verdict.lost.append((seal.number + 1, max(lost)))
                for number in lost:
                    del places[number]
            self.verdict.held += 1
            self.verdict.latest = seal
            self._want(places, seal)
        return places

    def _want(self, places: dict[int, Seal], seal: Seal) -> None:
        start = self._at
        known = places.get(seal.number)
        is_other = known is not None and known.digest != seal.digest
        if seal.number > start.number and not is_other:
            places[seal.number] = seal
        elif is_other or (seal.number == start.number and seal.digest != start.digest):
            self.fault(Wrong.FORKED, seal.number)

    def _look_at_content(self, entry: Entry, content: Content | None) -> None:
        if entry.operation == ERASE:
            self._explain(entry.subject)
        if content is None:
            self.verdict.erased += 1
            self._miss(entry)
        elif len(content.salt) != SALT_BYTES or content.digest != entry.content:
            self.fault(Wrong.CONTENT, entry.number)

    def _miss(self, entry: Entry) -> None:
        if not self._contents:
            return
        if len(self._missing) >= MOST_MISSING:
            self.fault(Wrong.MISSING, entry.number)
            return
        self._missing[entry.number] = entry.subject
        self._by_subject.setdefault(entry.subject, set()).add(entry.number)

    def _explain(self, subject: str) -> None:
        gone = self._by_subject.get(subject, set()) | self._named(subject)
        for number in gone:
            mine = self._by_subject[known := self._missing.pop(number)]
            mine.discard(number)
            if not mine:
                del self._by_subject[known]

    def _named(self, subject: str) -> set[int]:
        found: set[int] = set()
        for first, last in numbers_in(subject):
            if last - first < len(self._missing):
                found.update(n for n in range(first, last + 1) if n in self._missing)
            else:
                found.update(n for n in self._missing if first <= n <= last)
        return found


def naming(numbers: Iterable[int]) -> Iterator[str]:
    """Subjects that name these numbers, as `audit:3,5-9`: as many as are long enough for them."""
    told = ""
    for first, last in _spans(numbers):
        one = f"{first}" if first == last else f"{first}-{last}"
        if told and len(told) + len(one) >= _LONGEST:
            yield _NUMBERS + told
            told = ""
        told = f"{told},{one}" if told else one
    if told:
        yield _NUMBERS + told


def numbers_in(subject: str) -> list[tuple[int, int]]:
    """The numbers that a subject names, as first and last ones; none where it names none."""
    if not subject.startswith(_NUMBERS):
        return []
    spans = []
    for one in subject.removeprefix(_NUMBERS).split(","):
        first, _, last = one.partition("-")
        if not all(t.isascii() and t.isdigit() and len(t) < 19 for t in (first, last or first)):
            return []
        spans.append((int(first), int(last or first)))
    return spans


def _spans(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs of numbers, each as its first and its last."""
    first = last = -1
    for number in sorted(set(numbers)):
        if first >= 0 and number == last + 1:
            last = number
            continue
        if first >= 0:
            yield first, last
        first = last = number
    if first >= 0:
        yield first, last

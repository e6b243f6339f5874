"""Regular expressions whose cost is known before a line is read: hostile lines cannot stall them.

Python's matcher goes back and tries again. How often it can is told from the pattern. Where the
next character decides at every choice, never. With an open part, one that may end at several
places, as often as the character comes that may end it. That is no matter where nothing long behind
it can take that character as well, for then the tries do not overlap; else it is the square of the
line's length, and lines have a limit. What could be worse is refused.
"""

import re
import warnings
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, NamedTuple

from msgspec import Struct

from monitor.formats.format import MAXIMUM_LINE

# The parser of `re` itself, so that what is judged is what is run. A kind of node that it does not
# have today is refused by `_Judge`.
_parser: Any = import_module("re._parser")
_compiler: Any = import_module("re._compiler")

LONGEST_PATTERN = 2_000
OPEN_LIMIT = 1_024
"""Characters that a pattern with such an open part is tried on: half a million steps at worst, of
some 10 to 50 ns."""
_FEW = 16
_MOST_CHOICES = 64
_MOST_SINGLE = 256
_BEYOND = "\u0130\u017f\u0663\u2003\u2028\u4e2d\ufffd\U0001f600"
"""A character of each class that `\\d`, `\\s` and `\\w` make beyond the first 256."""
_END: Final = 1
"""The bit that stands for the end of the text in a set of characters."""
_ADVICE: Final = (
    'say where a part ends, as [^"]* or \\S+ do, or keep it from going back, as in .*+ or (?>...)'
)
_SETS: Final = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
_REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_ENDS: Final = ("AT_END", "AT_END_STRING")
_REFUSED: Final = {
    "ASSERT": "a look ahead or behind",
    "ASSERT_NOT": "a look ahead or behind",
    "GROUPREF": "a reference to another group",
    "GROUPREF_EXISTS": "a condition on another group",
}


class PatternError(ValueError):
    """A pattern that is none, or that could cost more than a line is worth; says which and why."""


class Pattern(Struct, frozen=True):
    """A pattern ready to be used.

    `limit` is the longest text it is tried on, in characters; `is_for_one_line` says that its
    cost is known for texts without a line feed only.
    """

    expression: re.Pattern[str]
    limit: int
    is_for_one_line: bool

    def match(self, text: str) -> re.Match[str] | None:
        """As `re.match`, from the beginning; None also for a text that it is not tried on."""
        if len(text) > self.limit or (self.is_for_one_line and "\n" in text):
            return None
        return self.expression.match(text)


@lru_cache(maxsize=256)
def pattern_of(text: str) -> Pattern:
    """The pattern, judged. Raises PatternError."""
    if len(text) > LONGEST_PATTERN:
        raise PatternError(f"longer than {LONGEST_PATTERN:,} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            expression, tree = re.compile(text), _parser.parse(text)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise PatternError(f"is no regular expression: {error}") from None
    judge = _Judge(tree)
    if len(judge.open_parts) > 1:
        told = " and ".join(judge.open_parts[:2])
        raise PatternError(f"{told} may each end at several places; {_ADVICE}")
    limit = OPEN_LIMIT if judge.open_parts else MAXIMUM_LINE
    return Pattern(expression, limit, judge.is_for_one_line)


class _Behind(NamedTuple):
    """What comes after a part: the characters it can begin with; whether it cannot fail."""

    first: int
    is_sure: bool = False


class _Front(NamedTuple):
    """What a part can begin with, and whether it can be empty."""

    first: int
    is_nullable: bool

    def before(self, behind: int) -> int:
        """What this part with something behind it can begin with."""
        return self.first | behind if self.is_nullable else self.first


class _Judge:
    """Goes through a parsed pattern and notes every choice that the next character leaves open."""

    def __init__(self, tree: Any) -> None:
        self.open_parts: list[str] = []
        self.is_for_one_line = False
        self._choices = 1
        self._singles = 0
        self._atomics = 0
        self._repeats = 0
        self._taken = 0
        self._later = 0
        self._state = tree.state
        alphabet = sorted({*map(chr, range(256)), *_BEYOND, *_edges(tree)})
        self._bits = {one: 2 << place for place, one in enumerate(alphabet)}
        self._sets: dict[str, int] = {}
        self._sequence(tree, _Behind(0, True), tree.state.flags)
        if self._choices > _MOST_CHOICES:
            raise PatternError(f"leaves too many choices open; {_ADVICE}")

    def _sequence(self, items: Any, behind: _Behind, flags: int) -> _Front:
        is_nullable, first, is_end = True, 0, False
        for item in reversed(list(items)):
            front = self._item(item, behind, flags)
            is_rest = is_end and _is_rest(item)
            self.is_for_one_line |= is_rest
            # What always can match needs nobody before it to try again.
            is_end = _is_end(item) and behind.is_sure
            is_sure = is_rest or (behind.is_sure and _can_be_nothing(item))
            behind = _Behind(front.before(behind.first), is_sure)
            first = front.before(first)
            is_nullable = is_nullable and front.is_nullable
        return _Front(first, is_nullable)

    def _item(self, item: Any, behind: _Behind, flags: int) -> _Front:
        kind, value = str(item[0]), item[1]
        if kind in _SETS:
            found = self._set(item, flags)
            self._singles += 1
            self._taken |= found
            return _Front(found, False)
        if kind == "AT":
            return _Front(_END | self._bits["\n"], False) if _is_end(item) else _Front(0, True)
        if kind == "SUBPATTERN":
            _, added, removed, inner = value
            return self._sequence(inner, behind, (flags | added) & ~removed)
        if kind == "ATOMIC_GROUP":
            return self._atomic(value, flags)
        if kind == "BRANCH":
            return self._branch(value[1], behind, flags)
        if kind in _REPEATS:
            return self._repeat(kind, value, behind, flags)
        raise PatternError(f"{_REFUSED.get(kind, kind)} cannot be used here")

    def _atomic(self, items: Any, flags: int) -> _Front:
        """Nothing goes back into it; but it runs again at every try of what is before it."""
        self._atomics += 1
        front = self._sequence(items, _Behind(0, True), flags)
        self._atomics -= 1
        return front

    def _branch(self, branches: Any, behind: _Behind, flags: int) -> _Front:
        fronts = [self._sequence(branch, behind, flags) for branch in branches]
        taken, is_open = 0, False
        for front in fronts:
            begins = front.before(behind.first)
            is_open = is_open or bool(taken & begins)
            taken |= begins
        if is_open or sum(front.is_nullable for front in fronts) > 1:
            self._choices *= len(fronts)
        first = 0
        for front in fronts:
            first |= front.first
        return _Front(first, any(front.is_nullable for front in fronts))

    def _repeat(self, kind: str, value: Any, behind: _Behind, flags: int) -> _Front:
        least, most, body = int(value[0]), int(value[1]), value[2]
        noted = self._choices, self.open_parts[:]
        before, singles, self._taken = self._taken, self._singles, 0
        self._repeats += most > 1
        # Once to see what it begins with, and again knowing what may come after each turn.
        front = self._sequence(body, _Behind(0), flags)
        self._choices, self.open_parts, self._singles = noted[0], noted[1][:], singles
        again = front.first | behind.first if most > 1 else behind.first
        self._sequence(body, _Behind(again), flags)
        self._repeats -= most > 1
        taken, self._taken = self._taken, before | self._taken
        self._singles = singles + (self._singles - singles) * min(most, _FEW)
        is_choosing = (self._choices, self.open_parts) != noted
        if most > 1 and (is_choosing or front.is_nullable):
            raise PatternError(f"{_shown(body)} is repeated, and may be read in several ways")
        is_free = least != most and not behind.is_sure and kind != "POSSESSIVE_REPEAT"
        if is_free and front.first & behind.first:
            if most <= _FEW:
                self._choices *= most - least + 1
            elif self._repeats or behind.first & self._later or self._singles > _MOST_SINGLE:
                # What follows may run over the next place that could end this: tries overlap.
                self.open_parts.append(_shown(body) + ("+" if least else "*"))
        if most > _FEW and (self._atomics or not behind.is_sure):
            self._later |= taken
        return _Front(front.first, front.is_nullable or least == 0)

    def _set(self, item: Any, flags: int) -> int:
        key = f"{item!r} {flags}"
        found = self._sets.get(key)
        if found is None:
            alone = _parser.SubPattern(self._state, [item])
            matches = _compiler.compile(alone, flags).fullmatch
            found = sum(bit for one, bit in self._bits.items() if matches(one))
            self._sets[key] = found
        return found


def _is_end(item: Any) -> bool:
    return str(item[0]) == "AT" and str(item[1]) in _ENDS


def _is_rest(item: Any) -> bool:
    """Whether it takes all that is left of a line, whatever that is: `.*`, in a group or not."""
    kind, value = str(item[0]), item[1]
    if kind == "SUBPATTERN" and len(value[3]) == 1:
        return _is_rest(value[3][0])
    if kind not in _REPEATS or value[0] != 0 or int(value[1]) <= MAXIMUM_LINE:
        return False
    return len(value[2]) == 1 and str(value[2][0][0]) == "ANY"


def _can_be_nothing(item: Any) -> bool:
    """Whether it matches everywhere, if need be by taking nothing."""
    kind, value = str(item[0]), item[1]
    if kind == "SUBPATTERN":
        return all(_can_be_nothing(one) for one in value[3])
    return kind in _REPEATS and value[0] == 0


def _edges(items: Any) -> set[str]:
    """Every character beyond the first 256 at which a set of the pattern begins or ends."""
    found: set[str] = set()
    waiting = [items]
    while waiting:
        one = waiting.pop()
        if isinstance(one, int):
            near = (one - 1, one, one + 1)
            found.update(chr(c) for c in near if 255 < c < 0xD800 or 0xDFFF < c <= 0x10FFFF)
        elif hasattr(one, "__getitem__") and not isinstance(one, str):
            waiting += list(one)
    return found


def _shown(items: Any) -> str:
    """A part of a pattern, about as it was written."""
    return "".join(_shown_item(item) for item in items)[:60]


def _shown_item(item: Any) -> str:
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return re.escape(chr(value))
    if kind == "ANY":
        return "."
    if kind == "IN" and len(value) == 1:
        return _CLASSES.get(str(value[0][1]), "[...]")
    if kind == "SUBPATTERN":
        return f"({_shown(value[3])})"
    if kind in _REPEATS:
        return _shown(value[2]) + ("+" if value[0] else "*")
    return "[...]" if kind in _SETS else "(...)"


_CLASSES: Final = {
    f"CATEGORY_{sign}{name}": f"\\{letter.upper() if sign else letter}"
    for name, letter in (("DIGIT", "d"), ("SPACE", "s"), ("WORD", "w"))
    for sign in ("", "NOT_")
}

"""What a rule of health is: it says what it looks for, and judges what is seen. Pure."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.health.seen import Seen

Facts: TypeAlias = dict[str, int | float | str]

ENGINE = "engine"
"""The subject of what is not one source's."""
_SOURCE = "source:"
_DETECTOR = "detector:"


class About(Struct, frozen=True, kw_only=True):
    """What a rule says of itself. In `sentence` facts stand in braces, with `:duration` (ms) or
    `:share` (0 to 1) behind the name where they are such; `remedy` is what to do."""

    kind: str
    title: Text
    sentence: Text
    remedy: Text
    severity: Severity = Severity.MEDIUM


class Verdict(Struct, frozen=True):
    """What is found: it stands, with its facts; it does not; or nobody can tell now (None), and
    then it is left as it was."""

    stands: bool | None
    facts: Facts = {}


CLEAR = Verdict(False)
UNSURE = Verdict(None)


def standing(**facts: int | float | str) -> Verdict:
    """It stands, with these facts."""
    return Verdict(True, facts)


class Outage(NamedTuple):
    """When (ms) nothing could be stored, and why."""

    since: int
    until: int
    reason: str


class Leap(NamedTuple):
    """A leap of our clock: when it was noticed, by the clock after it, and how far (ms)."""

    at: int
    by: int


class Postponed(NamedTuple):
    """Forgetting that waits: days of data that would go at once, and for how much longer (ms)."""

    days: int
    left: int


class Located(NamedTuple):
    """When (ms) the oldest database of places and networks was made, and after how many days it is
    old."""

    built: int
    stale_days: int


class Broken(NamedTuple):
    """The audit is not whole: at which entry, and what is wrong with it."""

    number: int
    wrong: str


class Responding(NamedTuple):
    """What responds to incidents, as it told last: when (ms), whether it said that it ends, since
    when it follows without coming to an end (None where nothing waits), and what is in the way of
    its duties."""

    told: int
    ended: bool
    behind_since: int | None
    troubles: tuple[tuple[str, str], ...] = ()


class Blinded(NamedTuple):
    """When (ms) the gate before an application could not tell, why, how many passed unseen and how
    many were turned away."""

    since: int
    until: int
    reason: str
    passed: int
    refused: int


class Orders(NamedTuple):
    """Orders that people have to look at: how many were given up, how many came back with a backup,
    and which responders do not answer, each with why."""

    dead: int
    parked: int
    silent: tuple[tuple[str, str], ...] = ()


class Running(Struct, kw_only=True):
    """What is seen of the engine. Times in ms: `caught_up` is 0 before it first was; `failed` says
    when each detector last failed, and with what; `free` is bytes on the disk, None if unknown;
    `refused` why the last new settings were, None if they were not; `responding` is None where
    nothing ever responded, `orders` and `stuck` (measures that are unfinished) where nobody looked
    yet, `gate` where it could always tell lately."""

    begun: int
    caught_up: int = 0
    failed: dict[str, tuple[int, str]] = {}
    free: int | None = None
    outage: Outage | None = None
    refused: str | None = None
    leap: Leap | None = None
    postponed: Postponed | None = None
    located: Located | None = None
    broken: Broken | None = None
    responding: Responding | None = None
    orders: Orders | None = None
    stuck: int | None = None
    gate: Blinded | None = None


class SourceRule(NamedTuple):
    """A rule of one source: what it is about, and its judgement at `now` (ms), given whether it
    stands already."""

    about: About
    judge: Callable[[Seen, int, bool], Verdict]


class EngineRule(NamedTuple):
    """A rule of the engine: its judgement of each subject at `now` (ms), given those for whom it
    stands already."""

    about: About
    judge: Callable[[Running, int, frozenset[str]], Mapping[str, Verdict]]


def source_subject(name: str) -> str:
    """The subject of what is of one source."""
    return _SOURCE + name


def source_of(subject: str) -> str | None:
    """The source that a subject is; None for another subject."""
    return subject.removeprefix(_SOURCE) if subject.startswith(_SOURCE) else None


def detector_subject(name: str) -> str:
    """The subject of what is of one detector."""
    return _DETECTOR + name


@cache
def rules() -> tuple[SourceRule | EngineRule, ...]:
    """Every rule there is: `RULES` of the modules of `monitor.health.rules`."""
    package = importlib.import_module("monitor.health.rules")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return tuple(rule for module in modules for rule in module.RULES)


@cache
def abouts() -> Mapping[str, About]:
    """What each kind of finding is about."""
    return {rule.about.kind: rule.about for rule in rules()}

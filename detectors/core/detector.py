"""What a detector is: it describes itself, and turns an event and a state into findings."""

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol, TypeVar

from msgspec import Struct

from detectors.core.context import Context
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile

S = TypeVar("S", bound=Struct, contravariant=True)


class Text(Struct, frozen=True):
    """A sentence in the two languages of the product; may hold `{field}`s of the facts."""

    en: str
    fr: str


class About(Struct, frozen=True, kw_only=True):
    """What a detector says of itself; pages, docs and exports are made from it.

    `aup` are articles of the Acceptable Use Policy, `attack` ids of MITRE ATT&CK techniques.
    `keyed_by` says whose state it keeps: the fold computes the subject once for all detectors of
    a kind, so that none can write to another's. `state_ttl` is in ms of event time: the state
    is dropped when its subject had no event for so long. `facts` is the type that
    `Evidence.facts` converts to. `sentence` says what happened, with those facts; `innocent`
    says what a harmless explanation would be. `runbook` is a page below `docs/`. A detector
    that needs `tick` sets `ticks`.
    """

    name: str
    title: Text
    aup: tuple[str, ...]
    attack: tuple[str, ...]
    keyed_by: SubjectKind
    state_version: int
    state_ttl: int
    facts: type[Struct]
    sentence: Text
    innocent: Text
    runbook: str
    ticks: bool = False


class Detector(Protocol[S]):
    """One pattern. Pure: the same event, state, profile and context give the same findings.

    `parameters` is a frozen Struct whose fields are `Annotated[..., msgspec.Meta(description=...,
    extra={"unit": ...})]`, each with a default. `state` is a bounded, mutable Struct that has a
    default for every field; it is kept from when it first differs from a fresh one, and goes to
    MessagePack and back between any two events.
    """

    about: ClassVar[About]
    state: ClassVar[type[Any]]
    parameters: Any

    def observe(
        self, event: Event, subject: Subject, state: S, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Findings at this event. `profile` is as it was before it; change nothing but `state`."""
        ...

    def tick(
        self, until: int, subject: Subject, state: S, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Findings at an hourly boundary of event time (ms); only called while there is a state.

        Every event before `until` was observed, none after. Findings are anchored to an event
        that the state remembers.
        """
        return ()

"""What a detector is: it describes itself, and turns an event and a state into findings."""

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol, TypeVar

from msgspec import Struct

from detectors.core.context import Context
from detectors.core.event import HOUR, Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import Ledger, TenantLedger
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
    that needs `tick` sets `ticks`, and is ticked at every multiple of `tick_every` (ms, an hour or
    a whole number of them); where that is more than an hour, only at the first one after an event,
    and at the one after that where it `Waits`: quiet costs nothing. One that finds and notes
    nothing at what is done in a session that is open, sets `skips_sessions`: most events are just
    that. One that is keyed by source may also look at the whole tenant (`looks_at_tenant`).
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
    tick_every: int = HOUR
    looks_at_tenant: bool = False
    skips_sessions: bool = False


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
        """Findings at a boundary of event time (ms); only called while there is a state.

        Every event before `until` was observed, none after. Findings are anchored to an event
        that the state remembers.
        """
        return ()


class ManyTicks(Protocol):
    """A detector that ticks many accounts at once, as models like to."""

    def tick_many(
        self, until: int, cases: Iterable[tuple[Subject, Any, Profile]], context: Context
    ) -> list[Finding]:
        """What `tick` finds of each, in their order, and what it does to each state.

        The fold may give any portion of those that are due, also one; where it raises, the states
        are set back and ticked one by one.
        """
        ...


class Waits(Protocol):
    """A detector whose tick seldom has something left to do at the first boundary after an event,
    as where a day of its own is not over by then."""

    def waits(self, state: Any) -> bool:
        """Whether it is to be ticked at the boundary after that one too, and at none further."""
        ...


class CampaignDetector(Protocol):
    """One pattern of a source, or of all sources of a tenant. Pure, and keeps no state itself.

    What is known of a source or a tenant is its ledger, which any order of events gives. A
    detector says which findings stand by it, about one UTC day (a number since 1970); each is
    made by `detectors.core.finding.standing`, so that it keeps its id as it grows. The fold puts
    what is new or says something else, and withdraws what does not stand any more. Counts are
    told in steps (`detectors.core.campaign.steps`), so that this is seldom.
    """

    about: ClassVar[About]
    parameters: Any

    def of_source(
        self, subject: Subject, ledger: Ledger, day: int, context: Context
    ) -> Iterable[Finding]:
        """What stands of a source on a day that its ledger keeps; change nothing."""
        ...

    def of_tenant(
        self, subject: Subject, ledger: TenantLedger, day: int, context: Context
    ) -> Iterable[Finding]:
        """What stands of a tenant on a day that its ledger keeps; change nothing."""
        ...

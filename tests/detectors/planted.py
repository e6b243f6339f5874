"""Detectors that break one law each, and a sound one that breaks none."""

import time
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, field, structs

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import HOUR, Event, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile


class Parameters(Struct, frozen=True, kw_only=True):
    """What the planted detectors reckon with."""

    every: Annotated[
        int, Meta(description="Speaks at every so many events", extra={"unit": "events"})
    ] = 3


class Facts(Struct, frozen=True):
    """How many events were counted."""

    count: int


class State(Struct, array_like=True):
    """How many events were counted, and the last one."""

    count: int = 0
    last: bytes = b""
    told: bool = False


ABOUT = About(
    name="sound",
    title=Text("Counter", "Compteur"),
    aup=("6",),
    attack=("T1078",),
    keyed_by=SubjectKind.ACCOUNT,
    state_version=1,
    state_ttl=1_000 * HOUR,
    facts=Facts,
    sentence=Text("{count} events", "{count} événements"),
    innocent=Text("None", "Aucune"),
    runbook="runbooks/impossible_travel",
    ticks=True,
)


def said(subject: Subject, at: int, anchor: bytes, count: int) -> Finding:
    """A finding of the counter."""
    evidence = Evidence("count", Weights(shared=1.0), {"count": count})
    return finding("sound", subject, at, Severity.LOW, evidence, (anchor,))


class Sound:
    """Counts events, speaks at every third, and once at a tick: breaks no law."""

    about: ClassVar[About] = ABOUT
    state: ClassVar[type[Any]] = State

    def __init__(self) -> None:
        self.parameters = Parameters()

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at every third event."""
        state.count += 1
        state.last = event.id
        state.told = False
        if state.count % self.parameters.every:
            return ()
        return (said(subject, event.time, event.id, state.count),)

    def tick(
        self, until: int, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """One finding at the first boundary after an event that said nothing."""
        if state.told or not state.last or not state.count % self.parameters.every:
            return ()
        state.told = True
        return (said(subject, until, state.last, state.count),)


_met: set[bytes] = set()


class HidesState(Sound):
    """Remembers in its module which events it met."""

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at an event never met before, by anybody."""
        if event.id in _met:
            return ()
        _met.add(event.id)
        return (said(subject, event.time, event.id, 1),)


class KeepsItToItself(Sound):
    """Counts in itself rather than in the state."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at every third event of anybody."""
        self._count += 1
        if self._count % self.parameters.every:
            return ()
        return (said(subject, event.time, event.id, self._count),)


class AccusesAnother(Sound):
    """Speaks about somebody else."""

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding about a neighbour."""
        neighbour = structs.replace(subject, uid="somebody-else")
        return (said(neighbour, event.time, event.id, 1),)


class MakesUpEvents(Sound):
    """Shows events that never were."""

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding that holds on to nothing."""
        return (said(subject, event.time, bytes(16), 1),)


class LosesState(Sound):
    """Keeps part of its state where saving does not see it."""

    class Leaky(Struct, dict=True):
        """A state with room for what is not saved."""

        count: int = 0

    state: ClassVar[type[Any]] = Leaky

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at every third event since the last restart."""
        state.count += 1
        state.unsaved = getattr(state, "unsaved", 0) + 1
        if state.unsaved % self.parameters.every:
            return ()
        return (said(subject, event.time, event.id, state.count),)

    def tick(
        self, until: int, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()


class ReadsTheClock(Sound):
    """Says what time it is."""

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding with the time of day in it."""
        return (said(subject, event.time, event.id, int(time.monotonic())),)


class TeachesTheProfile(Sound):
    """Writes to the profile that all detectors share."""

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing, but the profile is another."""
        profile.uses += 1
        return ()


class NeverForgets(Sound):
    """Keeps every address for ever."""

    class Endless(Struct):
        """All addresses."""

        addresses: list[str] = field(default_factory=list)

    state: ClassVar[type[Any]] = Endless

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing, but more is kept."""
        if isinstance(event, SignIn) and event.ip is not None:
            state.addresses.append(event.ip)
        return ()

    def tick(
        self, until: int, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()


class Crashes(Sound):
    """Falls over a private address."""

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Divides by the length of an address."""
        count = 1 // len(getattr(event, "ip", None) or "")
        return (said(subject, event.time, event.id, count),) if count else ()


class CriesWolf(Sound):
    """Calls a person at every event."""

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding of high severity."""
        loud = said(subject, event.time, event.id, 1)
        return (structs.replace(loud, severity=Severity.HIGH),)


class CountsTicks(Sound):
    """Depends on how often it is asked, and not on the time that passed."""

    _asked = 0

    def tick(
        self, until: int, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at every second question to any counter."""
        CountsTicks._asked += 1
        if CountsTicks._asked % 5:
            return ()
        return (said(subject, until, state.last, CountsTicks._asked),)


class SaysNothingOfItself(Sound):
    """Has a parameter without a unit, and a sentence with facts that are none."""

    class Bare(Struct, frozen=True):
        """Undocumented."""

        limit: int = 3

    about: ClassVar[About] = structs.replace(ABOUT, attack=("1078",), runbook="runbooks/none")

    def __init__(self) -> None:
        self.parameters: Any = self.Bare()


class SharesFacts(Sound):
    """Gives facts that its own type of facts does not have."""

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding with facts of another form."""
        evidence = Evidence("count", Weights(shared=1.0), {"number": "three"})
        return (finding("sound", subject, event.time, Severity.LOW, evidence, (event.id,)),)


class NeverSpeaks(Sound):
    """Finds nothing, whatever happens."""

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()

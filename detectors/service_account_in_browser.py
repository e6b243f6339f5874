"""A program's account that somebody uses with a browser."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, Event, SignIn, is_use
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import DESKTOP, PHONE, TABLET
from detectors.core.profile import Profile
from detectors.core.travel import device_label, label

ONCE = 2.5
"""Nats for one day: mostly an administrator who tests it."""
AGAIN = 4.2
"""Nats for several days: somebody works with it."""
_BY_HAND = frozenset({DESKTOP, PHONE, TABLET})


class Parameters(Struct, frozen=True, kw_only=True):
    """What service_account_in_browser reckons with."""

    days: Annotated[
        int,
        Meta(
            description="On so many different UTC days a browser is more than a test",
            ge=2,
            extra={"unit": "days"},
        ),
    ] = 3
    quiet: Annotated[
        int,
        Meta(
            description="After so long without a browser the next one is told again",
            ge=DAY,
            extra={"unit": "ms"},
        ),
    ] = 30 * DAY


class Facts(Struct, frozen=True):
    """What a finding says: on how many days so far, and with what."""

    days: Annotated[int, Meta(title="Days with a browser", extra={"fr": "Jours au navigateur"})]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]


class State(Struct, array_like=True):
    """On how many days a browser signed in since a long quiet, and when last (ms)."""

    days: int = 0
    last: int = 0


class ServiceAccountInBrowser:
    """Says it at the first browser, and when it is no test any more; then not before a quiet."""

    about: ClassVar[About] = About(
        name="service_account_in_browser",
        title=Text("Service account in a browser", "Compte de service dans un navigateur"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=60 * DAY,
        facts=Facts,
        sentence=Text(
            "A program's account was used with {device} at {place} ({ip}), on {days} days so far.",
            "Le compte d'un programme a été utilisé avec {device} à {place} ({ip}), "
            "sur {days} jours jusqu'ici.",
        ),
        innocent=Text(
            "An administrator who tests the account, or a program that drives a browser.",
            "Un administrateur qui essaie le compte, ou un programme qui pilote un navigateur.",
        ),
        runbook="runbooks/service_account_in_browser",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at the first day with a browser, and at the one that makes it a habit."""
        if not context.kinds and context.directory is None:
            return ()
        at = event.time
        if context.kind(subject, at) is not AccountKind.SERVICE:
            return ()
        if not isinstance(event, SignIn) or not _is_by_hand(event):
            return ()
        if state.days and at - state.last >= self.parameters.quiet:
            state.days = 0
        is_same_day = state.days and at // DAY == state.last // DAY
        state.last = at
        if is_same_day or state.days >= self.parameters.days:
            return ()
        state.days += 1
        if state.days not in (1, self.parameters.days):
            return ()
        facts: dict[str, Fact] = {
            "days": state.days,
            "device": device_label(event.device),
            "place": label(event.place),
            "ip": event.ip,
        }
        weights = Weights(attack=ONCE if state.days == 1 else AGAIN)
        evidence = Evidence("service_by_hand", weights, facts)
        name = self.about.name
        return (finding(name, subject, at, grade(weights), evidence, (event.id,)),)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()


def _is_by_hand(event: SignIn) -> bool:
    return is_use(event) and event.device is not None and event.device.form in _BY_HAND

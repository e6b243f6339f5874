"""Sign-ins to learn from: those of simulated worlds that show something new to their account."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from detectors.core.context import Context
from detectors.core.event import DAY, LOGON, Event, SignIn, is_use
from detectors.core.finding import Finding
from detectors.core.fold import Cell, Fold
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile
from detectors.sign_in_risk import SignInRisk
from detectors.takeover import stranger
from detectors.takeover.features import vector
from detectors.unusual_sign_in import State, UnusualSignIn, look
from monitor.evaluation.truth import SHARING
from monitor.formats.format import Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.ocsf import Ocsf
from monitor.formats.year import LatestBefore
from monitor.models.examples import START, Told
from monitor.models.populations import Populations
from monitor.simulation.labels import BENIGN, AccountLabel, EventLabel
from monitor.simulation.lives.persona import PERSON
from monitor.simulation.simulation import Choice, Simulation, simulate

STOLEN = {"account_takeover": 0.16, "mfa_fatigue": 0.04}
"""Misdeeds whose sign-ins are a stranger's, and the share of accounts they are done to in a world
to learn from: many more than in life, and taken out again."""
SHARED_SHARE = 0.02
"""Accounts that several people use: their sign-ins are nobody's example, but the tenant's."""


class SignInExample(Struct, frozen=True):
    """The features of one sign-in that shows something new, and whether it was a stranger's.

    `spoken` is what sign_in_risk says of it, in nats. Of a stranger's, `misdeed` and `strategy`
    are what it is part of, and `is_first` that it is the first, which could still be stopped.
    """

    features: tuple[float, ...]
    stolen: bool
    tenant: str
    spoken: float
    misdeed: str = ""
    strategy: str = ""
    persona: str = ""
    held_back: bool = False
    is_first: bool = False


class SignIns(Struct):
    """The sign-ins of worlds: the examples, how many honest sign-ons there are in all, and how many
    strangers there are whose first sign-in is no example: nothing of it is new."""

    examples: list[SignInExample]
    honest: int = 0
    unseen: int = 0


def harvest(
    seed: int,
    enrich: Callable[[Event], Event],
    *,
    accounts: int,
    days: int,
    strategies: Choice,
    told: Told = lambda _: None,
) -> SignIns:
    """The sign-ins of one world. `told` is called with every day that is over."""
    wanted = {**STOLEN, SHARING: SHARED_SHARE}
    world = simulate(
        seed,
        days=days,
        accounts=accounts,
        start=START,
        misdeeds={name: max(1, round(accounts * share)) for name, share in wanted.items()},
        strategies=strategies,
    )
    return _Harvest(world, seed, enrich).run(days, told)


class _Risk(SignInRisk):
    """Finds the same, and keeps what it said of the last event, in nats."""

    def __init__(self) -> None:
        super().__init__()
        self.spoken = 0.0

    def observe(
        self,
        event: Event,
        subject: Subject,
        state: stranger.State,
        profile: Profile,
        context: Context,
    ) -> Iterable[Finding]:
        found = tuple(super().observe(event, subject, state, profile, context))
        self.spoken = sum(one.evidence.weights.taken_over for one in found)
        return found


class _Watched(UnusualSignIn):
    """Says nothing, and keeps the features of the last event where it is to be weighed."""

    def __init__(self) -> None:
        super().__init__()
        self.features: tuple[float, ...] | None = None

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        if isinstance(event, SignIn):
            seen = look(event, subject, state, profile, context)
            self.features = None if seen is None else vector(seen)
        return ()


class _Harvest:
    def __init__(self, world: Simulation, seed: int, enrich: Callable[[Event], Event]) -> None:
        self._world = world
        self._seed = seed
        self._enrich = enrich
        self._people = {(one.tenant, one.account): one for one in world.accounts()}
        self._misdeeds = {one.id: one for one in world.incidents}
        self._risk, self._watched = _Risk(), _Watched()
        self._populations = populations = Populations()
        self._fold = Fold(
            SubjectKind.ACCOUNT,
            (self._risk, self._watched),
            Context(),
            lambda _: populations.context,
        )
        self._cells: dict[Subject, Cell] = {}
        self._begun: set[str] = set()
        self._found = SignIns([])

    def run(self, days: int, told: Told) -> SignIns:
        form, today = Ocsf(), START // DAY
        origin = Origin("models", "", LatestBefore(START), Occurrences().occurrence)
        for record in self._world.records():
            for raw in form.parse(record.line, origin):
                event = self._enrich(raw)
                if event.time // DAY > today:
                    today = event.time // DAY
                    self._populations.begin(today)
                    told(min(days, today - START // DAY))
                if event.account:
                    self._take(event, record.label)
        return self._found

    def _take(self, event: Event, label: EventLabel) -> None:
        subject = Subject(SubjectKind.ACCOUNT, event.tenant, event.account)
        cell = self._cells.get(subject)
        if cell is None:
            cell = self._cells[subject] = self._fold.fresh(subject)
        self._risk.spoken, self._watched.features = 0.0, None
        self._fold.observe(cell, event)
        person = self._people.get((event.tenant, event.account))
        if not isinstance(event, SignIn) or person is None or person.kind != PERSON:
            return
        self._populations.count(event)
        if is_use(event):
            self._note(event, label, person)

    def _note(self, event: SignIn, label: EventLabel, person: AccountLabel) -> None:
        found, features = self._found, self._watched.features
        misdeed = self._misdeeds.get(label.incident or "")
        if misdeed is None or misdeed.behaviour not in STOLEN:
            if label.behaviour != BENIGN:
                return
            found.honest += event.activity is LOGON
            misdeed = None
        is_first = misdeed is not None and misdeed.id not in self._begun
        if misdeed is not None:
            self._begun.add(misdeed.id)
            found.unseen += is_first and features is None
        if features is None:
            return
        found.examples.append(
            SignInExample(
                features,
                misdeed is not None,
                f"{self._seed}/{event.tenant}",
                self._risk.spoken,
                "" if misdeed is None else misdeed.id,
                "" if misdeed is None else misdeed.strategy,
                person.persona,
                person.held_back or (misdeed is not None and misdeed.held_back),
                is_first,
            )
        )

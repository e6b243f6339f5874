"""Everything that a report tells: figures of every system, of each log, and what was asked for."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct, field

from detectors.core.detector import Text
from detectors.core.event import DAY
from monitor.evaluation.ablation import Ablated
from monitor.evaluation.baselines.baseline import baselines
from monitor.evaluation.intervals import Estimate, Share
from monitor.evaluation.measures import Measures, measure
from monitor.evaluation.steps import Step
from monitor.evaluation.trial import Trial
from monitor.evaluation.verdicts import VIGIE

FIVE_MINUTES_MS = 300_000.0


class System(Struct, frozen=True):
    """One system: its name, what its rule is, and where that was published."""

    name: str
    title: str
    rule: Text
    credit: str


class Described(Struct, frozen=True):
    """One log: how much it holds and how fast Vigie judged it."""

    name: str
    events: int
    rejected: int
    days: float
    accounts: int
    honest: int
    misdeeds: dict[str, int]
    events_per_second: float


class Target(Struct, frozen=True):
    """One figure that is asked for, and whether Vigie reaches it; None: nothing to tell by."""

    name: str
    asked: float
    at_least: bool
    figure: Share | Estimate

    @property
    def is_met(self) -> bool | None:
        """Whether the figure itself (not its interval) is as asked."""
        if self.figure.value is None:
            return None
        if self.at_least:
            return self.figure.value >= self.asked
        return self.figure.value <= self.asked


class Summary(Struct, frozen=True):
    """All of it. `exact` says that the ablation ran the whole chain again. `features` are the
    learned model's, each off in turn; `steps` lead from the published sign-in score to Vigie's."""

    command: str
    systems: list[System]
    logs: list[Described]
    measures: list[Measures]
    targets: list[Target]
    ablation: list[Ablated] | None = None
    exact: bool = False
    features: list[Ablated] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def vigie(self) -> Measures:
        """Vigie's own measures, which are the first."""
        return self.measures[0]


def summarise(
    trials: Sequence[Trial],
    command: str,
    ablation: list[Ablated] | None = None,
    *,
    exact: bool = False,
    features: Sequence[Ablated] = (),
    steps: Sequence[Step] = (),
) -> Summary:
    """Measure every system that heard all of the trials, Vigie first."""
    names = [verdicts.system for verdicts in trials[0].verdicts]
    measures = [measure(name, trials) for name in names]
    return Summary(
        command,
        [_system(name) for name in names],
        [_described(trial) for trial in trials],
        measures,
        targets(measures[0]),
        ablation,
        exact,
        list(features),
        list(steps),
    )


def targets(vigie: Measures) -> list[Target]:
    """What the project promises of its defaults."""
    return [
        Target("sharing_recall", 0.95, True, vigie.sharing.recall),
        Target("sharing_precision", 0.95, True, vigie.sharing.precision),
        Target("takeover_recall", 0.95, True, vigie.takeover.recall),
        Target("takeover_delay", FIVE_MINUTES_MS, False, vigie.takeover.median_ms),
        Target("hijacking_recall", 0.95, True, vigie.hijacking.recall),
        Target("hijacking_delay", FIVE_MINUTES_MS, False, vigie.hijacking.median_ms),
        Target("sources_recall", 0.95, True, vigie.sources.recall),
        Target("sources_precision", 0.95, True, vigie.sources.precision),
        Target("honest_flagged", 0.005, False, vigie.honest.flagged),
        Target("honest_rate", 1.0, False, vigie.honest.per_thousand_a_week),
    ]


def _system(name: str) -> System:
    if name == VIGIE:
        return System(
            name,
            "Vigie",
            Text("everything below, weighed together", "tout ce qui suit, pesé ensemble"),
            "",
        )
    kind = baselines()[name]
    return System(name, kind.title, kind.rule, kind.credit)


def _described(trial: Trial) -> Described:
    truth = trial.truth
    wanted = Counter(m.behaviour for m in truth.misdeeds if m.is_wanted)
    return Described(
        trial.name,
        trial.events,
        trial.rejected,
        round(trial.span / DAY, 1),
        truth.personas.total(),
        truth.honest().total(),
        dict(sorted(wanted.items())),
        round(trial.events / trial.seconds) if trial.seconds else 0,
    )

"""What each detector is worth: the same logs judged without it."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from detectors.core.finding import Finding
from monitor.evaluation.measures import Measures, measure
from monitor.evaluation.trial import Trial
from monitor.evaluation.verdicts import VIGIE

SHARING_MODEL = "account_sharing"
"""The detector that a learned model speaks by."""

Again = Callable[[frozenset[str]], Sequence[Trial]]
"""All trials run again without these detectors."""


class Ablated(Struct, frozen=True):
    """Vigie without `off`: a detector, or one `group` of its evidence (None: all of it)."""

    off: str
    group: str | None
    findings: int
    measures: Measures


def without_findings(trials: Sequence[Trial]) -> list[Ablated]:
    """Each detector, and each group of a detector that has several, off in turn.

    Its findings are dropped and what is left is correlated again. That leaves out what a finding
    does besides: a profile learns nothing from a sign-in that one stands against. Raises
    ValueError for a trial without its judge.
    """
    groups: dict[str, set[str]] = {}
    for finding in _all(trials):
        groups.setdefault(finding.detector, set()).add(group_of(finding))
    ablated = []
    for detector, its_groups in sorted(groups.items()):
        ablated.append(_ablated(trials, detector, None))
        if len(its_groups) > 1:
            ablated += [_ablated(trials, detector, group) for group in sorted(its_groups)]
    return ablated


def without_detectors(again: Again, trials: Sequence[Trial]) -> list[Ablated]:
    """Each detector off in turn, the whole chain run again: exact, and as long for each."""
    found: dict[str, int] = {}
    for finding in _all(trials):
        found[finding.detector] = found.get(finding.detector, 0) + 1
    return [
        Ablated(detector, None, count, measure(VIGIE, again(frozenset({detector}))))
        for detector, count in sorted(found.items())
    ]


def without_features(trials: Sequence[Trial]) -> list[Ablated]:
    """The learned model without each of its features in turn, exactly; `group` is the feature,
    `findings` how many say something else or are gone. Empty where they were not noted."""
    if not all(trial.variants for trial in trials):
        return []
    return [_without_feature(trials, name) for name in sorted(trials[0].variants)]


def _without_feature(trials: Sequence[Trial], feature: str) -> Ablated:
    changed = 0
    judged = []
    for trial in trials:
        theirs = trial.variants[feature]
        same = {(one.id, one.evidence.weights) for one in theirs}
        mine = [finding for finding in trial.findings if finding.detector == SHARING_MODEL]
        changed += sum((one.id, one.evidence.weights) not in same for one in mine)
        kept = [finding for finding in trial.findings if finding.detector != SHARING_MODEL]
        judged.append(_judged_with(trial, sorted([*kept, *theirs], key=lambda one: one.id)))
    return Ablated(SHARING_MODEL, feature, changed, measure(VIGIE, judged))


def group_of(finding: Finding) -> str:
    """The sort of a finding's evidence: its group without what tells one instance from another."""
    return finding.evidence.group.partition(":")[0]


def _all(trials: Iterable[Trial]) -> Iterable[Finding]:
    return (finding for trial in trials for finding in trial.findings)


def _ablated(trials: Sequence[Trial], detector: str, group: str | None) -> Ablated:
    def is_off(finding: Finding) -> bool:
        return finding.detector == detector and group in (None, group_of(finding))

    judged = [_judged(trial, is_off) for trial in trials]
    dropped = sum(map(is_off, _all(trials)))
    return Ablated(detector, group, dropped, measure(VIGIE, judged))


def _judged(trial: Trial, is_off: Callable[[Finding], bool]) -> Trial:
    return _judged_with(trial, [one for one in trial.findings if not is_off(one)])


def _judged_with(trial: Trial, kept: Sequence[Finding]) -> Trial:
    if trial.judge is None:
        raise ValueError(f"nothing can judge {trial.name} again")
    said = trial.judge.verdicts(trial, kept)
    return Trial(
        trial.name,
        trial.truth,
        trial.events,
        first=trial.first,
        last=trial.last,
        verdicts=[said],
    )

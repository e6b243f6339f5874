"""How well a system does over one or more trials: every figure with its interval."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from detectors.core.event import DAY
from detectors.core.identity import SubjectKind
from monitor.evaluation.curves import UNSCORED, Curve, curve, grouped
from monitor.evaluation.intervals import Estimate, Share, of_values, rate, share
from monitor.evaluation.trial import Trial
from monitor.evaluation.truth import (
    ATTACK_NAMES,
    EVERYBODY,
    FATIGUE,
    HEADLINE_ATTACKS,
    HIJACKING,
    SHARING,
    TAKEOVER,
    USE,
    Account,
    Misdeed,
    Truth,
)
from monitor.evaluation.verdicts import SignIns, Verdict, Verdicts

WEEK = 7 * DAY
PER_ACCOUNTS = 1_000
STOPPED = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Shares of takeovers to stop, for which the rate of re-authentication is told."""
REASONS = ("otherwise", "early", "weak", "silent")
"""Called under another category; called only before it began; something was found, and not enough
to call anybody; nothing was found."""
FALSE_ALARM = "false_alarm"
_TAKING_OVER = frozenset({TAKEOVER, FATIGUE})

Pair: TypeAlias = tuple[Truth, Verdicts]
Scores: TypeAlias = Callable[[Verdicts], dict[Account, float]]


class Strategy(Struct, frozen=True):
    """How many misdeeds of one strategy were found under their own category, and under any."""

    behaviour: str
    strategy: str
    held_back: bool
    right: Share
    found: Share


class Asked(Struct, frozen=True):
    """To stop this share of takeovers at sign-in, so many legitimate sign-ins are asked again."""

    stopped: float
    reached: float
    asked: Share


class Reauthentication(Struct, frozen=True):
    """Legitimate and stolen sign-ins, the points of `STOPPED`, and (stopped, asked) at each
    threshold."""

    legitimate: int
    stolen: int
    asked: list[Asked]
    points: list[tuple[float, float]]


class Detection(Struct, frozen=True):
    """Recall under the right category after it began; any = under any that tells of abuse."""

    recall: Share
    any: Share
    precision: Share
    median_ms: Estimate
    p90_ms: Estimate


class Honest(Struct, frozen=True):
    """Honest accounts that a reviewer was called for, and calls per 1,000 of them a week.

    `held_back` are the personas that nothing was tuned on.
    """

    flagged: Share
    personas: dict[str, Share]
    held_back: list[str]
    per_thousand_a_week: Estimate


class Sources(Struct, frozen=True):
    """Addresses that attacks came from: by address, and attacks found by any of theirs."""

    recall: Share
    precision: Share
    attacks: Share


class Missed(Struct, frozen=True):
    """How many wanted misdeeds of a strategy were not found under their category, and why not.

    `reason` is one of `REASONS`.
    """

    behaviour: str
    strategy: str
    held_back: bool
    reason: str
    count: int


class Case(Struct, frozen=True, omit_defaults=True):
    """One thing that went wrong: `what` is one of `REASONS` for a missed misdeed, or `FALSE_ALARM`.

    `time` in ms is when the misdeed began or the alarm was raised, `called` what was said instead.
    """

    what: str
    log: str
    tenant: str
    account: str | None
    time: int
    behaviour: str = ""
    strategy: str = ""
    held_back: bool = False
    called: tuple[str, ...] = ()
    persona: str = ""


class Measures(Struct, frozen=True):
    """One system over all trials. `behaviours` are all strategies of one together, those that are
    held back apart from the others."""

    system: str
    sharing: Detection
    takeover: Detection
    hijacking: Detection
    sources: Sources
    honest: Honest
    strategies: list[Strategy]
    behaviours: list[Strategy]
    missed: list[Missed]
    sharing_curve: Curve
    use_curve: Curve
    reauthentication: Reauthentication


def measure(system: str, trials: Sequence[Trial]) -> Measures:
    """Everything there is to say of one system. Raises ValueError when a trial lacks it."""
    pairs = [(trial.truth, _said(trial, system)) for trial in trials]
    return Measures(
        system,
        _detection(pairs, frozenset({SHARING})),
        _detection(pairs, _TAKING_OVER),
        _detection(pairs, frozenset({HIJACKING})),
        _sources(pairs),
        _honest(pairs, [trial.span for trial in trials]),
        _strategies(pairs, lambda misdeed: misdeed.strategy),
        _strategies(pairs, lambda _: ""),
        _missed(pairs),
        _curve(pairs, frozenset({SHARING}), lambda said: said.sharing_scores),
        _curve(pairs, USE, lambda said: said.use_scores),
        _reauthentication([said.sign_ins for _, said in pairs]),
    )


def _said(trial: Trial, system: str) -> Verdicts:
    for verdicts in trial.verdicts:
        if verdicts.system == system:
            return verdicts
    raise ValueError(f"{system} did not hear {trial.name}")


class Heard:
    """One system's verdicts on one log by whom they are about."""

    def __init__(self, truth: Truth, verdicts: Verdicts) -> None:
        self._truth = truth
        self.accounts: dict[Account, list[Verdict]] = {}
        self.sources: dict[str, list[Verdict]] = {}
        for verdict in verdicts.called:
            if verdict.kind is SubjectKind.ACCOUNT:
                self.accounts.setdefault(verdict.account, []).append(verdict)
            elif verdict.kind is SubjectKind.SOURCE:
                self.sources.setdefault(verdict.uid, []).append(verdict)

    def found(self, misdeed: Misdeed, categories: frozenset[str]) -> int | None:
        """When a misdeed was found under one of these categories, after it began; None if never.

        A rule that tells no category finds what is done with an account.
        """
        times = [
            at
            for verdict in self.about(misdeed)
            if _fits(verdict, misdeed, categories)
            and (at := verdict.first_from(misdeed.start)) is not None
        ]
        return min(times, default=None)

    def about(self, misdeed: Misdeed) -> Iterator[Verdict]:
        """Everything said of the accounts of a misdeed, and of the sources of an attack."""
        named = {*misdeed.accounts, *((misdeed.account,) if misdeed.account else ())}
        for uid in named:
            yield from self.accounts.get((misdeed.tenant, uid), ())
        if misdeed.category not in ATTACK_NAMES:
            return
        for source in self._truth.sources_of(misdeed):
            yield from self.sources.get(source, ())


def _fits(verdict: Verdict, misdeed: Misdeed, categories: frozenset[str]) -> bool:
    if verdict.category is None:
        return misdeed.behaviour in USE
    return verdict.category in categories


def _right(misdeed: Misdeed) -> frozenset[str]:
    return frozenset({misdeed.category})


def _any(misdeed: Misdeed) -> frozenset[str]:
    return USE if misdeed.behaviour in USE else ATTACK_NAMES


def explains(truth: Truth, verdict: Verdict) -> bool:
    """Whether a verdict on an account is true of something that was done with or to it.

    What is said of an account's use is true of one that is abused, and, after the start, of a
    target of an attack that got in somewhere; what is said of an attack, of any target.
    """
    for misdeed in truth.about(verdict.account):
        if misdeed.allowed:
            continue
        if misdeed.behaviour in USE or verdict.category in ATTACK_NAMES:
            return True
        if misdeed.success and verdict.first_from(misdeed.start) is not None:
            return True
    return False


def _detection(pairs: Sequence[Pair], behaviours: frozenset[str]) -> Detection:
    wanted = right = anyhow = 0
    delays: list[float] = []
    true: Counter[bool] = Counter()
    for truth, said in pairs:
        heard = Heard(truth, said)
        for misdeed in truth.wanted(behaviours):
            if misdeed.behaviour == FATIGUE and not misdeed.success:
                continue
            wanted += 1
            at = heard.found(misdeed, _right(misdeed))
            right += at is not None
            anyhow += heard.found(misdeed, _any(misdeed)) is not None
            if at is not None:
                delays.append(float(at - misdeed.start))
        true.update(_judged(truth, heard, behaviours))
    return Detection(
        share(right, wanted),
        share(anyhow, wanted),
        share(true[True], true.total()),
        of_values(delays, 0.5),
        of_values(delays, 0.9),
    )


def _judged(truth: Truth, heard: Heard, behaviours: frozenset[str]) -> Iterator[bool]:
    """For each account that was said to be such a case: whether it is one.

    A rule that tells no category is not blamed for what else is wrong with an account.
    """
    for account, verdicts in heard.accounts.items():
        said = [v for v in verdicts if v.category is None or v.category in behaviours]
        if not said:
            continue
        about = [m for m in truth.about(account) if not m.allowed]
        if any(_is_true(misdeed, said, behaviours) for misdeed in about):
            yield True
        elif any(v.category is not None for v in said) or not any(explains(truth, v) for v in said):
            yield False


def _is_true(misdeed: Misdeed, said: Sequence[Verdict], behaviours: frozenset[str]) -> bool:
    got_in = misdeed.success and misdeed.behaviour in ATTACK_NAMES and TAKEOVER in behaviours
    if misdeed.behaviour not in behaviours and not got_in:
        return False
    if misdeed.behaviour == SHARING:
        return True
    return any(verdict.first_from(misdeed.start) is not None for verdict in said)


def _sources(pairs: Sequence[Pair]) -> Sources:
    total = found = said = true = attacks = heard_of = 0
    for truth, verdicts in pairs:
        heard = Heard(truth, verdicts)
        called = {
            source
            for source, some in heard.sources.items()
            if any(verdict.category in ATTACK_NAMES for verdict in some)
        }
        wanted = truth.wanted(HEADLINE_ATTACKS)
        addresses = {source for misdeed in wanted for source in truth.sources_of(misdeed)}
        total += len(addresses)
        found += len(addresses & called)
        said += len(called)
        true += len(called & truth.attacking_sources())
        attacks += len(wanted)
        heard_of += sum(heard.found(misdeed, ATTACK_NAMES) is not None for misdeed in wanted)
    return Sources(share(found, total), share(true, said), share(heard_of, attacks))


def _honest(pairs: Sequence[Pair], spans: Iterable[int]) -> Honest:
    honest: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    by_calls: Counter[int] = Counter()
    weeks = 0.0
    for (truth, said), span in zip(pairs, spans, strict=True):
        here = truth.honest()
        honest += here
        weeks += here.total() * span / WEEK
        for account, verdicts in Heard(truth, said).accounts.items():
            if not truth.is_honest(account):
                continue
            false = [verdict for verdict in verdicts if not explains(truth, verdict)]
            if false:
                flagged[truth.persona_of.get(account, EVERYBODY)] += 1
                by_calls[len({(v.incident, v.called // WEEK) for v in false})] += 1
    total = honest.total()
    by_calls[0] = max(total - by_calls.total(), 0)
    mean_weeks = weeks / total if total else 1.0
    return Honest(
        share(flagged.total(), total),
        {persona: share(flagged[persona], n) for persona, n in sorted(honest.items())},
        sorted({persona for truth, _ in pairs for persona in truth.held_back}),
        rate(sorted(by_calls.items()), PER_ACCOUNTS / mean_weeks),
    )


def _strategies(pairs: Sequence[Pair], name_of: Callable[[Misdeed], str]) -> list[Strategy]:
    counts: dict[tuple[str, str, bool], list[int]] = {}
    for truth, said in pairs:
        heard = Heard(truth, said)
        for misdeed in truth.misdeeds:
            if not misdeed.is_wanted:
                continue
            key = (misdeed.behaviour, name_of(misdeed), misdeed.held_back)
            count = counts.setdefault(key, [0, 0, 0])
            count[0] += 1
            count[1] += heard.found(misdeed, _right(misdeed)) is not None
            count[2] += heard.found(misdeed, _any(misdeed)) is not None
    return [
        Strategy(*key, share(right, total), share(found, total))
        for key, (total, right, found) in sorted(counts.items())
    ]


def _missed(pairs: Sequence[Pair]) -> list[Missed]:
    counts: Counter[tuple[str, str, bool, str]] = Counter()
    for truth, said in pairs:
        heard = Heard(truth, said)
        for misdeed in truth.misdeeds:
            if misdeed.is_wanted and heard.found(misdeed, _right(misdeed)) is None:
                reason = _reason(misdeed, heard, said)
                counts[misdeed.behaviour, misdeed.strategy, misdeed.held_back, reason] += 1
    return [Missed(*key, count) for key, count in sorted(counts.items())]


def _reason(misdeed: Misdeed, heard: Heard, said: Verdicts) -> str:
    about = list(heard.about(misdeed))
    if any(verdict.first_from(misdeed.start) is not None for verdict in about):
        return "otherwise"
    if about and misdeed.account is not None:
        return "early"
    named = (misdeed.account,) if misdeed.account is not None else misdeed.accounts
    weak = any((misdeed.tenant, uid) in said.use_scores for uid in named)
    return "weak" if weak else "silent"


def cases(trials: Sequence[Trial], system: str) -> Iterator[Case]:
    """Every misdeed that a system missed, and every false alarm of it, for somebody to look at."""
    for trial in trials:
        truth, said = trial.truth, _said(trial, system)
        heard = Heard(truth, said)
        for misdeed in truth.misdeeds:
            if misdeed.is_wanted and heard.found(misdeed, _right(misdeed)) is None:
                others = {v.category for v in heard.about(misdeed) if v.category is not None}
                yield Case(
                    _reason(misdeed, heard, said),
                    trial.name,
                    misdeed.tenant,
                    misdeed.account,
                    misdeed.start,
                    misdeed.behaviour,
                    misdeed.strategy,
                    misdeed.held_back,
                    tuple(sorted(others)),
                )
        for account, verdicts in heard.accounts.items():
            if not truth.is_honest(account):
                continue
            false = [verdict for verdict in verdicts if not explains(truth, verdict)]
            for verdict in false:
                yield Case(
                    FALSE_ALARM,
                    trial.name,
                    *account,
                    verdict.called,
                    persona=truth.persona_of.get(account, EVERYBODY),
                    called=(verdict.category or "",),
                )


def _curve(pairs: Sequence[Pair], behaviours: frozenset[str], scores_of: Scores) -> Curve:
    scored: list[tuple[float, bool]] = []
    unscored = 0
    for truth, said in pairs:
        scores = scores_of(said)
        positive = {
            (misdeed.tenant, misdeed.account)
            for misdeed in truth.wanted(behaviours)
            if misdeed.account is not None
        }
        known = {*scores, *positive}
        scored += [(scores.get(a, UNSCORED), a in positive) for a in sorted(known)]
        unscored += max(truth.personas.total() - len(known), 0)
    return curve(grouped(scored, unscored))


def _reauthentication(all_sign_ins: Iterable[SignIns]) -> Reauthentication:
    legitimate: Counter[float] = Counter()
    stolen: Counter[float] = Counter()
    for sign_ins in all_sign_ins:
        legitimate.update(sign_ins.legitimate)
        stolen.update(sign_ins.stolen)
    n, m = legitimate.total(), stolen.total()
    if not n or not m:
        return Reauthentication(n, m, [], [])
    steps: list[tuple[float, int]] = [(0.0, 0)]
    asked = stopped = 0
    for score in sorted({*legitimate, *stolen}, reverse=True):
        asked += legitimate[score]
        stopped += stolen[score]
        steps.append((stopped / m, asked))
    table = [_asked(steps, target, n) for target in STOPPED]
    points = [(round(s, 4), a / n) for s, a in _corners(steps)]
    return Reauthentication(n, m, table, points)


def _asked(steps: Sequence[tuple[float, int]], target: float, legitimate: int) -> Asked:
    reached, asked = next(step for step in steps if step[0] >= target - 1e-9)
    return Asked(target, reached, share(asked, legitimate))


def _corners(steps: Sequence[tuple[float, int]]) -> Iterator[tuple[float, int]]:
    """The steps at which more is stopped: between them, only more are asked."""
    best = -1.0
    for stopped, asked in steps:
        if stopped > best:
            best = stopped
            yield stopped, asked

"""What a policy would have done about incidents, in their order; and how two trials differ.

Each incident is decided once, in its last state, at the time when it reached its severity. What
would be done counts for the guardrails of the hour after it; a guardrail that was reached is taken
to have been looked at within the hour, as there is nobody who would.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from alerts.incident import Incident
from alerts.ladder import Step
from alerts.policy import Grounds, Outcome, Person, Policy, Response, Tally, decide
from detectors.core.event import HOUR
from detectors.core.finding import Theme
from detectors.core.identity import Subject

WINDOW: Final = HOUR


class Case(Struct, frozen=True):
    """An incident, what it stands on, and whose account it is about."""

    incident: Incident
    grounds: Grounds
    person: Person


class Decided(Struct, frozen=True):
    """An incident, and what the policy comes to about it."""

    incident: Incident
    responses: tuple[Response, ...]


class Turn(Struct, frozen=True):
    """An incident that one trial has and the other has not, or has otherwise; what each trial does
    about it, which may be the same."""

    before: Decided | None
    after: Decided | None

    @property
    def incident(self) -> Incident:
        """As it is after, else as it was before."""
        one = self.after or self.before
        assert one is not None  # noqa: S101 - never without both
        return one.incident

    @property
    def added(self) -> tuple[Response, ...]:
        """What is done, proposed or told after, and was not so before."""
        return _beyond(self.after, self.before)

    @property
    def removed(self) -> tuple[Response, ...]:
        """What was, and is not any more."""
        return _beyond(self.before, self.after)


class Comparison(Struct, frozen=True, kw_only=True):
    """Two trials beside each other: incidents that are new, that are gone, that are otherwise, and
    those that are the same and about which something else is done."""

    added: tuple[Turn, ...]
    removed: tuple[Turn, ...]
    changed: tuple[Turn, ...]
    answered: tuple[Turn, ...]
    same: int

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All of them, in the order of time."""
        found = (*self.added, *self.removed, *self.changed, *self.answered)
        return tuple(sorted(found, key=lambda turn: (turn.incident.reached, turn.incident.id)))


def trial(cases: Iterable[Case], policy: Policy) -> tuple[Decided, ...]:
    """What the policy comes to, case by case."""
    acted: deque[tuple[int, Subject]] = deque()
    found: list[Decided] = []
    for case in sorted(cases, key=lambda one: (one.incident.reached, one.incident.id)):
        incident, now = case.incident, case.incident.reached
        while acted and acted[0][0] <= now - WINDOW:
            acted.popleft()
        # Whoever is acted on already is no further account.
        others = {subject for _, subject in acted if subject != incident.subject}
        own = sum(subject.tenant == incident.subject.tenant for subject in others)
        tally = Tally(hour=len(others), tenant_hour=own)
        responses = decide(incident, case.grounds, policy, case.person, tally, now)
        if any(one.outcome is Outcome.ACT for one in responses):
            acted.append((now, incident.subject))
        found.append(Decided(incident, responses))
    return tuple(found)


def compare(before: Sequence[Decided], after: Sequence[Decided]) -> Comparison:
    """How the second trial differs from the first. An incident is the same one by its id, else by
    its account and a time that both have in common."""
    left = {one.incident.id: one for one in after}
    pairs: list[tuple[Decided, Decided]] = []
    alone: list[Decided] = []
    for one in before:
        other = left.pop(one.incident.id, None)
        if other is None:
            alone.append(one)
        else:
            pairs.append((one, other))
    gone: list[Turn] = []
    near: dict[tuple[Subject, Theme], list[Decided]] = {}
    for one in left.values():
        near.setdefault((one.incident.subject, one.incident.theme), []).append(one)
    for one in alone:
        some = near.get((one.incident.subject, one.incident.theme), [])
        other = next((two for two in some if _overlap(one.incident, two.incident)), None)
        if other is None:
            gone.append(Turn(one, None))
        else:
            some.remove(other)
            del left[other.incident.id]
            pairs.append((one, other))
    turns = [Turn(one, other) for one, other in pairs]
    changed = [turn for turn in turns if _is_otherwise(turn)]
    rest = [turn for turn in turns if not _is_otherwise(turn)]
    answered = [turn for turn in rest if turn.added or turn.removed]
    return Comparison(
        added=tuple(Turn(None, one) for one in left.values()),
        removed=tuple(gone),
        changed=tuple(changed),
        answered=tuple(answered),
        same=len(rest) - len(answered),
    )


def counts(decided: Iterable[Decided]) -> dict[Step, dict[Outcome, int]]:
    """How often each step comes to what."""
    found: dict[Step, dict[Outcome, int]] = {}
    for one in decided:
        for response in one.responses:
            of = found.setdefault(response.step, {})
            of[response.outcome] = of.get(response.outcome, 0) + 1
    return {step: found[step] for step in sorted(found)}


def _overlap(one: Incident, other: Incident) -> bool:
    return one.opened <= other.updated and other.opened <= one.updated


def _is_otherwise(turn: Turn) -> bool:
    one, other = turn.before, turn.after
    if one is None or other is None:
        return True
    before, after = one.incident, other.incident
    return (before.category, before.severity) != (after.category, after.severity)


def _beyond(one: Decided | None, other: Decided | None) -> tuple[Response, ...]:
    known = {(r.step, r.outcome, r.because) for r in (() if other is None else other.responses)}
    said = () if one is None else one.responses
    return tuple(r for r in said if (r.step, r.outcome, r.because) not in known)

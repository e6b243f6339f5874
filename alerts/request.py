"""A measure while people decide it: asked for, approved, refused, withdrawn, or lapsed.

Each function takes a measure and gives the next one, or raises MeasureError. Whatever asks, a
deactivation needs a person's reason and, unless an administrator lowered it, a second
person's word.
"""

from typing import Final

from msgspec import structs

from alerts.ladder import Step, rung
from alerts.measure import ARTICLES, OPEN, Measure, MeasureError, State, must, reason_of
from alerts.rule import LONGEST_SUSPENSION
from detectors.core.event import HOUR
from detectors.core.identity import Subject

ADOPTED: Final = frozenset((State.SHADOW, State.PROPOSED, State.HELD))
"""A person may make it their own."""


def asked(
    subject: Subject,
    step: Step,
    now: int,
    *,
    by: str,
    reason: str,
    aup: str,
    approvals: int,
    lapses: int,
    hours: int | None = None,
    incident: bytes | None = None,
    ticket: int | None = None,
) -> Measure:
    """The measure that a person asks for. `lapses` is how long (ms) a request waits for a second
    person, `hours` how long a suspension lasts. Raises MeasureError."""
    made = Measure(
        tenant=subject.tenant,
        account=subject.uid,
        step=step,
        state=State.PROPOSED,
        created=now,
        incident=incident,
        ticket=ticket,
    )
    return adopt(
        made, now, by=by, reason=reason, aup=aup, approvals=approvals, lapses=lapses, hours=hours
    )


def adopt(
    measure: Measure,
    now: int,
    *,
    by: str,
    reason: str,
    aup: str,
    approvals: int,
    lapses: int,
    hours: int | None = None,
) -> Measure:
    """What a rule proposes, or would have done, as a person's request: it waits for a second person
    where its step needs one, and is carried out at once where it needs none.

    Raises MeasureError.
    """
    must(measure, ADOPTED, "asked for", "demandée")
    if measure.step is Step.OBSERVE:
        raise MeasureError("there is nothing to do", "il n'y a rien à faire")
    if aup not in ARTICLES:
        known = ", ".join(ARTICLES)
        raise MeasureError(
            f"say which article it rests on: {known}", f"dites sur quel article : {known}"
        )
    needed = needed_approvals(measure.step, approvals)
    until = _end(measure.step, hours, now)
    told = structs.replace(
        measure,
        requested_by=by,
        requested=now,
        reason=reason_of(reason),
        aup=aup,
        approvals=needed,
        not_before=None,
        until=until,
        ended=None,
    )
    if needed:
        return structs.replace(told, state=State.REQUESTED, expires=now + lapses)
    return _ordered(structs.replace(told, decided_by=by, decided=now))


def needed_approvals(step: Step, lowered: int) -> int:
    """How many people besides who asks have to agree; `lowered` is what a policy says of
    deactivations."""
    return min(rung(step).approvals, lowered)


def approve(measure: Measure, now: int, *, by: str, decision: str = "") -> Measure:
    """The measure after a second person agreed: it is carried out. Raises MeasureError."""
    must(measure, frozenset((State.REQUESTED,)), "approved", "approuvée")
    if by == measure.requested_by:
        raise MeasureError(
            "whoever asks for a deactivation does not approve it: a second person does",
            "qui demande une désactivation ne l'approuve pas : une seconde personne le fait",
        )
    if measure.expires is not None and now >= measure.expires:
        raise MeasureError(
            "the request has lapsed: ask for it anew",
            "la demande est échue : demandez-la de nouveau",
        )
    told = structs.replace(
        measure, decided_by=by, decided=now, decision=reason_of(decision) if decision else ""
    )
    return _ordered(told)


def refuse(measure: Measure, now: int, *, by: str, reason: str) -> Measure:
    """The measure after somebody refused it, with a reason; also what a rule only proposed. Raises
    MeasureError."""
    must(measure, OPEN, "refused", "refusée")
    return structs.replace(
        measure,
        state=State.REFUSED,
        decided_by=by,
        decided=now,
        decision=reason_of(reason),
        ended=now,
    )


def withdraw(measure: Measure, now: int, *, by: str, reason: str) -> Measure:
    """The measure after whoever asked for it took the request back. Raises MeasureError."""
    must(measure, frozenset((State.REQUESTED,)), "withdrawn", "retirée")
    if by != measure.requested_by:
        raise MeasureError(
            "only whoever asked for it withdraws it; refuse it instead",
            "seul qui l'a demandée la retire ; refusez-la plutôt",
        )
    return structs.replace(
        measure,
        state=State.WITHDRAWN,
        decided_by=by,
        decided=now,
        decision=reason_of(reason),
        ended=now,
    )


def expire(measure: Measure, now: int) -> Measure:
    """A request that nobody decided in its time, or a proposal whose grounds are gone. Raises
    MeasureError."""
    must(measure, OPEN, "expired", "échue")
    return structs.replace(measure, state=State.EXPIRED, ended=now)


def answer(measure: Measure, now: int, *, by: str, upheld: bool) -> Measure:
    """The measure after a person answered whoever contests it; somebody who neither asked for it
    nor decided it. Raises MeasureError."""
    if measure.appeal is None or measure.answered is not None:
        raise MeasureError(
            "nobody contests it, or they were answered",
            "personne ne la conteste, ou la réponse est donnée",
        )
    if by in (measure.requested_by, measure.decided_by):
        raise MeasureError(
            "whoever asked for it or decided it does not answer: another person does",
            "qui l'a demandée ou décidée ne répond pas : une autre personne le fait",
        )
    return structs.replace(measure, answered_by=by, answered=now, upheld=upheld)


def is_lapsed(measure: Measure, now: int) -> bool:
    """Whether a request was decided by nobody in its time."""
    return (
        measure.state is State.REQUESTED and measure.expires is not None and now >= measure.expires
    )


def _ordered(measure: Measure) -> Measure:
    return structs.replace(measure, state=State.EXECUTING, ordered=None, expires=None)


def _end(step: Step, hours: int | None, now: int) -> int | None:
    if not rung(step).needs_end:
        if hours is not None:
            raise MeasureError(
                f"{step.word} has no end of its own", f"{step.word} n'a pas de fin propre"
            )
        return None
    if hours is None or not 1 <= hours <= LONGEST_SUSPENSION:
        raise MeasureError(
            f"say for how many hours it lasts, 1 to {LONGEST_SUSPENSION}",
            f"dites combien d'heures elle dure, de 1 à {LONGEST_SUSPENSION}",
        )
    return now + hours * HOUR

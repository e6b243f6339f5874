"""A measure: one step of the ladder about one account, from who asks for it until it is undone.

Nothing here touches the world: each function takes a measure and gives the next one, or says why it
cannot go there. Whatever asks, a deactivation needs a person's reason and, unless an administrator
lowered it, a second person's word; what was ordered and not confirmed is never called done.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from alerts.ladder import Step, rung
from alerts.policy import Outcome, Response
from detectors.core.detector import Text
from detectors.core.identity import Subject, SubjectKind

LONGEST_REASON: Final = 500
"""Characters."""
ARTICLES: Final = ("3.3", "6", "7", "9")
"""Of the policy of use, what somebody can be found to have broken or a measure to rest on."""
ALONE: Final = frozenset((Step.NOTIFY, Step.REVOKE))
"""Steps that leave nothing in force, and so nothing to undo."""
LOCKS: Final = frozenset((Step.SUSPEND, Step.DEACTIVATE))
"""Steps that nobody can sign in under."""


class State(StrEnum):
    """How far a measure is."""

    SHADOW = "shadow"
    """A rule would have done it, had the policy not been in its shadow mode."""
    PROPOSED = "proposed"
    """A rule asks people for it."""
    HELD = "held"
    """A guardrail holds it: people were called."""
    REQUESTED = "requested"
    """A person asked for it, and a second one has to agree."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    EXECUTING = "executing"
    """Its orders wait, or are on their way."""
    IN_FORCE = "in_force"
    DONE = "done"
    """It was done, and leaves nothing in force."""
    UNFINISHED = "unfinished"
    """Not all of it was done, or it was read back otherwise: people have to look."""
    UNDOING = "undoing"
    """The orders that take it back wait, or are on their way."""
    UNDONE = "undone"
    UNDO_UNFINISHED = "undo_unfinished"
    """It was to be undone, and not all of it was."""


_BY_OUTCOME: Final = {
    Outcome.ACT: State.EXECUTING,
    Outcome.SHADOW: State.SHADOW,
    Outcome.PROPOSE: State.PROPOSED,
    Outcome.HOLD: State.HELD,
}
OPEN: Final = frozenset((State.PROPOSED, State.HELD, State.REQUESTED))
"""Somebody has to decide."""
AT_WORK: Final = frozenset((State.EXECUTING, State.UNDOING))
"""The daemon has to go on."""
STUCK: Final = frozenset((State.UNFINISHED, State.UNDO_UNFINISHED))
"""People have to look."""
HOLDING: Final = frozenset(
    (State.EXECUTING, State.IN_FORCE, State.UNFINISHED, State.UNDO_UNFINISHED)
)
"""The account is under it, or may be, and nobody is taking it back."""
TOUCHED: Final = HOLDING | AT_WORK
"""The world was touched for it, or is going to be, and is not as before yet."""
OVER: Final = frozenset(State) - OPEN - TOUCHED
UNDOABLE: Final = HOLDING - {State.UNDO_UNFINISHED}
"""Somebody can take it back; whose undoing is stuck is ordered anew."""


class Fate(StrEnum):
    """What became of an order."""

    OPEN = "open"
    DONE = "done"
    """The responder says so; nobody could read it back."""
    CONFIRMED = "confirmed"
    """It was read back as it was meant."""
    UNREADABLE = "unreadable"
    """The responder says so, and there is nothing that could be read back."""
    FAILED = "failed"
    """It is given up until a person drives it again, or was cancelled."""
    OTHERWISE = "otherwise"
    """The responder says that it did it, and the account was read back otherwise."""


class Why(StrEnum):
    """Why a measure is unfinished."""

    NOBODY = "nobody"
    """No responder is set up that does it for this tenant."""
    ORDERS = "orders"
    """A responder refused, or could not be reached for too long."""
    CONTRADICTED = "contradicted"
    """A responder says that it did it, and the account is read back otherwise."""


class MeasureError(ValueError):
    """A measure cannot be, or cannot go there; `text` says why in both languages."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.text = Text(en=english, fr=french)


class Measure(Struct, frozen=True, kw_only=True):
    """Where a measure stands. Times are ms since 1970 UTC, None for not yet.

    `tenant` and `account` are the log's; `id` is 0 until it is kept, and `key` the same for what is
    not to be asked for twice. `rule` is the policy's that asks for it, of the version `policy`, and
    `because` why it was not done by itself. Whoever asks (`requested_by`), decides (`decided_by`)
    and takes back (`undone_by`) is a reference that names nobody, with their names beside it, and
    `reason`, `decision` and `undo_reason` are their words. `aup` is the article that it rests on.
    `approvals` is how many people besides the one who asks have to agree. `expires` is when a
    request lapses, `not_before` when it may begin, `until` when a suspension ends. `ordered` is
    when its orders were written, to do it or to take it back, None while they are still to be;
    `carried` is when every responder had carried them out, `confirmed` when it was read back,
    `ended` when it was over. `appeal` is the ticket of whoever contests it, since `appealed`;
    `answered_by` answered it, `upheld` says whether they were right. `unfinished` says why people
    have to look, `called` when they were told so. `round` counts the times that it was ordered
    anew, and `version` its changes.
    """

    tenant: str
    account: str
    step: Step
    state: State
    created: int
    id: int = 0
    key: str = ""
    incident: bytes | None = None
    ticket: int | None = None
    rule: str = ""
    policy: int | None = None
    because: str = ""
    aup: str = ""
    requested_by: str = ""
    requested_name: str = ""
    requested: int | None = None
    reason: str = ""
    approvals: int = 0
    expires: int | None = None
    decided_by: str = ""
    decided_name: str = ""
    decided: int | None = None
    decision: str = ""
    not_before: int | None = None
    until: int | None = None
    ordered: int | None = None
    carried: int | None = None
    confirmed: int | None = None
    unfinished: Why | None = None
    called: int | None = None
    undone_by: str = ""
    undone_name: str = ""
    undo_asked: int | None = None
    undo_reason: str = ""
    ended: int | None = None
    appeal: int | None = None
    appealed: int | None = None
    answered_by: str = ""
    answered: int | None = None
    upheld: bool | None = None
    round: int = 0
    version: int = 1

    @property
    def subject(self) -> Subject:
        """Whom it is about."""
        return Subject(SubjectKind.ACCOUNT, self.tenant, self.account)

    @property
    def is_automatic(self) -> bool:
        """Whether nobody but the policy asked for it."""
        return not self.requested_by

    @property
    def reference(self) -> str:
        """What stands for it in the audit and on streams."""
        return f"measure:{self.id}"


def answered(
    response: Response,
    subject: Subject,
    now: int,
    *,
    incident: bytes | None = None,
    ticket: int | None = None,
    policy: int | None = None,
) -> Measure:
    """The measure that an answer of the policy makes. What no policy can do by itself is proposed,
    whatever it answers."""
    state = _BY_OUTCOME[response.outcome]
    step = rung(response.step)
    if not step.is_automatic or (step.needs_end and response.until is None):
        state = State.SHADOW if state is State.SHADOW else State.PROPOSED
    return Measure(
        tenant=subject.tenant,
        account=subject.uid,
        step=response.step,
        state=state,
        created=now,
        incident=incident,
        ticket=ticket,
        rule=response.rule,
        policy=policy,
        because="" if response.because is None else response.because.value,
        aup=rung(response.step).aup[0],
        not_before=response.not_before or None,
        until=response.until,
        key=key_of(incident, response.step, state),
        ended=now if state is State.SHADOW else None,
    )


def key_of(incident: bytes | None, step: Step, state: State) -> str:
    """What makes a rule ask once for a step about an incident. That it only told of it does not
    keep it from doing it later. Empty without an incident."""
    if incident is None:
        return ""
    return f"{incident.hex()}:{step.word}{':shadow' if state is State.SHADOW else ''}"


def reason_of(text: str) -> str:
    """A reason as it is kept: one line. Raises MeasureError where none is given, or it is longer
    than it may be."""
    told = " ".join(text.split())
    if not told:
        raise MeasureError("say why", "dites pourquoi")
    if len(told) > LONGEST_REASON or "\0" in told:
        raise MeasureError(
            f"say why in at most {LONGEST_REASON} characters",
            f"dites pourquoi en {LONGEST_REASON} caractères au plus",
        )
    return told


def is_reversible(measure: Measure) -> bool:
    """Whether somebody could take it back now."""
    return measure.state in UNDOABLE


def title_of(step: Step) -> Text:
    """What a step is called."""
    return rung(step).title


def must(measure: Measure, states: frozenset[State], en: str, fr: str) -> None:
    """Raise MeasureError for a measure in none of these states."""
    if measure.state not in states:
        raise MeasureError(
            f"what is {STATES[measure.state].en} cannot be {en}",
            f"ce qui est « {STATES[measure.state].fr} » ne peut être {fr}",
        )


STATES: Final = {
    State.SHADOW: Text("only told, in shadow mode", "seulement dite, en mode fantôme"),
    State.PROPOSED: Text("proposed", "proposée"),
    State.HELD: Text("held by a guardrail", "retenue par un garde-fou"),
    State.REQUESTED: Text("waits for approval", "attend une approbation"),
    State.REFUSED: Text("refused", "refusée"),
    State.WITHDRAWN: Text("withdrawn", "retirée"),
    State.EXPIRED: Text("lapsed", "échue"),
    State.EXECUTING: Text("being carried out", "en cours"),
    State.IN_FORCE: Text("in force", "en vigueur"),
    State.DONE: Text("done", "faite"),
    State.UNFINISHED: Text("unfinished", "inachevée"),
    State.UNDOING: Text("being undone", "en cours d'annulation"),
    State.UNDONE: Text("undone", "annulée"),
    State.UNDO_UNFINISHED: Text("undone in part", "annulée en partie"),
}
"""States in words, as of a measure (feminine in French)."""

WHY: Final = {
    Why.NOBODY: Text(
        "no responder is set up that does this for the tenant",
        "aucun connecteur n'est réglé pour le faire chez ce client",
    ),
    Why.ORDERS: Text(
        "a responder refused it, or could not be reached for too long",
        "un connecteur l'a refusé, ou est resté injoignable trop longtemps",
    ),
    Why.CONTRADICTED: Text(
        "a responder says that it did it, and the account is read back otherwise",
        "un connecteur dit l'avoir fait, et le compte relu dit le contraire",
    ),
}

"""The case of somebody who lost every factor: who they are is proved, a second person agrees, and
some time passes in which the rightful owner can stop it (NIST SP 800-63B-4, 4.2).

Nothing here touches the world: each function takes a case and gives the next one, or says why it
cannot go there.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from detectors.core.detector import Text
from monitor.trouble import Trouble

LONGEST: Final = 500
"""Characters of how somebody proved who they are, and of why a case is ended."""


class State(StrEnum):
    """How far a case is."""

    REQUESTED = "requested"
    """Somebody has to see a proof of identity."""
    PROVED = "proved"
    """A second person has to agree."""
    WAITING = "waiting"
    """It is agreed, and the owner of the account has time to object."""
    READY = "ready"
    """There is a link by which a new factor is set up."""
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """The owner stopped it, or has a factor after all."""
    EXPIRED = "expired"


OPEN: Final = frozenset((State.REQUESTED, State.PROVED, State.WAITING, State.READY))
DECIDED: Final = frozenset((State.REQUESTED, State.PROVED))
"""Somebody has to decide."""
STATES: Final = {
    State.REQUESTED: Text("a proof of identity is to be seen", "preuve d'identité à constater"),
    State.PROVED: Text("waits for a second person", "attend une seconde personne"),
    State.WAITING: Text("agreed, and waits its time", "accordée, en délai d'attente"),
    State.READY: Text("the link is on its way", "le lien est envoyé"),
    State.DONE: Text("a new factor is set up", "nouveau facteur enregistré"),
    State.REFUSED: Text("refused", "refusée"),
    State.WITHDRAWN: Text("stopped by the account's owner", "arrêtée par le titulaire"),
    State.EXPIRED: Text("lapsed", "caduque"),
}


class RecoveryError(Trouble):
    """A case cannot be, or cannot go there; `text` says why in both languages."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.text = Text(english, french)


class Terms(Struct, frozen=True, kw_only=True):
    """How long (ms) a case waits for people, how long for the owner once it is agreed, and how long
    its link then holds."""

    lapses: int
    waits: int
    holds: int


class Case(Struct, frozen=True, kw_only=True):
    """One. Who did what are actors' references, times are ms; `ready` is when its waiting time is
    over, `expires` when it lapses unless something becomes of it."""

    state: State
    requested: int
    requested_by: str
    expires: int
    proof: str = ""
    proved: int | None = None
    proved_by: str = ""
    approved: int | None = None
    approved_by: str = ""
    ready: int | None = None
    ended: int | None = None
    ended_by: str = ""
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something may still become of it."""
        return self.state in OPEN


def requested(by: str, now: int, terms: Terms) -> Case:
    """A new one."""
    return Case(state=State.REQUESTED, requested=now, requested_by=by, expires=now + terms.lapses)


def proved(case: Case, by: str, proof: str, now: int, terms: Terms) -> Case:
    """Somebody saw who they are: `proof` says by what. Raises RecoveryError."""
    _check(case, {State.REQUESTED}, now)
    told = _said(proof, "say by what they proved who they are", "dites ce qui prouve leur identité")
    return structs.replace(
        case, state=State.PROVED, proof=told, proved=now, proved_by=by, expires=now + terms.lapses
    )


def approved(case: Case, by: str, now: int, terms: Terms) -> Case:
    """A second person agrees. Raises RecoveryError; also for who asked, or saw the proof."""
    _check(case, {State.PROVED}, now)
    check_other(case, by)
    ready = now + terms.waits
    return structs.replace(
        case,
        state=State.WAITING,
        approved=now,
        approved_by=by,
        ready=ready,
        expires=ready + terms.lapses,
    )


def check_other(case: Case, by: str) -> None:
    """Raise RecoveryError for who asked, or saw the proof: to agree, and to have the link, is
    another person's."""
    if by in (case.proved_by, case.requested_by):
        raise RecoveryError(
            "that is for another person than the one who asked or saw the proof",
            "cela revient à une autre personne que celle qui a demandé ou vu la preuve",
        )


def ready(case: Case, now: int, terms: Terms) -> Case:
    """Its waiting time is over. Raises RecoveryError; also where it is not."""
    _check(case, {State.WAITING}, now)
    if case.ready is None or now < case.ready:
        raise RecoveryError("its waiting time is not over", "le délai d'attente n'est pas écoulé")
    return structs.replace(case, state=State.READY, expires=now + terms.holds)


def done(case: Case, now: int) -> Case:
    """A new factor is set up. Raises RecoveryError."""
    _check(case, {State.READY}, now)
    return structs.replace(case, state=State.DONE, ended=now)


def refused(case: Case, by: str, why: str, now: int) -> Case:
    """Somebody does not agree. Raises RecoveryError."""
    _check(case, OPEN, now)
    told = _said(why, "say why it is refused", "dites pourquoi elle est refusée")
    return structs.replace(case, state=State.REFUSED, ended=now, ended_by=by, why=told)


def withdrawn(case: Case, by: str, now: int) -> Case:
    """The owner stops it, or has a factor after all. Raises RecoveryError."""
    _check(case, OPEN, now)
    return structs.replace(case, state=State.WITHDRAWN, ended=now, ended_by=by)


def lapsed(case: Case, now: int) -> Case:
    """Nothing became of it in time; the same case where it is not so."""
    if not case.is_open or now < case.expires:
        return case
    return structs.replace(case, state=State.EXPIRED, ended=now)


def _check(case: Case, states: set[State] | frozenset[State], now: int) -> None:
    if lapsed(case, now).state is State.EXPIRED:
        raise RecoveryError("it has lapsed", "elle est caduque")
    if case.state not in states:
        at = STATES[case.state]
        raise RecoveryError(
            f"that cannot be done with it now: {at.en}",
            f"cela ne peut se faire maintenant\u00a0: {at.fr}",
        )


def _said(text: str, english: str, french: str) -> str:
    told = "".join(one for one in " ".join(text.split()) if one.isprintable())
    if not told or len(told) > LONGEST:
        raise RecoveryError(
            f"{english}, in up to {LONGEST} characters",
            f"{french}, en {LONGEST} caractères au plus",
        )
    return told

"""Which verdict follows from what is known of a sign-in: pure, and never a refusal by a score."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from detectors.core.detector import Text
from monitor.deciding.question import Verdict


class Because(StrEnum):
    """What a verdict stands on besides what detectors say."""

    DISABLED = "disabled"
    DEMANDED = "demanded"
    PROVED = "proved"
    SHADOW = "shadow"
    PROTECTED = "protected"
    NO_FACTOR = "no_factor"
    GUARDRAIL = "guardrail"
    UNKNOWN = "unknown"
    WITHHELD = "withheld"


WORDS: Final = {
    Because.DISABLED: Text(
        "Nobody may come in with this account: somebody decided so.",
        "Personne ne peut entrer avec ce compte : quelqu'un en a décidé ainsi.",
    ),
    Because.DEMANDED: Text(
        "A measure asks for proof before the account is used.",
        "Une mesure demande une preuve avant que le compte soit utilisé.",
    ),
    Because.PROVED: Text(
        "The session was proved a while ago.", "La session a été prouvée récemment."
    ),
    Because.SHADOW: Text(
        "The policy only tells what would be done.",
        "La politique dit seulement ce qui serait fait.",
    ),
    Because.PROTECTED: Text(
        "Only people act on an account of this kind.",
        "Seules des personnes agissent sur un compte de cette nature.",
    ),
    Because.NO_FACTOR: Text(
        "The account has nothing to prove itself with: only people can help.",
        "Le compte n'a rien pour se prouver : seules des personnes peuvent aider.",
    ),
    Because.GUARDRAIL: Text(
        "As many accounts were asked for proof within an hour as the policy lets be by itself.",
        "Autant de comptes que la politique le permet d'elle-même ont dû se prouver en une heure.",
    ),
    Because.UNKNOWN: Text(
        "The account's past is not read far enough yet.",
        "Le passé du compte n'est pas encore assez lu.",
    ),
    Because.WITHHELD: Text("Nothing is judged of this account.", "Rien n'est jugé de ce compte."),
}
"""What each is to a reader."""


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[decisions]`: when somebody is asked for proof before they are let in. `challenge_at` is the
    probability of a takeover from which on they are; 1 never asks by a probability. With
    `without_factor` "allow", whoever has nothing to prove themselves with is let in and told as one
    who would have been asked; "challenge" asks them all the same, and only people can help them."""

    challenge_at: Annotated[float, Meta(gt=0, le=1)] = 0.7
    without_factor: Literal["allow", "challenge"] = "allow"


class Known(Struct, frozen=True, kw_only=True):
    """What a verdict follows from.

    `risk` is the probability of a takeover that what stands against the account comes to, 0 to 1;
    `is_at_home`: the sign-in itself shows nothing that the account is not known by.
    """

    risk: float = 0.0
    is_at_home: bool = True
    is_caught_up: bool = True
    is_withheld: bool = False
    is_disabled: bool = False
    is_demanded: bool = False
    is_proved: bool = False
    is_protected: bool = False
    is_shadow: bool = False
    is_guarded: bool = False
    has_factor: bool = True


class Decision(Struct, frozen=True):
    """A verdict, what it would be if anything were done, and what both stand on."""

    verdict: Verdict
    would_be: Verdict
    because: tuple[Because, ...] = ()


def decide(known: Known, terms: Terms) -> Decision:
    """What an application is told. Only the gate's list refuses; a probability asks for proof at
    most, and lets in where nothing is done by itself."""
    for holds, verdict, because in (
        (known.is_disabled, Verdict.DENY, Because.DISABLED),
        (known.is_proved, Verdict.ALLOW, Because.PROVED),
        (known.is_withheld, Verdict.ALLOW, Because.WITHHELD),
        (known.is_demanded, Verdict.CHALLENGE, Because.DEMANDED),
        (not known.is_caught_up, Verdict.ALLOW, Because.UNKNOWN),
    ):
        if holds:
            return Decision(verdict, verdict, (because,))
    if terms.challenge_at >= 1 or known.risk < terms.challenge_at or known.is_at_home:
        return Decision(Verdict.ALLOW, Verdict.ALLOW)
    held = _held(known, terms)
    verdict = Verdict.ALLOW if held else Verdict.CHALLENGE
    return Decision(verdict, Verdict.CHALLENGE, held)


def _held(known: Known, terms: Terms) -> tuple[Because, ...]:
    """What keeps a probability from asking for proof."""
    found = (
        (known.is_protected, Because.PROTECTED),
        (not known.has_factor and terms.without_factor == "allow", Because.NO_FACTOR),
        (known.is_shadow, Because.SHADOW),
        (known.is_guarded, Because.GUARDRAIL),
    )
    return tuple(because for holds, because in found if holds)

"""Whether a password is good enough to be chosen, and if not, why, in words that help."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from detectors.core.detector import Text
from monitor.mfa.passwords import MAXIMUM, normal

SCORE: Final = 3
"""Of 4, in zxcvbn's reckoning (Wheeler 2016): more than 10^8 guesses. Together with a slow hash,
throttling and a second factor."""
_LOOKED_AT = 72
"""What zxcvbn reads; its time grows with the square of the length."""
_SHORTEST_WORD = 3
_OURS = (
    # What zxcvbn, made for English keyboards, does not take for words or for rows of keys.
    *("motdepasse", "azertyuiop", "azerty", "qsdfghjklm", "qsdf", "wxcvbn", "bonjour", "soleil"),
    *("doudou", "loulou", "chouchou", "marseille", "entreprise", "vigie"),
)


class Weakness(Struct, frozen=True):
    """Why a password is refused."""

    kind: str
    text: Text


TOO_LONG = Weakness(
    "too_long",
    Text(
        en=f"Longer than {MAXIMUM} characters: take a shorter one.",
        fr=f"Plus de {MAXIMUM} caractères : prenez-en un plus court.",
    ),
)
GUESSABLE = Weakness(
    "guessable",
    Text(
        en="Too easy to guess: it resembles a common password, or is built of your own name, "
        "address, a date or a pattern. Four or five words that have nothing to do with each other "
        "are easy to remember and hard to guess.",
        fr="Trop facile à deviner : il ressemble à un mot de passe courant, ou est construit à "
        "partir de votre nom, de votre adresse, d'une date ou d'une suite. Quatre ou cinq mots "
        "sans rapport entre eux se retiennent bien et se devinent mal.",
    ),
)
BREACHED = Weakness(
    "breached",
    Text(
        en="This password is in a published collection of stolen ones: whoever guesses tries it "
        "first. Take another, here and wherever you use it.",
        fr="Ce mot de passe figure dans une collection publiée de mots de passe volés : c'est le "
        "premier qu'on essaiera. Prenez-en un autre, ici et partout où vous l'utilisez.",
    ),
)


def too_short(minimum: int) -> Weakness:
    """Shorter than so many characters."""
    return Weakness(
        "too_short",
        Text(
            en=f"At least {minimum} characters, of any kind: a few words do well.",
            fr=f"Au moins {minimum} caractères, quels qu'ils soient : quelques mots conviennent.",
        ),
    )


def weakness(password: str, minimum: int, words: Iterable[str] = ()) -> Weakness | None:
    """Why a password is refused; None for a good one. `words` are the person's own: name, address.

    Length is counted in code points of the composed form, as SP 800-63B-4 has it.
    """
    chosen = normal(password)
    if len(chosen) < minimum:
        return too_short(minimum)
    if len(chosen) > MAXIMUM:
        return TOO_LONG
    # Twenty megabytes of words, and a quarter of a second: for whoever chooses a password only.
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # noqa: PLC0415

    judged = zxcvbn(chosen[:_LOOKED_AT], user_inputs=[*_OURS, *own_words(words)])
    return GUESSABLE if judged["score"] < SCORE else None


def own_words(texts: Iterable[str]) -> list[str]:
    """The words of names and addresses, in lower case: what a guesser who knows a person tries."""
    found: dict[str, None] = {}
    for text in texts:
        whole = text.casefold()[:_LOOKED_AT]
        parts = "".join(one if one.isalnum() else " " for one in whole).split()
        for word in (whole, *parts):
            if len(word) >= _SHORTEST_WORD:
                found[word] = None
    return list(found)

"""What can be done about an account, from the mildest to the gravest, and who has to decide it.

Articles 7 and 9 ask for the mildest measure that serves; article 5 for a person's decision.
"""

from enum import IntEnum
from typing import Final

from msgspec import Struct

from detectors.core.detector import Text


class Step(IntEnum):
    """One rung of the ladder; a greater one weighs more on whom it meets."""

    OBSERVE = 0
    NOTIFY = 1
    CHALLENGE = 2
    REVOKE = 3
    SUSPEND = 4
    DEACTIVATE = 5

    @property
    def word(self) -> str:
        """Its name in documents and addresses."""
        return self.name.lower()


class Rung(Struct, frozen=True, kw_only=True):
    """What a step does, and what it takes.

    `is_automatic`: a policy may do it by itself; `needs_end`: it ends by itself after a time;
    `approvals` is how many people besides the one who asks have to agree.
    """

    step: Step
    title: Text
    effect: Text
    undo: Text
    aup: tuple[str, ...]
    is_automatic: bool
    needs_end: bool = False
    approvals: int = 0


LADDER: Final = (
    Rung(
        step=Step.OBSERVE,
        title=Text("Observe", "Observer"),
        effect=Text(
            "Nothing changes for the account; what happens is kept with the incident.",
            "Rien ne change pour le compte ; ce qui se passe est conservé avec l'incident.",
        ),
        undo=Text("There is nothing to undo.", "Il n'y a rien à annuler."),
        aup=("6",),
        is_automatic=True,
    ),
    Rung(
        step=Step.NOTIFY,
        title=Text("Tell the user", "Prévenir l'utilisateur"),
        effect=Text(
            "The user is told what was seen, and how to say that it was somebody else.",
            "L'utilisateur apprend ce qui a été vu, et comment dire que ce n'était pas lui.",
        ),
        undo=Text("A message cannot be taken back.", "Un message ne peut être repris."),
        aup=("6", "10"),
        is_automatic=True,
    ),
    Rung(
        step=Step.CHALLENGE,
        title=Text("Ask for proof", "Demander une preuve"),
        effect=Text(
            "The user has to pass a second factor before going on.",
            "L'utilisateur doit passer un second facteur avant de continuer.",
        ),
        undo=Text("The challenge is taken back.", "La demande est retirée."),
        aup=("6", "7"),
        is_automatic=True,
    ),
    Rung(
        step=Step.REVOKE,
        title=Text("End the sessions", "Fermer les sessions"),
        effect=Text(
            "Every session of the account ends; its user signs in again.",
            "Toutes les sessions du compte se ferment ; son utilisateur se reconnecte.",
        ),
        undo=Text("The user signs in again.", "L'utilisateur se reconnecte."),
        aup=("3.3", "6", "7"),
        is_automatic=True,
    ),
    Rung(
        step=Step.SUSPEND,
        title=Text("Suspend for a time", "Suspendre pour un temps"),
        effect=Text(
            "Nobody can sign in with the account until the suspension ends by itself.",
            "Personne ne peut se connecter avec le compte jusqu'à la fin de la suspension.",
        ),
        undo=Text("The suspension is lifted at once.", "La suspension est levée immédiatement."),
        aup=("7", "9"),
        is_automatic=True,
        needs_end=True,
    ),
    Rung(
        step=Step.DEACTIVATE,
        title=Text("Deactivate", "Désactiver"),
        effect=Text(
            "Nobody can sign in with the account until a person takes this back.",
            "Personne ne peut se connecter avec le compte tant qu'une personne ne revient pas "
            "dessus.",
        ),
        undo=Text("The account is activated again.", "Le compte est réactivé."),
        aup=("5", "9"),
        is_automatic=False,
        approvals=1,
    ),
)

AUTOMATIC_BY_ITSELF: Final = Step.REVOKE
"""The gravest step that a policy may take alone without saying so in so many words."""
NEEDS_GROUNDS: Final = Step.REVOKE
"""From this step up a finding is needed that is no model's (article 5)."""

_WORDS: Final = {rung.step.word: rung.step for rung in LADDER}


def rung(step: Step) -> Rung:
    """What a step does, and what it takes."""
    return LADDER[step]


def step_named(word: str) -> Step | None:
    """The step of this name."""
    return _WORDS.get(word)

"""What people are told by mail when what they prove themselves with changes."""

from typing import Final

from alerts.messages.message import Ask, Audience, Facts, Message, Say
from detectors.core.detector import Text

CHANGED: Final = "factor_changed"
"""The message's name; `change.en` and `change.fr` say what was changed."""

MESSAGES: Final = (
    Message(
        name=CHANGED,
        audience=Audience.USER,
        subject=Text(
            "How you prove who you are has changed[: {account}]",
            "Vos moyens de prouver votre identité ont changé[ : {account}]",
        ),
        summary=Text(
            "What {account} proves itself with has changed",
            "Les moyens de preuve de {account} ont changé",
        ),
        body=(
            Say(Text("Hello,", "Bonjour,")),
            Say(Text("{change}", "{change}")),
            Say(Text("This was done by {decider}.", "Cela a été fait par {decider}.")),
            Facts(("account", "time", "device", "address")),
            Say(
                Text(
                    "If it was you, or you asked for it, there is nothing to do. If not, say so "
                    "at once: somebody may be in your account.",
                    "Si c'était vous, ou à votre demande, il n'y a rien à faire. Sinon, dites-le "
                    "immédiatement : quelqu'un est peut-être dans votre compte.",
                )
            ),
            Ask("report", Text("It was not me", "Ce n'était pas moi")),
            Say(Text("Questions: {contact}.", "Une question : {contact}.")),
            Say(
                Text(
                    "Nobody will ever ask you for a code or a password by mail.",
                    "Personne ne vous demandera jamais un code ou un mot de passe par courriel.",
                )
            ),
        ),
    ),
)

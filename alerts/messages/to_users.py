"""What the users of accounts are told: what was seen, what was decided and why, how to contest it.

Nobody is accused: what is known is said, and what to do. Who is acted on has a right to be told
the grounds, to have a person look at them and to contest (article 5; GDPR, articles 12 and 22).
"""

from typing import Final

from alerts.ladder import Step
from alerts.messages.message import Ask, Audience, Facts, Message, Quote, Say
from detectors.core.detector import Text

_GREETING: Final = Say(Text("Hello,", "Bonjour,"))
_SEEN: Final = (
    Facts(("category", "time", "place", "device", "network", "address")),
    Quote("grounds"),
)
_DECIDED: Final = (
    Facts(("aup", "time")),
    Quote("reason"),
    Quote("grounds"),
    Say(Text("Decided by {decider}.", "Décision prise par {decider}.")),
    Say(
        Text(
            "The rule “{rule}” did this by itself: no person has decided it.",
            "La règle « {rule} » a agi d'elle-même : aucune personne ne l'a décidé.",
        ),
        unless="decider",
    ),
)
_NOT_YOU: Final = (
    Say(
        Text(
            "If it was you, there is nothing to do. If it was not, change your password and say "
            "so: it takes a minute.",
            "Si c'était vous, il n'y a rien à faire. Sinon, changez votre mot de passe et "
            "dites-le : cela prend une minute.",
        )
    ),
    Ask("report", Text("It was not me", "Ce n'était pas moi")),
)
_CONTEST: Final = (
    Say(
        Text(
            "You can contest this: say how you see it. A person will look at it again, and answer "
            "you.",
            "Vous pouvez contester cette décision : dites comment vous voyez les choses. Une "
            "personne l'examinera à nouveau et vous répondra.",
        )
    ),
    Ask("contest", Text("Contest this decision", "Contester cette décision")),
    Say(
        Text("To contest it, write to {contact}.", "Pour la contester, écrivez à {contact}."),
        unless="contest",
    ),
)
_CLOSING: Final = (
    Say(Text("Questions: {contact}.", "Une question : {contact}.")),
    Say(
        Text(
            "Nobody will ever ask you for your password.",
            "Personne ne vous demandera jamais votre mot de passe.",
        )
    ),
)

MESSAGES: Final = (
    Message(
        name="notify",
        audience=Audience.USER,
        subject=Text(
            "Something unusual[ with your account {account}]",
            "Quelque chose d'inhabituel[ sur votre compte {account}]",
        ),
        summary=Text("{account} is told what was seen", "{account} apprend ce qui a été vu"),
        waits=True,
        body=(
            _GREETING,
            Say(
                Text(
                    "Something was seen that does not look like your usual work with {account}.",
                    "Quelque chose a été vu qui ne ressemble pas à votre travail habituel avec "
                    "{account}.",
                )
            ),
            *_SEEN,
            *_NOT_YOU,
            *_CLOSING,
        ),
    ),
    Message(
        name="challenge",
        audience=Audience.USER,
        subject=Text(
            "You will be asked to prove who you are[: {account}]",
            "Une preuve de votre identité vous sera demandée[ : {account}]",
        ),
        summary=Text("{account} has to prove who it is", "{account} doit prouver son identité"),
        waits=True,
        body=(
            _GREETING,
            Say(
                Text(
                    "When you next use {account}, you will be asked for your second factor before "
                    "you go on. Nothing else changes.",
                    "À la prochaine utilisation de {account}, votre second facteur vous sera "
                    "demandé avant de continuer. Rien d'autre ne change.",
                )
            ),
            *_SEEN,
            *_DECIDED[1:2],
            *_NOT_YOU,
            *_CLOSING,
        ),
    ),
    Message(
        name="revoke",
        audience=Audience.USER,
        subject=Text(
            "Your sessions were closed[: {account}]", "Vos sessions ont été fermées[ : {account}]"
        ),
        summary=Text("Sessions of {account} closed", "Sessions de {account} fermées"),
        body=(
            _GREETING,
            Say(
                Text(
                    "Every session of {account} was closed. You can sign in again at once; what "
                    "you did is not lost.",
                    "Toutes les sessions de {account} ont été fermées. Vous pouvez vous "
                    "reconnecter immédiatement ; ce que vous avez fait n'est pas perdu.",
                )
            ),
            *_SEEN[:1],
            *_DECIDED,
            *_NOT_YOU,
            *_CONTEST,
            *_CLOSING,
        ),
    ),
    Message(
        name="suspend",
        audience=Audience.USER,
        subject=Text(
            "Your account is suspended[ until {until}][: {account}]",
            "Votre compte est suspendu[ jusqu'au {until}][ : {account}]",
        ),
        summary=Text(
            "{account} suspended[ until {until}]", "{account} suspendu[ jusqu'au {until}]"
        ),
        body=(
            _GREETING,
            Say(
                Text(
                    "Nobody can sign in with {account} for now.",
                    "Personne ne peut se connecter avec {account} pour le moment.",
                )
            ),
            Say(
                Text(
                    "The suspension ends by itself: {until}.",
                    "La suspension prend fin d'elle-même : {until}.",
                )
            ),
            *_DECIDED,
            *_CONTEST,
            *_CLOSING,
        ),
    ),
    Message(
        name="deactivate",
        audience=Audience.USER,
        subject=Text(
            "Your account is deactivated[: {account}]", "Votre compte est désactivé[ : {account}]"
        ),
        summary=Text("{account} deactivated", "{account} désactivé"),
        body=(
            _GREETING,
            Say(
                Text(
                    "Nobody can sign in with {account} any longer, unless a person takes this "
                    "back.",
                    "Personne ne peut plus se connecter avec {account}, sauf si une personne "
                    "revient sur cette décision.",
                )
            ),
            *_DECIDED,
            *_CONTEST,
            *_CLOSING,
        ),
    ),
    Message(
        name="restore",
        audience=Audience.USER,
        subject=Text(
            "Your account works again[: {account}]",
            "Votre compte fonctionne à nouveau[ : {account}]",
        ),
        summary=Text("{account} works again", "{account} fonctionne à nouveau"),
        body=(
            _GREETING,
            Say(
                Text(
                    "You can sign in with {account} again.",
                    "Vous pouvez à nouveau vous connecter avec {account}.",
                )
            ),
            Facts(("step", "time")),
            Quote("reason"),
            *_CLOSING,
        ),
    ),
    Message(
        name="appeal_received",
        audience=Audience.USER,
        subject=Text("What you wrote has arrived", "Votre message est bien arrivé"),
        summary=Text("An appeal of {account} arrived", "Une contestation de {account} est arrivée"),
        body=(
            _GREETING,
            Say(
                Text(
                    "You contested what was decided about {account}. A person who did not decide "
                    "it will look at it and answer you.",
                    "Vous avez contesté ce qui a été décidé à propos de {account}. Une personne "
                    "qui ne l'a pas décidé l'examinera et vous répondra.",
                )
            ),
            Facts(("ticket", "time")),
            Quote("text"),
            *_CLOSING,
        ),
    ),
    Message(
        name="appeal_answered",
        audience=Audience.USER,
        subject=Text(
            "The answer to what you contested[: {account}]",
            "La réponse à votre contestation[ : {account}]",
        ),
        summary=Text("An appeal of {account} answered", "Réponse à une contestation de {account}"),
        body=(
            _GREETING,
            Say(
                Text(
                    "You contested what was decided about {account}. It was looked at again.",
                    "Vous avez contesté ce qui a été décidé à propos de {account}. Cela a été "
                    "examiné à nouveau.",
                )
            ),
            Quote("answer"),
            Say(Text("Decided by {decider}.", "Décision prise par {decider}.")),
            *_CLOSING,
        ),
    ),
)

NOTICES: Final = {
    Step.NOTIFY: "notify",
    Step.CHALLENGE: "challenge",
    Step.REVOKE: "revoke",
    Step.SUSPEND: "suspend",
    Step.DEACTIVATE: "deactivate",
}
"""What the person concerned is told of a step; `restore` when it is taken back."""

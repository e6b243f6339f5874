"""What somebody is told of a challenge that is over; it teaches nobody how to pass the next one."""

from typing import Final

from detectors.core.detector import Text
from monitor.mfa.challenge import State

HEADINGS: Final = {
    State.PASSED: Text("Thank you", "Merci"),
    State.LOCKED: Text("This question is closed", "Cette question est close"),
    State.DENIED: Text("Thank you for telling us", "Merci de nous l'avoir dit"),
    State.EXPIRED: Text("The time is over", "Le temps est écoulé"),
    State.WITHDRAWN: Text("There is no question any more", "Il n'y a plus de question"),
}
_AGAIN = Text(
    "Go back to where you were: if there is still a question, you are asked anew.",
    "Revenez là où vous étiez : s'il reste une question, elle vous sera posée de nouveau.",
)
WORDS: Final = {
    State.PASSED: (
        Text(
            "You have confirmed that it is you. Go on where you were.",
            "Vous avez confirmé que c'est vous. Continuez là où vous étiez.",
        ),
    ),
    State.LOCKED: (
        Text(
            "Too many answers were not right, so this question takes no more. Your account and "
            "what you prove yourself with are not locked. The people who look after security were "
            "told.",
            "Trop de réponses n'étaient pas les bonnes : cette question n'en prend plus. Votre "
            "compte et vos moyens de preuve ne sont pas bloqués. Les personnes chargées de la "
            "sécurité ont été prévenues.",
        ),
        Text(
            "If it was you, sign in again where you were; you may be asked once more. If you "
            "cannot answer any more, tell whoever looks after your account.",
            "Si c'était vous, reconnectez-vous là où vous étiez ; la question pourra vous être "
            "posée de nouveau. Si vous ne pouvez plus répondre, adressez-vous à la personne qui "
            "gère votre compte.",
        ),
    ),
    State.DENIED: (
        Text(
            "The people who look after security were told. The session is ended and a new password "
            "is asked for: at once where we may, otherwise by them.",
            "Les personnes chargées de la sécurité ont été prévenues. La session prend fin et un "
            "nouveau mot de passe est demandé : aussitôt si nous le pouvons, sinon par elles.",
        ),
        Text(
            "If you use the same password anywhere else, change it there too. Tell nobody any "
            "code, whoever asks.",
            "Si vous utilisez le même mot de passe ailleurs, changez-le là aussi. Ne donnez aucun "
            "code à personne, qui que ce soit qui le demande.",
        ),
    ),
    State.EXPIRED: (
        Text(
            "Nobody answered in time, and nothing was decided.",
            "Personne n'a répondu à temps, et rien n'a été décidé.",
        ),
        _AGAIN,
    ),
    State.WITHDRAWN: (
        Text(
            "It was taken back, or a newer one has taken its place.",
            "Elle a été retirée, ou une plus récente l'a remplacée.",
        ),
        _AGAIN,
    ),
}
NEXT: Final = (
    Text(
        "You have confirmed that it is you. Your other device goes on by itself; you can close "
        "this page.",
        "Vous avez confirmé que c'est vous. Votre autre appareil continue de lui-même ; vous "
        "pouvez fermer cette page.",
    ),
)
"""For whoever has answered on another device."""

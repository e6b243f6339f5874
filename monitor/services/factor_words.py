"""Why something about a factor is not taken, in words that help."""

from typing import Final

from detectors.core.detector import Text

NO_PASSKEYS: Final = Text(
    en="Passkeys cannot be used here: take an authenticator's codes.",
    fr="Les clés d'accès ne sont pas disponibles ici : prenez une application à codes.",
)
TOO_LATE: Final = Text(
    en="That took too long, or belongs to another page: begin again.",
    fr="Cela a pris trop de temps, ou vient d'une autre page : recommencez.",
)
NOT_TAKEN: Final = Text(
    en="Your device answered with something that cannot be used. Try again, or use another one.",
    fr="Votre appareil a donné une réponse inutilisable. Réessayez, ou prenez-en un autre.",
)
KNOWN: Final = Text(
    en="This one is set up already.",
    fr="Celui-ci est déjà enregistré.",
)
TOO_MANY: Final = Text(
    en="You have as many of these as there may be: take one away first.",
    fr="Vous en avez déjà le nombre maximal : retirez-en un d'abord.",
)
WRONG_CODE: Final = Text(
    en="That code is not the one that the new authenticator shows now. Check that its clock is "
    "right, and type the next code.",
    fr="Ce code n'est pas celui que la nouvelle application affiche. Vérifiez son horloge, et "
    "tapez le code suivant.",
)
TOO_OFTEN: Final = Text(
    en="That was changed very often lately: wait a few minutes.",
    fr="Trop de changements en peu de temps : attendez quelques minutes.",
)
NOT_THERE: Final = Text(
    en="It is not there any more.",
    fr="Il n'existe plus.",
)
NOTHING_TO_RECOVER: Final = Text(
    en="Recovery codes stand in for a passkey or an authenticator: set one up first.",
    fr="Les codes de secours remplacent une clé d'accès ou une application : commencez par l'une "
    "d'elles.",
)

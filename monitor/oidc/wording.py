"""What somebody is told whose sign-in by the provider was not taken, and what they can do."""

from typing import Final

from detectors.core.detector import Text
from monitor.oidc.refusal import Reason

TOLD: Final[dict[Reason, Text]] = {
    Reason.CANCELLED: Text(
        en="The sign-in was broken off, or {provider} refused it. Try again.",
        fr="La connexion a été interrompue, ou {provider} l'a refusée. Réessayez.",
    ),
    Reason.PROVIDER_ERROR: Text(
        en="{provider} answers with an error. Try again; if it stays, tell an administrator.",
        fr="{provider} répond par une erreur. Réessayez ; si cela persiste, prévenez un "
        "administrateur.",
    ),
    Reason.UNREACHABLE: Text(
        en="{provider} does not answer at the moment. Try again shortly.",
        fr="{provider} ne répond pas pour le moment. Réessayez dans un instant.",
    ),
    Reason.NOT_UNDERSTOOD: Text(
        en="{provider} answers something that is not to be understood. Tell an administrator: "
        "the log says what.",
        fr="La réponse de {provider} est incompréhensible. Prévenez un administrateur : le journal "
        "en dit la raison.",
    ),
    Reason.NOT_BEGUN_HERE: Text(
        en="This sign-in was not begun in this browser, or too long ago. Begin again.",
        fr="Cette connexion n'a pas été commencée dans ce navigateur, ou il y a trop longtemps. "
        "Recommencez.",
    ),
    Reason.USED_BEFORE: Text(
        en="This answer of {provider} was used already. Begin again.",
        fr="Cette réponse de {provider} a déjà servi. Recommencez.",
    ),
    Reason.OTHER_PROVIDER: Text(
        en="The answer does not come from {provider}, and was not used. Tell an administrator.",
        fr="La réponse ne vient pas de {provider} et n'a pas été utilisée. Prévenez un "
        "administrateur.",
    ),
    Reason.NOT_PROVED: Text(
        en="What {provider} sends does not prove who you are. Try again; if it stays, tell an "
        "administrator.",
        fr="Ce que {provider} envoie ne prouve pas qui vous êtes. Réessayez ; si cela persiste, "
        "prévenez un administrateur.",
    ),
    Reason.NO_SECOND_FACTOR: Text(
        en="You signed in at {provider} without a second factor, which Vigie asks for. Set one up "
        "there, then sign in again.",
        fr="Vous vous êtes connecté à {provider} sans second facteur, que Vigie exige. "
        "Configurez-en un là-bas, puis reconnectez-vous.",
    ),
    Reason.NO_ROLE: Text(
        en="{provider} gives you no role in Vigie. Whoever manages your groups there can change "
        "it.",
        fr="{provider} ne vous donne aucun rôle dans Vigie. La personne qui y gère vos groupes "
        "peut changer cela.",
    ),
    Reason.NO_TENANT: Text(
        en="{provider} does not say which company you are a contact of. Whoever manages your "
        "account there can change it.",
        fr="{provider} ne dit pas de quelle entreprise vous êtes le contact. La personne qui y "
        "gère votre compte peut changer cela.",
    ),
    Reason.NOT_ALLOWED: Text(
        en="Your account at {provider} may not sign in to Vigie: it is in none of the groups or "
        "domains that may.",
        fr="Votre compte chez {provider} ne peut pas se connecter à Vigie : il n'appartient à "
        "aucun des groupes ou domaines autorisés.",
    ),
    Reason.UNKNOWN: Text(
        en="Nobody in Vigie is linked to this account at {provider}. Ask an administrator for an "
        "invitation, then link the two on your page.",
        fr="Personne dans Vigie n'est lié à ce compte chez {provider}. Demandez une invitation à "
        "un administrateur, puis liez les deux sur votre page.",
    ),
    Reason.NO_ADDRESS: Text(
        en="{provider} tells no e-mail address of yours, which Vigie needs at the first sign-in.",
        fr="{provider} ne donne aucune adresse e-mail pour vous, dont Vigie a besoin à la première "
        "connexion.",
    ),
    Reason.ADDRESS_TAKEN: Text(
        en="Somebody in Vigie has your e-mail address and is not linked to {provider}. If it is "
        "you, sign in with your password and link the two on your page.",
        fr="Quelqu'un dans Vigie a votre adresse e-mail et n'est pas lié à {provider}. Si c'est "
        "vous, connectez-vous avec votre mot de passe et liez les deux sur votre page.",
    ),
    Reason.DISABLED: Text(
        en="You are disabled in Vigie. An administrator can change it.",
        fr="Vous êtes désactivé dans Vigie. Un administrateur peut changer cela.",
    ),
    Reason.LAST_ADMINISTRATOR: Text(
        en="You are the last administrator of Vigie, and {provider} gives you another role. Make "
        "somebody else an administrator first.",
        fr="Vous êtes le dernier administrateur de Vigie, et {provider} vous donne un autre rôle. "
        "Nommez d'abord un autre administrateur.",
    ),
    Reason.NOT_FRESH: Text(
        en="{provider} did not ask you again who you are, or does not say so.",
        fr="{provider} ne vous a pas redemandé qui vous êtes, ou ne le dit pas.",
    ),
    Reason.OTHER_PERSON: Text(
        en="Somebody else signed in at {provider} than who is signed in here.",
        fr="La personne connectée à {provider} n'est pas celle qui est connectée ici.",
    ),
    Reason.LINKED_ALREADY: Text(
        en="This account at {provider} is somebody else's here, or you are linked to another one.",
        fr="Ce compte chez {provider} est celui de quelqu'un d'autre ici, ou vous êtes déjà lié à "
        "un autre.",
    ),
    Reason.NO_OTHER_WAY: Text(
        en="Without a password, you could not sign in any more if you were not linked to "
        "{provider}.",
        fr="Sans mot de passe, vous ne pourriez plus vous connecter si vous n'étiez plus lié à "
        "{provider}.",
    ),
}


def told(reason: Reason, provider: str, language: str) -> str:
    """The sentence, in the reader's language, with what the provider is called."""
    text = TOLD[reason]
    return (text.fr if language == "fr" else text.en).replace("{provider}", provider)

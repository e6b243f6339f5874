"""What is told of setting up factors and of recoveries: to subscribers always by another way than
the one that it happens on, and to the team what waits for it.

No mail here lets anybody set up a first factor: whoever reads it has the mailbox alone.
"""

from typing import Final

from alerts.messages.message import Ask, Audience, Facts, Message, Quote, Say
from detectors.core.detector import Text

_GREETING: Final = Say(Text("Hello,", "Bonjour,"))
_CLOSING: Final = (
    Say(Text("Questions: {contact}.", "Une question : {contact}.")),
    Say(
        Text(
            "Nobody will ever ask you for your password or for a code.",
            "Personne ne vous demandera jamais votre mot de passe, ni un code.",
        )
    ),
)
_HOW: Final = (
    Say(
        Text(
            "Sign in as usual, and open your account's page from there.",
            "Connectez-vous comme d'habitude, puis ouvrez la page de votre compte.",
        )
    ),
    Ask("mine", Text("Your account's page", "La page de votre compte")),
)
_STOP: Final = (
    Say(
        Text(
            "If you did not ask for this, somebody else did: stop it now.",
            "Si vous ne l'avez pas demandé, quelqu'un d'autre l'a fait : arrêtez-le maintenant.",
        )
    ),
    Ask("stop", Text("Stop it", "Arrêter")),
)


def _to_user(name: str, subject: Text, summary: Text, *body: Say | Facts | Quote | Ask) -> Message:
    return Message(
        name=name,
        audience=Audience.USER,
        subject=subject,
        summary=summary,
        body=(_GREETING, *body, *_CLOSING),
    )


def _to_team(name: str, subject: Text, first: Text) -> Message:
    return Message(
        name=name,
        audience=Audience.TEAM,
        subject=subject,
        summary=subject,
        body=(
            Say(first),
            Facts(("account", "tenant", "requester", "expires")),
            Ask("link", Text("Open in Vigie", "Ouvrir dans Vigie")),
        ),
    )


MESSAGES: Final = (
    _to_user(
        "enrolment_required",
        Text(
            "Set up a second factor[ by {until}]",
            "Ajoutez un second facteur[ avant le {until}]",
        ),
        Text("{account} is to set up a factor", "{account} doit ajouter un facteur"),
        Say(
            Text(
                "Your organisation asks for a second factor with {account}: a passkey, or codes of "
                "an authenticator. It takes a minute.",
                "Votre organisation demande un second facteur pour {account} : une clé d'accès, ou "
                "les codes d'une application. Cela prend une minute.",
            )
        ),
        Say(
            Text(
                "You have time until {until}.",
                "Vous avez jusqu'au {until}.",
            )
        ),
        *_HOW,
    ),
    _to_user(
        "enrolment_reminder",
        Text(
            "A second factor is still missing[: {until}]",
            "Il manque encore un second facteur[ : {until}]",
        ),
        Text("{account} is reminded of a factor", "Rappel à {account} : un facteur manque"),
        Say(
            Text(
                "There is no second factor with {account} yet. From {until} on you will be asked "
                "to set one up before you go on.",
                "Aucun second facteur n'est encore associé à {account}. À partir du {until}, il "
                "vous sera demandé d'en ajouter un avant de continuer.",
            )
        ),
        *_HOW,
    ),
    _to_user(
        "recovery_requested",
        Text(
            "A new factor is asked for[: {account}]",
            "Un nouveau facteur est demandé[ : {account}]",
        ),
        Text("A recovery of {account} is asked for", "Récupération de {account} demandée"),
        Say(
            Text(
                "Somebody says that the second factor of {account} is lost, and asks to set up "
                "another one. Who they are will be checked first, by two people.",
                "Quelqu'un indique que le second facteur de {account} est perdu et demande à en "
                "ajouter un autre. Son identité sera d'abord vérifiée, par deux personnes.",
            )
        ),
        Facts(("time",)),
        *_STOP,
    ),
    _to_user(
        "recovery_agreed",
        Text(
            "A new factor can be set up from {until}[: {account}]",
            "Un nouveau facteur pourra être ajouté le {until}[ : {account}]",
        ),
        Text("A recovery of {account} was agreed to", "Récupération de {account} accordée"),
        Say(
            Text(
                "A proof of identity was seen and two people agreed: a new factor can be set up "
                "for {account}. For your safety that waits until {until}; the link comes then.",
                "Une preuve d'identité a été constatée et deux personnes sont d'accord : un "
                "nouveau facteur pourra être ajouté à {account}. Par sécurité, cela attend "
                "jusqu'au {until} ; le lien viendra à ce moment.",
            )
        ),
        *_STOP,
    ),
    _to_user(
        "recovery_link",
        Text("Set up a new factor[: {account}]", "Ajoutez un nouveau facteur[ : {account}]"),
        Text("{account} is sent a link", "Un lien est envoyé à {account}"),
        Say(
            Text(
                "Open this link to set up a new factor for {account}. What was set up before is "
                "void then.",
                "Ouvrez ce lien pour ajouter un nouveau facteur à {account}. Ce qui était associé "
                "auparavant ne vaudra plus.",
            )
        ),
        Ask("recover", Text("Set up a new factor", "Ajouter un nouveau facteur")),
        Say(
            Text(
                "It can be used once, until {until}.",
                "Il sert une seule fois, jusqu'au {until}.",
            )
        ),
        *_STOP,
    ),
    _to_user(
        "recovery_refused",
        Text(
            "No new factor is set up[: {account}]",
            "Aucun nouveau facteur n'est ajouté[ : {account}]",
        ),
        Text("A recovery of {account} was refused", "Récupération de {account} refusée"),
        Say(
            Text(
                "The request to set up a new factor for {account} was refused. Nothing changes.",
                "La demande d'ajout d'un nouveau facteur à {account} a été refusée. Rien ne "
                "change.",
            )
        ),
        Quote("reason"),
    ),
    _to_user(
        "recovery_stopped",
        Text("The request was stopped[: {account}]", "La demande a été arrêtée[ : {account}]"),
        Text("A recovery of {account} was stopped", "Récupération de {account} arrêtée"),
        Say(
            Text(
                "The request to set up a new factor for {account} was stopped: by you, or because "
                "a factor of yours was used. Nothing changes.",
                "La demande d'ajout d'un nouveau facteur à {account} a été arrêtée : par vous, ou "
                "parce qu'un de vos facteurs a servi. Rien ne change.",
            )
        ),
    ),
    _to_team(
        "recovery_to_prove",
        Text(
            "A factor is lost[: {account}][ ({tenant})]",
            "Un facteur est perdu[ : {account}][ ({tenant})]",
        ),
        Text(
            "Somebody has lost every factor. See a proof of who they are by a way that was agreed "
            "before, never one that they name now, and note what you saw.",
            "Quelqu'un a perdu tous ses facteurs. Constatez une preuve de son identité par un "
            "moyen convenu d'avance, jamais par celui que la personne propose, et notez-la.",
        ),
    ),
    _to_team(
        "recovery_to_approve",
        Text(
            "To be agreed to: a new factor[, {account}][ ({tenant})]",
            "À accorder : un nouveau facteur[, {account}][ ({tenant})]",
        ),
        Text(
            "A proof of identity was seen. A second person agrees to a new factor, or refuses.",
            "Une preuve d'identité a été constatée. Une seconde personne accorde un nouveau "
            "facteur, ou refuse.",
        ),
    ),
    _to_team(
        "recovery_to_hand_over",
        Text(
            "A link is to be handed over[: {account}][ ({tenant})]",
            "Un lien est à remettre[ : {account}][ ({tenant})]",
        ),
        Text(
            "The wait of a recovery is over, and the directory's mail address of the account was "
            "changed lately: the link was not sent there. Ask who changed it, and why. Another "
            "person than who asked or saw the proof hands the link over, or refuses.",
            "Le délai d'une récupération est écoulé et l'adresse du compte dans l'annuaire a "
            "changé il y a peu : le lien n'y a pas été envoyé. Demandez qui l'a changée, et "
            "pourquoi. Une autre personne que celle qui a demandé ou vu la preuve remet le "
            "lien, ou refuse.",
        ),
    ),
    _to_team(
        "recovery_contested",
        Text(
            "A recovery was stopped by its owner[: {account}][ ({tenant})]",
            "Récupération arrêtée par le titulaire[ : {account}][ ({tenant})]",
        ),
        Text(
            "Whoever has the account's mailbox says that they did not ask for a new factor. "
            "Somebody who passed for them may have been seen.",
            "La personne qui lit la messagerie du compte dit ne pas avoir demandé de nouveau "
            "facteur. Quelqu'un s'est peut-être fait passer pour elle.",
        ),
    ),
)

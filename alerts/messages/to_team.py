"""What people of the security team are told, so that they know in one line whether to come."""

from typing import Final

from alerts.messages.message import Ask, Audience, Facts, Items, Message, Quote, Say
from detectors.core.detector import Text

_OPEN: Final = Ask("link", Text("Open in Vigie", "Ouvrir dans Vigie"))
_WHOSE: Final = ("account", "tenant", "ticket")


def _told(
    name: str,
    subject: Text,
    first: Text,
    facts: tuple[str, ...],
    quotes: tuple[str, ...] = (),
    waits: bool = True,
) -> Message:
    return Message(
        name=name,
        audience=Audience.TEAM,
        subject=subject,
        summary=subject,
        waits=waits,
        body=(Say(first), Facts(facts), *(Quote(one) for one in quotes), _OPEN),
    )


MESSAGES: Final = (
    _told(
        "incident",
        Text(
            "Incident[: {category}][ ({severity})][, {account}][, {tenant}]",
            "Incident[ : {category}][ ({severity})][, {account}][, {tenant}]",
        ),
        Text(
            "There is an incident that somebody should look at.",
            "Il y a un incident à examiner.",
        ),
        ("category", "severity", *_WHOSE, "time", "step", "outcome", "rule"),
        ("grounds",),
    ),
    _told(
        "reopened",
        Text(
            "Open again[: {title}][, {account}][ ({tenant})]",
            "Rouvert[ : {title}][, {account}][ ({tenant})]",
        ),
        Text(
            "There is new evidence on a ticket that was closed.",
            "De nouveaux éléments sont arrivés sur un ticket clos.",
        ),
        ("title", "category", "severity", *_WHOSE, "time"),
        ("grounds",),
    ),
    _told(
        "withdrawn",
        Text(
            "Found no longer[: {category}][, {account}][ ({tenant})]",
            "N'est plus constaté[ : {category}][, {account}][ ({tenant})]",
        ),
        Text(
            "What this ticket rests on was withdrawn, for it no longer follows from the events. "
            "What was done because of it may have to be taken back.",
            "Ce sur quoi ce ticket repose a été retiré, car cela ne résulte plus des événements. "
            "Ce qui a été fait pour cela est peut-être à annuler.",
        ),
        ("category", *_WHOSE, "step", "time"),
        ("grounds",),
    ),
    _told(
        "due",
        Text(
            "Due[ {due}][: {title}][, {clock}]",
            "À faire[ avant le {due}][ : {title}][, {clock}]",
        ),
        Text(
            "A ticket has waited for most of the time it may take.",
            "Un ticket attend depuis presque tout le temps prévu.",
        ),
        ("title", "severity", *_WHOSE, "clock", "due"),
    ),
    _told(
        "overdue",
        Text("Overdue[: {title}][, {clock}]", "En retard[ : {title}][, {clock}]"),
        Text(
            "A ticket has waited longer than it should.",
            "Un ticket attend depuis plus longtemps que prévu.",
        ),
        ("title", "severity", *_WHOSE, "clock", "due"),
    ),
    _told(
        "approve",
        Text(
            "To be approved[: {step}][, {account}][ ({tenant})]",
            "À approuver[ : {step}][, {account}][ ({tenant})]",
        ),
        Text(
            "Somebody asks for a measure that a second person has to approve or refuse.",
            "Une mesure est demandée, qu'une seconde personne doit approuver ou refuser.",
        ),
        ("step", *_WHOSE, "requester", "aup", "until", "expires"),
        ("reason", "grounds"),
        waits=False,
    ),
    _told(
        "expired",
        Text(
            "Nobody decided[: {step}][, {account}][ ({tenant})]",
            "Personne n'a décidé[ : {step}][, {account}][ ({tenant})]",
        ),
        Text(
            "A measure that somebody asked for was neither approved nor refused in time. Nothing "
            "is done.",
            "Une mesure demandée n'a été ni approuvée ni refusée à temps. Rien n'est fait.",
        ),
        ("step", *_WHOSE, "requester", "expires"),
        ("reason",),
    ),
    _told(
        "proposed",
        Text(
            "For people to decide[: {step}][, {account}][ ({tenant})]",
            "À décider par des personnes[ : {step}][, {account}][ ({tenant})]",
        ),
        Text(
            "The policy asks for a measure that it may not take by itself.",
            "La politique demande une mesure qu'elle ne peut appliquer d'elle-même.",
        ),
        ("step", *_WHOSE, "category", "severity", "rule"),
        ("why", "grounds"),
    ),
    _told(
        "done",
        Text(
            "Done[: {step}][, {account}][ ({tenant})]",
            "Appliqué[ : {step}][, {account}][ ({tenant})]",
        ),
        Text("A measure holds now.", "Une mesure est maintenant en vigueur."),
        ("step", *_WHOSE, "decider", "rule", "aup", "until", "time"),
        ("reason",),
    ),
    _told(
        "undone",
        Text(
            "Taken back[: {step}][, {account}][ ({tenant})]",
            "Annulé[ : {step}][, {account}][ ({tenant})]",
        ),
        Text("A measure holds no longer.", "Une mesure n'est plus en vigueur."),
        ("step", *_WHOSE, "decider", "time"),
        ("reason",),
    ),
    _told(
        "unfinished",
        Text(
            "Not finished[: {step}][, {account}][ ({tenant})]",
            "Inachevé[ : {step}][, {account}][ ({tenant})]",
        ),
        Text(
            "A measure was carried out in part, or nobody knows. A person has to look.",
            "Une mesure n'a été appliquée qu'en partie, ou personne ne le sait. Quelqu'un doit "
            "regarder.",
        ),
        ("step", *_WHOSE, "responder", "time"),
        ("why",),
        waits=False,
    ),
    _told(
        "guardrail",
        Text(
            "Vigie has stopped acting by itself[ ({tenant})]",
            "Vigie n'agit plus d'elle-même[ ({tenant})]",
        ),
        Text(
            "As many accounts as the guardrails allow were acted on within an hour. What else the "
            "policy asks for is held until a person looks.",
            "Vigie a agi en une heure sur autant de comptes que les garde-fous le permettent. Ce "
            "que la politique demande d'autre est retenu jusqu'à ce que quelqu'un regarde.",
        ),
        ("tenant", "count", "limit", "step", "account", "rule", "ticket", "time"),
        ("why",),
        waits=False,
    ),
    _told(
        "report",
        Text(
            "Somebody reports something[ ({tenant})][: {title}]",
            "Un signalement est arrivé[ ({tenant})][ : {title}]",
        ),
        Text(
            "Somebody reported a suspicious access (article 10).",
            "Un accès suspect a été signalé (article 10).",
        ),
        ("title", *_WHOSE, "time"),
        ("text",),
    ),
    _told(
        "appeal",
        Text(
            "A decision is contested[: {account}][ ({tenant})]",
            "Une décision est contestée[ : {account}][ ({tenant})]",
        ),
        Text(
            "Somebody contests a measure. It has to be looked at by a person who did not decide "
            "it (article 5).",
            "Une mesure est contestée. Une personne qui ne l'a pas décidée doit l'examiner "
            "(article 5).",
        ),
        (*_WHOSE, "step", "time"),
        ("text",),
        waits=False,
    ),
    _told(
        "dead",
        Text(
            "Not delivered[ by {responder}][: {count} orders]",
            "Non remis[ par {responder}][ : {count} ordres]",
        ),
        Text(
            "What was to be written or kept elsewhere could not be, and is not tried again by "
            "itself. A person looks at the outbox, mends what is wrong, and drives it on.",
            "Ce qui devait être écrit ou tenu ailleurs n'a pu l'être, et n'est plus tenté "
            "automatiquement. Quelqu'un regarde la boîte d'envoi, corrige ce qui ne va pas, et "
            "relance.",
        ),
        ("responder", "count", "time"),
        ("why",),
        waits=False,
    ),
    _told(
        "trial",
        Text("A trial message of Vigie", "Un message d'essai de Vigie"),
        Text(
            "This is how Vigie writes to you. There is nothing to do.",
            "C'est ainsi que Vigie vous écrit. Il n'y a rien à faire.",
        ),
        ("time",),
        ("text",),
        waits=False,
    ),
    Message(
        name="digest",
        audience=Audience.TEAM,
        subject=Text("Vigie[: {count} messages in one]", "Vigie[ : {count} messages en un seul]"),
        summary=Text("A digest[ of {count} messages]", "Un récapitulatif[ de {count} messages]"),
        body=(
            Say(
                Text(
                    "This stands for {count} messages that were not urgent, or too many.",
                    "Ceci remplace {count} messages peu urgents, ou trop nombreux.",
                )
            ),
            Say(
                Text(
                    "This stands for messages that were not urgent, or too many.",
                    "Ceci remplace des messages peu urgents, ou trop nombreux.",
                ),
                unless="count",
            ),
            Items(),
            _OPEN,
        ),
    ),
)

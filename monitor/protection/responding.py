"""What is done about incidents, and who is told of it: an entry of the register of processing."""

from typing import Final

from detectors.core.detector import Text
from monitor.protection.processing import Entry, Facts

_NOBODY: Final = Text(
    "Nobody outside: no responder is set up",
    "Personne à l'extérieur : aucun connecteur n'est réglé",
)


def responding(facts: Facts) -> Entry:
    """Tickets, measures about accounts, and the messages and orders that they come to."""
    return Entry(
        name=Text("Responses to incidents", "Réponses aux incidents"),
        purposes=(
            Text(
                "Follow incidents up, ask for proof, suspend or deactivate accounts, and tell "
                "those concerned (Acceptable Use Policy, articles 7 and 9)",
                "Traiter les incidents, demander une preuve, suspendre ou désactiver des comptes, "
                "et prévenir les personnes concernées (charte, articles 7 et 9)",
            ),
        ),
        basis=(
            Text(
                "Legitimate interests (article 6(1)(f)): that access stays with whom it was given "
                "to; nobody's account is deactivated without people's decision (article 22)",
                "Intérêt légitime (article 6(1)f) à ce que l'accès reste à qui l'a reçu ; aucun "
                "compte n'est désactivé sans décision humaine (article 22)",
            ),
        ),
        people=(
            Text(
                "Users of accounts; reviewers who decide",
                "Utilisateurs des comptes ; réviseurs qui décident",
            ),
        ),
        data=(
            Text(
                "Tickets with their comments; measures with reason, ground and who decided; "
                "messages to users (address, language, what was seen and decided); appeals",
                "Tickets et commentaires ; mesures avec motif, fondement et décideur ; messages "
                "aux utilisateurs (adresse, langue, ce qui a été vu et décidé) ; contestations",
            ),
        ),
        origin=(
            Text(
                "Incidents, the directory, reviewers, and who contests a decision",
                "Incidents, annuaire, réviseurs, et qui conteste une décision",
            ),
        ),
        recipients=(
            Text(
                "Reviewers by their role; contacts of a tenant, of their own tenant",
                "Réviseurs selon leur rôle ; contacts d'un client, pour le leur",
            ),
            *_told(facts),
        ),
        transfers=(
            Text(
                "Where the operator of a recipient above is: what is sent leaves these machines",
                "Là où se trouve l'exploitant d'un destinataire ci-dessus : ce qui est envoyé "
                "quitte ces machines",
            )
            if facts.responders
            else Text("None", "Aucun"),
        ),
        retention=(
            Text(
                f"Tickets, measures and what was held back: {facts.incidents} days after they "
                "were closed or over, and as long as their incident; one that is in force, until "
                "it is undone",
                f"Tickets, mesures et mises en sourdine : {facts.incidents} jours après leur fin, "
                "et autant que leur incident ; une mesure en vigueur, jusqu'à son annulation",
            ),
            Text(
                f"Orders and messages: {facts.orders} days after they were over, to whom and in "
                f"which words {facts.order_details} days; while their measure is in force, longer",
                f"Ordres et messages : {facts.orders} jours après leur fin, à qui et en quels "
                f"termes {facts.order_details} jours ; davantage tant que leur mesure est en "
                "vigueur",
            ),
            Text(
                "What the built-in gate's list says: until it is taken back or ends; who used a "
                "link to contest a measure: as long as the link held",
                "La liste du portail intégré : jusqu'au retrait ou au terme ; l'usage d'un lien de "
                "contestation : tant que valait le lien",
            ),
        ),
    )


def _told(facts: Facts) -> tuple[Text, ...]:
    if not facts.responders:
        return (_NOBODY,)
    named = ", ".join(f"{name} ({kind})" for name, kind in facts.responders)
    return (Text(f"Responders: {named}", f"Connecteurs : {named}"),)

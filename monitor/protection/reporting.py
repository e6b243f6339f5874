"""What is done with what anybody reports: an entry of the register of processing."""

from detectors.core.detector import Text
from monitor.protection.processing import Entry, Facts


def reports(facts: Facts) -> Entry:
    """Reports of misuse, and the tickets that they become."""
    return Entry(
        name=Text("Reports of misuse", "Signalements d'abus"),
        purposes=(
            Text(
                "Let anybody report a misuse, and look into it (Acceptable Use Policy, article 10)",
                "Permettre à chacun de signaler un abus, et l'examiner (charte, article 10)",
            ),
        ),
        basis=(
            Text(
                "Legitimate interests (article 6(1)(f)): to learn of misuse from who sees it",
                "Intérêt légitime (article 6(1)f) à apprendre un abus de qui le voit",
            ),
        ),
        people=(Text("Whoever reports, and whom they name", "Qui signale, et qui est nommé"),),
        data=(
            Text(
                "What is written; the account and organisation that are named; how to reach its "
                "writer, where they say it",
                "Ce qui est écrit ; le compte et l'organisation nommés ; comment joindre l'auteur, "
                "s'il le dit",
            ),
            Text(
                "Of the sender's network address a keyed digest for some hours, against floods",
                "De l'adresse réseau, une empreinte à clé pour quelques heures, contre les flots",
            ),
        ),
        origin=(
            Text("Whoever reports; programs of the customer", "Qui signale ; programmes du client"),
        ),
        recipients=(
            Text(
                "Reviewers by their role; where an account is named that is known, contacts of its "
                "tenant, masked",
                "Réviseurs selon leur rôle ; si un compte connu est nommé, contacts de son client, "
                "masqué",
            ),
        ),
        transfers=(
            Text(
                "None, unless the operator sends tickets on to a tracker or to others",
                "Aucun, sauf envoi des tickets par l'exploitant à un outil de suivi ou à d'autres",
            ),
        ),
        retention=(
            Text(
                f"With their ticket: {facts.incidents} days after it was closed",
                f"Avec leur ticket : {facts.incidents} jours après sa clôture",
            ),
        ),
    )

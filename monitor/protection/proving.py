"""What is done so that end users prove who they are: an entry of the register of processing."""

from detectors.core.detector import Text
from monitor.protection.processing import Entry, Facts


def proving(facts: Facts) -> Entry:
    """What they prove themselves with, what they are asked, and their own page."""
    return Entry(
        name=Text("Proof by end users", "Preuve par les utilisateurs"),
        purposes=(
            Text(
                "Make sure that whoever uses an account is its owner when something is off, and "
                "let owners see and protect their account (Acceptable Use Policy, article 6)",
                "S'assurer, en cas de doute, que qui utilise un compte en est titulaire, et "
                "permettre au titulaire de le voir et de le protéger (charte, article 6)",
            ),
        ),
        basis=(
            Text(
                "Legitimate interests (article 6(1)(f); recital 49); security of processing "
                "(article 32)",
                "Intérêt légitime (article 6(1)f ; considérant 49) ; sécurité du traitement "
                "(article 32)",
            ),
        ),
        people=(
            Text("People who sign in to the watched service", "Utilisateurs du service surveillé"),
        ),
        data=(
            Text(
                "Passkeys (public keys, never a fingerprint or a face, which stay on the device), "
                "sealed secrets of one-time codes, hashes of recovery codes; their names and uses",
                "Clés d'accès (clés publiques, jamais l'empreinte ni le visage, qui restent sur "
                "l'appareil), secrets scellés de codes à usage unique, empreintes de codes de "
                "secours ; leurs noms et usages",
            ),
            Text(
                "What was asked, when, about which session, and whether it was answered; how "
                "identity was proved after a loss, in the words of who saw to it",
                "Ce qui a été demandé, quand, pour quelle session, et si une réponse est venue ; "
                "comment l'identité fut prouvée après une perte, selon qui s'en est chargé",
            ),
            Text(
                "Visits of the own page, with address and program",
                "Visites de la page personnelle, avec adresse et programme",
            ),
        ),
        origin=(Text("The people themselves; the application", "Les personnes ; l'application"),),
        recipients=(
            Text(
                "Reviewers by their role: names and times, nothing that could be used",
                "Réviseurs selon leur rôle : noms et heures, rien d'utilisable",
            ),
        ),
        transfers=(
            Text(
                "None; a notice of each change goes by mail",
                "Aucun ; un avis de chaque changement part par courriel",
            ),
        ),
        retention=(
            Text(
                "Factors until they are taken away or the account is erased",
                "Facteurs jusqu'à leur retrait ou l'effacement du compte",
            ),
            Text(
                f"Challenges {facts.orders} days after they are over; recoveries {facts.incidents} "
                "days; visits two hours",
                f"Demandes de preuve {facts.orders} jours après leur fin ; récupérations "
                f"{facts.incidents} jours ; visites deux heures",
            ),
            Text(
                "What an application asked before it let somebody in, with address and program, "
                f"{facts.details} days; what was proved or demanded of a session until it counts "
                "no longer; links to set up a factor 30 days, those that served as long as "
                "accounts",
                "Ce qu'une application a demandé avant de laisser entrer, avec adresse et "
                f"programme, {facts.details} jours ; ce qu'une session a prouvé ou doit prouver "
                "tant que cela compte ; liens d'enrôlement 30 jours, ceux qui ont servi autant "
                "que les comptes",
            ),
        ),
    )

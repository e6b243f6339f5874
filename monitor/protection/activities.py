"""What is done with personal data here, entry by entry: purposes, data, recipients, periods."""

from typing import Final

from detectors.core.detector import Text
from monitor.protection.processing import LOGIC, Entry, Facts


def _days(en: str, fr: str, days: int) -> Text:
    return Text(f"{en}: {days} days", f"{fr} : {days} jours")


_NO_TRANSFER: Final = Text(
    "None: nothing leaves the machines that Vigie runs on, unless its operator sends it on.",
    "Aucun : rien ne quitte les machines où tourne Vigie, sauf envoi par son exploitant.",
)


def watching(facts: Facts) -> Entry:
    """Sign-ins, from logs to incidents."""
    named = ", ".join(f"{name} ({form})" for name, form in facts.sources) or "–"
    return Entry(
        name=Text("Watching sign-ins", "Surveillance des connexions"),
        purposes=(
            Text(
                "Security of the service: find accounts that several people share, and sign-ins "
                "that are attacks (Acceptable Use Policy, articles 6 and 3.3)",
                "Sécurité du service : repérer les comptes partagés et les connexions qui sont "
                "des attaques (charte d'utilisation acceptable, articles 6 et 3.3)",
            ),
        ),
        basis=(
            Text(
                "Legitimate interests (article 6(1)(f); recital 49: network and information "
                "security)",
                "Intérêt légitime (article 6(1)f ; considérant 49 : sécurité des réseaux et de "
                "l'information)",
            ),
            Text(
                "The customer informs its people, and answers for what it imports (Acceptable "
                "Use Policy, article 4)",
                "Le client informe ses salariés et répond de ce qu'il importe (charte, article 4)",
            ),
        ),
        people=(
            Text("People who sign in to the watched service", "Utilisateurs du service surveillé"),
            Text("People who try to, from outside", "Personnes qui le tentent de l'extérieur"),
        ),
        data=(
            Text(
                "Account and name, tenant, time and outcome of sign-ins, sessions, second factors",
                "Compte et nom, client, heure et issue des connexions, sessions, seconds facteurs",
            ),
            Text(
                "Network address, and derived from it: town, network operator; user agent, and "
                "derived from it: device, system, program",
                "Adresse réseau et ce qui s'en déduit : ville, opérateur ; agent utilisateur et "
                "ce qui s'en déduit : appareil, système, programme",
            ),
            Text(
                "Habits by account; findings; incidents with their assessment",
                "Habitudes par compte ; constats ; incidents et leur évaluation",
            ),
            Text(
                "No special categories (article 9), and no content of calls or messages",
                "Aucune catégorie particulière (article 9), aucun contenu d'appel ni de message",
            ),
        ),
        origin=(
            Text(f"Authentication logs: {named}", f"Journaux d'authentification : {named}"),
            Text(
                "Location databases on the machine: no address is asked about outside",
                "Bases de localisation locales : aucune adresse n'est soumise à l'extérieur",
            ),
        ),
        recipients=(
            Text(
                "Reviewers by their role; contacts of a tenant, of their own tenant and masked",
                "Réviseurs selon leur rôle ; contacts d'un client, pour le leur et masqué",
            ),
            Text(
                "Programs with an API key of that scope",
                "Programmes munis d'une clé d'API de cette portée",
            ),
        ),
        transfers=(_NO_TRANSFER, *_fetching(facts)),
        retention=(
            _days(
                "Addresses and user agents in full", "Adresses et agents en entier", facts.details
            ),
            _days("Sign-ins without these details", "Connexions sans ces détails", facts.events),
            _days(
                "Incidents, findings and their evidence, after the last evidence",
                "Incidents, constats et preuves, après le dernier indice",
                facts.incidents,
            ),
            _days(
                "Habits, after the last sign-in",
                "Habitudes, après la dernière connexion",
                facts.accounts,
            ),
            _days("Lines that could not be read", "Lignes illisibles", facts.rejects),
            _days("What was wrong, after it ended", "Anomalies, après leur fin", facts.health),
        ),
        logic=LOGIC,
    )


def _fetching(facts: Facts) -> tuple[Text, ...]:
    if not facts.fetches:
        return ()
    return (
        Text(
            "Location databases are fetched whole: their provider learns the server's address only",
            "Les bases de localisation sont téléchargées entières : leur fournisseur n'apprend "
            "que l'adresse du serveur",
        ),
    )


def directory() -> Entry:
    """Whose accounts are."""
    return Entry(
        name=Text("Directory of accounts", "Annuaire des comptes"),
        purposes=(
            Text(
                "Know whose an account is, and which may be shared: fewer false alarms",
                "Savoir à qui est un compte et lesquels peuvent être partagés : moins de fausses "
                "alertes",
            ),
            Text("Access hygiene (policy, article 6)", "Hygiène des accès (charte, article 6)"),
        ),
        basis=(Text("Legitimate interests (article 6(1)(f))", "Intérêt légitime (article 6(1)f)"),),
        people=(Text("Account holders of the watched service", "Titulaires de comptes"),),
        data=(
            Text(
                "Names, e-mail address, ids at other systems, roles, tags, first and last day of "
                "employment, second factor",
                "Noms, adresse électronique, identifiants dans d'autres systèmes, rôles, "
                "étiquettes, premier et dernier jour d'emploi, second facteur",
            ),
        ),
        origin=(
            Text(
                "The customer: imports, its identity provider (SCIM); else what logs show",
                "Le client : imports, fournisseur d'identité (SCIM) ; sinon les journaux",
            ),
        ),
        recipients=(Text("Reviewers by their role", "Réviseurs selon leur rôle"),),
        transfers=(_NO_TRANSFER,),
        retention=(
            Text(
                "While the account is in use; what imports changed, for 30 days",
                "Tant que le compte sert ; ce que les imports ont changé, 30 jours",
            ),
        ),
    )


def reviewers(facts: Facts) -> Entry:
    """Whoever signs in to Vigie."""
    outside: tuple[Text, ...] = ()
    if facts.asks:
        outside += (
            Text(
                "Passwords are compared with leaked ones by the first five characters of a "
                "digest (k-anonymity): the list's keeper learns no password and no name",
                "Les mots de passe sont comparés à ceux qui ont fuité par les cinq premiers "
                "caractères d'une empreinte (k-anonymat) : le gardien de la liste n'apprend ni mot "
                "de passe ni nom",
            ),
        )
    if facts.provider:
        outside += (
            Text(
                f"The identity provider that reviewers sign in by: {facts.provider}",
                f"Le fournisseur d'identité des réviseurs : {facts.provider}",
            ),
        )
    return Entry(
        name=Text("People who sign in to Vigie", "Personnes qui se connectent à Vigie"),
        purposes=(
            Text(
                "Let in who may, and answer for what is done",
                "N'admettre que qui le peut, et répondre des actes",
            ),
        ),
        basis=(Text("Legitimate interests (article 6(1)(f))", "Intérêt légitime (article 6(1)f)"),),
        people=(Text("Reviewers and contacts of tenants", "Réviseurs et contacts des clients"),),
        data=(
            Text(
                "Name, roles, digest of the password, sealed second factor, sessions with address",
                "Nom, rôles, empreinte du mot de passe, second facteur scellé, sessions et adresse",
            ),
        ),
        origin=(Text("They themselves, or their employer", "Eux-mêmes ou leur employeur"),),
        recipients=(Text("Administrators of Vigie", "Administrateurs de Vigie"), *outside),
        transfers=(_NO_TRANSFER,),
        retention=(
            Text(
                "While they are reviewers; sessions until they end",
                "Tant qu'ils sont réviseurs ; les sessions jusqu'à leur fin",
            ),
        ),
    )


def auditing(facts: Facts) -> Entry:
    """Who did what."""
    return Entry(
        name=Text("Audit", "Journal d'audit"),
        purposes=(
            Text(
                "Prove who did what, and who looked at whom and why",
                "Prouver qui a fait quoi, et qui a consulté qui et pourquoi",
            ),
        ),
        basis=(
            Text(
                "Legal obligation (articles 5(2), 24 and 32; article 6(1)(c))",
                "Obligation légale (articles 5(2), 24 et 32 ; article 6(1)c)",
            ),
        ),
        people=(Text("Reviewers; those whom they looked at", "Réviseurs ; personnes consultées"),),
        data=(
            Text(
                "Deed, time, references that name nobody; beside them, erasable, names and reasons",
                "Acte, heure, références sans nom ; à côté, effaçables, noms et motifs",
            ),
        ),
        origin=(Text("What is done in Vigie", "Les actes dans Vigie"),),
        recipients=(Text("Approvers and administrators", "Approbateurs et administrateurs"),),
        transfers=(_NO_TRANSFER,),
        retention=(_days("Entries", "Entrées", facts.audit),),
    )


def requests() -> Entry:
    """What people ask for by law."""
    return Entry(
        name=Text("Requests of people", "Demandes des personnes"),
        purposes=(
            Text(
                "Answer requests for access, erasure, restriction and objection, and keep to them",
                "Répondre aux demandes d'accès, d'effacement, de limitation et d'opposition, et "
                "s'y tenir",
            ),
        ),
        basis=(Text("Legal obligation (article 6(1)(c))", "Obligation légale (article 6(1)c)"),),
        people=(Text("Whoever asks", "Les demandeurs"),),
        data=(
            Text(
                "Account, reason, decision; of who was erased, a keyed digest and nothing else, "
                "unless incidents that stand were kept",
                "Compte, motif, décision ; de qui a été effacé, une empreinte à clé et rien "
                "d'autre, sauf incidents conservés",
            ),
        ),
        origin=(Text("The person, or the customer", "La personne ou le client"),),
        recipients=(Text("Administrators and approvers", "Administrateurs et approbateurs"),),
        transfers=(_NO_TRANSFER,),
        retention=(
            Text(
                "Restrictions and objections: as long as the account; digests of who was erased: "
                "as long as there may be older logs and backups",
                "Limitations et oppositions : autant que le compte ; empreintes des personnes "
                "effacées : tant qu'il peut exister des journaux et sauvegardes antérieurs",
            ),
        ),
    )


def measures(facts: Facts) -> tuple[Text, ...]:
    """What protects all of it (article 32)."""
    server = facts.database == "postgresql"
    return (
        Text(
            "Roles, tenants apart, deny by default; API keys with scopes and an end",
            "Rôles, cloisonnement des clients, refus par défaut ; clés d'API à portée et terme",
        ),
        Text(
            "Reviewers: passwords by Argon2id and a compulsory second factor, or OpenID Connect; "
            "proof of identity again before dangerous acts",
            "Réviseurs : mots de passe par Argon2id et second facteur obligatoire, ou OpenID "
            "Connect ; preuve d'identité renouvelée avant les actes dangereux",
        ),
        Text(
            "Every look at personal data is written down with its reason; who may not look sees "
            "names and addresses masked",
            "Toute consultation est consignée avec son motif ; qui ne peut consulter voit noms et "
            "adresses masqués",
        ),
        Text(
            "Audit in a chain of digests that proves itself whole, also after an erasure",
            "Journal chaîné par empreintes qui prouve son intégrité, même après un effacement",
        ),
        Text(
            "Secrets sealed or digested with a key that is never in the database",
            "Secrets scellés ou réduits en empreinte avec une clé absente de la base",
        ),
        Text(
            "Details of sign-ins are truncated, and all is deleted when its time is over",
            "Détails des connexions tronqués, et tout est supprimé à son terme",
        ),
        Text(
            "Encryption of disks and backups, and of the way to the database server, is the "
            "operator's"
            if server
            else "Encryption of disks and backups is the operator's",
            "Le chiffrement des disques, des sauvegardes et du lien vers le serveur de base est à "
            "la charge de l'exploitant"
            if server
            else "Le chiffrement des disques et des sauvegardes est à la charge de l'exploitant",
        ),
    )

"""What a register of processing is made of: facts of the settings, entries, headings, rights."""

from typing import Final

from msgspec import Struct

from detectors.core.detector import Text


class Facts(Struct, frozen=True, kw_only=True):
    """What the settings say. Days are how long things are kept; `sources` are names and formats;
    `fetches` whether location databases are fetched from outside, `asks` whether passwords are
    compared with a list of leaked ones on the network, `provider` who signs reviewers in, empty
    for Vigie itself; `responders` are names and kinds of what is told elsewhere."""

    controller: str = ""
    contact: str = ""
    officer: str = ""
    events: int
    details: int
    incidents: int
    accounts: int
    rejects: int
    health: int
    audit: int
    orders: int
    order_details: int
    sources: tuple[tuple[str, str], ...] = ()
    fetches: bool = False
    asks: bool = False
    provider: str = ""
    database: str = "sqlite"
    responders: tuple[tuple[str, str], ...] = ()


NOTHING_SAID: Final = Facts(
    events=90,
    details=30,
    incidents=365,
    accounts=365,
    rejects=30,
    health=90,
    audit=1_095,
    orders=90,
    order_details=30,
)
"""What holds where no settings are known."""


class Entry(Struct, frozen=True, kw_only=True):
    """One processing: what article 30(1) asks for, each in sentences."""

    name: Text
    purposes: tuple[Text, ...]
    basis: tuple[Text, ...]
    people: tuple[Text, ...]
    data: tuple[Text, ...]
    origin: tuple[Text, ...]
    recipients: tuple[Text, ...]
    transfers: tuple[Text, ...]
    retention: tuple[Text, ...]
    logic: tuple[Text, ...] = ()


class Register(Struct, frozen=True, kw_only=True):
    """All of them, who is responsible, and the measures that hold for all (article 32)."""

    controller: Text
    contact: Text
    officer: Text
    entries: tuple[Entry, ...]
    measures: tuple[Text, ...]


HEADINGS: Final = {
    "purposes": Text("Purposes", "Finalités"),
    "basis": Text("Legal basis", "Base légale"),
    "people": Text("Whose data", "Personnes concernées"),
    "data": Text("What data", "Catégories de données"),
    "origin": Text("Where it comes from", "Origine"),
    "recipients": Text("Recipients", "Destinataires"),
    "transfers": Text("Transfers outside the European Union", "Transferts hors Union européenne"),
    "retention": Text("Kept for", "Durées de conservation"),
    "logic": Text("Logic of automated assessments", "Logique des évaluations automatisées"),
}
"""What the parts of an entry are called, in their order."""
RIGHTS: Final = (
    Text("a copy of the data (articles 15 and 20)", "une copie des données (articles 15 et 20)"),
    Text("correction (article 16)", "rectification (article 16)"),
    Text("erasure (article 17)", "effacement (article 17)"),
    Text("restriction (article 18)", "limitation (article 18)"),
    Text("objection (article 21)", "opposition (article 21)"),
    Text(
        "a person's decision, and to contest it (article 22): no account is deactivated by a "
        "machine alone",
        "une décision humaine, et le droit de la contester (article 22) : aucun compte n'est "
        "désactivé par la seule machine",
    ),
    Text(
        "a complaint to the supervisory authority (article 77); in France, the CNIL",
        "une réclamation auprès de l'autorité de contrôle (article 77) ; en France, la CNIL",
    ),
)
"""What people may ask for."""
LOGIC: Final = (
    Text(
        "Detectors compare sign-ins with the account's own habits (places, networks, devices, "
        "hours) and with what one person can do; each says how strongly it speaks for one person, "
        "one person who travels, several people, or a stranger.",
        "Des détecteurs comparent les connexions aux habitudes du compte (lieux, réseaux, "
        "appareils, heures) et à ce qu'une seule personne peut faire ; chacun dit avec quelle "
        "force il plaide pour une personne, une personne en déplacement, plusieurs personnes ou "
        "un inconnu.",
    ),
    Text(
        "One assessment adds this evidence up to a probability, and shows what each piece moved. "
        "A learned model is never the only ground of an alarm.",
        "Une seule évaluation additionne ces indices en une probabilité et montre ce que chacun a "
        "changé. Un modèle appris n'est jamais le seul fondement d'une alerte.",
    ),
    Text(
        "What follows: an incident that a person reviews. A person decides on any sanction, a "
        "second one approves a deactivation, and every response can be undone.",
        "Conséquence : un incident examiné par une personne. Toute sanction est décidée par une "
        "personne, une seconde approuve une désactivation, et toute mesure est réversible.",
    ),
)
"""Meaningful information about the logic involved (article 15(1)(h))."""

"""Names that are nobody's: a desk, a room, a test, everybody. Says why, or that it cannot tell.

A name counts as generic when every word of it is one of the lists below, or a number: `poste12`,
`test.user`, `info@example.com`. One word that is not makes it a person's (`marie.accueil`), and a
single letter is an initial (`p.bureau`).
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final

from detectors.core.detector import Text

LONGEST: Final = 256


class Reason(StrEnum):
    """Why a name is nobody's."""

    DESK = "desk"
    MACHINE = "machine"
    TEST = "test"
    ADMINISTRATION = "administration"
    ANYBODY = "anybody"
    TEAM = "team"


WORDS: Final = {
    Reason.DESK: Text("a function, not a person", "une fonction, pas une personne"),
    Reason.MACHINE: Text("a place or a machine", "un lieu ou une machine"),
    Reason.TEST: Text("a test or an example", "un essai ou un exemple"),
    Reason.ADMINISTRATION: Text("administration without a name", "l'administration sans nom"),
    Reason.ANYBODY: Text("anybody", "n'importe qui"),
    Reason.TEAM: Text("a team or everybody", "une équipe ou tout le monde"),
}
"""The reasons in words."""

# Without accents, in the singular: a plural's `s` is taken away.
_LISTS: Final = {
    Reason.DESK: """
        accueil reception receptionist standard standardiste info information contact support
        helpdesk hotline sav assistance service client customer care compta comptabilite accounting
        finance facturation billing rh hr recrutement recruiting ressource humaine commercial vente
        sale marketing communication direction directeur management manager gerant secretariat
        secretaire secretary assistant assistante planning planification qualite quality formation
        training formateur trainer stagiaire stage intern trainee apprenti interim interimaire
        vacataire superviseur supervisor agent teleoperateur teleconseiller conseiller operateur
        operator responsable chef caisse caissier cashier magasin boutique shop vendeur logistique
        courrier mail mailing noreply newsletter achat purchasing juridique legal sos urgence
        permanence astreinte garde
    """,
    Reason.MACHINE: """
        poste pc ordi ordinateur computer workstation station terminal desk bureau office salle room
        plateau ilot box cabine kiosque kiosk borne guichet counter comptoir tablette tablet laptop
        portable telephone phone imprimante printer scanner etage floor site agence branch siege
        server serveur machine
    """,
    Reason.TEST: """
        test testeur tester testing essai demo demonstration sample exemple example specimen toto
        titi tata tutu foo bar baz dummy fake qa sandbox recette preprod staging dev tmp temp
        temporaire temporary provisoire bidon lorem azerty qwerty
    """,
    Reason.ADMINISTRATION: """
        admin administrateur administratrice administrator administration adm root superuser
        superadmin superviseuradmin sysadmin sysop webmaster postmaster hostmaster system systeme
        it informatique dsi exploitation maintenance technique technicien technician
    """,
    Reason.ANYBODY: """
        user utilisateur usager guest invite visiteur visitor anonyme anonymous public nobody
        personne default defaut compte account login identifiant username nouveau new external
        externe
    """,
    Reason.TEAM: """
        equipe team commun commune common partage share shared collectif groupe group pool tous tout
        all everyone everybody general generique generic multi
    """,
}
_REASONS: Final = {
    word: reason for reason, words in reversed(_LISTS.items()) for word in words.split()
}
_FILLING = """
    a and au aux d de des du et l la le les n no num number numero of the
"""
_FILLERS: Final = frozenset(_FILLING.split())
_PART = re.compile(r"[^\W\d_]+|\d+")


def generic(names: Iterable[str]) -> tuple[str, Reason] | None:
    """The first of an account's names that is nobody's, and why; None when there is none.

    An address counts by what stands before its `@`.
    """
    for name in names:
        reason = reason_of(name)
        if reason is not None:
            return name, reason
    return None


@lru_cache(maxsize=100_000)
def reason_of(name: str) -> Reason | None:
    """Why a name is nobody's; None for one that may be a person's."""
    plain = unicodedata.normalize("NFKD", name[:LONGEST].partition("@")[0].casefold())
    parts = _PART.findall("".join(c for c in plain if not unicodedata.combining(c)))
    found: Reason | None = None
    for part in parts:
        if part.isdigit():
            continue
        reason = _reason(part)
        if reason is not None:
            found = found or reason
        elif part not in _FILLERS:
            return None
    return found


def _reason(word: str) -> Reason | None:
    known = _REASONS.get(word)
    if known is None and len(word) > 3 and word[-1] in "sx":
        known = _REASONS.get(word[:-1])
    return known

"""Which column of a list says what: by its heading, French or English, or as somebody maps it."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from detectors.core.detector import Text
from monitor.directory.refusal import DirectoryError

DELIMITERS: Final = ",;\t|"
EXTERNAL: Final = "external."
MOST_COLUMNS: Final = 500

_HEADINGS: Final[dict[str, str]] = {
    "uid": "uid|id|user id|account id|account|compte|identifiant|identifiant compte"
    "|id utilisateur|id compte|matricule|employee id|code utilisateur",
    "login": "login|user|username|user name|utilisateur|nom d utilisateur|nom utilisateur"
    "|identifiant de connexion|samaccountname|userprincipalname|upn|nom de compte",
    "tenant": "tenant|tenant id|client|customer|organisation|organization|org|societe|company"
    "|entreprise|site",
    "display_name": "display name|displayname|name|full name|nom complet|nom affiche|libelle"
    "|nom et prenom|prenom et nom|nom prenom|prenom nom",
    "first_name": "first name|firstname|given name|givenname|prenom",
    "last_name": "last name|lastname|surname|family name|sn|nom|nom de famille",
    "email": "email|e mail|mail|email address|mail address|courriel|adresse email"
    "|adresse e mail|adresse mail|adresse electronique",
    "kind": "kind|type|account type|type de compte|nature|genre de compte",
    "state": "state|status|statut|etat|enabled|active|actif|active account|compte actif",
    "roles": "role|roles|profil|profils|profile|groupe|groupes|group|groups|fonction|habilitations"
    "|habilitation",
    "privileged": "privileged|privilege|admin|is admin|administrateur|privilegie"
    "|compte a privileges|a privileges",
    "aliases": "alias|aliases|autres noms|other names|autres identifiants",
    "external": "external id|externalid|id externe|identifiant externe|reference externe",
    "tags": "tags|tag|etiquette|etiquettes|mots cles",
    "mfa": "mfa|2fa|mfa state|mfa status|double authentification|second facteur"
    "|authentification forte|etat mfa",
    "mfa_methods": "mfa methods|mfa method|methode mfa|methodes mfa|facteurs|factors",
    "started": "started|start|start date|hire date|hired|date d entree|date entree"
    "|date d embauche|date embauche|date d arrivee|debut|date de debut|entree",
    "ended": "ended|end|end date|termination date|leaving date|date de sortie|date sortie"
    "|date de depart|date depart|date de fin|fin|sortie|fin de contrat|date de fin de contrat",
    "locale": "locale|language|langue|lang",
    "sharing_owner": "sharing owner|owner|responsable|proprietaire|responsable du partage",
    "sharing_reason": "sharing reason|reason|motif|raison|motif du partage|justification",
    "sharing_until": "sharing until|until|fin du partage|partage jusqu au|date de fin du partage"
    "|jusqu au",
}
FIELDS: Final = (*_HEADINGS, EXTERNAL.rstrip("."))
"""What a column can say; `external.PROVIDER` an id at a provider."""
_KNOWN: Final = {word: field for field, words in _HEADINGS.items() for word in words.split("|")} | {
    field.replace("_", " "): field for field in _HEADINGS
}


class Columns(Struct, frozen=True):
    """What the columns of a list say: the field of each, None for one that is left out."""

    headings: tuple[str, ...]
    fields: tuple[str | None, ...]
    delimiter: str

    @property
    def told(self) -> dict[str, str]:
        """Field by heading, of those that say something."""
        pairs = zip(self.headings, self.fields, strict=True)
        return {heading: field for heading, field in pairs if field is not None}

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headings of columns that are left out."""
        pairs = zip(self.headings, self.fields, strict=True)
        return tuple(heading for heading, field in pairs if field is None and heading)


def columns_of(first: str, mapping: Mapping[str, str], delimiter: str | None = None) -> Columns:
    """What the first line of a list says of the others.

    `mapping` is field by heading, for headings that are not understood or mean something else; an
    empty field leaves a column out. The separator is the one by which most is understood.

    Raises DirectoryError where no column names accounts, or two say the same.
    """
    _check_mapping(mapping)
    tried = [_columns(first, one, mapping) for one in (delimiter or DELIMITERS)]
    best = max(tried, key=lambda one: (len(one.told), len(one.headings)))
    given = [field for field in best.fields if field is not None]
    if "uid" not in given and "login" in given:
        best = Columns(best.headings, _named(best.fields), best.delimiter)
        given = [field for field in best.fields if field is not None]
    _check(best, given, mapping)
    return best


def plain(heading: str) -> str:
    """A heading as headings are compared: without accents, case and signs."""
    spread = unicodedata.normalize("NFKD", heading)
    letters = "".join(c for c in spread if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters.casefold()).split())


def is_separator_line(line: str) -> str | None:
    """The separator that a first line `sep=;` announces to spreadsheets; None for another line."""
    text = line.strip("\r\n\ufeff")
    return text[4] if len(text) == 5 and text[:4].lower() == "sep=" else None


def _columns(first: str, delimiter: str, mapping: Mapping[str, str]) -> Columns:
    try:
        cells = next(csv.reader(io.StringIO(first, newline=""), delimiter=delimiter), [])
    except csv.Error:
        cells = []
    headings = tuple(cell.strip().lstrip("\ufeff")[:200] for cell in cells[:MOST_COLUMNS])
    by_mapping = {plain(heading): field for heading, field in mapping.items()}
    return Columns(headings, tuple(_field(one, by_mapping) for one in headings), delimiter)


def _field(heading: str, mapping: Mapping[str, str]) -> str | None:
    word = plain(heading)
    if word in mapping:
        return mapping[word] or None
    if heading.lower().startswith(EXTERNAL) and heading[len(EXTERNAL) :].strip():
        return EXTERNAL + heading[len(EXTERNAL) :].strip()
    found = _KNOWN.get(word)
    return f"{EXTERNAL}hr" if found == "external" else found


def _named(fields: Sequence[str | None]) -> tuple[str | None, ...]:
    return tuple("uid" if field == "login" else field for field in fields)


def _check_mapping(mapping: Mapping[str, str]) -> None:
    for heading, field in mapping.items():
        if field and field not in FIELDS and not field.startswith(EXTERNAL):
            fields = ", ".join((*FIELDS, f"{EXTERNAL}PROVIDER"))
            raise DirectoryError(
                "mapping",
                Text(
                    f"{heading[:80]}: there is no field {field[:80]}; there is {fields}",
                    f"{heading[:80]}\u00a0: pas de champ {field[:80]}\u00a0; il y a {fields}",
                ),
            )


def _check(columns: Columns, given: Sequence[str], mapping: Mapping[str, str]) -> None:
    known = {plain(heading) for heading in columns.headings}
    for heading in mapping:
        if plain(heading) not in known:
            why = Text(f"no column is called {heading[:80]}", f"aucune colonne {heading[:80]}")
            raise DirectoryError("mapping", why)
    if "uid" not in given:
        heard = _listed(columns.headings)
        raise DirectoryError(
            "",
            Text(
                f"no column names the account (such as uid, login, identifiant); there is {heard}",
                "aucune colonne ne nomme le compte (comme identifiant, login, uid)\u00a0; "
                f"il y a {heard}",
            ),
        )
    twice = sorted({field for field in given if given.count(field) > 1})
    if twice:
        both = _listed(h for h, f in columns.told.items() if f in twice)
        raise DirectoryError(
            "",
            Text(
                f"two columns say {', '.join(twice)} ({both}): map one to nothing",
                f"deux colonnes disent {', '.join(twice)} ({both})\u00a0: écartez l'une d'elles",
            ),
        )


def _listed(headings: Iterable[str]) -> str:
    shown = [heading[:40] for heading in headings if heading]
    return ", ".join(shown[:12]) + ("…" if len(shown) > 12 else "")

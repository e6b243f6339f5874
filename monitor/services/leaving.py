"""What is there of somebody who is to be erased: what would go, what would stay, and why."""

from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Connection

from detectors.core.detector import Text
from detectors.core.identity import Subject
from monitor.chain.verification import ERASE
from monitor.directory.account import account_id
from monitor.erasing.own import STANDING
from monitor.store import erasing, tables
from monitor.store.directory import DirectoryTable


class Part(Struct, frozen=True, kw_only=True):
    """Things of one kind that an erasure meets: how many there are, whether they stay, and why."""

    name: str
    rows: int
    stays: bool
    why: Text


def reference_of(subject: Subject) -> str:
    """What stands for an account where nobody is named."""
    return f"account:{subject.key()}"


def is_known(connection: Connection, subject: Subject) -> bool:
    """Whether anything is kept of an account."""
    identifier = account_id(subject.tenant, subject.uid)
    return (
        erasing.newest_of(connection, subject) is not None
        or DirectoryTable(connection).account(identifier) is not None
        or bool(erasing.incidents_of(connection, subject))
        or bool(erasing.names_of(connection, subject))
        or erasing.count(
            connection, tables.snapshots, tables.snapshots.c.subject_key == subject.key()
        )
        > 0
        or _is_told_of(connection, subject)
    )


def _is_told_of(connection: Connection, subject: Subject) -> bool:
    """Whether people or responders were told of it: that outlives its events."""
    told = (
        tables.tickets,
        tables.measures,
        tables.outbox,
        tables.suppressions,
        tables.gate_list,
        tables.account_notes,
    )
    key = subject.key()
    return any(erasing.count(connection, one, one.c.subject_key == key) for one in told)


def parts_of(connection: Connection, subject: Subject, *, keeps: bool) -> list[Part]:
    """All kinds, those that stay last; `keeps`: standing incidents stay."""
    key = subject.key()
    standing = len(erasing.standing_of(connection, subject, STANDING))
    incidents = len(erasing.incidents_of(connection, subject))
    kept = standing if keeps else 0
    counted = {
        "events": (tables.events, tables.events.c.account_key),
        "findings": (tables.findings, tables.findings.c.subject_key),
        "evidence": (tables.evidence, tables.evidence.c.account_key),
        "snapshots": (tables.snapshots, tables.snapshots.c.subject_key),
        "directory": (tables.accounts, tables.accounts.c.account_key),
        "tickets": (tables.tickets, tables.tickets.c.subject_key),
        "measures": (tables.measures, tables.measures.c.subject_key),
        "orders": (tables.outbox, tables.outbox.c.subject_key),
        "notes": (tables.account_notes, tables.account_notes.c.subject_key),
        "factors": (tables.factors, tables.factors.c.subject_key),
        "challenges": (tables.challenges, tables.challenges.c.subject_key),
        "gate": (tables.gate_list, tables.gate_list.c.subject_key),
        "suppressions": (tables.suppressions, tables.suppressions.c.subject_key),
        "restrictions": (tables.restrictions, tables.restrictions.c.subject_key),
        "objections": (tables.objections, tables.objections.c.subject_key),
    }
    parts = [
        Part(
            name=name,
            rows=erasing.count(connection, table, column == key),
            stays=False,
            why=_GOES[name],
        )
        for name, (table, column) in counted.items()
    ]
    entries, contents = tables.audit, tables.audit_contents
    mine = entries.c.subject == reference_of(subject)
    audited = erasing.count(connection, entries, mine)
    # That something was erased says nothing more of anybody.
    told = sa.select(entries.c.number).where(mine, entries.c.operation != ERASE)
    said = erasing.count(connection, contents, contents.c.number.in_(told))
    parts += [
        Part(name="incidents", rows=incidents - kept, stays=False, why=_GOES["incidents"]),
        Part(name="incidents kept", rows=kept, stays=True, why=_STAYS["incidents kept"]),
        Part(name="audit contents", rows=said, stays=False, why=_GOES["audit contents"]),
        Part(name="audit entries", rows=audited, stays=True, why=_STAYS["audit entries"]),
    ]
    return parts


_GOES: Final = {
    "events": Text("sign-ins and changes of the account", "connexions et changements du compte"),
    "findings": Text("what detectors found about it", "ce que les détecteurs ont trouvé"),
    "evidence": Text(
        "events kept for findings; those that others' incidents need stay without its name",
        "événements gardés comme preuves ; ceux des incidents d'autrui restent, sans son nom",
    ),
    "snapshots": Text("what is known of its habits", "ce qui est connu de ses habitudes"),
    "directory": Text(
        "its entry in the directory; whoever provisions it may make it anew",
        "sa fiche de l'annuaire ; qui l'alimente peut la recréer",
    ),
    "tickets": Text(
        "tickets about it, with all that was said on them",
        "les tickets à son sujet, avec tout ce qui y a été dit",
    ),
    "measures": Text(
        "what was asked for, done and undone about it; what is in force stays so at other systems: "
        "take it back first",
        "ce qui a été demandé, fait et défait à son propos ; ce qui est en vigueur le reste dans "
        "les autres systèmes : annulez-le d'abord",
    ),
    "orders": Text(
        "what others were told to do about it; what waits is not done any more",
        "ce que d'autres systèmes ont eu à faire à son propos ; ce qui attend n'est plus fait",
    ),
    "notes": Text("what people noted about it", "ce qui a été noté à son sujet"),
    "factors": Text(
        "what its user proves themselves with: they set it up anew",
        "ce avec quoi son utilisateur se prouve : à mettre en place de nouveau",
    ),
    "challenges": Text(
        "when a proof was asked for, and what came of it",
        "quand une preuve fut demandée, et ce qu'il en advint",
    ),
    "gate": Text(
        "what the gate's list says of it: it is let pass again",
        "ce que dit de lui la liste du portail : il passe de nouveau",
    ),
    "suppressions": Text(
        "what was held back about it", "ce qui a été mis en sourdine à son propos"
    ),
    "restrictions": Text("its restrictions", "ses limitations"),
    "objections": Text("its objections", "ses oppositions"),
    "incidents": Text("incidents with their findings", "incidents et leurs constats"),
    "audit contents": Text(
        "what the audit says of it in words", "ce que le journal d'audit en dit en clair"
    ),
}
_STAYS: Final = {
    "incidents kept": Text(
        "incidents that stand and call for a review stay with their evidence under a pseudonym, "
        "for legal claims (GDPR, article 17(3)(e)), until their own retention ends; whose they "
        "are is told at this desk only",
        "les incidents qui tiennent et appellent une revue restent avec leurs preuves sous un "
        "pseudonyme, pour l'exercice de droits en justice (RGPD, article 17(3)e), jusqu'au terme "
        "de leur conservation ; à qui ils sont n'est dit qu'à ce guichet",
    ),
    "audit entries": Text(
        "that something was done, by whom and when, with digests that name nobody: the audit must "
        "prove itself whole (article 17(3)(b))",
        "le fait qu'un acte a eu lieu, par qui et quand, avec des empreintes qui ne nomment "
        "personne : le journal doit prouver son intégrité (article 17(3)b)",
    ),
}

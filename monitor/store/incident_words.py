"""By what incidents are found: words of whom they are about, addresses, and what found them.

Written in the transaction that writes the incident, and gone with it. A word is found by how it
begins (monitor.search); what begins by a sign that no word has is found as a whole.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from alerts.incident import Incident
from detectors.core.identity import Subject, SubjectKind
from monitor.search import LONGEST, words_of
from monitor.store import tables

MOST_OTHERS: Final = 60
"""Further subjects of an incident by which it is found."""
_TABLE = tables.incident_words


def words_in(incident: Incident) -> list[str]:
    """The words by which an incident is found."""
    subject, others = incident.subject, incident.others[:MOST_OTHERS]
    found = dict.fromkeys(words_of(f"{subject.tenant} {subject.uid}"))
    for one in (subject, *others):
        found |= dict.fromkeys(words_of(one.uid))
        if one.kind is SubjectKind.SOURCE:
            found[address_word(one.uid)] = None
    detectors = dict.fromkeys(part.detector for part in incident.assessment.contributions)
    return [*found, *(detector_word(one) for one in detectors)]


def address_word(address: str) -> str:
    """The word of a whole address."""
    return f"={address[:LONGEST]}"


def detector_word(name: str) -> str:
    """The word of a detector that found something of it."""
    return f":{name}"


def addresses_in(incident: Incident) -> list[str]:
    """The words of the addresses that an incident names."""
    named: Iterable[Subject] = (incident.subject, *incident.others[:MOST_OTHERS])
    return [address_word(one.uid) for one in named if one.kind is SubjectKind.SOURCE]


def rows_of(incidents: Iterable[Incident]) -> list[dict[str, Any]]:
    """What is kept of these incidents."""
    return [{"incident_id": i.id, "word": word} for i in incidents for word in words_in(i)]


def add(connection: Connection, incident: bytes, words: Collection[str]) -> None:
    """Let an incident be found by these words too."""
    if words:
        kind = postgresql if connection.dialect.name == "postgresql" else sqlite
        rows = [{"incident_id": incident, "word": word} for word in words]
        connection.execute(kind.insert(_TABLE).on_conflict_do_nothing(), rows)


def replace(connection: Connection, incident: Incident) -> None:
    """Let an incident be found by its own words, and by nothing else any more."""
    forget(connection, [incident.id])
    add(connection, incident.id, words_in(incident))


def forget(connection: Connection, incidents: Collection[bytes]) -> None:
    """Forget the words of these incidents."""
    connection.execute(delete(_TABLE).where(_TABLE.c.incident_id.in_(incidents)))


def between(first: str, end: str) -> Select[tuple[bytes]]:
    """The incidents with a word from `first` to below `end`."""
    return select(_TABLE.c.incident_id).where(_TABLE.c.word >= first, _TABLE.c.word < end)


def among(words: Collection[str]) -> Select[tuple[bytes]]:
    """The incidents with one of these very words."""
    return select(_TABLE.c.incident_id).where(_TABLE.c.word.in_(words))

"""Who of the team is called to an incident, and with which message: once for what is new."""

from typing import Final

import msgspec
from sqlalchemy import Connection, select

from alerts.incident import Incident
from alerts.policy import Because, Outcome, Response
from alerts.responders.roster import Roster
from alerts.telling import reason_of
from detectors.core.detector import Text
from detectors.core.finding import Finding
from detectors.core.identity import SubjectKind
from monitor.services.calling import call
from monitor.services.targets import target_of
from monitor.services.ticket_evidence import Taken
from monitor.store import tables

_MOST_FINDINGS: Final = 200
_WHY: Final = {
    Because.PROTECTED: Text(
        "Nothing is ever done by itself about an account of this kind.",
        "Rien n'est jamais fait de soi-même à propos d'un compte de cette sorte.",
    ),
    Because.GROUNDS: Text(
        "Only a model says so; a person has to see further grounds (article 5).",
        "Seul un modèle le dit ; il faut qu'une personne voie d'autres motifs (article 5).",
    ),
    Because.PEOPLE: Text(
        "A step as grave as this one is decided by people (article 5).",
        "Une mesure de cette gravité est décidée par des personnes (article 5).",
    ),
}
_INSTEAD: Final = {
    Because.NOBODY: Text(
        "not done: no responder is set up that does it",
        "non appliquée : aucun connecteur n'est réglé pour le faire",
    ),
    Because.RESTORED: Text(
        "not done: it may have been, before a backup was put back",
        "non appliquée : elle l'a peut-être été avant la remise en place d'une sauvegarde",
    ),
}
_decode = msgspec.msgpack.Decoder(Finding).decode


class Summons:
    """Calls by the responders of the settings. `address` is where the console is found from
    outside, empty for nowhere."""

    def __init__(self, roster: Roster, address: str) -> None:
        self._roster = roster
        self._address = address

    def tell(
        self,
        connection: Connection,
        incident: Incident,
        taken: Taken,
        gravest: Response | None,
        now: int,
    ) -> None:
        """Tell what an incident came to: its ticket, and the gravest step that was answered."""
        if taken.is_new:
            self.call(connection, "incident", incident, taken.ticket_id, gravest, now)
        elif taken.reopened:
            self.call(connection, "reopened", incident, taken.ticket_id, gravest, now)
        elif gravest is not None and gravest.outcome is Outcome.PROPOSE:
            self.call(connection, "proposed", incident, taken.ticket_id, gravest, now)
        elif gravest is not None and gravest.outcome is Outcome.SHADOW:
            self.call(connection, "incident", incident, taken.ticket_id, gravest, now)

    def call(
        self,
        connection: Connection,
        template: str,
        incident: Incident,
        ticket: int | None,
        response: Response | None,
        now: int,
    ) -> None:
        """Tell them one message about an incident."""
        subject = incident.subject
        is_account = subject.kind is SubjectKind.ACCOUNT
        values = {
            "category": incident.category.value,
            "severity": incident.severity.name.lower(),
            **_grounds(connection, incident),
            **_of_response(response),
        }
        if ticket is not None and self._address:
            values["link"] = f"{self._address}/tickets/{ticket}"
        call(
            connection,
            self._roster,
            template,
            f"{template}.{incident.id.hex()}.{now}",
            tenant=subject.tenant,
            now=now,
            values=values,
            target=target_of(connection, subject) if is_account else None,
            ticket=ticket,
            incident=incident.id,
        )


def _of_response(response: Response | None) -> dict[str, str]:
    if response is None:
        return {}
    told = {
        "step": response.step.word,
        "outcome": response.outcome.value,
        "rule": response.rule,
        "until": "" if response.until is None else str(response.until),
    }
    if response.because is None:
        return told
    for name, texts in (("outcome", _INSTEAD), ("why", _WHY)):
        text = texts.get(response.because)
        if text is not None:
            told |= {f"{name}.en": text.en, f"{name}.fr": text.fr}
    return told


def _grounds(connection: Connection, incident: Incident) -> dict[str, str]:
    """What speaks most for it, in both languages."""
    table = tables.findings
    query = select(table.c.body).where(table.c.incident_id == incident.id).order_by(table.c.id)
    rows = connection.execute(query.limit(_MOST_FINDINGS)).scalars()
    findings = [_decode(row) for row in rows]
    return {f"grounds.{each}": reason_of(incident, findings, each) for each in ("en", "fr")}

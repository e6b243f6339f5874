"""What is done about an incident: its ticket follows it, the policy decides, measures are kept,
orders are written, people are told. All of it in one transaction, once.

In shadow mode, which is how everything begins, nothing is ordered and everything is told.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, select

from alerts import execution
from alerts.incident import Incident
from alerts.measure import Measure, State, answered
from alerts.policy import Because, Outcome, Policy, Response, decide
from alerts.rule import SEVERITIES
from alerts.telling import reason_of
from detectors.core.detector import Text
from detectors.core.finding import Finding
from detectors.core.identity import SubjectKind
from monitor.responding import guardrails
from monitor.responding.duty import Surroundings
from monitor.services.actor import DAEMON
from monitor.services.audit import record
from monitor.services.calling import call
from monitor.services.carrying import carry_out, take_back
from monitor.services.circumstances import circumstances
from monitor.services.leaving import reference_of
from monitor.services.opening import take
from monitor.services.sweeping import let_go
from monitor.services.targets import target_of
from monitor.services.ticket_evidence import Taken
from monitor.store import measures, policies, tables
from monitor.store.policies import Holding
from monitor.store.reading import StoredIncident

DECIDED: Final = "policy:decided"
"""What the audit calls an answer of the policy."""
_HELD: Final = frozenset((Because.GUARDRAIL, Because.TENANT_GUARDRAIL))
_WITHDRAWN: Final = "what it rested on was withdrawn before it began"
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
_decode = msgspec.msgpack.Decoder(Finding).decode


class Made(Struct, frozen=True):
    """An answer of the policy that is new, and the measure that it became."""

    response: Response
    measure: Measure


class Answers:
    """Answers as the settings and the policy that holds say. Of one thread."""

    def __init__(self, around: Surroundings) -> None:
        settings = around.settings
        self._roster = settings.roster
        self._kinds = settings.kinds()
        self._fresh = settings.responding.fresh
        self._limits = settings.tickets.limits
        self._address = settings.web.public_url or ""

    def answer(self, connection: Connection, stored: StoredIncident, now: int) -> Sequence[str]:
        """About one incident, as it is now (ms); what that came to, a word each."""
        incident = stored.incident
        if incident.subject.kind is SubjectKind.ACCOUNT:
            # Before its ticket, in the order in which whoever acts on it takes them.
            measures.hold(connection, incident.subject)
        taken = take(connection, stored, stored.withdrawn, now, self._limits)
        if stored.withdrawn:
            self._call_off(connection, incident, now)
        if stored.withdrawn or taken.suppressed_by is not None:
            if taken.is_withdrawn and taken.suppressed_by is None:
                self._call(connection, "withdrawn", incident, taken, None, now)
            return [*_of_ticket(taken)]
        made = self._decided(connection, incident, taken, now)
        self._tell(connection, incident, taken, made, now)
        return [*_of_ticket(taken), *(f"step.{one.response.outcome.value}" for one in made)]

    def _decided(
        self, connection: Connection, incident: Incident, taken: Taken, now: int
    ) -> list[Made]:
        """What the policy answers that it did not answer before, the mildest first."""
        held = policies.holding(connection)
        if incident.subject.kind is not SubjectKind.ACCOUNT or not _may_fit(held.policy, incident):
            return []
        grounds, person = circumstances(connection, incident, now, self._kinds)
        tally = guardrails.tally(connection, incident, now)
        found = decide(incident, grounds, held.policy, person, tally, now)
        made = [
            one
            for response in found
            if (one := self._kept(connection, response, incident, taken, held, now)) is not None
        ]
        if made:
            _record(connection, incident, taken, held, made)
        for because in dict.fromkeys(one.response.because for one in made):
            if because in _HELD:
                self._reach(connection, because, held.policy, incident, made, now)
        return made

    def _kept(
        self,
        connection: Connection,
        response: Response,
        incident: Incident,
        taken: Taken,
        held: Holding,
        now: int,
    ) -> Made | None:
        """The measure that an answer becomes, with its orders; None where it is known."""
        response = self._aged(response, incident, now)
        measure = answered(
            response,
            incident.subject,
            now,
            incident=incident.id,
            ticket=taken.ticket_id,
            policy=held.id,
        )
        kept = measures.add(connection, measure)
        if kept is None:
            return None
        return Made(response, carry_out(connection, kept, self._roster, now))

    def _aged(self, response: Response, incident: Incident, now: int) -> Response:
        """Old evidence, such as of a log that is read for the first time, moves nothing."""
        is_old = now - incident.updated > self._fresh
        if not is_old or response.outcome not in (Outcome.ACT, Outcome.HOLD):
            return response
        return structs.replace(response, outcome=Outcome.SHADOW, because=Because.OLD)

    def _reach(
        self,
        connection: Connection,
        because: Because,
        policy: Policy,
        incident: Incident,
        made: Sequence[Made],
        now: int,
    ) -> None:
        gravest = [one for one in made if one.response.because is because][-1].response
        values = {"step": gravest.step.word, "rule": gravest.rule}
        limits = self._limits
        guardrails.reach(
            connection, because, policy.guardrails, incident, self._roster, now, values, limits
        )

    def _call_off(self, connection: Connection, incident: Incident, now: int) -> None:
        """What the policy ordered for later, such as a message after quiet hours, is not begun, and
        what it proposes is let go."""
        if incident.subject.kind is not SubjectKind.ACCOUNT:
            return
        let_go(connection, incident.subject, incident.id, now)
        wanted = frozenset((State.EXECUTING,))
        for one in measures.of_account(connection, incident.subject, wanted):
            is_ours = one.is_automatic and one.incident == incident.id
            if is_ours and (one.not_before or 0) > now:
                undone = execution.undo(one, now, by=DAEMON.reference, reason=_WITHDRAWN)
                take_back(connection, measures.put(connection, one, undone, now), now)

    def _tell(
        self,
        connection: Connection,
        incident: Incident,
        taken: Taken,
        made: Sequence[Made],
        now: int,
    ) -> None:
        """People of the team; of what is old nobody has to come running."""
        if now - incident.updated > self._fresh:
            return
        gravest = made[-1].response if made else None
        if taken.is_new:
            self._call(connection, "incident", incident, taken, gravest, now)
        elif taken.reopened:
            self._call(connection, "reopened", incident, taken, gravest, now)
        elif gravest is not None and gravest.outcome is Outcome.PROPOSE:
            self._call(connection, "proposed", incident, taken, gravest, now)
        elif gravest is not None and gravest.outcome is Outcome.SHADOW:
            self._call(connection, "incident", incident, taken, gravest, now)

    def _call(
        self,
        connection: Connection,
        template: str,
        incident: Incident,
        taken: Taken,
        response: Response | None,
        now: int,
    ) -> None:
        subject = incident.subject
        is_account = subject.kind is SubjectKind.ACCOUNT
        values = {
            "category": incident.category.value,
            "severity": incident.severity.name.lower(),
            **_grounds(connection, incident),
            **_of_response(response),
        }
        if taken.ticket_id is not None and self._address:
            values["link"] = f"{self._address}/tickets/{taken.ticket_id}"
        call(
            connection,
            self._roster,
            template,
            f"{template}.{incident.id.hex()}.{now}",
            tenant=subject.tenant,
            now=now,
            values=values,
            target=target_of(connection, subject) if is_account else None,
            ticket=taken.ticket_id,
            incident=incident.id,
        )


def _may_fit(policy: Policy, incident: Incident) -> bool:
    """Whether any rule could, before what is known of the account is looked up."""
    return any(
        rule.enabled
        and incident.severity >= SEVERITIES[rule.when.severity]
        and (not rule.when.category or incident.category in rule.when.category)
        for rule in policy.rules
    )


def _record(
    connection: Connection,
    incident: Incident,
    taken: Taken,
    held: Holding,
    made: Sequence[Made],
) -> None:
    told = [
        {
            "step": one.response.step.word,
            "outcome": one.response.outcome.value,
            "rule": one.response.rule,
            "because": "" if one.response.because is None else one.response.because.value,
            "measure": one.measure.id,
        }
        for one in made
    ]
    content = {
        "incident": incident.id.hex(),
        "ticket": taken.ticket_id,
        "policy": held.id,
        "mode": held.policy.mode.value,
        "answers": told,
    }
    reference = reference_of(incident.subject)
    tenant = incident.subject.tenant
    record(connection, DAEMON, DECIDED, reference, tenant=tenant, content=content)


def _of_ticket(taken: Taken) -> Iterator[str]:
    if taken.is_new:
        yield "tickets.opened"
    if taken.reopened:
        yield "tickets.reopened"
    if taken.is_withdrawn:
        yield "tickets.withdrawn"
    if taken.suppressed_by is not None:
        yield "tickets.suppressed"


def _of_response(response: Response | None) -> dict[str, str]:
    if response is None:
        return {}
    told = {
        "step": response.step.word,
        "outcome": response.outcome.value,
        "rule": response.rule,
        "until": "" if response.until is None else str(response.until),
    }
    why = None if response.because is None else _WHY.get(response.because)
    return told if why is None else told | {"why.en": why.en, "why.fr": why.fr}


def _grounds(connection: Connection, incident: Incident) -> dict[str, str]:
    """What speaks most for it, in both languages."""
    table = tables.findings
    query = select(table.c.body).where(table.c.incident_id == incident.id).order_by(table.c.id)
    rows = connection.execute(query.limit(_MOST_FINDINGS)).scalars()
    findings = [_decode(row) for row in rows]
    return {f"grounds.{each}": reason_of(incident, findings, each) for each in ("en", "fr")}

"""What is done about an incident: its ticket follows it, the policy decides, measures are kept,
orders are written, people are told. All of it in one transaction, once.

In shadow mode, which is how everything begins, nothing is ordered and everything is told.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection

from alerts import execution
from alerts.incident import Incident
from alerts.measure import Measure, State, answered
from alerts.policy import Because, Outcome, Policy, Response, decide
from alerts.ports import DOING
from alerts.rule import SEVERITIES
from detectors.core.identity import SubjectKind
from monitor.backup.noted import RESTORED, restored
from monitor.responding import guardrails
from monitor.responding.duty import Surroundings
from monitor.responding.summons import Summons
from monitor.services.actor import DAEMON
from monitor.services.audit import record
from monitor.services.carrying import carry_out, offering, take_back
from monitor.services.circumstances import circumstances
from monitor.services.leaving import reference_of
from monitor.services.opening import take
from monitor.services.sweeping import let_go
from monitor.services.ticket_evidence import Taken
from monitor.store import measures, policies
from monitor.store.policies import Holding
from monitor.store.reading import StoredIncident
from monitor.store.writing import Writing

DECIDED: Final = "policy:decided"
"""What the audit calls an answer of the policy."""
_HELD: Final = frozenset((Because.GUARDRAIL, Because.TENANT_GUARDRAIL))
_WITHDRAWN: Final = "what it rested on was withdrawn before it began"


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
        self._summons = Summons(settings.roster, settings.web.public_url or "")

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
                self._summons.call(connection, "withdrawn", incident, taken.ticket_id, None, now)
            return [*_of_ticket(taken)]
        made = self._decided(connection, incident, taken, now)
        if now - incident.updated <= self._fresh:
            # Of what is old nobody has to come running.
            gravest = made[-1].response if made else None
            self._summons.tell(connection, incident, taken, gravest, now)
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
        response = self._tempered(connection, response, incident, now)
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

    def _tempered(
        self, connection: Connection, response: Response, incident: Incident, now: int
    ) -> Response:
        """What would be done, as far as it can be: old evidence, such as of a log that is read for
        the first time, moves nothing, nor does what may have been answered before a backup was put
        back; and where nobody does it, people are not called to look at a measure that could only
        fail."""
        if response.outcome not in (Outcome.ACT, Outcome.HOLD):
            return response
        because = None
        if now - incident.updated > self._fresh:
            because = Because.OLD
        elif incident.updated <= _put_back(connection):
            because = Because.RESTORED
        elif not offering(self._roster, DOING[response.step], incident.subject.tenant):
            because = Because.NOBODY
        if because is None:
            return response
        return structs.replace(response, outcome=Outcome.SHADOW, because=because)

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


def _put_back(connection: Connection) -> int:
    """When a backup was put back last (ms); 0 for never."""
    known = restored(Writing(connection).note(RESTORED))
    return 0 if known is None else known[0]


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

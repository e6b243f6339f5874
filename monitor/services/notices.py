"""What is told of measures: to the person concerned what was decided, on which grounds and how to
contest it (article 5; GDPR, article 22), to the team what waits for it."""

from collections.abc import Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from alerts.incident import Incident
from alerts.ladder import Step
from alerts.measure import LOCKS, WHY, Measure
from alerts.ports import Action, Order, Target
from alerts.telling import reason_of
from detectors.core.detector import Text
from detectors.core.finding import Finding
from monitor.services import appeal_links, enrolment_keys
from monitor.services.appeal_links import LIFETIME, Appeal
from monitor.services.keyring import Keyring
from monitor.store import tables

TOLD: Final = frozenset((Step.NOTIFY, Step.REVOKE)) | LOCKS
"""Steps of which the person concerned is told; a challenge tells them itself."""
CONTESTED: Final = frozenset((Step.REVOKE,)) | LOCKS
"""Steps that they are told how to contest."""
RESTORE: Final = "restore"
SERVED: Final = Text("the suspension has lasted its time", "la suspension est arrivée à son terme")
CONTEST: Final = "contest"
"""The value that becomes a link when a notice is sent; until then it names a measure."""
TEAM: Final = Text("a person of the security team", "une personne de l'équipe de sécurité")
NOTHING: Final[Mapping[str, str]] = {}
_MOST_FINDINGS: Final = 200
_incident = msgspec.msgpack.Decoder(Incident).decode
_finding = msgspec.msgpack.Decoder(Finding).decode


def template_of(step: Step) -> str:
    """Which message tells the person concerned of a step."""
    return step.word


def key_of(measure: Measure, what: str) -> str:
    """What makes an order of a measure one and the same, however often it is written."""
    return f"measure.{measure.id}.{measure.round}.{what}"


def decided(connection: Connection, measure: Measure, target: Target, now: int) -> Order:
    """What tells a person that a measure was decided about their account."""
    values = _grounds(connection, measure)
    if measure.rule and not measure.decided_by:
        values["rule"] = measure.rule
    else:
        values |= {"decider.en": TEAM.en, "decider.fr": TEAM.fr}
    if measure.step in CONTESTED:
        values[CONTEST] = appeal_links.written(Appeal(measure.id, now + LIFETIME))
    return Order(
        key=key_of(measure, "told"),
        action=Action.NOTIFY,
        issued=now,
        tenant=measure.tenant,
        target=target,
        measure=measure.id,
        ticket=measure.ticket,
        incident=None if measure.incident is None else measure.incident.hex(),
        aup=(measure.aup,) if measure.aup else (),
        reason=measure.reason,
        until=measure.until,
        template=template_of(measure.step),
        values=values,
    )


def over(measure: Measure, target: Target, now: int) -> Order:
    """What tells a person that a measure about their account is over."""
    return Order(
        key=key_of(measure, "over"),
        action=Action.NOTIFY,
        issued=now,
        tenant=measure.tenant,
        target=target,
        measure=measure.id,
        ticket=measure.ticket,
        reason=measure.undo_reason,
        template=RESTORE,
        values={"step": measure.step.word} | _undone(measure),
    )


def _undone(measure: Measure) -> dict[str, str]:
    """Why a measure is over, in both languages where it ended by itself."""
    if measure.undo_reason != SERVED.en:
        return {}
    return {"reason.en": SERVED.en, "reason.fr": SERVED.fr}


def appealed(
    measure: Measure, target: Target, template: str, now: int, values: Mapping[str, str]
) -> Order:
    """What tells whoever contests a measure that it arrived, or what came of it."""
    return Order(
        key=key_of(measure, template),
        action=Action.NOTIFY,
        issued=now,
        tenant=measure.tenant,
        target=target,
        measure=measure.id,
        ticket=measure.appeal,
        template=template,
        values={"step": measure.step.word, **values},
    )


def to_team(
    connection: Connection,
    measure: Measure,
    template: str,
    target: Target,
    now: int,
    more: Mapping[str, str] = NOTHING,
) -> Order:
    """What tells the team of a measure: `approve`, `expired`, `unfinished`, `appeal`; `more` are
    values that it is told besides."""
    values = _grounds(connection, measure) | {"step": measure.step.word, **more}
    told = {
        "requester": measure.requested_name,
        "decider": measure.undone_name if template == "undone" else measure.decided_name,
        "rule": measure.rule,
        "expires": "" if measure.expires is None else str(measure.expires),
    }
    if measure.unfinished is not None:
        why = WHY[measure.unfinished]
        told |= {"why.en": why.en, "why.fr": why.fr}
    # What is stuck while it is taken back is another matter than what was before.
    what = f"team.{template}" if measure.undo_asked is None else f"team.{template}.undo"
    return Order(
        key=key_of(measure, what),
        action=Action.TELL,
        issued=now,
        tenant=measure.tenant,
        target=target,
        measure=measure.id,
        ticket=measure.ticket,
        incident=None if measure.incident is None else measure.incident.hex(),
        aup=(measure.aup,) if measure.aup else (),
        reason=measure.undo_reason if template == "undone" else measure.reason,
        until=measure.until,
        template=template,
        values=values | {name: value for name, value in told.items() if value},
    )


def completed(order: Order, pepper: bytes, address: str) -> Order:
    """The order with links in place of what stands for them: by which a measure is contested, a
    factor set up or a recovery stopped; without them where pages have no `address`. They are kept
    nowhere."""
    order = enrolment_keys.completed(order, Keyring(pepper).enrolment, address if pepper else "")
    told = order.values.get(CONTEST)
    if told is None:
        return order
    values = {name: value for name, value in order.values.items() if name != CONTEST}
    appeal = appeal_links.noted(told)
    if appeal is not None and address and pepper:
        key = appeal_links.key_of(pepper, appeal.measure, appeal.expires)
        values[CONTEST] = appeal_links.link(address, key)
    return msgspec.structs.replace(order, values=values)


def _grounds(connection: Connection, measure: Measure) -> dict[str, str]:
    """What the incident that a measure rests on says, in both languages."""
    if measure.incident is None:
        return {}
    table = tables.incidents
    body = connection.execute(
        select(table.c.body).where(table.c.id == measure.incident)
    ).scalar_one_or_none()
    if body is None:
        return {}
    incident, found = _incident(body), tables.findings
    if incident.subject != measure.subject:
        # What is known of others is nothing to tell this person.
        return {"category": incident.category.value}
    query = select(found.c.body).where(found.c.incident_id == incident.id).order_by(found.c.id)
    rows = connection.execute(query.limit(_MOST_FINDINGS)).scalars()
    findings = [_finding(row) for row in rows]
    told = {f"grounds.{each}": reason_of(incident, findings, each) for each in ("en", "fr")}
    return {"category": incident.category.value} | {k: v for k, v in told.items() if v}

"""People are told of tickets whose time is nearly up, or over: once for each clock that runs."""

from alerts.ticket import Warned
from detectors.core.event import SECOND
from detectors.core.identity import SubjectKind
from monitor.responding.timer import MOST, Ringing, Timer
from monitor.services.calling import call
from monitor.services.clocks import Alarm, warn
from monitor.services.targets import target_of

_TEMPLATES = {Warned.NEAR: "due", Warned.PAST: "overdue"}


def ring(ringing: Ringing) -> int:
    """Tell what is due; how much that was."""
    limits = ringing.around.settings.tickets.limits
    alarms = warn(ringing.connection, ringing.now, limits, MOST)
    for alarm in alarms:
        _tell(ringing, alarm)
    return len(alarms)


def _tell(ringing: Ringing, alarm: Alarm) -> None:
    one, settings = alarm.ticket, ringing.around.settings
    subject = one.subject
    is_account = subject is not None and subject.kind is SubjectKind.ACCOUNT
    template = _TEMPLATES[alarm.warned]
    values = {
        "title.en": one.title.en,
        "title.fr": one.title.fr,
        "severity": one.ticket.severity.name.lower(),
        "clock": alarm.clock.value,
        "due": str(alarm.at),
    }
    if settings.web.public_url is not None:
        values["link"] = f"{settings.web.public_url}/tickets/{one.id}"
    call(
        ringing.connection,
        settings.roster,
        template,
        f"{template}.{one.id}.{alarm.clock.value}.{alarm.at}",
        tenant=one.tenant,
        now=ringing.now,
        values=values,
        target=target_of(ringing.connection, subject) if is_account and subject else None,
        ticket=one.id,
        incident=one.incident,
    )


TIMERS = (Timer("clocks", ring, 10 * SECOND),)

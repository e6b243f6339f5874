"""People are told of tickets that are nearly late, or late: once each for each clock that runs."""

from alerts.ticket import Warned
from detectors.core.event import SECOND
from detectors.core.identity import SubjectKind
from monitor.responding.timer import MOST, Ringing, Timer
from monitor.services.calling import call
from monitor.services.clocks import Alarm, warn
from monitor.services.targets import target_of


def ring(ringing: Ringing) -> int:
    """Tell what is due; how many tickets that was."""
    settings = ringing.around.settings
    found = warn(ringing.connection, ringing.now, settings.tickets.limits, MOST)
    for alarm in found:
        key = f"ticket {alarm.ticket.id}"
        if not ringing.aside.has(key):
            with ringing.aside.over(key):
                _tell(ringing, alarm)
    return len(found)


def _tell(ringing: Ringing, alarm: Alarm) -> None:
    one, settings = alarm.ticket, ringing.around.settings
    is_account = one.subject is not None and one.subject.kind is SubjectKind.ACCOUNT
    template = "overdue" if alarm.warned is Warned.PAST else "due"
    values = {
        "title.en": one.title.en,
        "title.fr": one.title.fr,
        "severity": one.ticket.severity.name.lower(),
        "clock": alarm.clock.value,
        "due": str(alarm.at),
        "link": f"{settings.web.address}/tickets/{one.id}",
    }
    call(
        ringing.connection,
        settings.roster,
        template,
        # Another clock, or the same one run anew, is told of by itself.
        f"{template}.{one.id}.{alarm.clock.value}.{alarm.at}",
        tenant=one.tenant,
        now=ringing.now,
        values=values,
        target=target_of(ringing.connection, one.subject) if is_account and one.subject else None,
        ticket=one.id,
        incident=one.incident,
    )


TIMERS = (Timer("clocks", ring, 5 * SECOND),)

"""Once a month the contacts of each tenant are told how well its accounts are kept.

What is noted is noted with the orders, before anything is sent: it is told once however often
anybody is killed, and a month that nobody was there for is told as soon as somebody is.
"""

from typing import Final

from detectors.core.event import MINUTE
from monitor.hygiene.month import days_of, is_morning, month_of
from monitor.responding.timer import MOST, Ringing, Timer
from monitor.services.hygiene_reports import compose, send
from monitor.store import hygiene_reports
from monitor.store.directory import DirectoryTable

_LOOKED_AT: Final = 2_000


def ring(ringing: Ringing) -> int:
    """Tell those that were told nothing for the month that is over; how many tenants."""
    settings, now = ringing.around.settings, ringing.now
    if not settings.hygiene.monthly_report:
        return 0
    connection, month = ringing.connection, month_of(now) - 1
    done = 0
    for tenant in hygiene_reports.due(connection, month, days_of(month), _LOOKED_AT):
        if done < MOST and not ringing.aside.has(tenant):
            with ringing.aside.over(tenant):
                done += _told(ringing, tenant, month)
    return done


def _told(ringing: Ringing, tenant: str, month: int) -> bool:
    connection, now = ringing.connection, ringing.now
    stored = DirectoryTable(connection).tenant(tenant)
    if not is_morning(month + 1, now, "" if stored is None else stored.tenant.zone):
        return False
    report = compose(connection, tenant, month)
    if report is None:
        return False
    settings = ringing.around.settings
    count = send(connection, report, settings.roster, settings.web.public_url or "", now)
    return hygiene_reports.note(connection, tenant, month, now, count)


TIMERS = (Timer("hygiene_reports", ring, 10 * MINUTE),)

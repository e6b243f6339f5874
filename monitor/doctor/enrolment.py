"""Tenants whose people have to set up a factor: whether anybody tells them, and whether the gate
asks."""

from collections.abc import Iterator

from alerts.policy import Mode
from alerts.ports import Action
from monitor.doctor.check import Check, database_of, note
from monitor.settings import Settings
from monitor.store import policies


def look(settings: Settings) -> Iterator[Check]:
    """One check for all of them; none where no policy asks for a factor."""
    with database_of(settings) as database:
        if database is None:
            return
        with database.connect() as connection:
            policy = policies.holding(connection).policy
    asked = sorted(uid for uid, one in policy.tenants.items() if one.enrolment_days is not None)
    if asked:
        yield _told(settings, policy.mode, asked)


def _told(settings: Settings, mode: Mode, asked: list[str]) -> Check:
    name, seen = "enrolment", f"a factor is asked of the people of {len(asked)} tenants"
    if mode is not Mode.ACT:
        advice = 'nobody is told or asked while the policy is in its shadow mode: mode = "act"'
        return note(name, seen, advice)
    roster = settings.roster
    silent = [uid for uid in asked if not any(roster.offering(Action.NOTIFY, uid))]
    if silent:
        remedy = "set up a responder that writes to them, such as one of kind mail"
        told = f"nobody tells the people of {len(silent)} tenants that they need a factor"
        return Check(name, good=False, seen=told, remedy=remedy)
    if settings.web.public_url is None:
        return note(name, seen, "set web.public_url: mails have no link to their page without it")
    return Check(name, good=True, seen=seen)

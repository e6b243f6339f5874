"""Everything by which it is decided what is raised and done: approvals, policy, detectors."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from sqlalchemy import Engine

from alerts.responders.roster import Roster
from detectors.core.context import AccountKind
from detectors.core.identity import Subject
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.services.actor import Actor
from monitor.services.approvals import Approvals
from monitor.services.badges import Badges
from monitor.services.detectors import Detectors
from monitor.services.keyring import Keyring
from monitor.services.measures import Measures
from monitor.services.model_cards import ModelCards
from monitor.services.policies import Policies
from monitor.services.recoveries import Recoveries
from monitor.services.rehearsals import Rehearsals
from monitor.settings import Settings
from monitor.web import approvals
from monitor.web.approvals import Desks, approval_routes
from monitor.web.beside import Beside
from monitor.web.detectors import detector_routes
from monitor.web.joining import join
from monitor.web.policy_pages import policy_routes


def rule_routes(
    engine: Engine,
    keyring: Keyring,
    enrolment: EnrolmentTerms,
    roster: Roster | None,
    now: Callable[[], int],
    lapses: int,
    settings: Settings | None,
    kinds: Mapping[Subject, AccountKind] | None,
) -> APIRouter:
    """Pages and API over a database; `now` gives ms since 1970 UTC, `lapses` is how long (ms) a
    request waits. Without `settings` no process is started beside the console. `kinds` are the
    settings' word on accounts."""
    roster, router = roster or Roster(), APIRouter()
    desks = Desks(
        Approvals(engine, roster, now),
        Measures(engine, roster, now, lapses),
        Recoveries(engine, keyring, enrolment, roster, now),
    )
    join(router, approval_routes(desks))
    beside = None if settings is None else Beside(settings)
    for one in policy_routes(Policies(engine, now, kinds), Rehearsals(engine, beside, now)):
        join(router, one)
    held = settings or Settings()
    found = Detectors(engine, held.detectors, now)
    cards = ModelCards(held.models.path, is_on=held.models.enabled)
    join(router, detector_routes(found, cards))
    return router


def badges_of(engine: Engine, now: Callable[[], int]) -> dict[str, Callable[[Actor], int]]:
    """What counts what waits for somebody, by the room where it waits."""
    return {approvals.PATH: Badges(engine, now).approvals}

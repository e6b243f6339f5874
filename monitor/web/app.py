"""All that this process serves over HTTP, put together: pages, API, gate, and what others send."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from secrets import token_bytes
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from sqlalchemy.engine import Engine
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from alerts.responders.roster import Roster
from alerts.ticket import Limits
from detectors.core.context import AccountKind
from detectors.core.finding import Severity
from detectors.core.identity import Subject
from monitor.assembly import open_judge
from monitor.chain.checkpoints import Checkpoints
from monitor.chain.sealing import KEY_BYTES, Sealer
from monitor.clock import now_ms
from monitor.deciding.desk import Desk as DecisionDesk
from monitor.deciding.judge import Judge
from monitor.deciding.opening import open_desk
from monitor.deciding.verdict import Terms as Decisions
from monitor.gate.terms import Terms as GateTerms
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.protection.processing import NOTHING_SAID, Facts
from monitor.scim.rules import PushRules
from monitor.sealing_keys import SealingKeys
from monitor.services.access import Access
from monitor.services.api_keys import ApiKeys
from monitor.services.appeals import Appeals
from monitor.services.atlas import Atlases
from monitor.services.audit import Audit
from monitor.services.changes import Changes
from monitor.services.delivery import PATIENCE_MS, Deliveries, Room
from monitor.services.effective import Effective, SectionView
from monitor.services.entrance import Entrance, Terms
from monitor.services.exports import Exports
from monitor.services.figures import Figures
from monitor.services.first_steps import FirstSteps
from monitor.services.hand_offs import HandOffTerms
from monitor.services.keeping import Keeping
from monitor.services.keyring import Keyring
from monitor.services.ladders import Ladders
from monitor.services.looks import Looks
from monitor.services.machinery import Machine, Machinery
from monitor.services.measures import LAPSES, Measures
from monitor.services.needs import Needs
from monitor.services.own import Own
from monitor.services.protection import Protection
from monitor.services.refusal import NotFreshError
from monitor.services.register import Registry
from monitor.services.related import Relations
from monitor.services.reports import Reports, ReportTerms
from monitor.services.review import Review
from monitor.services.sessions import Client, Sessions, Visit
from monitor.services.sign_in_questions import SignInQuestions
from monitor.services.sources import Sources
from monitor.services.subscriber_factors import open_desk as open_factors
from monitor.services.subscriber_sessions import SubscriberSessions, SubscriberVisit
from monitor.services.subscribers import Subscribers
from monitor.services.tickets import Tickets
from monitor.settings import OWN_SOURCE, Settings
from monitor.store.connection import connect
from monitor.store.inbox import Inbox, durable
from monitor.store.reading import Reading
from monitor.store.watching import Watching
from monitor.web.account_routes import account_routes
from monitor.web.adding import adding_routes
from monitor.web.appeals import appeal_pages
from monitor.web.audit import audit_routes
from monitor.web.case_pages import case_pages
from monitor.web.challenge_pages import challenge_routes
from monitor.web.changes import Line, changes_api
from monitor.web.client import TrustedProxies
from monitor.web.confirmation import confirmation
from monitor.web.description import TEXT, describe
from monitor.web.directory_pages import directory_routes
from monitor.web.door import Cookies, door, not_fresh, refusing
from monitor.web.exports import export_api
from monitor.web.factor_pages import factor_routes
from monitor.web.gate import gated, knower_of
from monitor.web.guard import Admits, Guard
from monitor.web.hygiene import hygiene_routes
from monitor.web.incidents import incident_api
from monitor.web.joining import join
from monitor.web.keys import key_api, key_pages
from monitor.web.lateness import Lateness
from monitor.web.later import Later
from monitor.web.live import is_still, live_pages
from monitor.web.machinery import machinery_routes
from monitor.web.measure_pages import measure_routes
from monitor.web.oidc import Roads, oidc_pages
from monitor.web.outbox import outbox_routes
from monitor.web.overview import Desk as Overview
from monitor.web.overview import overview_api, overview_pages
from monitor.web.own import own_routes
from monitor.web.own_passkeys import own_passkey_pages
from monitor.web.passkey_door import passkey_door
from monitor.web.probes import probes
from monitor.web.profile import profile_pages
from monitor.web.protection import (
    Desk,
    periods_from,
    protection_api,
    protection_pages,
    register_api,
    register_pages,
)
from monitor.web.push import OPERATION, PATH, Push, identifying, receiver
from monitor.web.queue_routes import queue_routes
from monitor.web.refusals import ANSWERS, read_or_refused
from monitor.web.reports import report_api, report_messages, report_pages
from monitor.web.responders import responder_routes
from monitor.web.reviewers import reviewer_api, reviewer_pages
from monitor.web.rule_routes import badges_of, rule_routes
from monitor.web.setup import setup_pages
from monitor.web.sign_ins import OPERATION as SIGN_INS_OPERATION
from monitor.web.sign_ins import PATH as SIGN_INS
from monitor.web.sign_ins import sign_in_api
from monitor.web.sources import source_api
from monitor.web.steps import step_pages
from monitor.web.subscriber_routes import subscriber_routes
from monitor.web.subscribers import AdmitsSubscriber, SubscriberCookies
from monitor.web.ticket_routes import ticket_routes
from monitor.web.tour import tour_of

STATIC = Path(__file__).parent / "static"
SCIM = "/scim/v2"
OPENAPI = "/api/v1/openapi.json"
LOCAL = "http://127.0.0.1:8320"
DEFAULT_REPORTS = ReportTerms()
CHALLENGES = ChallengeTerms()
NO_HAND_OFF = HandOffTerms()
_log = logging.getLogger(__name__)


def create_app(
    database_url: str,
    *,
    public_url: str | None = None,
    now: Callable[[], int] = now_ms,
    engine: Engine | None = None,
    metrics_token: str | None = None,
    pepper: bytes = b"",
    maxmind: bool = False,
    proxies: TrustedProxies | None = None,
    provisioning: PushRules | None = None,
    terms: Terms | None = None,
    address: str | None = None,
    facts: Facts | None = None,
    reports: ReportTerms = DEFAULT_REPORTS,
    kinds: Mapping[Subject, AccountKind] | None = None,
    sealer: Sealer | None = None,
    checkpoints: Sequence[Checkpoints] = (),
    roster: Roster | None = None,
    lapses: int = LAPSES,
    limits: Mapping[Severity, Limits] | None = None,
    judging: Callable[[], Judge] | None = None,
    decisions: Decisions | None = None,
    tenant: str = "",
    gate: GateTerms | None = None,
    sealing: SealingKeys | None = None,
    asking: ChallengeTerms = CHALLENGES,
    hand_off: HandOffTerms = NO_HAND_OFF,
    enrolment: EnrolmentTerms | None = None,
    patience: int | None = None,
    settings: Settings | None = None,
    sections: Sequence[SectionView] = (),
    machine: Machine | None = None,
) -> ASGIApp:
    """The console over a database, which has to hold the tables by the first request.

    `public_url` is the address that browsers use when it is not the loopback's; with `https` its
    cookies are for HTTPS only. `now` gives ms since 1970 UTC. `engine` is used instead of a new
    one for `database_url`. Whoever has the `metrics_token` may read the metrics. `pepper` is what
    the instance's keys are digested with. `maxmind`: its databases place addresses, and are
    credited. `proxies` are those whose word counts for who a client is; None for none.
    `provisioning` is how what identity providers push is understood. `terms` are those of signing
    in. `address` is where a provider of those sends browsers back to, if not `public_url`. `facts`
    are what the register of processing is written from, `reports` how anybody can report, `kinds`
    the settings' word on accounts. `sealer` signs the audit for the instance, `checkpoints` are the
    files outside that it is held to; without one, what it signs is nobody's. `roster` is which
    responders there are, none where it is None; `lapses` how long (ms) a request
    waits for a second person; `limits` are those of tickets' clocks. `judging` opens what judges
    sign-ins that applications ask about (as the default settings have it where it is None),
    `decisions` says what follows, and `tenant` is that of questions, and of guarded sessions, that
    name none. `gate` is how applications are guarded, None for not at all. `sealing` is
    what secrets at rest are sealed with; `asking` are the terms of challenges, `hand_off` is how
    the application hands over subscribers to their own pages, `enrolment` are the terms on which
    they set up factors. `patience` is how long (ms) reading may take for a page. `settings` are
    those that all this was taken from: processes beside the console go by them; where it is None,
    none is started. `sections` are the same as they are shown, and `machine` is what this process
    knows of where it runs. Raises StoreUrlError or ValueError for an address that is none.
    """
    engine = connect(database_url) if engine is None else engine
    site = urlsplit(public_url or "http://127.0.0.1")
    if site.scheme not in ("http", "https") or not site.hostname:
        raise ValueError(f"the console's public address is not a web address: {public_url}")
    secure = site.scheme == "https"
    review = Review(Reading(engine), now, Looks(engine, now))
    arriving = durable(engine.url, PATIENCE_MS)
    keys, inbox = ApiKeys(arriving, now, pepper), Inbox(arriving)
    entrance = Entrance(
        engine,
        pepper=pepper,
        now=now,
        terms=terms,
        durable=arriving,
        keys=sealing,
        roster=roster,
    )
    enrolment = enrolment or EnrolmentTerms(address=public_url or address or LOCAL)
    proving = Subscribers(
        engine, entrance.keyring, entrance.factors, asking, enrolment, roster, now
    )
    cookies = Cookies(secure=secure)
    push = Push(inbox, Deliveries(inbox, now, keys.note_used), Room())
    app = FastAPI(
        title="Vigie",
        description=TEXT,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI,
    )
    app.state.lateness = Lateness(Watching(engine), now)
    app.state.maxmind, app.state.service = maxmind, entrance.terms.name
    app.state.reportable, app.state.party = reports.form, entrance.terms.relying_party
    app.state.knower, app.state.badges = knower_of(gate, tenant, now), badges_of(engine, now)
    sources = Sources(Watching(engine), now)
    asked = _asked(
        engine, arriving, judging, decisions, entrance.keyring, public_url or address, now
    )
    for router in (
        # First: they are asked the most, and routes are looked through in turn.
        receiver(push),
        sign_in_api(SignInQuestions(engine, asked, tenant)),
        *_overview(engine, review, sources, now),
        # Before single incidents: its words are no ids.
        queue_routes(engine, review, sources, cookies, now, limits),
        *_cases(engine, review, roster, limits, now),
        *adding_routes(engine, sources, settings, public_url, now, pepper),
        *_guides(app, engine, sources, settings, now),
        hygiene_routes(engine, roster or Roster(), public_url or address or "", now),
        key_pages(keys),
        incident_api(review),
        key_api(keys),
    ):
        join(app.router, router)
    facts = facts or NOTHING_SAID
    looks = Looks(engine, now)
    desk = Desk(Protection(engine, pepper, now), Access(engine, facts, now), looks)
    registry, keeping = Registry(facts), Keeping(engine, periods_from(facts))
    for router in (protection_pages(desk), protection_api(desk)):
        join(app.router, router)
    for router in (register_pages(registry, keeping), register_api(registry, keeping)):
        join(app.router, router)
    for router in (
        source_api(sources),
        *_told(engine, entrance.sessions),
        export_api(Exports(engine, looks)),
        *_report_routes(
            Reports(engine, entrance.keyring, now, reports.per_hour, roster, public_url or address),
            reports,
        ),
    ):
        join(app.router, router)
    farewell = None
    if entrance.terms.provider.is_on:
        roads = Roads(entrance, cookies, now, public_url or address or LOCAL, secure=secure)
        join(app.router, oidc_pages(roads))
        farewell = roads.farewell
    join(app.router, door(entrance, cookies, farewell))
    join(app.router, passkey_door(entrance, cookies))
    join(app.router, confirmation(entrance, cookies))
    join(app.router, own_passkey_pages(entrance, cookies))
    join(app.router, setup_pages(entrance, cookies))
    join(app.router, profile_pages(entrance, cookies))
    own = Own(
        engine,
        entrance.keyring,
        entrance.factors,
        enrolments=proving.enrolments,
        facts=facts,
        roster=roster or Roster(),
        hand_off=hand_off,
        kinds=kinds,
        now=now,
    )
    for router in (
        reviewer_pages(entrance.reviewers, public_url),
        reviewer_api(entrance.reviewers),
        account_routes(engine, review, desk, facts, settings, now),
        directory_routes(engine, now),
        factor_routes(
            open_factors(
                engine,
                entrance.keyring,
                entrance.factors,
                enrolment,
                roster,
                now,
            )
        ),
        measure_routes(Measures(engine, roster or Roster(), now, lapses)),
        rule_routes(engine, entrance.keyring, enrolment, roster, now, lapses, settings, kinds),
        challenge_routes(proving.challenges),
        outbox_routes(engine, now),
        responder_routes(engine, roster or Roster(), now),
        machinery_routes(Machinery(engine, roster or Roster(), machine, now), Effective(sections)),
        ticket_routes(engine, now, limits),
        appeal_pages(Appeals(engine, pepper, roster or Roster(), now)),
        *subscriber_routes(proving, secure=secure),
        *own_routes(own, SubscriberCookies(secure=secure)),
    ):
        join(app.router, router)
    audit = Audit(engine, sealer or Sealer(token_bytes(KEY_BYTES)), checkpoints, now)
    for router in (audit_routes(audit), probes(Watching(engine), now, metrics_token)):
        join(app.router, router)
    app.mount(SCIM, Later(lambda: _scim(engine, now, provisioning)))
    app.mount("/static", StaticFiles(directory=STATIC))
    for kind, handler in ANSWERS.items():
        app.add_exception_handler(kind, handler)
    app.add_exception_handler(NotFreshError, not_fresh(entrance))
    describe(app)
    return gated(
        Guard(
            app,
            admits=_admits(entrance.sessions),
            refuse=refusing(entrance),
            hosts=frozenset((site.hostname,)),
            secure=secure,
            programs={PATH: OPERATION, SIGN_INS: SIGN_INS_OPERATION},
            identify=identifying(keys),
            proxies=proxies or TrustedProxies(),
            subscribers=_admits_subscribers(own.sessions),
            patience=patience,
        ),
        app.state.knower,
        gate or GateTerms(),
        engine,
        entrance.keyring.tickets,
        public_url or address or LOCAL,
        now,
        (proxies or TrustedProxies()).heard,
    )


def _cases(
    engine: Engine,
    review: Review,
    roster: Roster | None,
    limits: Mapping[Severity, Limits] | None,
    now: Callable[[], int],
) -> Iterator[APIRouter]:
    ladders = Ladders(engine, roster or Roster(), now)
    yield case_pages(review, Tickets(engine, now, limits), ladders, Relations(engine))


def _guides(
    app: FastAPI,
    engine: Engine,
    sources: Sources,
    settings: Settings | None,
    now: Callable[[], int],
) -> list[APIRouter]:
    """What leads somebody who is new: round the demonstration, elsewhere to a first incident."""
    if settings is None or not settings.web.tour:
        return [step_pages(FirstSteps(engine, OWN_SOURCE, now))]
    app.state.tour, pages = tour_of(engine, sources)
    return [pages]


def _scim(engine: Engine, now: Callable[[], int], rules: PushRules | None) -> ASGIApp:
    # Its models take a fifth of what a console takes to begin, and few instances are pushed to.
    from monitor.services.provisioning import Provisioning  # noqa: PLC0415
    from monitor.web.scim import scim_service  # noqa: PLC0415

    return scim_service(Provisioning(engine, now, rules))


def _asked(
    engine: Engine,
    arriving: Engine,
    judging: Callable[[], Judge] | None,
    decisions: Decisions | None,
    keyring: Keyring,
    site: str | None,
    now: Callable[[], int],
) -> DecisionDesk:
    opened = judging or (lambda: open_judge(Settings()))
    desk = open_desk(
        engine, arriving, opened, decisions or Decisions(), keyring, site or LOCAL, now
    )
    if judging is not None:
        desk.warm()
    return desk


def _overview(
    engine: Engine, review: Review, sources: Sources, now: Callable[[], int]
) -> tuple[APIRouter, ...]:
    figures = Figures(engine, now)
    needs, atlases = Needs(engine, figures, now), Atlases(engine, now)
    desk = Overview(needs, figures, atlases, review, sources, Changes(engine))
    return overview_pages(desk), overview_api(desk)


def _told(engine: Engine, sessions: Sessions) -> tuple[APIRouter, ...]:
    line = Line(Changes(engine), partial(is_still, sessions))
    return changes_api(line), live_pages(line)


def _report_routes(reports: Reports, terms: ReportTerms) -> list[APIRouter]:
    return [
        report_api(reports),
        *([report_pages(reports)] if terms.form else []),
        *([report_messages(reports, terms.secret)] if terms.secret else []),
    ]


def _admits(sessions: Sessions) -> Admits:
    def admits(session: str, client: Client | None) -> Visit | None:
        with read_or_refused():
            return sessions.visit(session, client)

    return admits


def _admits_subscribers(sessions: SubscriberSessions) -> AdmitsSubscriber:
    def admits(session: str, client: Client | None) -> SubscriberVisit | None:
        with read_or_refused():
            return sessions.visit(session, client)

    return admits

"""Puts the parts together as the settings say."""

import gc
import logging
import re
from collections.abc import Callable, Container, Mapping
from datetime import UTC
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Engine as Database

from alerts.correlation import CorrelationParameters
from detectors.account_sharing import AccountSharing
from detectors.core import registry
from detectors.core.context import Context
from detectors.core.detector import Detector
from detectors.core.event import DAY, HOUR, MINUTE, Event
from detectors.core.identity import SubjectKind, digest
from detectors.core.model import Model
from monitor import instance, placing
from monitor.clock import now_ms
from monitor.deciding.judge import Judge
from monitor.engine import Engine
from monitor.enrichment.enricher import Enricher
from monitor.erasing.job import Erasing, Erasures
from monitor.formats.detection import AUTO, available, named
from monitor.formats.format import Format
from monitor.formats.own import Own
from monitor.health.seen import Expected
from monitor.health.vitals import Vitals
from monitor.health.watch import Watch
from monitor.hygiene import versions
from monitor.hygiene.facts import Thresholds
from monitor.hygiene.rounds import Rounds as HygieneRounds
from monitor.mfa.party import RelyingParty, is_suffix
from monitor.models.store import SHIPPED, ModelError
from monitor.models.store import load as load_models
from monitor.pipeline import Feed, Pipeline
from monitor.retention.periods import Periods
from monitor.retention.rounds import Rounds
from monitor.sealing_keys import FILE as SEALING_FILE
from monitor.sealing_keys import SealingKeys
from monitor.services import relying_party
from monitor.services.entrance import Entrance, Terms
from monitor.services.sessions import Limits
from monitor.services.trying import Trying
from monitor.services.weighing import Weigher
from monitor.settings import OWN_SOURCE, Settings, SettingsError
from monitor.settings import Source as SourceSettings
from monitor.signing import sealer_of
from monitor.sources.inbox import PUSH
from monitor.sources.specification import Opening, opened
from monitor.steady import Steady
from monitor.store.inbox import Inbox
from monitor.store.inbox import Terms as InboxTerms

_log = logging.getLogger(__name__)
_GARBAGE = (50_000, 20, 100)
"""Allocations before each generation of the garbage collector is looked at."""


def open_enricher(settings: Settings) -> Enricher:
    """Enrichment with the user's databases, else those fetched, else the shipped ones."""
    return placing.open_enricher(settings)


def open_models(settings: Settings) -> Mapping[str, Model]:
    """The learned models that have a say; none, and a warning, where they cannot be used."""
    if not settings.models.enabled:
        return {}
    try:
        return load_models(settings.models.path or SHIPPED)
    except ModelError as error:
        _log.warning("No learned model has a say: %s", error)
        return {}


def context_of(settings: Settings) -> Context:
    """What detectors may know besides the events; its version tells which models they had."""
    models = open_models(settings)
    version = "0"
    if models:
        version = digest(*(m.version for _, m in sorted(models.items())), size=8).hex()
    return Context(version, settings.kinds(), rules=settings.rules_by_tenant(), models=models)


def correlation_of(settings: Settings) -> CorrelationParameters:
    """The parameters of correlation and assessment. Raises SettingsError."""
    given = {**settings.correlation, "assessment": settings.assessment}
    try:
        return msgspec.convert(given, CorrelationParameters)
    except (msgspec.ValidationError, ValueError) as error:
        raise SettingsError("settings", "correlation", str(error)) from error


def open_engine(
    settings: Settings,
    database: Database,
    enricher: Enricher | None,
    *,
    live: bool = True,
    without: Container[str] = (),
    watch: Callable[[Detector[Any]], Detector[Any]] | None = None,
) -> Engine:
    """The engine with every detector; a `live` one does not believe stamps in the future.

    `enricher` is None for events that are enriched already. `without` names detectors that are left
    out, to measure what they are worth; `watch` gives one that finds the same in place of each, and
    may note more.

    What is loaded by now is taken out of the garbage collector's sight, and it looks less often:
    the values of the hot path hold no cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    return Engine(
        database,
        [
            d if watch is None else watch(d)
            for d in registry.load(settings.detectors)
            if d.about.name not in without
        ],
        _as_it_is if enricher is None else enricher.enrich,
        context=context_of(settings),
        correlation=correlation_of(settings),
        lateness=settings.engine.lateness,
        clock=Steady().latest if live else None,
        pepper=_pepper(settings) if live else None,
    )


def open_judge(settings: Settings) -> Judge:
    """What judges single sign-ins beside the engine, with the same detectors, models, settings and
    places. Raises what `open_enricher` does."""
    return Judge(
        [d for d in registry.load(settings.detectors) if d.about.keyed_by is SubjectKind.ACCOUNT],
        open_enricher(settings).enrich,
        context_of(settings),
        correlation_of(settings),
        settings.engine.lateness,
    )


def open_trying(settings: Settings) -> Trying:
    """What reads and judges the first lines of a log, as the engine would. Raises what
    `open_enricher` does."""
    names = (AUTO, *available(settings.described()))
    return Trying(
        lambda name, zone: form_of(settings, name, zone),
        names,
        open_enricher(settings).enrich,
        registry.load(settings.detectors),
        context_of(settings),
        correlation_of(settings),
        settings.tenant,
    )


def open_weigher(settings: Settings) -> Weigher:
    """What reckons how many people use an account, as the engine has it."""
    [detector] = [
        d for d in registry.load(settings.detectors) if d.about.name == AccountSharing.about.name
    ]
    return Weigher(cast(AccountSharing, detector), context_of(settings))


def _as_it_is(event: Event) -> Event:
    return event


def _pepper(settings: Settings) -> bytes | None:
    """What credentials, and accounts that were erased, are digested with; None where there is no
    key yet, and so nothing that was digested."""
    if settings.secrets.key is None and not (settings.data / instance.KEY_FILE).exists():
        return None
    return instance.opened(settings.secrets.key, settings.data)[0].pepper


def open_erasures(settings: Settings) -> Erasures:
    """What erases accounts, as the settings have it."""

    def pepper() -> bytes:
        return instance.opened(settings.secrets.key, settings.data)[0].pepper

    return Erasures(pepper, settings.data)


def form_of(settings: Settings, name: str, zone: str = "UTC") -> Format:
    """The format of this name, `auto` for each line's own; `zone` is that of bare stamps.

    Those that the settings describe are among them. Raises UnknownFormatError.
    """
    return named(name, UTC if zone == "UTC" else ZoneInfo(zone), settings.described())


def open_feed(
    settings: Settings, source: SourceSettings, *, follow: bool, database: Database | None = None
) -> Feed:
    """One source of the settings, ready to be read."""
    opening = Opening(
        source.specification, source.name, follow, source.options, database, settings.data
    )
    is_own = source.name == OWN_SOURCE
    form = Own() if is_own else form_of(settings, source.format, source.zone)
    tenant = source.tenant or settings.tenant
    return Feed(opened(opening), form, tenant, is_of_tenant=source.tenant is not None)


def expectations(sources: tuple[SourceSettings, ...]) -> dict[str, Expected]:
    """What the settings say of how these sources should be."""
    return {
        one.name: Expected(
            None if one.silent_after_minutes is None else round(one.silent_after_minutes * MINUTE),
            round(one.lag_allowed_minutes * MINUTE),
        )
        for one in sources
    }


def open_watch(settings: Settings, sources: tuple[SourceSettings, ...]) -> Watch:
    """What judges how these sources are, as the settings have it."""
    return Watch(now_ms(), expectations(sources), settings.data)


def announce(settings: Settings, database: Database) -> None:
    """Tell the web processes for which sources others may send, and how much may wait."""
    pushed = tuple(source.name for source in settings.sources if source.url == PUSH)
    Inbox(database).announce(InboxTerms(pushed, settings.inbox.waiting_mib << 20))


def terms_of(settings: Settings) -> Terms:
    """The terms of signing in, as the settings have them."""
    given = settings.sign_in
    limits = Limits(
        idle=round(given.idle_minutes * MINUTE),
        absolute=round(given.absolute_hours * HOUR),
        operator=round(given.operator_minutes * MINUTE),
        needs_administrator=given.require_administrator,
    )
    return Terms(
        limits=limits,
        minimum=given.password_minimum,
        breaches=given.breached_passwords_url,
        tenant=given.tenant,
        provider=settings.oidc,
        relying_party=relying_party_of(settings),
    )


def open_entrance(settings: Settings, database: Database, pepper: bytes) -> Entrance:
    """All that signing in takes, as the settings have it."""
    return Entrance(
        database,
        pepper=pepper,
        terms=terms_of(settings),
        keys=sealing_keys_of(settings),
        roster=settings.roster,
    )


def sealing_keys_of(settings: Settings) -> SealingKeys:
    """What secrets at rest are sealed with, where the instance's own key does not."""
    return SealingKeys(settings.secrets.sealing_keys, settings.data / SEALING_FILE)


def relying_party_of(settings: Settings) -> RelyingParty | None:
    """For whom passkeys are; None where browsers reach no address that they can be used at.

    They need a host's name and HTTPS, but for this machine's own pages: those are `localhost`, at a
    port that stays (0 is another one each time).
    """
    if settings.web.public_url is None and settings.web.port == 0:
        return None
    site = urlsplit(settings.web.address)
    host, port = site.hostname or "", site.port
    if settings.web.public_url is None:
        host = "localhost"
    if site.scheme != "https" and host != "localhost" and not host.endswith(".localhost"):
        return None
    party = settings.mfa.rp_id or host
    if not is_suffix(party, host):
        return None
    origin = f"{site.scheme}://{host}" + ("" if port is None else f":{port}")
    return RelyingParty(party, settings.mfa.rp_name, (_without_default_port(origin),))


def _without_default_port(origin: str) -> str:
    return re.sub(r"^(https://[^:]+):443$|^(http://[^:]+):80$", r"\1\2", origin)


def hold_binding(settings: Settings, database: Database) -> None:
    """Hold the settings to what passkeys are bound to. Raises RelyingPartyError."""
    relying_party.check(database, relying_party_of(settings))


def periods_of(settings: Settings) -> Periods:
    """How long things are kept, as the settings have it."""
    kept = settings.retention
    return Periods(
        events=kept.events_days * DAY,
        details=kept.truncate_days * DAY,
        incidents=kept.incidents_days * DAY,
        accounts=kept.accounts_days * DAY,
        rejects=kept.rejects_days * DAY,
        health=kept.health_days * DAY,
        hygiene=kept.hygiene_days * DAY,
        audit=kept.audit_days * DAY,
        orders=kept.orders_days * DAY,
        order_details=kept.order_details_days * DAY,
    )


def open_retention(settings: Settings, database: Database) -> Rounds:
    """What forgets what is old, as the settings have it."""
    sources = [source.name for source in settings.all_sources]
    return Rounds(periods_of(settings), sources, database, sealer=sealer_of(settings))


def open_hygiene(settings: Settings) -> HygieneRounds:
    """What keeps the hygiene of accounts, as the settings have it."""
    given = settings.hygiene
    return HygieneRounds(
        Thresholds(
            dormant_days=given.dormant_days,
            stale_session_days=given.stale_session_days,
            unreviewed_days=given.unreviewed_days,
        ),
        versions.load(given.versions),
        every=round(given.every_hours * HOUR),
    )


def open_pipeline(
    settings: Settings,
    engine: Engine,
    sources: tuple[SourceSettings, ...],
    *,
    follow: bool,
    database: Database | None = None,
    vitals: Vitals | None = None,
) -> Pipeline:
    """Everything from the sources to the store. `vitals` None: new ones when it follows."""
    feeds = [open_feed(settings, one, follow=follow, database=database) for one in sources]
    if vitals is None and follow:
        vitals = Vitals(open_watch(settings, sources))
    retention = erasing = hygiene = None
    if follow and database is not None:
        hygiene = open_hygiene(settings)
        retention = open_retention(settings, database)
        erasing = Erasing(open_erasures(settings), database)
    return Pipeline(
        engine,
        feeds,
        batch=settings.engine.batch,
        vitals=vitals,
        retention=retention,
        erasing=erasing,
        hygiene=hygiene,
        now=Steady().passing,
    )

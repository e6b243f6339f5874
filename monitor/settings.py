"""Every setting there is, read from a TOML file and the environment; a bad one is never ignored.

The file is the one given, else `VIGIE_CONFIG`, else `./vigie.toml` where there is one. A variable
overrides it: `VIGIE_` and the setting's path in capitals, with two underscores for each dot
(`VIGIE_WEB__PORT` for `web.port`). With `_FILE` added, the value is read from the file named.
"""

import difflib
import ipaddress
import math
import os
import re
import tomllib
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, field, structs

from alerts.aims import Aims
from alerts.egress.client import authorities
from alerts.egress.destinations import read as read_destinations
from alerts.egress.outbound import Outbound
from alerts.responders.kind import TermsError, UnknownKindError, plain_terms, read_terms, roster
from alerts.responders.roster import Roster
from detectors.core import registry
from detectors.core.context import AccountKind, Rules
from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import NetworkKind
from monitor import instance, sealing_keys
from monitor.addresses import network_of
from monitor.deciding.verdict import Terms as Decisions
from monitor.directory.keycloak import RealmTerms
from monitor.formats.described.described import Described
from monitor.formats.described.errors import DescriptionError
from monitor.formats.detection import AUTO
from monitor.formats.format import Format, formats
from monitor.gate.terms import Terms as GateTerms
from monitor.gate.terms import fault as gate_fault
from monitor.gate.terms import origin_of
from monitor.geodata.address import is_safe
from monitor.hygiene import versions
from monitor.mfa import lost_factor
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.mfa.party import is_suffix
from monitor.oidc.terms import Terms, fault
from monitor.protection.processing import Facts
from monitor.scim.rules import PushRules
from monitor.sources.realm_users import open_realm
from monitor.sources.specification import Opening, is_address
from monitor.sources.specification import check as check_source
from monitor.store.connection import StoreUrlError, parse
from monitor.trouble import MisuseError

PREFIX = "VIGIE_"
FILE_SUFFIX = "_FILE"
CONFIG_FILE = "vigie.toml"
DATABASE_FILE = "vigie.db"
ALL_TENANTS = "*"
OWN_SOURCE = "vigie"
"""What Vigie's own sign-ins come by, through the inbox; nobody else may push to it."""
MAXIMUM_FILE = 1 << 20
"""Bytes; a larger settings file is refused unread."""

_NOT_SETTINGS = ("VIGIE_CONFIG", "VIGIE_REQUIRE_ALL")
_OPEN_SECTIONS = {
    "detectors": 3,
    "assessment": 2,
    "correlation": 2,
    "rules": 3,
    "formats": 3,
    "realms": 3,
    "responders": 3,
}
"""Sections whose keys are not known here, and the parts of a key in them, at least."""

_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
Name = Annotated[str, Meta(pattern=rf"\A{_NAME}\Z")]
Parameters = dict[str, Any]


class SettingsError(MisuseError):
    """A setting that cannot be used: where it was read, which key, and what was expected."""

    def __init__(self, where: str, key: str, reason: str) -> None:
        super().__init__(f"{where}: {key}: {reason}" if key else f"{where}: {reason}")
        self.where = where
        self.key = key
        self.reason = reason


class _Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Source(_Section, frozen=True, kw_only=True):
    """A log to read: one file (followed over rotation), every file of a pattern, `-`, or an
    address whose scheme says what kind of source it is, with the options of that kind.

    An option that ends in `_file` is read from the file named. `name` goes into the ids of its
    events: renaming a source makes its events new ones. `tenant`
    is for lines that name none, None for the settings' own. `zone` (IANA) is that of stamps
    without an offset. It counts as silent after `silent_after_minutes`, 0 for never, None as the
    hours of its weeks have it; its events may come `lag_allowed_minutes` late.
    """

    name: Name
    path: str | None = None
    glob: str | None = None
    url: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    format: str = "auto"
    tenant: str | None = None
    zone: str = "UTC"
    silent_after_minutes: Annotated[float, Meta(ge=0, le=60 * 24 * 90)] | None = None
    lag_allowed_minutes: Annotated[float, Meta(gt=0, le=60 * 24 * 31)] = 10.0

    @property
    def specification(self) -> str:
        """What `monitor.sources.specification` opens it by."""
        return self.path or self.glob or self.url or "-"


class Database(_Section, frozen=True, kw_only=True):
    """Where events and incidents are kept; None is a SQLite file in the data folder."""

    url: str | None = None


class Engine(_Section, frozen=True, kw_only=True):
    """How the fold runs: how late an event may come, and how many go in one transaction."""

    lateness_hours: Annotated[float, Meta(gt=0, le=24 * 31)] = 24.0
    batch: Annotated[int, Meta(ge=1, le=100_000)] = 5_000

    @property
    def lateness(self) -> int:
        """The lateness window in ms of event time."""
        return round(self.lateness_hours * HOUR)


class Inbox(_Section, frozen=True, kw_only=True):
    """How much of what others send may wait for the engine; beyond, senders are told to wait."""

    waiting_mib: Annotated[int, Meta(ge=1, le=1 << 20)] = 1_024


_SECRET = re.compile(r"(password|secret|token|(^|[._])(license_)?key|sealing_keys)(_file)?\Z")
_WEBHOOK_SECRET = r"\A(whsec_)?[A-Za-z0-9+/]{32,128}={0,2}\Z"
_PASSWORD = re.compile(r"://[^/@:]*:[^/@]+@")
_EDITION = r"\A(GeoIP2|GeoLite2)(-[A-Za-z0-9]+)+\Z"
_GEO_PATHS = frozenset({"city", "asn", "anonymous_ip", "connection_type", "networks"})
Days = Annotated[int, Meta(ge=1, le=36_500)]


class Retention(_Section, frozen=True, kw_only=True):
    """How many days things are kept: events; their addresses and user agents in full; incidents
    after their last evidence; what is known of accounts after their last event; lines that could
    not be read; what was wrong after it ended; what tenants' accounts came to day by day; entries
    of the audit; orders to responders after they were over, and what these say of people."""

    events_days: Days = 90
    truncate_days: Days = 30
    incidents_days: Days = 365
    accounts_days: Days = 365
    rejects_days: Days = 30
    health_days: Days = 90
    hygiene_days: Days = 1_095
    audit_days: Days = 1_095
    orders_days: Days = 90
    order_details_days: Days = 30


class Audit(_Section, frozen=True, kw_only=True):
    """How often the audit's head is signed and kept outside of the database, when it moved: in the
    data folder, in the file `checkpoints` besides, and, with `checkpoint_log`, in what `vigie run`
    tells."""

    checkpoint_seconds: Annotated[int, Meta(ge=5, le=86_400)] = 60
    checkpoints: Path | None = None
    checkpoint_log: bool = True


class Geo(_Section, frozen=True, kw_only=True):
    """Databases in MaxMind's format, and the list of networks: None is what `vigie geo update` has
    fetched, else the one shipped, if any.

    `provider` is where `vigie geo update` fetches from, with `account_id` and `license_key` at
    MaxMind; `city_edition` and `asn_edition` are MaxMind's names of databases. `mirror` replaces
    the provider's address. From `stale_days` on a database is called old.
    """

    city: Path | None = None
    asn: Path | None = None
    anonymous_ip: Path | None = None
    connection_type: Path | None = None
    networks: Path | None = None
    provider: Literal["db-ip", "maxmind"] = "db-ip"
    account_id: Annotated[str, Meta(pattern=r"\A[0-9]{1,20}\Z")] | None = None
    license_key: Annotated[str, Meta(pattern=r"\A[!-~]{1,200}\Z")] | None = None
    city_edition: Annotated[str, Meta(pattern=_EDITION)] = "GeoLite2-City"
    asn_edition: Annotated[str, Meta(pattern=_EDITION)] = "GeoLite2-ASN"
    mirror: str | None = None
    stale_days: Annotated[int, Meta(ge=1, le=3_650)] = 45

    @property
    def is_maxmind(self) -> bool:
        """Whether MaxMind has to be credited: it is fetched from, or a file bears its names."""
        own = [path.name.lower() for path in (self.city, self.asn) if path is not None]
        return self.provider == "maxmind" or any("geolite2" in name for name in own)


class Models(_Section, frozen=True, kw_only=True):
    """Learned models: whether they have a say, and the folder of `vigie train`; None is the
    shipped one."""

    enabled: bool = True
    path: Path | None = None


class Hygiene(_Section, frozen=True, kw_only=True):
    """From when on something is said of an account: days without any use, days that a session is
    open, days that nobody looked at an alert. It is looked at every so many hours. `versions` is a
    table of browsers and systems, None for the shipped one. With `monthly_report` the contacts of
    each tenant are written to once a month, where a responder sends mail to users."""

    dormant_days: Annotated[int, Meta(ge=1, le=3_650)] = 45
    stale_session_days: Annotated[int, Meta(ge=1, le=365)] = 14
    unreviewed_days: Annotated[int, Meta(ge=1, le=365)] = 3
    every_hours: Annotated[float, Meta(ge=0.1, le=24)] = 6.0
    monthly_report: bool = True
    versions: Path | None = None


class Responding(_Section, frozen=True, kw_only=True):
    """Nothing is done by itself about an incident whose last evidence is older than `fresh_hours`:
    what a first reading of old logs finds is for people. What somebody asks for that a second
    person has to approve lapses after `request_hours`."""

    fresh_hours: Annotated[float, Meta(gt=0, le=24 * 31)] = 48.0
    request_hours: Annotated[float, Meta(gt=0, le=24 * 31)] = 72.0

    @property
    def lapses(self) -> int:
        """How long a request waits for a second person, in ms."""
        return round(self.request_hours * HOUR)

    @property
    def fresh(self) -> int:
        """The same in ms."""
        return round(self.fresh_hours * HOUR)


class Web(_Section, frozen=True, kw_only=True):
    """Where the console listens: a loopback address, unless `beyond_loopback`. Port 0 takes any
    free one. `public_url` is the address that browsers use, when it is another one. So many
    `processes` serve it and the API. What the `trusted_proxies` (addresses or networks) say of
    whom they heard is believed, in the headers that `forwarded` names. Reading for one page takes
    `patience_ms` at most; then it says so. With `tour`, pages carry the demonstration's notes."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8_320
    beyond_loopback: bool = False
    public_url: str | None = None
    processes: Annotated[int, Meta(ge=1, le=64)] = 1
    trusted_proxies: tuple[str, ...] = ()
    forwarded: Literal["x-forwarded", "forwarded"] = "x-forwarded"
    patience_ms: Annotated[int, Meta(ge=100, le=60_000)] = 1_000
    tour: bool = False

    @property
    def address(self) -> str:
        """Where a browser finds the console."""
        if self.public_url is not None:
            return self.public_url
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(self.host, self.host)  # noqa: S104 - not bound
        return f"http://{host}:{self.port}"


class Secrets(_Section, frozen=True, kw_only=True):
    """The instance's own key: 32 bytes in base64; None is the file in the data folder, made at
    the first start. `sealing_keys` are those that secrets at rest are sealed with in its place,
    newest first, with spaces or lines between; None is the file that `vigie secrets rotate`
    makes."""

    key: str | None = None
    sealing_keys: str | None = None


class Protection(_Section, frozen=True, kw_only=True):
    """Who answers for the processing of personal data, as the register and copies of data say it:
    the controller's name and address, whom to write to, and the data protection officer."""

    controller: Annotated[str, Meta(max_length=500)] = ""
    contact: Annotated[str, Meta(max_length=500)] = ""
    officer: Annotated[str, Meta(max_length=500)] = ""


class Reports(_Section, frozen=True, kw_only=True):
    """What anybody can report (AUP, article 10): whether there is a page for it (`/report`), how
    many reports an hour are taken by it, and the secret of signed messages (Standard Webhooks)
    that are taken at `/webhooks/reports`; None takes none."""

    form: bool = True
    per_hour: Annotated[int, Meta(ge=1, le=10_000)] = 60
    webhook_secret: Annotated[str, Meta(pattern=_WEBHOOK_SECRET)] | None = None


class Log(_Section, frozen=True, kw_only=True):
    """How `vigie run` tells what it does: one line of JSON for each thing, or words; `auto` is JSON
    where no terminal is. From which level up."""

    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Metrics(_Section, frozen=True, kw_only=True):
    """Who may read `/metrics` besides a console's session: whoever sends this as bearer token."""

    token: Annotated[str, Meta(min_length=16, max_length=256)] | None = None


class SignIn(_Section, frozen=True, kw_only=True):
    """How reviewers sign in. A session ends after `idle_minutes` without use, and after
    `absolute_hours` in any case; one that a link of `vigie link` opened after `operator_minutes`.
    A new password has `password_minimum` characters at least. `breached_passwords_url` is a service
    of stolen passwords (a range interface as Have I Been Pwned's), which is told five digits of a
    digest; None asks nobody. Unless `require_administrator`, the console opens by links alone until
    somebody is invited. Vigie's own sign-ins are events of the tenant `tenant`."""

    idle_minutes: Annotated[float, Meta(ge=1, le=24 * 60)] = 30.0
    absolute_hours: Annotated[float, Meta(gt=0, le=24 * 7)] = 12.0
    operator_minutes: Annotated[float, Meta(ge=1, le=24 * 60)] = 60.0
    password_minimum: Annotated[int, Meta(ge=8, le=64)] = 12
    breached_passwords_url: str | None = None
    require_administrator: bool = True
    tenant: Annotated[str, Meta(min_length=1, max_length=256)] = "vigie"


_Origin = Annotated[str, Meta(pattern=r"^https?://[a-z0-9.:\[\]-]{1,253}\Z", max_length=300)]


class Mfa(_Section, frozen=True, kw_only=True):
    """How subscribers prove who they are. `rp_id` is the domain that passkeys are bound to (None:
    the host of `web.public_url`) and `rp_name` what browsers show beside it: neither can change
    once a passkey is enrolled. A challenge holds for `challenge_minutes` and `challenge_attempts`
    wrong answers; a subscriber has `open_challenges` of them at most. What was proved counts for
    its session for `assurance_hours`. `return_to` are origins, besides `gate.applications`, that
    somebody may be sent on to after a challenge; with `close_passed` an incident about a takeover
    is closed where the challenge for it was passed by a passkey. A link to set up a first factor is
    opened within `enrolment_link_hours`; with `self_enrolment` people whom nothing stands against
    need none. A recovery that is agreed to waits `recovery_wait_hours` for the account's owner to
    object; its link then holds `recovery_link_hours`; people have `recovery_lapse_days` for each
    step before it lapses. With `hand_off_secret` the application signs who is signed in there, whom
    it hands over to their own pages (`/me`); `hand_off_url` is where it does so when it is asked
    to."""

    rp_id: Annotated[str, Meta(min_length=1, max_length=253)] | None = None
    rp_name: Annotated[str, Meta(min_length=1, max_length=64)] = "Vigie"
    challenge_minutes: Annotated[float, Meta(ge=1, le=60)] = 10.0
    challenge_attempts: Annotated[int, Meta(ge=1, le=10)] = 5
    open_challenges: Annotated[int, Meta(ge=1, le=20)] = 3
    assurance_hours: Annotated[float, Meta(gt=0, le=24 * 30)] = 12.0
    return_to: tuple[_Origin, ...] = ()
    close_passed: bool = False
    enrolment_link_hours: Annotated[float, Meta(ge=0.1, le=24 * 7)] = 24.0
    self_enrolment: bool = True
    recovery_wait_hours: Annotated[float, Meta(ge=1, le=24 * 14)] = 24.0
    recovery_link_hours: Annotated[float, Meta(ge=1, le=24 * 7)] = 48.0
    recovery_lapse_days: Annotated[float, Meta(ge=1, le=30)] = 7.0
    hand_off_secret: Annotated[str, Meta(min_length=32, max_length=512)] | None = None
    hand_off_url: Annotated[str, Meta(pattern=r"^https?://[^\s#]+\Z", max_length=500)] | None = None


class Accounts(_Section, frozen=True, kw_only=True):
    """Accounts that are not one person's: `tenant:uid`, percent-encoded, or `uid` alone."""

    service: tuple[str, ...] = ()
    kiosk: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    break_glass: tuple[str, ...] = ()


Country = Annotated[str, Meta(pattern=r"\A[A-Z]{2}\Z")]


class Rule(_Section, frozen=True, kw_only=True):
    """What a tenant allows: countries (ISO 3166-1 alpha-2) and kinds of networks to sign in from,
    none named for any; sessions that an account may have at once, None for any number; whether
    nobody may sign in without a second factor."""

    countries: tuple[Country, ...] = ()
    seats: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    networks: tuple[NetworkKind, ...] = ()
    mfa_required: bool = False

    @property
    def rules(self) -> Rules:
        """The same as detectors have it."""
        return Rules(
            frozenset(self.countries), self.seats, frozenset(self.networks), self.mfa_required
        )


class Settings(_Section, frozen=True, kw_only=True):
    """All settings. Paths are absolute, or relative to the working folder for the defaults.

    `detectors` holds parameters by detector and name, for `detectors.core.registry.load`;
    `assessment` and `correlation` parameters of those. `rules` are by tenant, `*` for all others.
    `formats` describes formats by name (`monitor.formats.described.description`).
    `data` is the folder of all that is kept;
    unset, it is `./var` where a database is in it, else the user's state folder (XDG).
    """

    language: Literal["en", "fr"] = "en"
    tenant: Annotated[str, Meta(min_length=1, max_length=256)] = "default"
    data: Path = Path("var")
    database: Database = field(default_factory=Database)
    engine: Engine = field(default_factory=Engine)
    sources: tuple[Source, ...] = ()
    accounts: Accounts = field(default_factory=Accounts)
    rules: dict[str, Rule] = field(default_factory=dict)
    inbox: Inbox = field(default_factory=Inbox)
    retention: Retention = field(default_factory=Retention)
    protection: Protection = field(default_factory=Protection)
    reports: Reports = field(default_factory=Reports)
    audit: Audit = field(default_factory=Audit)
    geo: Geo = field(default_factory=Geo)
    models: Models = field(default_factory=Models)
    hygiene: Hygiene = field(default_factory=Hygiene)
    responding: Responding = field(default_factory=Responding)
    tickets: Aims = field(default_factory=Aims)
    web: Web = field(default_factory=Web)
    oidc: Terms = field(default_factory=Terms)
    provisioning: PushRules = field(default_factory=PushRules)
    realms: dict[str, RealmTerms] = field(default_factory=dict)
    responders: dict[str, Parameters] = field(default_factory=dict)
    outbound: Outbound = field(default_factory=Outbound)
    secrets: Secrets = field(default_factory=Secrets)
    metrics: Metrics = field(default_factory=Metrics)
    sign_in: SignIn = field(default_factory=SignIn)
    mfa: Mfa = field(default_factory=Mfa)
    decisions: Decisions = field(default_factory=Decisions)
    gate: GateTerms = field(default_factory=GateTerms)
    log: Log = field(default_factory=Log)
    detectors: dict[str, Parameters] = field(default_factory=dict)
    assessment: Parameters = field(default_factory=dict)
    correlation: Parameters = field(default_factory=dict)
    formats: dict[str, Parameters] = field(default_factory=dict)

    @property
    def all_sources(self) -> tuple[Source, ...]:
        """The sources of the settings, and the one that Vigie's own sign-ins come by."""
        own = Source(
            name=OWN_SOURCE,
            url="push:",
            format="ocsf",
            tenant=self.sign_in.tenant,
            silent_after_minutes=0,
        )
        return (*self.sources, own)

    @property
    def database_url(self) -> str:
        """The database's address."""
        return self.database.url or f"sqlite:///{self.data / DATABASE_FILE}"

    @property
    def roster(self) -> Roster:
        """Which responders there are, and what they are asked for."""
        return roster(self.responders)

    @property
    def challenges(self) -> ChallengeTerms:
        """On which terms end users are asked for a proof."""
        given = self.mfa
        return ChallengeTerms(
            address=self.web.address,
            lifetime=round(given.challenge_minutes * MINUTE),
            attempts=given.challenge_attempts,
            most_open=given.open_challenges,
            lasts=round(given.assurance_hours * HOUR),
            origins=(*given.return_to, *filter(None, map(origin_of, self.gate.applications))),
            closes=given.close_passed,
        )

    @property
    def enrolment(self) -> EnrolmentTerms:
        """On which terms end users set up and recover factors."""
        given = self.mfa
        return EnrolmentTerms(
            address=self.web.address,
            link=round(given.enrolment_link_hours * HOUR),
            is_self=given.self_enrolment,
            recovery=lost_factor.Terms(
                lapses=round(given.recovery_lapse_days * DAY),
                waits=round(given.recovery_wait_hours * HOUR),
                holds=round(given.recovery_link_hours * HOUR),
            ),
        )

    def described(self) -> dict[str, Format]:
        """The formats that are described here, by name."""
        return {name: Described(name, given) for name, given in sorted(self.formats.items())}

    def rules_by_tenant(self) -> dict[str, Rules]:
        """What tenants allow, as the context has it."""
        return {
            "" if tenant == ALL_TENANTS else tenant: rule.rules
            for tenant, rule in self.rules.items()
        }

    def processing(self) -> Facts:
        """What the register of processing is written from."""
        said, kept = self.protection, self.retention
        return Facts(
            controller=said.controller,
            contact=said.contact,
            officer=said.officer,
            events=kept.events_days,
            details=kept.truncate_days,
            incidents=kept.incidents_days,
            accounts=kept.accounts_days,
            rejects=kept.rejects_days,
            health=kept.health_days,
            audit=kept.audit_days,
            orders=kept.orders_days,
            order_details=kept.order_details_days,
            sources=tuple((source.name, source.format) for source in self.sources),
            fetches=self.geo.city is None,
            provider=self.oidc.issuer or "",
            database=parse(self.database_url).get_backend_name(),
            responders=tuple((entry.name, entry.kind) for entry in self.roster.entries),
        )

    def kinds(self) -> dict[Subject, AccountKind]:
        """What the accounts named in the settings are for."""
        return {
            _account(text, self.tenant): kind
            for kind in AccountKind
            for text in getattr(self.accounts, kind.value, ())
        }


def load(config: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that hold, from `config` or the file found, and the environment.

    `environment` None is the process's own. Raises SettingsError.
    """
    given = os.environ if environment is None else environment
    path = _file(config, given)
    document: dict[str, Any] = {} if path is None else _read(path)
    if path is not None:
        _read_options(document, path)
        _check(_convert(document, str(path)), str(path))
        _anchor(document, path.parent)
    where = "environment" if path is None else f"{path} and environment"
    names = _override(document, given)
    document.setdefault("data", str(_data_folder(given)))
    for name, key in names.items():
        _only(document, name, key)
    settings = _convert(document, where, strict=False)
    _check(settings, where)
    _check_realms(settings.realms, where)
    _check_responders(settings.responders, where)
    _check_gate(settings.gate, where)
    return settings


class Origin(NamedTuple):
    """Where settings come from: the file, None for none; the variables that are heeded; and what
    either says of secrets: the files that they are in, and whether the settings' own is one."""

    file: Path | None
    variables: tuple[str, ...]
    secret_files: tuple[Path, ...]
    is_secret: bool


def origin(config: Path | None = None, environment: Mapping[str, str] | None = None) -> Origin:
    """Where `load` finds the settings. Raises SettingsError."""
    given = os.environ if environment is None else environment
    path = _file(config, given)
    document = {} if path is None else _read(path)
    names = tuple(n for n in sorted(given) if n.startswith(PREFIX) and n not in _NOT_SETTINGS)
    folder = Path() if path is None else path.parent
    files = [Path(given[name]) for name in names if name.endswith(FILE_SUFFIX)]
    secrets = dict(_secrets(document))
    files += [folder / v for k, v in secrets.items() if k.endswith(FILE_SUFFIX.lower())]
    plain = any(not key.endswith(FILE_SUFFIX.lower()) for key in secrets)
    return Origin(path, names, tuple(files), plain)


def document_of(path: Path | None) -> dict[str, Any]:
    """What a file of settings says, as it is written there. Raises SettingsError."""
    return {} if path is None else _read(path)


def is_secret(key: str) -> bool:
    """Whether the setting of this dotted key is one that nobody is shown."""
    return _SECRET.search(key) is not None


def _secrets(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """What is named like a secret, and addresses with a password, by dotted key."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets(inner, f"{key}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _secrets(inner, f"{key}.{index}")
    elif isinstance(value, str) and (_SECRET.search(key) or _PASSWORD.search(value)):
        yield key, value


def to_json(
    settings: Settings,
    needs: Callable[[Source], bool],
    *,
    serves: bool = True,
    responds: bool = False,
) -> bytes:
    """The settings in one line, for another process of ours.

    With the options, and what is secret in them, of those sources only that it `needs`, and
    without what fetches location data or reads the users of realms; unless it `serves` pages,
    without what those need; unless it `responds`, of responders only what everybody may know. The
    instance's key is for those who do either.
    """
    sources = tuple(
        source if needs(source) else structs.replace(source, options={})
        for source in settings.sources
    )
    given = structs.replace(
        settings,
        sources=sources,
        realms={},
        geo=structs.replace(settings.geo, account_id=None, license_key=None),
    )
    if not responds:
        known = {name: plain_terms(table) for name, table in settings.responders.items()}
        given = structs.replace(given, responders=known)
    if not serves:
        reports = structs.replace(settings.reports, webhook_secret=None)
        mfa = structs.replace(settings.mfa, hand_off_secret=None)
        given = structs.replace(
            given, metrics=Metrics(), oidc=Terms(), reports=reports, gate=GateTerms(), mfa=mfa
        )
        # What is sealed is opened where somebody proves who they are.
        secrets = structs.replace(settings.secrets, sealing_keys=None)
        given = structs.replace(given, secrets=secrets)
    if not serves and not responds:
        given = structs.replace(given, secrets=Secrets())
    return msgspec.json.encode(given, enc_hook=str)


def from_json(told: bytes) -> Settings:
    """What `to_json` told. Raises msgspec.ValidationError."""
    return msgspec.json.decode(told, type=Settings, dec_hook=_path)


def variable(key: str) -> str:
    """The environment variable that overrides a setting, given by its dotted path."""
    return PREFIX + key.upper().replace(".", "__")


def _file(config: Path | None, environment: Mapping[str, str]) -> Path | None:
    named = config or (Path(environment["VIGIE_CONFIG"]) if "VIGIE_CONFIG" in environment else None)
    if named is not None:
        return named.absolute()
    return Path(CONFIG_FILE).absolute() if Path(CONFIG_FILE).is_file() else None


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAXIMUM_FILE + 1)
    except OSError as error:
        raise SettingsError(str(path), "", f"cannot be read: {error.strerror}") from error
    if len(raw) > MAXIMUM_FILE:
        raise SettingsError(str(path), "", f"is larger than {MAXIMUM_FILE} bytes")
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise SettingsError(str(path), "", f"is not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(path), "", f"is not TOML: {error}") from error


def _anchor(document: dict[str, Any], folder: Path) -> None:
    """Paths in a file are relative to that file."""
    if "data" in document:
        document["data"] = str(folder / document["data"])
    for name in _GEO_PATHS & document.get("geo", {}).keys():
        document["geo"][name] = str(folder / document["geo"][name])
    if "versions" in document.get("hygiene", {}):
        document["hygiene"]["versions"] = str(folder / document["hygiene"]["versions"])
    if "checkpoints" in document.get("audit", {}):
        document["audit"]["checkpoints"] = str(folder / document["audit"]["checkpoints"])
    if "path" in document.get("models", {}):
        document["models"]["path"] = str(folder / document["models"]["path"])
    for source in document.get("sources", ()):
        if source.get("path", "-") != "-":
            source["path"] = str(folder / source["path"])
        if "glob" in source:
            source["glob"] = str(folder / source["glob"])


def _read_options(document: dict[str, Any], path: Path) -> None:
    """Put what options' files hold in place of the files' names; types are checked later."""
    sources, realms = document.get("sources"), document.get("realms")
    responders = document.get("responders")
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        options = source.get("options") if isinstance(source, dict) else None
        _read_files(options, f"sources[{index}].options", path)
    for name, realm in realms.items() if isinstance(realms, dict) else ():
        _read_files(realm, f"realms.{name}", path)
    for name, table in responders.items() if isinstance(responders, dict) else ():
        _read_files(table, f"responders.{name}", path)
    _read_files(document.get("outbound"), "outbound", path)


def _read_files(options: Any, key: str, path: Path) -> None:
    for name in [*options] if isinstance(options, dict) else ():
        if name.endswith(FILE_SUFFIX.lower()) and isinstance(options[name], str):
            value = _secret(str(path), f"{key}.{name}", path.parent / options.pop(name))
            options[name.removesuffix(FILE_SUFFIX.lower())] = value


def _override(document: dict[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """Put the variables' values into the document; the dotted key of each variable."""
    names: dict[str, str] = {}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS:
            continue
        plain = name.removesuffix(FILE_SUFFIX)
        if plain != name and plain in environment:
            raise SettingsError(name, "", f"{plain} is set as well; keep one of them")
        key = plain.removeprefix(PREFIX).lower().replace("__", ".")
        _known(name, key)
        value = (
            environment[name]
            if plain == name
            else _secret("environment", name, Path(environment[name]))
        )
        _put(document, name, key.split("."), value)
        names[name] = key
    return names


def _known(name: str, key: str) -> None:
    parts = key.split(".")
    if len(parts) >= _OPEN_SECTIONS.get(parts[0], len(parts) + 1):
        return
    known = list(_keys(Settings))
    if key not in known:
        close = difflib.get_close_matches(name, [variable(k) for k in known], 1)
        raise SettingsError("environment", name, f"no such setting{_hint(close)}")


def _keys(kind: type[Struct], before: str = "") -> Iterator[str]:
    """Dotted paths of the settings that one variable can hold."""
    for each in structs.fields(kind):
        if isinstance(each.type, type) and issubclass(each.type, Struct):
            yield from _keys(each.type, f"{before}{each.name}.")
        elif before != "accounts." and each.name not in (*_OPEN_SECTIONS, "sources"):
            yield before + each.name


def _secret(where: str, key: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(where, key, f"{path} cannot be read: {error}") from error


def _put(document: dict[str, Any], name: str, path: list[str], value: str) -> None:
    section = document
    for step in path[:-1]:
        section = section.setdefault(step, {})
        if not isinstance(section, dict):
            raise SettingsError("environment", name, f"{step} is a value, not a section")
    is_open = path[0] in _OPEN_SECTIONS and path[0] != "realms"
    section[path[-1]] = _scalar(value) if is_open else value


def _scalar(value: str) -> Any:
    """The value as TOML would read it, for parameters whose types are not known here."""
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _only(document: dict[str, Any], name: str, key: str) -> None:
    """Convert one variable's value by itself, so that an error names the variable."""
    if key.split(".", maxsplit=1)[0] in _OPEN_SECTIONS:
        return
    value: Any = document
    for step in key.split("."):
        value = value[step]
    for step in reversed(key.split(".")):
        value = {step: value}
    try:
        msgspec.convert(value, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError("environment", name, str(error).split(" - at ")[0]) from error


def _convert(document: dict[str, Any], where: str, strict: bool = True) -> Settings:
    try:
        return msgspec.convert(document, Settings, strict=strict, dec_hook=_path)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at ")
        key = path.strip("`").removeprefix("$").removeprefix(".")
        unknown = re.fullmatch(r"Object contains unknown field `(.*)`", reason)
        if unknown is None:
            raise SettingsError(where, key, f"{reason}{_choices(key)}") from error
        name = unknown[1]
        close = difflib.get_close_matches(name, _siblings(key), 1)
        full = f"{key}.{name}" if key else name
        raise SettingsError(where, full, f"no such setting{_hint(close)}") from error


def _path(kind: type, value: object) -> Path:
    if kind is not Path or not isinstance(value, str) or not value:
        raise ValueError(f"expected the path of a file, got {value!r}")
    return Path(value)


def _siblings(key: str) -> list[str]:
    if key.startswith("sources["):
        return list(Source.__struct_fields__)
    kinds = {f.name: f.type for f in structs.fields(Settings)}
    return list(getattr(kinds.get(key, Settings), "__struct_fields__", ()))


def _choices(key: str) -> str:
    """What a setting may be, of one that is a choice."""
    kind: Any = Settings
    for name in re.sub(r"\[.*?\]", "", key).split("."):
        fields = (
            {f.name: f.type for f in structs.fields(kind)}
            if hasattr(kind, "__struct_fields__")
            else {}
        )
        kind = fields.get(name)
    found = get_args(kind) if get_origin(kind) is Literal else ()
    return f"; expected one of {', '.join(map(str, found))}" if found else ""


def _hint(close: list[str]) -> str:
    return f"; did you mean {close[0]}?" if close else ""


def _check(settings: Settings, where: str) -> None:
    """What types cannot say."""
    _check_formats(settings.formats, where)
    for index, source in enumerate(settings.sources):
        _check_source(source, f"sources[{index}]", where, settings.formats)
    names = [source.name for source in settings.sources]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise SettingsError(where, f"sources[{index}].name", f"two sources are called {name}")
        if name == OWN_SOURCE:
            reason = f"{name} is what Vigie's own sign-ins come by: take another name"
            raise SettingsError(where, f"sources[{index}].name", reason)
    if settings.database.url is not None:
        try:
            parse(settings.database.url)
        except StoreUrlError as error:
            raise SettingsError(where, "database.url", str(error)) from error
    _check_web(settings.web, where)
    _check_oidc(settings.oidc, where)
    _check_sign_in(settings.sign_in, where)
    _check_secrets(settings.secrets, where)
    _check_mfa(settings, where)
    _check_outbound(settings.outbound, where)
    _check_retention(settings, where)
    _check_geo(settings.geo, where)
    _check_hygiene(settings.hygiene, where)
    if settings.tickets.fault is not None:
        raise SettingsError(where, "tickets", settings.tickets.fault)
    _check_accounts(settings, where)
    _check_detectors(settings.detectors, where)


def _check_formats(given: Mapping[str, Parameters], where: str) -> None:
    for name, description in given.items():
        if name in (AUTO, *formats()):
            raise SettingsError(where, f"formats.{name}", "is a format of Vigie's own already")
        if re.fullmatch(_NAME, name) is None:
            reason = "expected a name of up to 64 letters, digits, dots, dashes and underscores"
            raise SettingsError(where, f"formats.{name}", reason)
        try:
            Described(name, description)
        except DescriptionError as error:
            key = f"formats.{name}" + (f".{error.key}" if error.key else "")
            raise SettingsError(where, key, error.reason) from error


def _check_realms(realms: Mapping[str, RealmTerms], where: str) -> None:
    """Last: a secret may be a variable's."""
    for name, terms in realms.items():
        if re.fullmatch(_NAME, name) is None:
            reason = "expected a name of up to 64 letters, digits, dots, dashes and underscores"
            raise SettingsError(where, f"realms.{name}", reason)
        try:
            open_realm(name, terms).close()
        except ValueError as error:
            raise SettingsError(where, f"realms.{name}", str(error)) from error


def _check_responders(responders: Mapping[str, Parameters], where: str) -> None:
    """Last: a secret may be a variable's."""
    for name, table in responders.items():
        if re.fullmatch(_NAME, name) is None:
            reason = "expected a name of up to 64 letters, digits, dots, dashes and underscores"
            raise SettingsError(where, f"responders.{name}", reason)
        try:
            read_terms(table)
        except TermsError as error:
            key = f"responders.{name}.{error.where}".rstrip(".")
            raise SettingsError(where, key, error.why) from error
        except UnknownKindError as error:
            raise SettingsError(where, f"responders.{name}", str(error)) from error


def _check_source(source: Source, key: str, where: str, described: Iterable[str]) -> None:
    if [source.path, source.glob, source.url].count(None) != 2:
        raise SettingsError(where, key, "expected one of path, glob and url")
    if "" in (source.path, source.glob, source.url):
        raise SettingsError(where, key, "expected the path of a file, got an empty text")
    if source.url is not None and not is_address(source.url):
        raise SettingsError(
            where, f"{key}.url", f"expected an address such as push:, got {source.url!r}"
        )
    try:
        check_source(Opening(source.specification, source.name, options=source.options))
    except ValueError as error:
        raise SettingsError(
            where, f"{key}.{'options' if source.options else 'url'}", str(error)
        ) from error
    known = [AUTO, *sorted(described), *formats()]
    if source.format not in known:
        raise SettingsError(
            where, f"{key}.format", f"expected one of {', '.join(known)}, got {source.format!r}"
        )
    try:
        zoneinfo.ZoneInfo(source.zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            where, f"{key}.zone", f"expected a zone such as Europe/Paris, got {source.zone!r}"
        ) from None


def _check_web(web: Web, where: str) -> None:
    try:
        address = None if web.host == "localhost" else ipaddress.ip_address(web.host)
    except ValueError:
        raise SettingsError(where, "web.host", f"expected an address, got {web.host!r}") from None
    if not (address is None or address.is_loopback or web.beyond_loopback):
        reason = f"expected a loopback address unless web.beyond_loopback, got {web.host!r}"
        raise SettingsError(where, "web.host", reason)
    if web.public_url is not None:
        site = urlsplit(web.public_url)
        if site.scheme not in ("http", "https") or not site.hostname or site.path.strip("/"):
            reason = f"expected such as https://vigie.example.com, got {web.public_url!r}"
            raise SettingsError(where, "web.public_url", reason)
    for index, text in enumerate(web.trusted_proxies):
        try:
            network_of(text)
        except ValueError as error:
            raise SettingsError(where, f"web.trusted_proxies[{index}]", str(error)) from None


def _check_oidc(terms: Terms, where: str) -> None:
    wrong = fault(terms)
    if wrong is not None:
        raise SettingsError(where, f"oidc.{wrong[0]}", wrong[1])


def _check_gate(terms: GateTerms, where: str) -> None:
    """Last: a secret may be a variable's."""
    wrong = gate_fault(terms)
    if wrong is not None:
        raise SettingsError(where, f"gate.{wrong[0]}", wrong[1])


def _check_sign_in(given: SignIn, where: str) -> None:
    url = given.breached_passwords_url
    if url is not None and not is_safe(url):
        reason = "expected an address that begins with https://"
        raise SettingsError(where, "sign_in.breached_passwords_url", reason)


def _check_outbound(given: Outbound, where: str) -> None:
    for index, entry in enumerate(given.allow):
        try:
            read_destinations((entry,))
        except ValueError as error:
            raise SettingsError(where, f"outbound.allow[{index}]", str(error)) from None
    if given.ca is not None:
        try:
            authorities(given.ca)
        except ValueError as error:
            raise SettingsError(where, "outbound.ca", str(error)) from None


def _check_secrets(given: Secrets, where: str) -> None:
    if given.key is not None:
        try:
            instance.read(given.key)
        except instance.InstanceKeyError as error:
            raise SettingsError(where, "secrets.key", str(error)) from None
    if given.sealing_keys is not None:
        try:
            sealing_keys.parsed(given.sealing_keys)
        except sealing_keys.SealingKeyError as error:
            raise SettingsError(where, "secrets.sealing_keys", str(error)) from None


def _check_mfa(settings: Settings, where: str) -> None:
    wanted = settings.mfa.rp_id
    host = urlsplit(settings.web.address).hostname or ""
    if wanted is not None and not is_suffix(wanted, host):
        reason = f"expected the host of web.public_url or its end at a dot, got {wanted!r}"
        raise SettingsError(where, "mfa.rp_id", f"{reason}; that host is {host}")


def _check_retention(settings: Settings, where: str) -> None:
    given = settings.retention
    least = math.ceil(settings.engine.lateness_hours / 24) + 2
    for name in ("events_days", "truncate_days"):
        if getattr(given, name) < least:
            reason = f"expected at least {least}: two days beyond what engine.lateness_hours allows"
            raise SettingsError(where, f"retention.{name}", reason)
    for name in ("incidents_days", "accounts_days"):
        if getattr(given, name) < given.events_days:
            reason = f"expected at least retention.events_days ({given.events_days})"
            raise SettingsError(where, f"retention.{name}", reason)


def _check_hygiene(given: Hygiene, where: str) -> None:
    if given.versions is not None and given.versions.is_absolute():
        try:
            versions.load(given.versions)
        except versions.VersionsError as error:
            raise SettingsError(where, "hygiene.versions", str(error)) from error


def _check_geo(geo: Geo, where: str) -> None:
    for name in sorted(_GEO_PATHS):
        path = getattr(geo, name)
        # The file's own paths are checked once they are anchored to its folder.
        if path is not None and path.is_absolute() and not path.is_file():
            raise SettingsError(where, f"geo.{name}", f"no such file: {path}")
    if geo.mirror is not None and not is_safe(geo.mirror):
        reason = f"expected such as https://mirror.example.com/geo/, got {geo.mirror!r}"
        raise SettingsError(where, "geo.mirror", reason)


def _check_accounts(settings: Settings, where: str) -> None:
    seen: dict[Subject, str] = {}
    for name, texts in structs.asdict(settings.accounts).items():
        for index, text in enumerate(texts):
            key = f"accounts.{name}[{index}]"
            try:
                subject = _account(text, settings.tenant)
            except ValueError as error:
                raise SettingsError(where, key, str(error)) from error
            if seen.setdefault(subject, name) != name:
                raise SettingsError(where, key, f"{text!r} is also in accounts.{seen[subject]}")


def _account(text: str, tenant: str) -> Subject:
    parts = text.split(":")
    if len(parts) > 2 or not all(parts):
        raise ValueError(f"expected tenant:uid or uid, percent-encoded, got {text!r}")
    full = text if len(parts) == 2 else f"{tenant}:{text}"
    return Subject.parse(f"{SubjectKind.ACCOUNT.value}:{full}")


def _check_detectors(given: Mapping[str, Parameters], where: str) -> None:
    known = registry.classes()
    for name, parameters in given.items():
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            raise SettingsError(where, f"detectors.{name}", f"no such detector{_hint(close)}")
        fields = type(known[name]().parameters).__struct_fields__
        for parameter in parameters:
            if parameter not in fields:
                close = difflib.get_close_matches(parameter, fields, 1)
                raise SettingsError(
                    where, f"detectors.{name}.{parameter}", f"no such parameter{_hint(close)}"
                )
        try:
            registry.load({name: parameters})
        except (msgspec.ValidationError, ValueError) as error:
            reason, _, path = str(error).partition(" - at ")
            key = f"detectors.{name}{path.strip('`').removeprefix('$')}"
            raise SettingsError(where, key, reason) from error


def _data_folder(environment: Mapping[str, str]) -> Path:
    here = Path("var")
    if (here / DATABASE_FILE).exists():
        return here
    base = environment.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "vigie"

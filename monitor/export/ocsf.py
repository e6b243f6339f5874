"""Events, findings and incidents as OCSF 1.6 JSON: one line each, the same bytes every time.

Sources: the OCSF schema 1.6.0, classes 3001 Account Change, 3002 Authentication, 2004 Detection
Finding and 2005 Incident Finding. What is not known is absent, never null.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from math import exp

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs

from alerts import telling
from alerts.incident import Hypothesis, Incident
from alerts.ticket import Disposition, Status
from detectors.core import registry
from detectors.core.detector import About
from detectors.core.event import (
    AccountChange,
    Activity,
    Change,
    Event,
    FailureReason,
    Feedback,
    Outcome,
    SignIn,
)
from detectors.core.finding import Fact, Finding, Severity, Theme
from detectors.core.identity import Subject, SubjectKind, as_uuid
from detectors.core.place import Device, Form, Network, Place

VERSION = "1.6.0"
MAXIMUM_OBSERVABLES = 64
MAXIMUM_ADDRESSES = 20
_LANGUAGE = "en"

_ACTIVITY = {
    Activity.LOGON: (1, "Logon"),
    Activity.LOGOFF: (2, "Logoff"),
    Activity.REFRESH: (5, "Service Ticket Renew"),
    Activity.OTHER: (99, "Other"),
}
_CHANGE = {
    Change.CREATED: (1, "Create"),
    Change.ENABLED: (2, "Enable"),
    Change.PASSWORD: (3, "Password Change"),
    Change.DISABLED: (5, "Disable"),
    Change.DELETED: (6, "Delete"),
    Change.ROLE: (7, "Attach Policy"),
    Change.LOCKED: (9, "Lock"),
    Change.FACTOR_ADDED: (10, "MFA Factor Enable"),
    Change.FACTOR_REMOVED: (11, "MFA Factor Disable"),
    Change.UNLOCKED: (12, "Unlock"),
    Change.OTHER: (99, "Other"),
}
_STATUS = {
    Outcome.SUCCESS: (1, "Success"),
    Outcome.FAILURE: (2, "Failure"),
    Outcome.PENDING: (99, "Pending"),
}
_DETAIL: dict[FailureReason | None, str | UnsetType] = {
    None: UNSET,
    FailureReason.BAD_PASSWORD: "INVALID_CREDENTIALS",
    FailureReason.UNKNOWN_USER: "UNKNOWN_USER",
    FailureReason.LOCKED: "ACCOUNT_LOCKED",
    FailureReason.DISABLED: "ACCOUNT_DISABLED",
    FailureReason.MFA_DENIED: "MFA_DENIED",
    FailureReason.MFA_TIMEOUT: "MFA_TIMEOUT",
    FailureReason.OTHER: "OTHER",
}
_FACTOR = {
    "sms": 1,
    "phone": 3,
    "biometric": 4,
    "push": 5,
    "hardware": 6,
    "otp": 7,
    "totp": 7,
    "email": 8,
    "u2f": 9,
    "webauthn": 10,
    "passkey": 10,
}
_ENDPOINT = {
    Form.DESKTOP: (2, "Desktop"),
    Form.TABLET: (4, "Tablet"),
    Form.PHONE: (5, "Mobile"),
    Form.SCRIPT: (99, "Script"),
    Form.UNKNOWN: (0, "Unknown"),
}
_SEVERITY = {
    Severity.INFORMATIONAL: "Informational",
    Severity.LOW: "Low",
    Severity.MEDIUM: "Medium",
    Severity.HIGH: "High",
    Severity.CRITICAL: "Critical",
}
_WORK = {
    Status.NEW: (1, "New"),
    Status.TRIAGED: (2, "In Progress"),
    Status.IN_PROGRESS: (2, "In Progress"),
    Status.RESOLVED: (4, "Resolved"),
}
_ON_HOLD = (3, "On Hold")
_WORKED_ON = {2: "Update", 3: "Close"}
_VERDICT = {
    Disposition.FALSE_POSITIVE: (1, "False Positive"),
    Disposition.TRUE_POSITIVE: (2, "True Positive"),
    Disposition.BENIGN_EXPLAINED: (5, "Benign"),
    # OCSF has no word for it; `unmapped.disposition` has.
    Disposition.AUTHORISED: (5, "Benign"),
    Disposition.DUPLICATE: (10, "Duplicate"),
}
_OBSERVABLE = {
    SubjectKind.ACCOUNT: ("actor.user.uid", 31, "User uid"),
    SubjectKind.SOURCE: ("src_endpoint.ip", 2, "IP Address"),
    SubjectKind.TENANT: ("metadata.tenant_uid", 99, "Tenant"),
}


class _Record(Struct, omit_defaults=True, gc=False):
    """An object of the schema: attributes that are unset do not show."""


class _Product(_Record):
    name: str = ""
    vendor_name: str = ""


class _Metadata(_Record):
    version: str | UnsetType = UNSET
    product: _Product | UnsetType = UNSET
    uid: str | UnsetType = UNSET
    tenant_uid: str | UnsetType = UNSET
    log_format: str | UnsetType = UNSET
    log_provider: str | UnsetType = UNSET


class _User(_Record):
    uid: str | UnsetType = UNSET
    name: str | UnsetType = UNSET


class _Actor(_Record):
    user: _User | UnsetType = UNSET


class _System(_Record):
    name: str | UnsetType = UNSET


class _Location(_Record):
    country: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    lat: float | UnsetType = UNSET
    long: float | UnsetType = UNSET
    coordinates: tuple[float, float] | UnsetType = UNSET


class _AutonomousSystem(_Record):
    number: int | UnsetType = UNSET
    name: str | UnsetType = UNSET


class _Endpoint(_Record):
    ip: str | UnsetType = UNSET
    type_id: int | UnsetType = UNSET
    type: str | UnsetType = UNSET
    os: _System | UnsetType = UNSET
    location: _Location | UnsetType = UNSET
    autonomous_system: _AutonomousSystem | UnsetType = UNSET


class _Session(_Record):
    uid: str | UnsetType = UNSET


class _Request(_Record):
    user_agent: str | UnsetType = UNSET


class _Factor(_Record):
    factor_type_id: int | UnsetType = UNSET
    factor_type: str | UnsetType = UNSET


class _Machine(_Record):
    fingerprint: str | UnsetType = UNSET
    family: str | UnsetType = UNSET
    os: str | UnsetType = UNSET
    form: str | UnsetType = UNSET


class _Unmapped(_Record):
    line: int | UnsetType = UNSET
    event_id: str | UnsetType = UNSET
    network_kind: str | UnsetType = UNSET
    radius_km: float | UnsetType = UNSET
    device: _Machine | UnsetType = UNSET
    corroborating: bool = False
    account_by_name: bool = False
    account: str | UnsetType = UNSET
    change: str | UnsetType = UNSET
    answer: str | UnsetType = UNSET
    about: str | UnsetType = UNSET


class _Activity(_Record):
    """Authentication, Account Change, or a base event for a person's answer."""

    class_uid: int | UnsetType = UNSET
    class_name: str | UnsetType = UNSET
    category_uid: int | UnsetType = UNSET
    type_uid: int | UnsetType = UNSET
    activity_id: int | UnsetType = UNSET
    activity_name: str | UnsetType = UNSET
    time: int | UnsetType = UNSET
    severity_id: int | UnsetType = UNSET
    status_id: int | UnsetType = UNSET
    status: str | UnsetType = UNSET
    status_detail: str | UnsetType = UNSET
    user: _User | UnsetType = UNSET
    actor: _Actor | UnsetType = UNSET
    session: _Session | UnsetType = UNSET
    is_mfa: bool | UnsetType = UNSET
    auth_factors: tuple[_Factor, ...] | UnsetType = UNSET
    src_endpoint: _Endpoint | UnsetType = UNSET
    http_request: _Request | UnsetType = UNSET
    metadata: _Metadata | UnsetType = UNSET
    unmapped: _Unmapped | UnsetType = UNSET


class _Observable(_Record):
    name: str | UnsetType = UNSET
    type_id: int | UnsetType = UNSET
    type: str | UnsetType = UNSET
    value: str | UnsetType = UNSET


class _Technique(_Record):
    uid: str | UnsetType = UNSET
    src_url: str | UnsetType = UNSET


class _Attack(_Record):
    technique: _Technique | UnsetType = UNSET
    sub_technique: _Technique | UnsetType = UNSET


class _Analytic(_Record):
    name: str | UnsetType = UNSET
    uid: str | UnsetType = UNSET
    type_id: int | UnsetType = UNSET
    type: str | UnsetType = UNSET
    version: str | UnsetType = UNSET


class _Related(_Record):
    uid: str | UnsetType = UNSET
    type_uid: int | UnsetType = UNSET


class _Info(_Record):
    uid: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    desc: str | UnsetType = UNSET
    types: tuple[str, ...] | UnsetType = UNSET
    analytic: _Analytic | UnsetType = UNSET
    attacks: tuple[_Attack, ...] | UnsetType = UNSET
    created_time: int | UnsetType = UNSET
    first_seen_time: int | UnsetType = UNSET
    last_seen_time: int | UnsetType = UNSET
    related_events: tuple[_Related, ...] | UnsetType = UNSET


class _Data(_Record):
    sentence: str | UnsetType = UNSET
    group: str | UnsetType = UNSET
    facts: dict[str, Fact] | UnsetType = UNSET
    speaks_for: dict[str, float] | UnsetType = UNSET


class _Evidence(_Record):
    name: str | UnsetType = UNSET
    data: _Data | UnsetType = UNSET
    actor: _Actor | UnsetType = UNSET
    src_endpoint: _Endpoint | UnsetType = UNSET


class _Conclusion(_Record):
    category: str | UnsetType = UNSET
    assessment: dict[str, float] | UnsetType = UNSET
    subject: str | UnsetType = UNSET
    disposition: str | UnsetType = UNSET
    withdrawn: bool = False


class _Ticket(_Record):
    uid: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    type_id: int | UnsetType = UNSET
    type: str | UnsetType = UNSET
    status: str | UnsetType = UNSET


class _Found(_Record):
    """Detection Finding or Incident Finding."""

    class_uid: int | UnsetType = UNSET
    class_name: str | UnsetType = UNSET
    category_uid: int | UnsetType = UNSET
    type_uid: int | UnsetType = UNSET
    activity_id: int | UnsetType = UNSET
    activity_name: str | UnsetType = UNSET
    time: int | UnsetType = UNSET
    start_time: int | UnsetType = UNSET
    end_time: int | UnsetType = UNSET
    status_id: int | UnsetType = UNSET
    status: str | UnsetType = UNSET
    severity_id: int | UnsetType = UNSET
    severity: str | UnsetType = UNSET
    confidence_score: int | UnsetType = UNSET
    is_alert: bool | UnsetType = UNSET
    desc: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    finding_info: _Info | UnsetType = UNSET
    finding_info_list: tuple[_Info, ...] | UnsetType = UNSET
    attacks: tuple[_Attack, ...] | UnsetType = UNSET
    evidences: tuple[_Evidence, ...] | UnsetType = UNSET
    observables: tuple[_Observable, ...] | UnsetType = UNSET
    metadata: _Metadata | UnsetType = UNSET
    unmapped: _Conclusion | UnsetType = UNSET
    assignee: _User | UnsetType = UNSET
    verdict_id: int | UnsetType = UNSET
    verdict: str | UnsetType = UNSET
    ticket: _Ticket | UnsetType = UNSET


class Worked(Struct, frozen=True, kw_only=True):
    """What people made of something: their ticket's number, title, kind and tenant, how far they
    are, in whose hands it is, and what they found. `is_held`: a suppression holds it back;
    `withdrawn`: nothing of what it rests on stands. Times in ms."""

    number: int
    title: str
    kind: str
    tenant: str
    severity: Severity
    status: Status
    opened: int
    updated: int
    disposition: Disposition | None = None
    assignee: str | None = None
    subject: Subject | None = None
    is_held: bool = False
    withdrawn: bool = False


_PRODUCT = _Product("Vigie", "Confluent Digital")
_fast = msgspec.json.Encoder().encode


def event_record(event: Event, *, log_format: str, line: int | None = None) -> bytes:
    """One event as OCSF JSON, without a newline.

    `log_format` names the format it was read as, `line` is the 1-based number of its line in the
    input, None when there is none.
    """
    if isinstance(event, SignIn):
        record = _authentication(event)
    elif isinstance(event, AccountChange):
        record = _account_change(event)
    else:
        record = _answer(event)
    uid = as_uuid(event.id)
    record.metadata = _Metadata(
        VERSION, _PRODUCT, event.uid or uid, event.tenant, log_format, event.source or UNSET
    )
    unmapped = record.unmapped
    if not isinstance(unmapped, UnsetType):
        unmapped.event_id = uid
        unmapped.account_by_name = event.account_by_name
        if event.account_by_name and event.account != event.account_name:
            unmapped.account = event.account
        if line is not None:
            unmapped.line = line
    return _encode(record)


def finding_record(finding: Finding, events: Mapping[bytes, Event]) -> bytes:
    """One finding as an OCSF Detection Finding, without a newline.

    `events` holds the events it names, by id; one that is missing is named by Vigie's own id.
    """
    shown = [events[i] for i in finding.event_ids if i in events]
    times = [event.time for event in shown] or [finding.time]
    info = _info(finding)
    info.created_time = finding.time
    info.first_seen_time = min(times)
    info.last_seen_time = max(times)
    info.related_events = tuple(_related(i, events.get(i)) for i in finding.event_ids)
    return _encode(
        _Found(
            class_uid=2004,
            class_name="Detection Finding",
            category_uid=2,
            type_uid=200401,
            activity_id=1,
            activity_name="Create",
            time=finding.time,
            start_time=min(times),
            end_time=max(times),
            status_id=1,
            status="New",
            severity_id=int(finding.severity),
            severity=_SEVERITY[finding.severity],
            confidence_score=confidence(finding),
            is_alert=finding.severity >= Severity.MEDIUM,
            message=info.desc,
            finding_info=info,
            evidences=_evidences(finding, shown),
            observables=_observables((finding.subject, *finding.involved), shown),
            metadata=_metadata(finding.id, finding.subject),
        )
    )


def incident_record(
    incident: Incident, findings: Iterable[Finding], worked: Worked | None = None
) -> bytes:
    """One incident in its last state as an OCSF Incident Finding, without a newline.

    `findings` are those of the incident; others are passed over. `worked` is what people made of
    it.
    """
    by_id = {finding.id: finding for finding in findings}
    mine = [by_id[i] for i in incident.findings if i in by_id]
    grown = incident.updated != incident.opened
    assessment = {
        hypothesis.value: round(probability, 6)
        for hypothesis, probability in zip(Hypothesis, incident.assessment.posterior, strict=True)
    }
    assessment["attack"] = round(incident.assessment.attack, 6)
    found = _Found(
        class_uid=2005,
        class_name="Incident Finding",
        category_uid=2,
        type_uid=200502 if grown else 200501,
        activity_id=2 if grown else 1,
        activity_name="Update" if grown else "Create",
        time=incident.updated,
        start_time=incident.reached,
        end_time=incident.updated,
        status_id=1,
        status="New",
        severity_id=int(incident.severity),
        severity=_SEVERITY[incident.severity],
        confidence_score=incident.confidence,
        desc=telling.describe(incident, mine, _LANGUAGE),
        message=telling.name_of(incident.category, _LANGUAGE),
        finding_info_list=tuple(_info(finding) for finding in mine),
        attacks=_attacks(tuple(dict.fromkeys(uid for f in mine for uid in _techniques(f)))),
        observables=tuple(
            _observable(subject) for subject in _distinct(incident.subject, *incident.others)
        ),
        metadata=_metadata(incident.id, incident.subject),
        unmapped=_Conclusion(incident.category.value, assessment, str(incident.subject)),
    )
    return _encode(found if worked is None else _with_work(found, worked))


def ticket_record(worked: Worked) -> bytes:
    """A ticket that no incident stands behind as an OCSF Incident Finding, without a newline."""
    uid = f"ticket:{worked.number}"
    subjects = () if worked.subject is None else (_observable(worked.subject),)
    found = _Found(
        class_uid=2005,
        class_name="Incident Finding",
        category_uid=2,
        time=worked.updated,
        start_time=worked.opened,
        severity_id=int(worked.severity),
        severity=_SEVERITY[worked.severity],
        message=worked.title,
        finding_info_list=(_Info(uid=uid, title=worked.title, types=(worked.kind,)),),
        observables=subjects or UNSET,
        metadata=_Metadata(VERSION, _PRODUCT, uid, worked.tenant),
        unmapped=_Conclusion(subject=UNSET if worked.subject is None else str(worked.subject)),
    )
    return _encode(_with_work(found, worked))


def _with_work(found: _Found, worked: Worked) -> _Found:
    """A record with what people made of it, who have the last word on how far it is."""
    activity = 3 if worked.status is Status.RESOLVED else 2
    found.activity_id, found.activity_name = activity, _WORKED_ON[activity]
    found.type_uid = 200_500 + activity
    found.status_id, found.status = _ON_HOLD if worked.is_held else _WORK[worked.status]
    found.ticket = _Ticket(str(worked.number), worked.title, 1, "Internal", worked.status.value)
    if worked.assignee is not None:
        found.assignee = _User(uid=worked.assignee)
    if not isinstance(found.unmapped, UnsetType):
        found.unmapped.withdrawn = worked.withdrawn
        if worked.disposition is not None:
            found.verdict_id, found.verdict = _VERDICT[worked.disposition]
            found.unmapped.disposition = worked.disposition.value
    return found


def confidence(finding: Finding) -> int:
    """How far a finding alone speaks against a harmless explanation, from even odds: 0 to 100."""
    weights = finding.evidence.weights
    strongest = max(weights.shared, weights.taken_over, weights.attack)
    return round(100 / (1 + exp(-strongest)))


def _encode(record: _Record) -> bytes:
    try:
        return _fast(record)
    except UnicodeEncodeError:
        # A log's JSON may hold half of a surrogate pair, which has no UTF-8: it stays escaped.
        return json.dumps(msgspec.to_builtins(record), separators=(",", ":")).encode()


def _authentication(event: SignIn) -> _Activity:
    activity, name = _ACTIVITY[event.activity]
    status, status_name = _STATUS[event.outcome]
    method = event.mfa_method
    return _Activity(
        3002,
        "Authentication",
        3,
        300200 + activity,
        activity,
        name,
        event.time,
        1,
        status,
        status_name,
        _DETAIL[event.failure_reason],
        _user(event),
        UNSET,
        UNSET if event.session is None else _Session(event.session),
        UNSET if event.mfa is None else event.mfa,
        UNSET if method is None else (_Factor(_FACTOR.get(method.lower(), 99), method),),
        _endpoint(event.ip, event.place, event.network, event.device),
        UNSET if event.user_agent is None else _Request(event.user_agent),
        UNSET,
        _circumstances(event),
    )


def _account_change(event: AccountChange) -> _Activity:
    activity, name = _CHANGE[event.change]
    status, status_name = _STATUS[event.outcome]
    unmapped = _circumstances(event)
    unmapped.change = event.change.value
    return _Activity(
        3001,
        "Account Change",
        3,
        300100 + activity,
        activity,
        name,
        event.time,
        1,
        status,
        status_name,
        UNSET,
        _user(event),
        UNSET if event.actor is None else _Actor(_User(event.actor)),
        UNSET if event.session is None else _Session(event.session),
        UNSET,
        UNSET,
        _endpoint(event.ip, event.place, event.network, event.device),
        UNSET if event.user_agent is None else _Request(event.user_agent),
        UNSET,
        unmapped,
    )


def _answer(event: Feedback) -> _Activity:
    return _Activity(
        0,
        "Base Event",
        0,
        99,
        99,
        "Answer",
        event.time,
        1,
        0,
        user=_user(event),
        session=UNSET if event.session is None else _Session(event.session),
        unmapped=_Unmapped(
            answer=event.answer.value,
            about=UNSET if event.about is None else as_uuid(event.about),
        ),
    )


def _user(event: Event) -> _User:
    """The user as the log named them; the account that a name was joined to is told apart."""
    name = event.account_name
    if event.account_by_name:
        name = name or event.account
        return _User(name or UNSET, name or UNSET)
    return _User(event.account or UNSET, UNSET if name is None else name)


def _circumstances(event: SignIn | AccountChange) -> _Unmapped:
    unmapped = _Unmapped()
    if event.network is not None:
        unmapped.network_kind = event.network.kind.value
    if event.place is not None:
        unmapped.radius_km = event.place.radius_km
    if event.device is not None:
        unmapped.device = _machine(event.device)
    if isinstance(event, SignIn):
        unmapped.corroborating = event.corroborating
    return unmapped


def _endpoint(
    ip: str | None, place: Place | None, network: Network | None, device: Device | None
) -> _Endpoint | UnsetType:
    if ip is None and place is None and network is None and device is None:
        return UNSET
    endpoint = _Endpoint(UNSET if ip is None else ip)
    if place is not None:
        endpoint.location = _location(place)
    if network is not None:
        endpoint.autonomous_system = _autonomous_system(network)
    if device is not None:
        endpoint.type_id, endpoint.type = _ENDPOINT[device.form]
        if device.os:
            endpoint.os = _System(device.os)
    return endpoint


@lru_cache(maxsize=65_536)
def _location(place: Place) -> _Location:
    return _Location(
        place.country or UNSET,
        place.region or UNSET,
        place.city or UNSET,
        place.latitude,
        place.longitude,
        (place.longitude, place.latitude),
    )


@lru_cache(maxsize=65_536)
def _autonomous_system(network: Network) -> _AutonomousSystem | UnsetType:
    if network.asn is None and network.organisation is None:
        return UNSET
    return _AutonomousSystem(
        UNSET if network.asn is None else network.asn, network.organisation or UNSET
    )


@lru_cache(maxsize=65_536)
def _machine(device: Device) -> _Machine:
    return _Machine(
        device.fingerprint or UNSET, device.family or UNSET, device.os or UNSET, device.form.value
    )


def _metadata(identifier: bytes, subject: Subject) -> _Metadata:
    return _Metadata(VERSION, _PRODUCT, as_uuid(identifier), subject.tenant)


@cache
def _abouts() -> dict[str, About]:
    return {name: kind.about for name, kind in registry.classes().items()}


def _techniques(finding: Finding) -> tuple[str, ...]:
    about = _abouts().get(finding.detector)
    return about.attack if about is not None else ()


def _attacks(uids: tuple[str, ...]) -> tuple[_Attack, ...] | UnsetType:
    return tuple(_attack(uid) for uid in uids) or UNSET


@cache
def _attack(uid: str) -> _Attack:
    technique, _, minor = uid.partition(".")
    parent = _Technique(technique, f"https://attack.mitre.org/techniques/{technique}/")
    if not minor:
        return _Attack(parent)
    own = _Technique(uid, f"https://attack.mitre.org/techniques/{technique}/{minor}/")
    return _Attack(parent, own)


_BEHAVIORAL = (2, "Behavioral")
_LEARNING = (4, "Learning (ML/DL)")
"""OCSF 1.6 `analytic.type_id`."""


def _info(finding: Finding) -> _Info:
    about = _abouts().get(finding.detector)
    kind = _LEARNING if finding.evidence.learned else _BEHAVIORAL
    return _Info(
        uid=as_uuid(finding.id),
        title=about.title.en if about is not None else finding.detector.replace("_", " "),
        desc=telling.sentence_of(finding, _LANGUAGE),
        types=_types(finding),
        analytic=_Analytic(
            finding.detector,
            finding.detector,
            *kind,
            UNSET if about is None else str(about.state_version),
        ),
        attacks=_attacks(_techniques(finding)),
    )


def _types(finding: Finding) -> tuple[str, ...]:
    if finding.theme is Theme.HEALTH:
        return (Theme.HEALTH.value,)
    weights = structs.asdict(finding.evidence.weights)
    spoken = sorted((-weight, name) for name, weight in weights.items() if weight > 0)
    return tuple(name for _, name in spoken) or (finding.theme.value,)


def _related(identifier: bytes, event: Event | None) -> _Related:
    if event is None:
        return _Related(as_uuid(identifier))
    uid = event.uid or as_uuid(identifier)
    if isinstance(event, SignIn):
        return _Related(uid, 300200 + _ACTIVITY[event.activity][0])
    if isinstance(event, AccountChange):
        return _Related(uid, 300100 + _CHANGE[event.change][0])
    return _Related(uid, 99)


def _evidences(finding: Finding, shown: list[Event]) -> tuple[_Evidence, ...]:
    evidence = finding.evidence
    weights = structs.asdict(evidence.weights)
    told = _Data(
        telling.sentence_of(finding, _LANGUAGE),
        evidence.group,
        evidence.facts,
        {name: weight for name, weight in weights.items() if weight},
    )
    addresses: dict[str, _Evidence] = {}
    for event in shown:
        if isinstance(event, Feedback) or event.ip is None or event.ip in addresses:
            continue
        if len(addresses) == MAXIMUM_ADDRESSES:
            break
        addresses[event.ip] = _Evidence(
            actor=_Actor(_user(event)),
            src_endpoint=_endpoint(event.ip, event.place, event.network, event.device),
        )
    return (_Evidence(evidence.group, told), *addresses.values())


def _observable(subject: Subject) -> _Observable:
    name, type_id, sort = _OBSERVABLE[subject.kind]
    value = subject.tenant if subject.kind is SubjectKind.TENANT else subject.uid
    return _Observable(name, type_id, sort, value)


def _distinct(*subjects: Subject) -> tuple[Subject, ...]:
    return tuple(dict.fromkeys(subjects))


def _observables(subjects: Iterable[Subject], shown: list[Event]) -> tuple[_Observable, ...]:
    """The subjects, all of them, and whom else the events name, up to a limit."""
    seen = {(subject.kind, subject.uid): _observable(subject) for subject in subjects}
    for event in shown:
        if len(seen) >= MAXIMUM_OBSERVABLES:
            break
        if event.account:
            account = Subject(SubjectKind.ACCOUNT, event.tenant, event.account)
            seen.setdefault((account.kind, account.uid), _observable(account))
        if not isinstance(event, Feedback) and event.ip is not None:
            source = Subject(SubjectKind.SOURCE, event.tenant, event.ip)
            seen.setdefault((source.kind, source.uid), _observable(source))
    return tuple(seen.values())

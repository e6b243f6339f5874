"""A database with a few incidents that are worth looking at, for tests and for the eye."""

from pathlib import Path

import msgspec
from msgspec import structs
from sqlalchemy import insert
from sqlalchemy.engine import Engine

from alerts.incident import Assessment, Category, Contribution, Incident
from detectors.core.event import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Activity,
    FailureReason,
    Outcome,
    SignIn,
)
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from monitor.store import incident_words, tables
from monitor.store.connection import connect
from tests.databases import placed

NOON = 1_778_666_400_000
"""2026-05-13 10:00 UTC."""
TENANT = "atlas-appels"
HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}"

PARIS = Place("FR", "Île-de-France", "Paris", 48.86, 2.35, 20.0)
LYON = Place("FR", "Auvergne-Rhône-Alpes", "Lyon", 45.76, 4.84, 20.0)
CASABLANCA = Place("MA", "Casablanca-Settat", "Casablanca", 33.59, -7.61, 50.0)
FRANKFURT = Place("DE", "Hesse", "Frankfurt am Main", 50.11, 8.68, 50.0)
TANANARIVE = Place("MG", None, "Antananarivo", -18.88, 47.51, 100.0)
LAGOS = Place("NG", "Lagos", "Lagos", 6.45, 3.39, 50.0)

ORANGE = Network(3215, "Orange S.A.", NetworkKind.FIXED)
SFR = Network(15557, "SFR mobile", NetworkKind.MOBILE)
MAROC = Network(36903, "Maroc Telecom", NetworkKind.FIXED)
HOSTED = Network(24940, "Hetzner Online", NetworkKind.HOSTING)
TELMA = Network(37054, "Telma", NetworkKind.MOBILE)
MTN = Network(29465, "MTN Nigeria", NetworkKind.MOBILE)

DESK = Device("d1", "Firefox", "Windows", Form.DESKTOP)
LAPTOP = Device("d2", "Chrome", "macOS", Form.DESKTOP)
PHONE = Device("d3", "Mobile Safari", "iOS", Form.PHONE)
SCRIPT = Device("d4", "python-requests", "Linux", Form.SCRIPT)

_WHERE = {
    "desk": ("81.250.3.17", PARIS, ORANGE, DESK),
    "abroad": ("105.158.40.9", CASABLANCA, MAROC, LAPTOP),
    "island": ("41.188.10.4", TANANARIVE, TELMA, PHONE),
    "mobile": ("92.90.18.201", LYON, SFR, PHONE),
    "hosted": ("88.198.7.1", FRANKFURT, HOSTED, LAPTOP),
    "attack": ("102.89.23.5", LAGOS, MTN, SCRIPT),
}


def sign_in(
    account: str,
    time: int,
    where: str = "desk",
    *,
    session: str | None = None,
    activity: Activity = Activity.LOGON,
    reason: FailureReason | None = None,
    name: str | None = None,
    agent: str | None = None,
    tenant: str = TENANT,
    mfa: bool | None = None,
) -> SignIn:
    """One sign-in from one of a few places; failed when there is a reason."""
    ip, place, network, device = _WHERE[where]
    return SignIn(
        id=timed_id(time, account, where, session or "", str(activity)),
        time=time,
        tenant=tenant,
        account=account,
        account_name=name,
        source="idp",
        activity=activity,
        outcome=Outcome.FAILURE if reason else Outcome.SUCCESS,
        failure_reason=reason,
        session=session,
        ip=ip,
        user_agent=agent,
        mfa=mfa,
        place=place,
        network=network,
        device=None if agent else device,
    )


def day_of(account: str, start: int, where: str, session: str, hours: int) -> list[SignIn]:
    """A session of some hours: sign-in, activity every twenty minutes, sign-out."""
    ends = start + hours * HOUR
    events = [sign_in(account, start, where, session=session, mfa=where == "desk")]
    events += [
        sign_in(account, time, where, session=session, activity=Activity.REFRESH)
        for time in range(start + 20 * MINUTE, ends, 20 * MINUTE)
    ]
    return [*events, sign_in(account, ends, where, session=session, activity=Activity.LOGOFF)]


def travel(subject: Subject, anchor: SignIn, other: SignIn, *, crossings: int) -> Finding:
    """An impossible journey between two sign-ins."""
    facts = {
        "from_place": f"{other.place.city}, {other.place.country}" if other.place else "",
        "to_place": f"{anchor.place.city}, {anchor.place.country}" if anchor.place else "",
        "distance_km": 1_893,
        "residual_km": 1_793,
        "minutes": 22.0,
        "speed_kmh": 4_890,
        "from_device": "Firefox on Windows",
        "to_device": "Chrome on macOS",
        "from_network": "Orange S.A.",
        "to_network": "Maroc Telecom",
        "crossings": crossings,
        "days": 3,
    }
    weights = Weights(roaming=0.6, shared=4.1, taken_over=2.2)
    evidence = Evidence("apart", weights, facts)
    return finding(
        "impossible_travel",
        subject,
        anchor.time,
        Severity.HIGH,
        evidence,
        (anchor.id, other.id),
    )


def assessed(
    subject: Subject,
    category: Category,
    severity: Severity,
    posterior: tuple[float, float, float, float],
    findings: list[Finding],
    *,
    theme: Theme = Theme.USE,
    attack: float = 0.0,
) -> Incident:
    """An incident of these findings."""
    contributions = tuple(
        Contribution(
            one.id,
            one.detector,
            (
                0.0,
                one.evidence.weights.roaming,
                one.evidence.weights.shared,
                one.evidence.weights.taken_over,
            ),
            one.evidence.weights.attack,
        )
        for one in findings
    )
    times = [one.time for one in findings]
    return Incident(
        id=timed_id(times[0], str(subject), category.value),
        subject=subject,
        theme=theme,
        category=category,
        severity=severity,
        confidence=round(100 * max(*posterior[1:], attack)),
        assessment=Assessment(posterior, attack, contributions),
        findings=tuple(one.id for one in findings),
        opened=min(times),
        updated=max(times),
        reached=max(times),
    )


class Stage:
    """A database to put events, findings and incidents into."""

    def __init__(self, path: Path | None = None, engine: Engine | None = None) -> None:
        """On a new file, or on a database that has its tables already."""
        if engine is None:
            assert path is not None
            engine = connect(placed(path))
        self.url = engine.url.render_as_string(hide_password=False)
        self.engine = engine

    def put_events(self, events: list[SignIn]) -> None:
        """Store events."""
        rows = [
            {
                "id": event.id,
                "account_key": Subject(SubjectKind.ACCOUNT, event.tenant, event.account).key(),
                "source_id": 1,
                "late": False,
                "body": msgspec.msgpack.encode(event),
            }
            for event in events
        ]
        self._insert(tables.events, rows)

    def put_incident(
        self,
        incident: Incident,
        findings: list[Finding],
        *,
        withdrawn: bool = False,
        withdrawn_findings: frozenset[bytes] = frozenset(),
    ) -> Incident:
        """Store an incident with its findings."""
        self._insert(
            tables.findings,
            [
                {
                    "id": one.id,
                    "subject_key": one.subject.key(),
                    "detector": one.detector,
                    "severity": int(one.severity),
                    "withdrawn": withdrawn or one.id in withdrawn_findings,
                    "incident_id": incident.id,
                    "body": msgspec.msgpack.encode(one),
                }
                for one in findings
            ],
        )
        row = {
            "id": incident.id,
            "subject_key": incident.subject.key(),
            "tenant": incident.subject.tenant,
            "subject": incident.subject.uid,
            "category": incident.category.value,
            "severity": int(incident.severity),
            "updated": incident.updated,
            "withdrawn": withdrawn,
            "body": msgspec.msgpack.encode(incident),
        }
        self._insert(tables.incidents, [row])
        self._insert(tables.incident_words, incident_words.rows_of([incident]))
        return incident

    def put_source(self, **values: object) -> None:
        """Store a source."""
        self._insert(tables.sources, [{"name": "idp", "format": "ocsf", **values}])

    def put_note(self, name: str, value: bytes) -> None:
        """Store a note of the engine."""
        self._insert(tables.engine, [{"name": name, "value": value}])

    def _insert(self, table: object, rows: list[dict[str, object]]) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(table), rows)  # type: ignore[call-overload]


def account(uid: str, tenant: str = TENANT) -> Subject:
    """The subject of an account."""
    return Subject(SubjectKind.ACCOUNT, tenant, uid)


def shared_account(stage: Stage) -> Incident:
    """Two people on one account, far apart, for three days; once through a hosting network."""
    uid = "u-20417"
    events: list[SignIn] = []
    found: list[Finding] = []
    subject = account(uid)
    for day in range(3):
        start = NOON + day * DAY - 2 * HOUR
        paris = day_of(uid, start, "desk", f"s-paris-{day}", 8)
        abroad = day_of(uid, start + 90 * MINUTE, "abroad", f"s-casa-{day}", 7)
        events += [*paris, *abroad]
        found.append(travel(subject, abroad[0], paris[4], crossings=day + 1))
    events += day_of(uid, NOON + DAY + 3 * HOUR, "hosted", "s-vpn", 1)
    events += day_of(uid, NOON + 2 * DAY + 8 * HOUR, "mobile", "s-mobile", 1)
    events += [
        sign_in(uid, NOON + 2 * DAY + n * MINUTE, "abroad", reason=FailureReason.BAD_PASSWORD)
        for n in range(3)
    ]
    named = [msgspec.structs.replace(e, account_name="camille.durand@example.org") for e in events]
    at = found[-1].time + 40 * SECOND
    weights = Weights(roaming=-0.5, shared=2.6)
    hidden = Evidence(
        "apart", weights, {"people": 2, "share_of_days": 0.75, "known": None}, learned=True
    )
    future = finding(
        "pattern_of_tomorrow", subject, at, Severity.MEDIUM, hidden, (found[-1].event_ids)
    )
    found.append(future)
    stage.put_events(sorted(named, key=lambda event: event.id))
    incident = assessed(
        subject,
        Category.CREDENTIAL_SHARING,
        Severity.HIGH,
        (0.004, 0.031, 0.94, 0.025),
        found,
    )
    return stage.put_incident(incident, found, withdrawn_findings=frozenset((found[0].id,)))


def hostile_account(stage: Stage) -> Incident:
    """An account whose name, session and user agent try to become markup."""
    uid = HOSTILE
    start = NOON + 4 * DAY
    first = sign_in(uid, start, "desk", session=HOSTILE, name=f'"{HOSTILE}', agent=HOSTILE)
    second = sign_in(uid, start + 22 * MINUTE, "island", session=f"2{HOSTILE}", agent=HOSTILE)
    place = Place("ZZ", HOSTILE, HOSTILE, -18.88, 47.51, 100.0)
    network = Network(1, HOSTILE, NetworkKind.MOBILE)
    second = msgspec.structs.replace(second, place=place, network=network)
    stage.put_events([first, second])
    found = [travel(account(uid), second, first, crossings=1)]
    incident = assessed(
        account(uid), Category.ACCOUNT_TAKEOVER, Severity.CRITICAL, (0.01, 0.1, 0.19, 0.7), found
    )
    return stage.put_incident(incident, found)


def attack_from_address(stage: Stage) -> Incident:
    """One address that tries many accounts."""
    start = NOON + 3 * DAY
    events = [
        sign_in(f"u-{n:05d}", start + n * 10 * SECOND, "attack", reason=FailureReason.UNKNOWN_USER)
        for n in range(60)
    ]
    stage.put_events(events)
    subject = Subject(SubjectKind.SOURCE, TENANT, "102.89.23.5")
    facts = {"accounts": 60, "minutes": 10.0}
    evidence = Evidence("spray", Weights(attack=4.5), facts)
    found = [
        finding(
            "password_spraying",
            subject,
            events[-1].time,
            Severity.HIGH,
            evidence,
            tuple(event.id for event in events[::-1]),
        )
    ]
    incident = assessed(
        subject,
        Category.PASSWORD_SPRAYING,
        Severity.HIGH,
        (1.0, 0.0, 0.0, 0.0),
        found,
        theme=Theme.ATTACK,
        attack=0.985,
    )
    return stage.put_incident(incident, found)


def campaign_over_addresses(stage: Stage, count: int) -> Incident:
    """A botnet that tries an account or two from each of so many addresses, on a busy day."""
    start = NOON + 4 * DAY
    busy = [sign_in(f"u-{n:05d}", start + n * SECOND, "desk", session=f"b{n}") for n in range(200)]
    events = [
        structs.replace(
            sign_in(f"u-{n:05d}", start + n * SECOND + 500, "attack", reason=FailureReason.OTHER),
            ip=f"102.89.{n // 250}.{n % 250}",
        )
        for n in range(count)
    ]
    stage.put_events(sorted([*busy, *events], key=lambda event: event.id))
    subject = Subject(SubjectKind.TENANT, TENANT, "")
    evidence = Evidence("campaign", Weights(attack=5.5), {"names": count, "sources": count})
    found = [
        structs.replace(
            finding(
                "credential_stuffing",
                subject,
                events[-1].time,
                Severity.MEDIUM,
                evidence,
                tuple(event.id for event in events[:8]),
            ),
            involved=tuple(Subject(SubjectKind.SOURCE, TENANT, str(e.ip)) for e in events),
        )
    ]
    incident = assessed(
        subject,
        Category.CREDENTIAL_STUFFING,
        Severity.MEDIUM,
        (1.0, 0.0, 0.0, 0.0),
        found,
        theme=Theme.ATTACK,
        attack=0.92,
    )
    return stage.put_incident(structs.replace(incident, others=found[0].involved), found)


def small_incidents(stage: Stage, count: int) -> list[Incident]:
    """Many incidents of every severity, some at the same instant, every ninth withdrawn."""
    made = []
    categories = list(Category)
    for n in range(count):
        uid = f"u-{n:05d}"
        event = sign_in(uid, NOON - (n // 3) * HOUR, "mobile", session=f"s{n}", name=f"agent.{n}")
        other = sign_in(uid, event.time - HOUR, "desk", session=f"t{n}", name=f"agent.{n}")
        stage.put_events([other, event])
        found = [travel(account(uid), event, other, crossings=1)]
        severity = Severity(1 + n % 5)
        incident = assessed(
            account(uid), categories[n % len(categories)], severity, (0.3, 0.2, 0.4, 0.1), found
        )
        made.append(stage.put_incident(incident, found, withdrawn=n % 9 == 8))
    return made


def fill(stage: Stage) -> dict[str, Incident]:
    """All of it, by name."""
    filled = {
        "shared": shared_account(stage),
        "hostile": hostile_account(stage),
        "attack": attack_from_address(stage),
    }
    small_incidents(stage, 60)
    stage.put_source(
        lines=1_234_567,
        events=1_180_002,
        duplicates=31,
        skipped=54_550,
        rejected=15,
        late=4,
        last_event=NOON + 4 * DAY,
    )
    return filled

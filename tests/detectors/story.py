"""Tells the sign-ins of one account in a few words a line, and what the detectors make of them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from detectors.core.context import Context
from detectors.core.detector import Detector
from detectors.core.event import (
    DAY,
    HOUR,
    MINUTE,
    Activity,
    Event,
    FailureReason,
    Outcome,
    SignIn,
)
from detectors.core.finding import Finding, Severity
from detectors.core.fold import Cell, Fold, subject_of
from detectors.core.identity import Subject, timed_id
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from detectors.core.profile import Profile

MONDAY = 1_780_272_000_000 // DAY * DAY
"""2026-06-01, 00:00 UTC."""


class Where(NamedTuple):
    """An address with what is known of it."""

    ip: str | None
    place: Place | None
    network: Network | None

    def leased(self, ip: str) -> "Where":
        """Another address of the same line."""
        return self._replace(ip=ip)


def where(
    ip: str,
    country: str,
    city: str,
    latitude: float,
    longitude: float,
    asn: int,
    organisation: str,
    kind: NetworkKind = NetworkKind.FIXED,
) -> Where:
    """A located address."""
    place = Place(country, None, city, latitude, longitude, 20.0)
    return Where(ip, place, Network(asn, organisation, kind))


LYON = where("192.0.2.10", "FR", "Lyon", 45.76, 4.84, 3215, "Orange")
LYON_HOME = where("192.0.2.77", "FR", "Lyon", 45.76, 4.84, 12322, "Free")
VILLEURBANNE = where("192.0.2.78", "FR", "Villeurbanne", 45.77, 4.88, 12322, "Free")
PARIS = where("198.51.100.5", "FR", "Paris", 48.85, 2.35, 15557, "SFR")
PARIS_MOBILE = where(
    "198.51.100.60", "FR", "Paris", 48.85, 2.35, 5410, "Bouygues", NetworkKind.MOBILE
)
MADRID = where("203.0.113.20", "ES", "Madrid", 40.42, -3.70, 3352, "Telefonica")
TANA = where("203.0.113.40", "MG", "Antananarivo", -18.88, 47.51, 37054, "Telecom Malagasy")
MOSCOW = where("203.0.113.90", "RU", "Moscow", 55.75, 37.62, 12389, "Rostelecom")
TOKYO = where("203.0.113.99", "JP", "Tokyo", 35.68, 139.69, 2516, "KDDI")
SERVER = where(
    "198.51.100.200", "US", "Ashburn", 39.04, -77.49, 14061, "DigitalOcean", NetworkKind.HOSTING
)
VPN = where("198.51.100.201", "NL", "Amsterdam", 52.37, 4.90, 9009, "M247", NetworkKind.VPN)
RELAY = where("198.51.100.202", "US", "New York", 40.7, -74.0, 13335, "Relay", NetworkKind.RELAY)
TOR = where("198.51.100.203", "SE", "Malmo", 55.6, 13.0, 39351, "Exit", NetworkKind.TOR)
STARLINK = where(
    "198.51.100.204", "DE", "Frankfurt", 50.11, 8.68, 14593, "Starlink", NetworkKind.SATELLITE
)
OFFICE_LAN = Where("10.1.2.3", None, Network(None, None, NetworkKind.PRIVATE))
NOWHERE = Where(None, None, None)

CHROME = Device("chrome-windows", "Chrome", "Windows", Form.DESKTOP)
FIREFOX = Device("firefox-windows", "Firefox", "Windows", Form.DESKTOP)
MAC = Device("safari-mac", "Safari", "Mac OS X", Form.DESKTOP)
LINUX = Device("firefox-linux", "Firefox", "Linux", Form.DESKTOP)
IPHONE = Device("safari-ios", "Safari", "iOS", Form.PHONE)
ANDROID = Device("chrome-android", "Chrome", "Android", Form.PHONE)
IPAD = Device("safari-ipados", "Safari", "iPadOS", Form.TABLET)
SCRIPT = Device("python-requests", "python-requests", "Other", Form.SCRIPT)
SOFTPHONE = Device("desk-client", "DeskClient", "Other", Form.UNKNOWN)


class Story:
    """One account's events, told in any order; times are minutes of a day counted from `MONDAY`."""

    def __init__(self, account: str = "alice", tenant: str = "acme") -> None:
        self.account = account
        self.tenant = tenant
        self.events: list[Event] = []

    def tell(
        self,
        time: int,
        at: Where,
        device: Device | None,
        session: str | None = None,
        activity: Activity = Activity.OTHER,
        outcome: Outcome = Outcome.SUCCESS,
        reason: FailureReason | None = None,
        *,
        mfa: bool | None = None,
        corroborating: bool = False,
    ) -> "Story":
        """One sign-in or activity at event time `time` in ms."""
        self.events.append(
            SignIn(
                id=timed_id(time, self.tenant, self.account, str(len(self.events))),
                time=time,
                tenant=self.tenant,
                account=self.account,
                activity=activity,
                outcome=outcome,
                failure_reason=reason,
                session=session,
                ip=at.ip,
                place=at.place,
                network=at.network,
                device=device,
                mfa=mfa,
                corroborating=corroborating,
            )
        )
        return self

    def sign_on(
        self, day: int, minute: float, at: Where, device: Device | None, session: str | None = None
    ) -> "Story":
        """A successful sign-on."""
        return self.tell(moment(day, minute), at, device, session, Activity.LOGON)

    def use(
        self, day: int, minute: float, at: Where, device: Device | None, session: str | None
    ) -> "Story":
        """An activity in a session."""
        return self.tell(moment(day, minute), at, device, session)

    def renew(
        self, day: int, minute: float, at: Where, device: Device | None, session: str
    ) -> "Story":
        """A token that the page renews by itself."""
        return self.tell(moment(day, minute), at, device, session, Activity.REFRESH)

    def sign_off(
        self, day: int, minute: float, at: Where, device: Device | None, session: str
    ) -> "Story":
        """The end of a session."""
        return self.tell(moment(day, minute), at, device, session, Activity.LOGOFF)

    def fail(
        self,
        day: int,
        minute: float,
        at: Where,
        device: Device | None = None,
        reason: FailureReason = FailureReason.BAD_PASSWORD,
        *,
        corroborating: bool = False,
    ) -> "Story":
        """A failed sign-on."""
        return self.tell(
            moment(day, minute),
            at,
            device,
            None,
            Activity.LOGON,
            Outcome.FAILURE,
            reason,
            corroborating=corroborating,
        )

    def work(
        self,
        days: Iterable[int],
        at: Where,
        device: Device,
        start: float = 480,
        end: float = 1020,
        *,
        name: str = "",
    ) -> "Story":
        """Ordinary days: a sign-on in the morning, then activity at a person's uneven pace."""
        for day in days:
            session = f"{self.account}-{name or device.fingerprint}-{day}"
            self.sign_on(day, start, at, device, session)
            minute, step = start, 0
            while True:
                minute += PACE[(day + step) % len(PACE)]
                step += 1
                if minute > end:
                    break
                self.use(day, minute, at, device, session)
        return self

    def sorted(self) -> list[Event]:
        """The events as the fold gets them."""
        return sorted(self.events, key=lambda event: event.id)


PACE = (4, 17, 9, 31, 6, 13, 26, 3, 11, 22)
"""Minutes between two activities of a person."""


def moment(day: int, minute: float) -> int:
    """Event time in ms of a minute of a day from `MONDAY`."""
    return MONDAY + day * DAY + round(minute * MINUTE)


def learned(story: Story) -> Profile:
    """The profile after a story in which nothing was found."""
    profile = Profile()
    for event in story.sorted():
        profile.learn(event, ())
    return profile


def run(
    detector: Detector[Any], events: Sequence[Event], context: Context | None = None
) -> list[Finding]:
    """What one detector finds in events, in (time, id) order, subject by subject."""
    fold = Fold(detector.about.keyed_by, (detector,), context or Context())
    cells: dict[Subject, Cell] = {}
    found: list[Finding] = []
    for event in events:
        subject = subject_of(fold.kind, event)
        if subject is None:
            continue
        if subject not in cells:
            cells[subject] = fold.fresh(subject)
        found += fold.observe(cells[subject], event)
    return found


def loud(findings: Iterable[Finding]) -> list[Finding]:
    """Those that a reviewer is called for by themselves."""
    return [finding for finding in findings if finding.severity >= Severity.MEDIUM]


__all__ = ["DAY", "HOUR", "MINUTE", "Story", "Where", "loud", "moment", "run", "where"]

"""All that is known of one account, for whoever reviews it: from the directory, the logs, what was
found, asked and done. Whom it is about is masked until somebody says why they look, for a while.

Every question is bounded: an account with a million events is answered as quickly as any.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import structs
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.incident import Hypothesis
from detectors.core.context import AccountKind
from detectors.core.detector import About
from detectors.core.event import DAY, SignIn, is_attempt, is_use
from detectors.core.identity import Subject, as_uuid
from detectors.core.profile import SESSION_MEMORY, Profile
from detectors.core.registry import classes
from monitor import horizon
from monitor.clock import now_ms
from monitor.directory.account import account_id
from monitor.services import activity, copies
from monitor.services.account_gathering import Gathering
from monitor.services.account_views import (
    AccountPage,
    ActivityPage,
    Head,
    Mark,
    Risk,
    veil_activity,
    veil_head,
    veil_page,
)
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.looks import Looks
from monitor.services.picture import picture
from monitor.services.protection import subject_of
from monitor.services.refusal import NotThereError
from monitor.services.review import Review
from monitor.services.views import IncidentRow
from monitor.services.weighing import Weighed, Weigher, Weighing
from monitor.store import erasures, restrictions
from monitor.store.connection import reading
from monitor.store.directory import DirectoryTable
from monitor.store.handles import account_of
from monitor.store.reading import Reading, StoredFinding, StoredIncident

WEEKS: Final = 12
"""How far back the log is looked through."""
SPAN: Final = WEEKS * 7 * DAY
MOST_EVENTS: Final = 10_000
MOST_RISKS: Final = 100
MOST_MARKS: Final = 300
SIGN_INS: Final = 25
MOST_BARS: Final = 1_500


class Accounts:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC.

    Accounts are named by their handles (`Subject.handle`). Whoever is of no tenant that somebody
    sees, or known to nothing that is kept, is not there (NotThereError). With `masked`, names stay
    hidden even for who has said why they look.
    """

    def __init__(
        self,
        database: Database,
        review: Review,
        gathering: Gathering,
        weighs: Callable[[], Weigher],
        now: Callable[[], int] = now_ms,
    ) -> None:
        """`weighs` makes ready what reckons how many use an account."""
        self._reading = reading(database)
        self._events = Reading(database)
        self._review = review
        self._gathering = gathering
        self._weighing = Weighing(self._events, weighs)
        self._looks = Looks(database, now)
        self._now = now
        self._abouts: dict[str, About] = {name: kind.about for name, kind in classes().items()}

    @allowed(Operation.ACCOUNTS_READ)
    def head(self, actor: Actor, handle: str, *, masked: bool = False) -> Head:
        """Whose page it is."""
        head = self._head(actor, handle)[1]
        return head if head.is_whole and not masked else veil_head(head)

    @allowed(Operation.ACCOUNTS_READ)
    def find(self, actor: Actor, tenant: str, account: str) -> str:
        """The handle of an account that something is known of."""
        subject = subject_of(actor, tenant, account)
        with self._reading.begin() as connection:
            return _found(connection, actor, subject.handle()).handle()

    @allowed(Operation.ACCOUNTS_READ)
    def page(
        self, actor: Actor, handle: str, language: str = "en", *, masked: bool = False
    ) -> AccountPage:
        """All but what the log shows of its use."""
        subject, head = self._head(actor, handle)
        gathered = self._gathering.of(actor, subject, language, is_used=not head.is_restricted)
        risks = marks = None
        if permits(actor, Operation.INCIDENTS_READ) and not head.is_restricted:
            risks = self._risks(subject, language)
            marks = [self._mark(one, language) for one in self._findings(subject)]
        more = set(gathered.more)
        if risks is not None and len(risks) > MOST_RISKS:
            more.add("incidents")
            risks = risks[:MOST_RISKS]
        page = AccountPage(
            head=head,
            risks=risks,
            marks=marks or [],
            tickets=gathered.tickets,
            measures=gathered.measures,
            challenges=gathered.challenges,
            recoveries=gathered.recoveries,
            proofs=gathered.proofs,
            hygiene=gathered.hygiene,
            notes=gathered.notes,
            more=frozenset(more),
        )
        return page if head.is_whole and not masked else veil_page(page)

    @allowed(Operation.ACCOUNTS_READ)
    def activity(self, actor: Actor, handle: str, *, masked: bool = False) -> ActivityPage:
        """What the log shows of the last twelve weeks, of the last 10,000 events at most. Raises
        NotThereError also for one whose data is restricted."""
        subject, head = self._used(actor, handle)
        now = self._now()
        since = now - SPAN
        met, is_all = self._events.recent(subject, since, MOST_EVENTS)
        with self._reading.begin() as connection:
            coarse = horizon.noted(connection).coarse
        page = _activity(head, met, since if is_all or not met else met[0].time, now)
        page = structs.replace(page, is_all=is_all, detailed=coarse)
        return page if head.is_whole and not masked else veil_activity(page)

    @allowed(Operation.ACCOUNTS_READ)
    def people(self, actor: Actor, handle: str, *, masked: bool = False) -> tuple[Head, Weighed]:
        """How many people seem to use it, over time. Raises as `activity` does."""
        subject, head = self._used(actor, handle)
        weighed = self._weighing.of(subject, self._now())
        return head if head.is_whole and not masked else veil_head(head), weighed

    @allowed(Operation.PERSON_LOOK)
    def show(self, actor: Actor, handle: str, reason: str) -> int:
        """Write down why somebody looks: from now on the page shows them whom it is about, until
        the time (ms) that is given back. Raises ProtectionError without a reason."""
        with self._reading.begin() as connection:
            subject = _found(connection, actor, handle)
        return self._looks.show(actor, subject, reason)

    def _used(self, actor: Actor, handle: str) -> tuple[Subject, Head]:
        subject, head = self._head(actor, handle)
        if head.is_restricted:
            raise NotThereError("its data is restricted")
        return subject, head

    def _head(self, actor: Actor, handle: str) -> tuple[Subject, Head]:
        with self._reading.begin() as connection:
            subject = _found(connection, actor, handle)
            stored = DirectoryTable(connection).account(account_id(subject.tenant, subject.uid))
            tenant = DirectoryTable(connection).tenant(subject.tenant)
            profile = copies.profile(connection, subject) or Profile()
            held = restrictions.restrictions_of(connection, subject)
            is_erasing = (subject.tenant, subject.uid) in erasures.at_work(connection)
        entry = None if stored is None else stored.account
        now = self._now()
        sharing = None if entry is None else entry.sharing
        head = Head(
            handle=subject.handle(),
            tenant=subject.tenant,
            account=subject.uid,
            name="" if entry is None else entry.display_name,
            directory=None if stored is None else as_uuid(stored.id),
            state=None if entry is None else entry.state_at(now),
            kind=AccountKind.PERSON if entry is None else entry.kind_at(now),
            privileged=entry is not None and entry.privileged,
            email="" if entry is None else entry.email,
            roles=() if entry is None else entry.roles,
            aliases=() if entry is None else entry.aliases,
            zone="" if tenant is None else tenant.tenant.zone,
            shared_until=None if sharing is None else sharing.until,
            first_seen=profile.first_seen or None,
            last_seen=profile.last_seen or None,
            uses=profile.uses,
            days=profile.days,
            is_restricted=any(one.until is None for one in held),
            is_erasing=is_erasing,
            is_whole=self._looks.shows(actor, subject),
            may_look=permits(actor, Operation.PERSON_LOOK),
        )
        return subject, head

    def _risks(self, subject: Subject, language: str) -> list[Risk]:
        stored = self._events.incidents_of(subject, MOST_RISKS + 1)
        rows = self._review.rows_of(stored, language)
        return [_risk(one, row) for one, row in zip(stored, rows, strict=True)]

    def _findings(self, subject: Subject) -> Iterable[StoredFinding]:
        return reversed(self._events.findings_on(subject, MOST_MARKS))

    def _mark(self, one: StoredFinding, language: str) -> Mark:
        finding = one.finding
        about = self._abouts.get(finding.detector)
        title = finding.detector if about is None else _in(about, language)
        return Mark(
            time=finding.time,
            detector=finding.detector,
            title=title,
            severity=finding.severity,
            withdrawn=one.withdrawn,
        )


def _found(connection: Connection, actor: Actor, handle: str) -> Subject:
    subject = account_of(connection, handle)
    if subject is None or within(actor) not in (None, subject.tenant):
        raise NotThereError("nothing is known of this account")
    return subject


def _risk(stored: StoredIncident, row: IncidentRow) -> Risk:
    assessment = stored.incident.assessment
    return Risk(
        row=row,
        posterior=dict(zip(Hypothesis, assessment.posterior, strict=True)),
        attack=assessment.attack,
    )


def _in(about: About, language: str) -> str:
    return about.title.fr if language == "fr" else about.title.en


def _activity(head: Head, met: Sequence[SignIn], since: int, now: int) -> ActivityPage:
    places, networks = activity.places_of(met), activity.networks_of(met)
    devices, addresses = activity.devices_of(met), activity.addresses_of(met)
    used = [event for event in met if is_attempt(event) or is_use(event)]
    drawn = picture(used, [], {}, (since, now))
    drawn = structs.replace(drawn, bars=drawn.bars[-MOST_BARS:], failures=drawn.failures[-300:])
    sessions = [one for one in activity.sessions_of(met) if now - one.last <= SESSION_MEMORY]
    attempts = [event for event in met if is_attempt(event)]
    return ActivityPage(
        head=head,
        since=since,
        detailed=0,
        events=len(met),
        is_all=True,
        places=places[: activity.MOST],
        networks=networks[: activity.MOST],
        devices=devices[: activity.MOST],
        addresses=addresses[: activity.MOST],
        sessions=sorted(sessions, key=lambda one: (-one.last, one.handle))[: activity.MOST],
        weeks=activity.weeks_of(met),
        hours=activity.hours_of(met),
        sign_ins=attempts[: -SIGN_INS - 1 : -1],
        picture=drawn,
        totals={
            "places": len(places),
            "networks": len(networks),
            "devices": len(devices),
            "addresses": len(addresses),
        },
    )

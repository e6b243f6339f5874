"""An account's page: whole only for who said why, bounded, and the same for whoever is listed or
not; of a restricted one nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database

from alerts.incident import Hypothesis
from detectors.core.event import DAY, HOUR
from detectors.core.identity import Subject, SubjectKind
from monitor.assembly import open_weigher
from monitor.directory.account import AccountChanges
from monitor.protection.masking import HIDDEN
from monitor.services import accounts as module
from monitor.services.account_gathering import Gathering
from monitor.services.account_notes import AccountNotes
from monitor.services.accounts import SPAN, Accounts
from monitor.services.actor import Role, operator
from monitor.services.directory import Directory
from monitor.services.looks import SHOWN
from monitor.services.protection import ProtectionError
from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.services.review import Review
from monitor.settings import Settings
from monitor.store import restrictions
from monitor.store.connection import connect
from monitor.store.reading import Reading
from tests.databases import placed
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import person, program
from tests.monitor.web.staging import NOON, TENANT, Stage, shared_account, sign_in

UID = "u-20417"
WHOSE = Subject(SubjectKind.ACCOUNT, TENANT, UID)
HANDLE = WHOSE.handle()
NAME = "camille.durand@example.org"
ANALYST = person(Role.ANALYST, uid="r-7")
VIEWER = person(Role.VIEWER, uid="r-8")


class Desk:
    def __init__(self, engine: Database) -> None:
        self.engine = engine
        self.ahead = 0
        self.accounts = Accounts(
            engine,
            Review(Reading(engine), self.now),
            Gathering(engine, self.now),
            lambda: open_weigher(Settings()),
            self.now,
        )

    def now(self) -> int:
        return NOON + 3 * DAY + self.ahead


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """With an account that has a history, for tests that leave it as it is."""
    engine = connect(placed(tmp_path_factory.mktemp("accounts") / "v.db"))
    shared_account(Stage(engine=engine))
    yield Desk(engine)
    engine.dispose()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    engine = connect(placed(tmp_path / "v.db"))
    shared_account(Stage(engine=engine))
    return Desk(engine)


def test_whoever_the_logs_alone_know_has_a_page_with_what_was_found(kept: Desk) -> None:
    page = kept.accounts.page(ANALYST, HANDLE)
    assert page.head.directory is None
    assert page.risks is not None
    [risk] = page.risks
    assert risk.posterior[Hypothesis.SHARED] == 0.94
    assert risk.row.account_handle == HANDLE
    assert {one.detector for one in page.marks} == {"impossible_travel", "pattern_of_tomorrow"}
    assert [one.withdrawn for one in page.marks].count(True) == 1
    assert page.tickets == page.measures == page.challenges == page.recoveries == page.notes == []


def test_it_is_masked_even_for_who_may_look(kept: Desk) -> None:
    for actor in (ANALYST, VIEWER, operator()):
        page, activity = kept.accounts.page(actor, HANDLE), kept.accounts.activity(actor, HANDLE)
        assert not page.head.is_whole
        for told in (str(page), str(activity)):
            assert UID not in told
            assert NAME not in told
            assert "81.250.3.17" not in told
            assert "s-paris" not in told
        assert {one.ip for one in activity.addresses} >= {f"81.250.{HIDDEN}"}


def test_a_reason_shows_it_whole_for_a_while_and_is_written_down(desk: Desk) -> None:
    until = desk.accounts.show(ANALYST, HANDLE, "ticket 12")
    assert until == desk.now() + SHOWN
    page = desk.accounts.page(ANALYST, HANDLE)
    assert page.head.is_whole
    assert page.head.account == UID
    assert {one.ip for one in desk.accounts.activity(ANALYST, HANDLE).addresses} >= {"81.250.3.17"}
    assert desk.accounts.people(ANALYST, HANDLE)[0].account == UID
    assert deeds(desk.engine) == [("person:look", f"account:{WHOSE.key()}", TENANT)]
    assert [told["reason"] for told in contents(desk.engine)] == ["ticket 12"]
    # Nobody else's page, and not where they want it hidden.
    assert not desk.accounts.page(operator(), HANDLE).head.is_whole
    assert UID not in str(desk.accounts.page(ANALYST, HANDLE, masked=True))
    assert "81.250.3.17" not in str(desk.accounts.activity(ANALYST, HANDLE, masked=True))


def test_after_a_while_it_is_masked_again(desk: Desk) -> None:
    desk.accounts.show(ANALYST, HANDLE, "ticket 12")
    # What is written down has the machine's own time.
    desk.ahead = 10_000 * DAY
    assert not desk.accounts.page(ANALYST, HANDLE).head.is_whole


def test_having_opened_an_incident_shows_no_page(desk: Desk) -> None:
    looks = desk.accounts._looks
    looks.opens(ANALYST, WHOSE, bytes(16))
    assert not desk.accounts.page(ANALYST, HANDLE).head.is_whole


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_without_a_reason_nothing_is_shown(desk: Desk, reason: str) -> None:
    with pytest.raises(ProtectionError):
        desk.accounts.show(ANALYST, HANDLE, reason)
    assert not desk.accounts.page(ANALYST, HANDLE).head.is_whole


def test_a_viewer_shows_nothing_and_another_tenants_reader_finds_nothing(kept: Desk) -> None:
    with pytest.raises(NotAllowedError):
        kept.accounts.show(VIEWER, HANDLE, "curious")
    foreign = person(Role.ANALYST, tenant="another")
    for ask in (kept.accounts.page, kept.accounts.activity, kept.accounts.people):
        with pytest.raises(NotThereError):
            ask(foreign, HANDLE)
        with pytest.raises(NotThereError):
            ask(ANALYST, "0" * 16)


def test_who_may_not_see_a_part_is_given_none(kept: Desk) -> None:
    page = kept.accounts.page(VIEWER, HANDLE)
    assert page.proofs is page.notes is page.challenges is page.recoveries is None
    assert page.tickets == []
    bare = kept.accounts.page(program("accounts:read"), HANDLE)
    assert bare.risks is bare.tickets is bare.measures is None
    assert bare.marks == []


def test_activity_tells_where_when_and_with_what(kept: Desk) -> None:
    found = kept.accounts.activity(ANALYST, HANDLE)
    assert (found.is_all, found.since) == (True, kept.now() - SPAN)
    assert found.totals == {"places": 4, "networks": 4, "devices": 3, "addresses": 4}
    assert found.places[0].city == "Paris"
    assert [week.sessions for week in found.weeks] == [8]
    assert sum(one.uses for one in found.hours) == sum(one.uses for one in found.places)
    assert len(found.picture.lanes) == 3
    assert found.sign_ins[0].time >= found.sign_ins[-1].time


def test_an_account_with_more_events_is_answered_from_the_last_ones(
    kept: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_EVENTS", 20)
    found = kept.accounts.activity(ANALYST, HANDLE)
    assert (found.events, found.is_all) == (20, False)
    assert found.since > kept.now() - SPAN


def test_older_use_is_not_looked_through(kept: Desk) -> None:
    kept.ahead = SPAN
    try:
        assert kept.accounts.activity(ANALYST, HANDLE).events == 0
    finally:
        kept.ahead = 0


def test_of_a_restricted_account_nothing_is_shown(desk: Desk) -> None:
    AccountNotes(desk.engine).write(ANALYST, HANDLE, "x")
    with desk.engine.begin() as connection:
        restrictions.restrict(connection, WHOSE, NOON, "#1", "operator:x")
    page = desk.accounts.page(ANALYST, HANDLE)
    assert page.head.is_restricted
    assert page.risks is page.notes is page.tickets is page.proofs is None
    assert page.marks == []
    for ask in (desk.accounts.activity, desk.accounts.people):
        with pytest.raises(NotThereError):
            ask(ANALYST, HANDLE)


def test_the_directory_says_who_it_is(desk: Desk) -> None:
    changes = AccountChanges(display_name="Camille Durand", email=NAME, roles=("agent",))
    Directory(desk.engine).create(operator(), TENANT, UID, changes)
    head = desk.accounts.head(ANALYST, HANDLE)
    assert head.directory is not None
    assert (head.name, head.email, head.roles) == (
        f"C{HIDDEN}",
        f"c{HIDDEN}@example.org",
        ("agent",),
    )
    desk.accounts.show(ANALYST, HANDLE, "ticket 12")
    assert desk.accounts.head(ANALYST, HANDLE).title == "Camille Durand"


def test_a_handle_is_found_by_name_and_only_where_something_is_known(kept: Desk) -> None:
    assert kept.accounts.find(ANALYST, TENANT, UID) == HANDLE
    for tenant, account in ((TENANT, "nobody"), ("another", UID), (TENANT, "a\0b"), (TENANT, "")):
        with pytest.raises(NotThereError):
            kept.accounts.find(ANALYST, tenant, account)


def test_notes_are_masked_where_they_name_the_account(desk: Desk) -> None:
    AccountNotes(desk.engine).write(ANALYST, HANDLE, f"{UID} came from 81.250.3.17")
    page = desk.accounts.page(ANALYST, HANDLE)
    assert page.notes is not None
    assert page.notes[0].text == f"u{HIDDEN} came from 81.250.{HIDDEN}"


def test_people_are_weighed_from_what_is_stored(desk: Desk) -> None:
    head, weighed = desk.accounts.people(ANALYST, HANDLE)
    assert not head.is_whole
    assert weighed.events == len(Reading(desk.engine).folded(WHOSE, 10_000)[0])
    assert [one.computers for one in weighed.days] == [2, 3, 2]


def test_the_same_holds_on_either_database(database: Database) -> None:
    stage = Stage(engine=database)
    shared_account(stage)
    late = structs.replace(sign_in(UID, NOON + HOUR, "mobile"), id=bytes([255] * 16))
    stage.put_events([late])
    desk = Desk(database)
    AccountNotes(database).write(ANALYST, HANDLE, "x")
    assert desk.accounts.show(ANALYST, HANDLE, "ticket 12")
    page = desk.accounts.page(ANALYST, HANDLE, "fr")
    assert page.head.is_whole
    assert page.notes is not None
    assert len(page.notes) == 1
    assert desk.accounts.activity(ANALYST, HANDLE).events > 100
    assert desk.accounts.people(ANALYST, HANDLE)[1].days

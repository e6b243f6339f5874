"""A source comes from the browser to the engine, and nothing of it before somebody says so."""

from io import BytesIO
from tempfile import TemporaryFile

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from monitor.services import adding as module
from monitor.services.actor import operator
from monitor.services.adding import Adding, Wish, name_of
from monitor.services.api_keys import ApiKeys
from monitor.services.arrivals import Arrivals
from monitor.services.authority import Operation
from monitor.services.handing_in import HandingInError
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError
from monitor.services.sources import Sources
from monitor.store.inbox import Inbox
from monitor.store.watching import Watching
from tests.monitor.services.people import ADMINISTRATOR, program
from tests.monitor.services.test_trying import GOOD, trying

NOW = 1_790_000_000_000
LINES = GOOD % 1 + b"\n" + GOOD % 2 + b"\n"
ME = operator()


class Desk:
    """What adds sources to a database, and a clock."""

    def __init__(self, database: Database) -> None:
        self.now = NOW
        self.inbox = Inbox(database)
        self.keys = ApiKeys(database, lambda: self.now)
        taken = frozenset(("settings-own", "vigie"))
        self.adding = Adding(database, self.inbox, self.keys, trying, taken, lambda: self.now)
        sources = Sources(Watching(database), lambda: self.now)
        self.arrivals = Arrivals(database, sources, lambda: self.now)

    def stage(self, sent: bytes = LINES, name: str = "auth.log.gz") -> str:
        with TemporaryFile() as file:
            file.write(sent)
            return self.adding.stage(ME, file, name)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_file_is_tried_taken_and_waits_for_the_engine(desk: Desk) -> None:
    uid = desk.stage()
    one = desk.adding.staged(ME, uid, Wish(), "en")
    assert (one.name, one.file.lines, one.trial.events) == ("auth", 2, 2)
    assert desk.inbox.after("auth", 0, 9, 1 << 20) == [], "nothing before it is taken"
    assert desk.adding.take(ME, uid, Wish(tenant="acme")) == "auth"
    [arrived] = desk.inbox.after("auth", 0, 9, 1 << 20)
    assert arrived.parcel.tenant == "acme"
    told = desk.arrivals.arrival(ME, "auth", "en")
    assert (told.share, told.waiting, told.has_begun, told.is_over) == (0.0, 2, False, False)
    with pytest.raises(NotThereError):
        desk.adding.take(ME, uid, Wish())


def test_the_same_file_again_is_the_same_source_so_that_nothing_doubles(desk: Desk) -> None:
    for _ in range(2):
        assert desk.adding.take(ME, desk.stage(), Wish()) == "auth"
    [one] = desk.adding.added(ME).values()
    assert (one.name, one.lines) == ("auth", 4)


def test_what_nobody_takes_is_gone_after_a_day(desk: Desk) -> None:
    uid = desk.stage()
    desk.now += DAY + 1
    desk.stage()
    with pytest.raises(NotThereError):
        desk.adding.staged(ME, uid, Wish(), "en")
    assert desk.inbox.waiting().lines == 2


def test_a_file_may_be_left(desk: Desk) -> None:
    uid = desk.stage()
    desk.adding.discard(ME, uid)
    assert desk.inbox.waiting().lines == 0
    with pytest.raises(NotThereError):
        desk.adding.discard(ME, uid)


def test_what_is_refused_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    for sent in (b"", b"PK\x03\x04"):
        with pytest.raises(HandingInError):
            desk.stage(sent)
    assert desk.inbox.waiting().lines == 0
    uid = desk.stage()
    bad = (
        Wish(name="settings-own"),
        Wish(name="no name"),
        Wish(format="klingon"),
        Wish(zone="Mars/Olympus"),
        Wish(tenant="a\x00b"),
    )
    for wish in bad:
        with pytest.raises(HandingInError):
            desk.adding.take(ME, uid, wish)
    assert desk.adding.added(ME) == {}


def test_a_key_is_for_its_source_and_no_other(desk: Desk) -> None:
    name, key = desk.adding.push(ME, Wish(name="crm", tenant="acme"))
    known = desk.keys.identify(key)
    assert known is not None
    assert (known.source, known.tenant) == (name, "acme")
    assert known.scopes == {Operation.EVENTS_WRITE.scope}
    for wish in (Wish(name="crm"), Wish(), Wish(name="settings-own")):
        with pytest.raises(HandingInError):
            desk.adding.push(ME, wish)
    told = desk.arrivals.arrival(ME, "crm", "en")
    assert (told.share, told.has_begun, told.is_over) == (None, False, False)
    uid = desk.stage(name="crm.log")
    with pytest.raises(HandingInError):
        desk.adding.take(ME, uid, Wish())
    desk.adding.remove(ME, "crm")
    with pytest.raises(NotThereError):
        desk.arrivals.arrival(ME, "crm", "en")


def test_only_who_may_and_who_has_just_proved_themselves(desk: Desk) -> None:
    with pytest.raises(NotAllowedError):
        desk.adding.stage(program(), BytesIO(LINES), "a")
    stale = structs.replace(ADMINISTRATOR, authenticated=NOW - DAY)
    with pytest.raises(NotFreshError):
        desk.adding.push(stale, Wish(name="crm"))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("auth.log.gz", "auth"),
        ("x/Sign ins (1).ndjson", "Sign-ins-1"),
        ("journal", "journal"),
        ("été.log", "t"),
        ("...", "log"),
    ],
)
def test_a_source_is_called_after_its_file(file: str, name: str) -> None:
    assert name_of(file) == name

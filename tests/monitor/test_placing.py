"""Databases are taken up where they lie, also while we run; a change of them raises nothing."""

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine

from detectors.core.event import Event, SignIn
from detectors.core.finding import Finding, Severity
from detectors.core.identity import Subject, SubjectKind
from monitor import assembly
from monitor.engine import Intake
from monitor.enrichment.enricher import Enricher
from monitor.geodata.folder import GeoFolder
from monitor.placing import LiveEnricher, located, look, open_enricher
from monitor.settings import Geo, Settings
from monitor.store import tables
from monitor.store.writing import Writing
from tests.detectors.story import CHROME, FIREFOX, LYON, MOSCOW, TOKYO, Story, Where
from tests.monitor.geodata.conftest import write

HOME, ROAMING, AWAY = "90.84.1.7", "90.84.200.9", "126.1.1.1"
CHROME_SAYS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)
FIREFOX_SAYS = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


def record(at: Where) -> dict[str, object]:
    """A City record of a place."""
    assert at.place is not None
    return {
        "city": {"names": {"en": at.place.city}},
        "country": {"iso_code": at.place.country},
        "location": {"latitude": at.place.latitude, "longitude": at.place.longitude},
    }


def build(path: Path, home: Where) -> None:
    """A City database that has the whole provider of `HOME` somewhere, put there by renaming."""
    made = write(
        path.with_suffix(".part"), {"90.84.0.0/16": record(home), "126.0.0.0/8": record(TOKYO)}
    )
    made.replace(path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An instance with databases of its own: home is in Lyon."""
    city, asn = tmp_path / "city.mmdb", tmp_path / "asn.mmdb"
    build(city, LYON)
    networks = {
        "90.84.0.0/16": {"autonomous_system_number": 3215, "autonomous_system_organization": "O"},
        "126.0.0.0/8": {"autonomous_system_number": 2516, "autonomous_system_organization": "K"},
    }
    write(asn, networks, "GeoLite2-ASN")
    return Settings(data=tmp_path / "var", geo=Geo(city=city, asn=asn))


def place_of(enricher: Enricher, ip: str = HOME) -> str | None:
    """Where an address is, by an enricher."""
    event = enricher.enrich(structs.replace(history(1)[0], ip=ip))
    assert isinstance(event, SignIn)
    return None if event.place is None else event.place.city


def history(days: int) -> list[SignIn]:
    """Some days of work at home, as a log tells of them."""
    story = Story().work(range(days), LYON._replace(ip=HOME), CHROME)
    return [bare(event) for event in story.sorted()]


def bare(event: Event) -> SignIn:
    """An event as a log tells it, before enrichment."""
    assert isinstance(event, SignIn)
    said = FIREFOX_SAYS if event.device == FIREFOX else CHROME_SAYS
    return structs.replace(event, place=None, network=None, device=None, user_agent=said)


def test_what_was_fetched_is_used_and_can_be_left_out(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    shipped = open_enricher(settings)
    folder = GeoFolder(tmp_path)
    folder.path.mkdir()
    build(folder.file("city"), MOSCOW)
    assert place_of(open_enricher(settings)) == "Moscow"
    assert place_of(open_enricher(settings, fetched=False)) == place_of(shipped) != "Moscow"
    assert open_enricher(settings, fetched=False).version == shipped.version
    # Who does not remember writes nothing.
    assert [path.name for path in folder.path.iterdir()] == ["city.mmdb"]


def test_a_file_that_is_replaced_is_taken_up_and_the_one_before_remembered(
    settings: Settings,
) -> None:
    live = LiveEnricher(settings)
    assert live.renewed(at_once=True) is None
    assert settings.geo.city is not None
    build(settings.geo.city, MOSCOW)
    # It looks now and then only.
    assert live.renewed() is None
    new = live.renewed(at_once=True)
    assert new is live.now
    assert place_of(new) == "Moscow"
    event = new.enrich(history(1)[0])
    assert isinstance(event, SignIn)
    assert event.former is not None
    assert event.former.place is not None
    assert event.former.place.city == "Lyon"
    # After a restart as well.
    assert LiveEnricher(settings).now.enrich(history(1)[0]) == event
    assert live.renewed(at_once=True) is None


def test_a_file_that_is_broken_is_told_once_and_the_old_used_on(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveEnricher(settings)
    before = live.now
    city = settings.geo.city
    assert city is not None
    damaged = bytearray(city.read_bytes())
    damaged[:6] = b"\xff" * 6
    for content in (b"broken", bytes(damaged)):
        part = city.with_suffix(".part")
        part.write_bytes(content)
        part.replace(city)
        with caplog.at_level(logging.WARNING):
            assert live.renewed(at_once=True) is None
            assert live.renewed(at_once=True) is None
        assert len(caplog.records) == 1
        assert "the old is used on" in caplog.text
        caplog.clear()
        assert place_of(live.now) == "Lyon"
        assert live.now is before
    city.unlink()
    assert live.renewed(at_once=True) is None
    build(city, MOSCOW)
    assert live.renewed(at_once=True) is not None


def test_where_nothing_can_be_kept_addresses_are_placed_all_the_same(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.data.mkdir()
    (settings.data / "geo").write_text("a file in the place of a folder")
    enricher = open_enricher(settings, remembers=True)
    assert place_of(enricher) == "Lyon"
    assert "cannot be kept" in caplog.text


def test_looking_tells_every_change(settings: Settings) -> None:
    seen = look(settings)
    assert look(settings) == seen
    city = settings.geo.city
    assert city is not None
    os.utime(city, ns=(1, 1))
    assert look(settings) != seen


class Run:
    """One engine on one database, as `vigie run` has it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.database: Database = create_engine(f"sqlite:///{settings.data}/vigie.db")
        settings.data.mkdir(exist_ok=True)
        tables.metadata.create_all(self.database)
        self.begin()

    def begin(self) -> None:
        """Start, or start again."""
        self.live = LiveEnricher(self._settings)
        self.engine = assembly.open_engine(self._settings, self.database, self.live.now, live=False)

    def take(self, events: Iterable[SignIn]) -> None:
        """One batch."""
        new = self.live.renewed(at_once=True)
        if new is not None:
            self.engine.enrich_with(new.enrich)
        self.engine.process([Intake("s", "ocsf", "s", None, list(events))])

    def findings(self) -> list[Finding]:
        """All that stand."""
        with self.database.begin() as connection:
            subject = Subject(SubjectKind.ACCOUNT, "acme", "alice")
            return list(Writing(connection).findings_of(subject, 0))


def live_through(settings: Settings, events: Sequence[SignIn], moves: bool, restarts: bool) -> Run:
    """A history of which the last day comes after a change of databases, or of none."""
    run = Run(settings)
    day = events[-1].time - events[-1].time % 86_400_000
    run.take(event for event in events if event.time < day)
    if moves:
        assert settings.geo.city is not None
        build(settings.geo.city, MOSCOW)
    if restarts:
        run.engine.stop()
        run.begin()
    run.take(event for event in events if event.time >= day)
    run.engine.stop()
    return run


def commuting(days: int = 12) -> list[SignIn]:
    """Work at home in a session that roams through its provider's addresses."""
    return [
        structs.replace(event, ip=ROAMING if number % 3 == 1 else HOME)
        for number, event in enumerate(history(days))
    ]


@pytest.mark.parametrize("restarts", [False, True])
def test_who_stays_at_home_while_the_databases_change_is_not_found(
    settings: Settings, tmp_path: Path, restarts: bool
) -> None:
    run = live_through(settings, commuting(), moves=True, restarts=restarts)
    assert run.findings() == []
    with run.database.connect() as connection:
        rows = connection.execute(tables.events.select().order_by(tables.events.c.id)).all()
    stored = [row.body for row in rows]
    # What is stored is what the databases said; it is the fold that knows better.
    assert b"Moscow" in stored[-1]
    assert b"Moscow" not in stored[0]


def test_the_same_without_what_is_remembered_would_be_found(settings: Settings) -> None:
    class Forgetful(Run):
        def begin(self) -> None:
            super().begin()
            enrich = self.live.now.enrich

            def forget(event: Event) -> Event:
                found = enrich(event)
                assert isinstance(found, SignIn)
                return structs.replace(found, built=0, former=None)

            self.engine.enrich_with(forget)

    run = Forgetful(settings)
    events = commuting()
    day = events[-1].time - events[-1].time % 86_400_000
    run.take(event for event in events if event.time < day)
    assert settings.geo.city is not None
    build(settings.geo.city, MOSCOW)
    run.begin()
    run.engine.process(
        [Intake("s", "ocsf", "s", None, [event for event in events if event.time >= day])]
    )
    assert run.findings() != []


def test_a_stranger_far_away_right_after_the_change_is_found(settings: Settings) -> None:
    events = commuting()
    story = Story().sign_on(11, 700, TOKYO._replace(ip=AWAY), FIREFOX, "stolen")
    story.use(11, 705, TOKYO._replace(ip=AWAY), FIREFOX, "stolen")
    told = sorted([*events, *(bare(event) for event in story.events)], key=lambda e: e.id)
    findings = live_through(settings, told, moves=True, restarts=False).findings()
    assert max(finding.severity for finding in findings) >= Severity.MEDIUM
    assert "impossible_travel" in {finding.detector for finding in findings}


def test_late_events_are_folded_again_with_the_same_end(settings: Settings) -> None:
    run = Run(settings)
    events = commuting()
    day = events[-1].time - events[-1].time % 86_400_000
    late = [event for event in events if event.time >= day][:3]
    run.take(event for event in events if event.time < day)
    assert settings.geo.city is not None
    build(settings.geo.city, MOSCOW)
    run.take(event for event in events if event.time >= day and event not in late)
    run.take(late)
    assert run.findings() == []


def test_the_oldest_database_in_use_says_how_old_all_is(tmp_path: Path) -> None:
    shipped = located(Settings(data=tmp_path))
    assert shipped is not None
    assert shipped.stale_days == Settings().geo.stale_days
    own = write(tmp_path / "city.mmdb", {"90.84.1.0/24": record(LYON)})
    both = located(Settings(data=tmp_path, geo=Geo(city=own, stale_days=3)))
    assert both is not None
    assert both.stale_days == 3
    assert both.built <= shipped.built

"""Every event of a realm arrives once, whatever the network, the server and the machine do."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import Engine, func, select

from detectors.core.event import Event
from monitor import assembly
from monitor.settings import Settings, SettingsError, load
from monitor.sources.keycloak import KeycloakSource, accepts, check, opened
from monitor.sources.source import Chunk, SourceError
from monitor.sources.specification import Opening
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from monitor.store.tables import events
from tests.monitor.sources.idp import CLIENT, SECRET, Idp, running

FAULTS = ["401", "429", "503", "500", "not json", "half", "half in JSON", "hang up", "repeat"]
OPTIONS: dict[str, Any] = {
    "client_id": CLIENT,
    "client_secret": SECRET,
    "interval_seconds": 0.01,
    "overlap_minutes": 1,
    "timeout_seconds": 5,
    "page": 4,
}
MINUTE = 60_000


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.sources.rounds._FIRST_PAUSE_S", 0.002)
    monkeypatch.setattr("monitor.sources.rounds._LONGEST_PAUSE_S", 0.01)
    monkeypatch.setattr("monitor.sources.rounds._LOOK_S", 0.002)


@pytest.fixture
def idp() -> Iterator[Idp]:
    with running(Idp()) as one:
        yield one


def source_of(
    idp: Idp, cursor: bytes | None = None, *, follow: bool = False, **options: Any
) -> KeycloakSource:
    opening = Opening(idp.url, "idp", follow, OPTIONS | options)
    source = opened(opening)
    assert isinstance(source, KeycloakSource)
    source.resume(cursor)
    return source


def chunks(source: KeycloakSource, limit: int = 1_000) -> Iterator[Chunk]:
    """What one round gives, errors passed over."""
    end = time.monotonic() + 240
    while not source.is_exhausted():
        assert time.monotonic() < end
        try:
            chunk = source.read(limit)
        except SourceError:
            continue
        if chunk is None:
            time.sleep(0.001)
        else:
            yield chunk
    source.close()


def uids(chunk: Chunk) -> list[str]:
    return [json.loads(line)["id"] for line in chunk.lines]


def test_events_come_by_time_with_where_they_stood(idp: Idp) -> None:
    for at in range(10):
        idp.put(idp.clock - at)
    idp.administer("users/u-1/reset-password")
    found = [*chunks(source_of(idp))]
    given = [chunk for chunk in found if chunk.path == "acme/events"]
    lines = [json.loads(line) for chunk in given for line in chunk.lines]
    assert [line["time"] for line in lines] == [idp.clock - at for at in range(9, -1, -1)]
    numbers = [chunk.first_line + n for chunk in given for n in range(len(chunk.lines))]
    assert numbers == [*range(1, 11)]
    acts = [chunk.position(0) for chunk in found if "admin" in chunk.path and chunk.lines]
    assert acts == ["acme/admin-events:1"]


@pytest.mark.parametrize("limit", [1, 2, 3, 1_000])
def test_a_cursor_stands_behind_what_was_given_and_no_more(idp: Idp, limit: int) -> None:
    for at in range(13):
        idp.put(idp.clock - at % 4)
    whole = [uid for chunk in chunks(source_of(idp)) for uid in uids(chunk)]
    assert len(whole) == 13
    given: list[str] = []
    cursor: bytes | None = None
    while len(given) < 13:
        source = source_of(idp, cursor)
        chunk = next(chunks(source, limit))
        source.close()
        assert len(chunk.lines) <= limit
        given += uids(chunk)
        cursor = chunk.cursor
    assert sorted(given) == sorted(whole)


def test_reading_never_waits(idp: Idp) -> None:
    idp.put()
    idp.faults.append("held")
    source = source_of(idp, follow=True)
    while not idp.is_held.wait(0.001):
        assert source.read(10) is None
    # The server has not answered yet, and does so only now.
    assert source.read(10) is None
    idp.release.set()
    while (chunk := source.read(10)) is None:
        pass
    assert len(chunk.lines) == 1
    source.close()


def test_secrets_are_in_no_error_line_or_cursor(idp: Idp) -> None:
    idp.put()
    told: list[str] = []
    for fault in (*FAULTS, "elsewhere"):
        idp.faults.append(fault)
        source = source_of(idp)
        while not source.is_exhausted():
            try:
                chunk = source.read(10)
            except SourceError as error:
                told += [str(error), error.text.fr]
                continue
            if chunk is not None:
                told += [repr(chunk)]
        source.close()
    said = "".join(told)
    assert SECRET not in said
    assert "token-0" not in said


def test_a_cursor_of_something_else_is_refused(idp: Idp) -> None:
    with pytest.raises(SourceError, match="not one of a Keycloak realm"):
        source_of(idp, b"\xff")
    with pytest.raises(SourceError, match="not one of a Keycloak realm"):
        source_of(idp, msgspec.msgpack.encode(7))


@pytest.mark.parametrize(
    ("spec", "options", "why"),
    [
        ("keycloak+https://idp/realms/a", {}, "client_id and client_secret"),
        ("keycloak+https://idp/realms/a", {"client_id": "v"}, "client_secret_file"),
        ("keycloak+https://idp/realms/a", {"username": "v"}, "belong together"),
        ("keycloak+https://idp/realms/a", {"client_sekret": SECRET}, "unknown field"),
        ("keycloak+https://idp/realms/a", OPTIONS | {"page": 1}, "page"),
        ("keycloak+https://idp/realms/a", OPTIONS | {"since": "soon"}, "a day such as"),
        ("keycloak+https://idp/realms/a", OPTIONS | {"ca": "x"}, "PEM"),
        ("keycloak+https://idp/a", OPTIONS, "expected an address such as"),
        ("keycloak+https:///realms/a", OPTIONS, "expected an address such as"),
        ("keycloak+https://u:p@idp/realms/a", OPTIONS, "no user, password"),
        ("keycloak+https://idp/realms/a?x=1", OPTIONS, "no user, password"),
        ("keycloak+http://idp.example/realms/a", OPTIONS, "unencrypted"),
    ],
)
def test_settings_that_cannot_be_used(spec: str, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        check(Opening(spec, "idp", options=options))
    assert SECRET not in str(caught.value)
    with pytest.raises(SourceError, match="idp: "):
        opened(Opening(spec, "idp", options=options))


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        ("keycloak+https://idp.example:8443/auth/realms/my%20realm/", OPTIONS),
        ("keycloak+http://localhost:8080/realms/a", OPTIONS),
        ("keycloak+http://[::1]:8080/realms/a", OPTIONS),
        ("keycloak+http://idp.example/realms/a", OPTIONS | {"insecure_http": True}),
        ("keycloak+https://idp/realms/a", {"username": "ann", "password": SECRET}),
        ("keycloak+https://idp/realms/a", OPTIONS | {"since": "2026-03-02", "ca": None}),
    ],
)
def test_settings_that_can_be_used(spec: str, options: dict[str, Any]) -> None:
    assert accepts(spec)
    check(Opening(spec, "idp", options=options))


def test_a_secret_is_read_from_its_file(idp: Idp, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    config = tmp_path / "vigie.toml"
    config.write_text(
        f'[[sources]]\nname = "idp"\nurl = "{idp.url}"\nformat = "keycloak"\n'
        '[sources.options]\nclient_id = "vigie"\nclient_secret_file = "secret"\n'
    )
    (source,) = load(config, {}).sources
    idp.put()
    one = opened(Opening(source.specification, "idp", follow=False, options=source.options))
    assert isinstance(one, KeycloakSource)
    assert sum(len(chunk.lines) for chunk in chunks(one)) == 1
    config.write_text(config.read_text().replace("client_id", "client"))
    with pytest.raises(SettingsError, match="options") as caught:
        load(config, {})
    assert SECRET not in str(caught.value)


class Anything(RuleBasedStateMachine):
    """Events come, late ones too; faults hit any request; the reader is killed anywhere."""

    @initialize(seed=st.integers(0, 99), page=st.integers(2, 6))
    def begin(self, seed: int, page: int) -> None:
        self.idp = Idp(seed)
        self.running = running(self.idp)
        self.running.__enter__()
        self.page = page
        self.cursor: bytes | None = None
        self.stored: Counter[str] = Counter()

    @rule(moments=st.lists(st.sampled_from([0, 0, 1, 500]), min_size=1, max_size=15))
    def sign_in(self, moments: list[int]) -> None:
        for moment in moments:
            self.idp.clock += moment
            self.idp.put()

    @rule(late=st.integers(0, MINUTE))
    def commit_late(self, late: int) -> None:
        self.idp.put(self.idp.clock - late)

    @rule(path=st.sampled_from(["users/u-1", "users/u-2/reset-password"]))
    def administer(self, path: str) -> None:
        self.idp.administer(path)

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds: int) -> None:
        self.idp.clock += 1_000 * seconds

    @rule(few=st.integers(1, 4))
    def end_tokens_sooner(self, few: int) -> None:
        self.idp.token_uses = few

    @rule(
        faults=st.lists(st.sampled_from(["", "", *FAULTS]), max_size=8),
        meanwhile=st.integers(0, 4),
        limit=st.sampled_from([1, 3, 1_000]),
        dies_after=st.none() | st.integers(0, 3),
    )
    def read(self, faults: list[str], meanwhile: int, limit: int, dies_after: int | None) -> None:
        self.idp.faults.extend(faults)
        self.idp.meanwhile += [{} for _ in range(meanwhile)]
        source = source_of(self.idp, self.cursor, page=self.page)
        for count, chunk in enumerate(chunks(source, limit)):
            if count == dies_after:
                break
            self.stored.update(uids(chunk))
            self.cursor = chunk.cursor
        source.close()

    def teardown(self) -> None:
        if not hasattr(self, "idp"):
            return
        self.idp.faults.clear()
        self.idp.token_uses = 10_000
        for chunk in chunks(source_of(self.idp, self.cursor, page=self.page)):
            self.stored.update(uids(chunk))
        self.running.__exit__(None, None, None)
        there = [event["id"] for event in self.idp.events + self.idp.admin_events]
        assert self.stored == Counter(there)


TestAnything = Anything.TestCase
TestAnything.settings = settings(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def settings_of(idp: Idp, folder: Path, **options: Any) -> Settings:
    written = {**OPTIONS, **options}
    (folder / "vigie.toml").write_text(
        f'data = "var"\n[[sources]]\nname = "idp"\nurl = "{idp.url}"\nformat = "keycloak"\n'
        "[sources.options]\n"
        + "".join(f"{name} = {json.dumps(value)}\n" for name, value in written.items())
    )
    return load(folder / "vigie.toml", {})


def test_fault_after_fault_every_event_is_in_the_store_once(idp: Idp, tmp_path: Path) -> None:
    """The whole way: server, source, format, engine, database, and a fresh start in between."""
    found = settings_of(idp, tmp_path)
    (tmp_path / "var").mkdir()
    upgrade(found.database_url)
    database = connect(found.database_url)
    enricher = assembly.open_enricher(found)
    for fault in FAULTS:
        for at in range(9):
            idp.clock += 700
            idp.put(idp.clock - 300 * (at % 3))
        idp.administer("users/user-1/reset-password")
        idp.faults.extend(["", fault, "", fault])
        engine = assembly.open_engine(found, database, enricher, live=False)
        pipeline = assembly.open_pipeline(
            found, engine, found.sources, follow=True, database=database
        )
        pipeline.start()
        end = time.monotonic() + 240
        while _stored(database) < len(idp.events) + len(idp.admin_events):
            assert time.monotonic() < end
            pipeline.step()
        engine.stop()
        pipeline.close()
    with database.connect() as connection:
        bodies = connection.execute(select(events.c.body)).scalars().all()
    stored = [msgspec.msgpack.decode(body, type=Event).uid for body in bodies]
    there = [event["id"] for event in idp.events + idp.admin_events]
    assert Counter(stored) == Counter(there)
    database.dispose()


def _stored(database: Engine) -> int:
    with database.connect() as connection:
        return connection.execute(select(func.count()).select_from(events)).scalar_one()

"""A key opens what it was made for, while it holds, and nobody can tell why another does not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from detectors.core.event import DAY, MINUTE
from monitor.services import api_keys
from monitor.services.actor import operator
from monitor.services.api_keys import (
    KEY_LENGTH,
    PREFIX,
    ApiKeyError,
    ApiKeys,
    State,
    is_formed,
)
from monitor.services.authority import Operation
from monitor.store import tables
from monitor.store.keys import digest_of

NOW = 1_790_000_000_000
WRITE = [Operation.EVENTS_WRITE]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(database: Engine, clock: Clock) -> ApiKeys:
    return ApiKeys(database, clock)


def test_a_key_tells_what_it_is_for(keys: ApiKeys) -> None:
    key = keys.create(operator(), "crm", WRITE, tenant="acme", source="s")
    found = keys.identify(key)
    assert found is not None
    assert (found.name, found.scopes, found.tenant, found.source) == (
        "crm",
        {"events:write"},
        "acme",
        "s",
    )
    assert keys.known(key) == found


def test_a_key_is_long_random_recognisable_and_kept_as_a_digest(
    keys: ApiKeys, database: Engine, databases: object, tmp_path: Path
) -> None:
    made = {keys.create(operator(), f"k{n}", WRITE) for n in range(20)}
    assert len(made) == 20
    for key in made:
        assert key.startswith(PREFIX)
        assert len(key) == KEY_LENGTH
        assert is_formed(key)
    with database.connect() as connection:
        kept = connection.execute(select(tables.api_keys)).all()
    assert not [key for key in made for row in kept if key in str(row)]
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert not [key for key in made if key.encode() in raw]


def test_a_slip_of_the_pen_is_told_without_the_database(keys: ApiKeys) -> None:
    key = keys.create(operator(), "crm", WRITE)
    for place in range(len(PREFIX), KEY_LENGTH):
        other = "a" if key[place] != "a" else "b"
        assert not is_formed(key[:place] + other + key[place + 1 :])
    for wrong in ("", PREFIX, key[:-1], key + "a", key.upper(), f" {key}", key[1:]):
        assert not is_formed(wrong)
        assert keys.identify(wrong) is None


@given(st.text(max_size=80))
def test_no_text_at_random_is_a_key(text: str) -> None:
    assert not is_formed(text)
    assert not is_formed(PREFIX + text)


def test_a_well_formed_key_that_was_never_made_opens_nothing(
    keys: ApiKeys, database: Engine
) -> None:
    stranger = ApiKeys(database, keys._now)
    key = stranger.create(operator(), "other", WRITE)
    stranger.revoke(operator(), "other")
    stranger.remove(operator(), "other")
    assert is_formed(key)
    assert keys.identify(key) is None


def test_an_expired_and_a_revoked_key_open_nothing(keys: ApiKeys, clock: Clock) -> None:
    expiring = keys.create(operator(), "a", WRITE, expires=NOW + DAY)
    revoked = keys.create(operator(), "b", WRITE)
    assert keys.identify(expiring)
    assert keys.identify(revoked)
    clock.now = NOW + DAY
    keys.revoke(operator(), "b")
    assert keys.identify(expiring) is None
    assert keys.known(expiring) is None, "that it was known is no way around its end"
    assert keys.identify(revoked) is None
    assert [state for _, state in keys.all(operator())] == [State.EXPIRED, State.REVOKED]


def test_a_revocation_bites_when_the_second_is_over(
    keys: ApiKeys, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 100.0
    monkeypatch.setattr(api_keys, "monotonic", lambda: at)
    key = keys.create(operator(), "crm", WRITE)
    assert keys.known(key) is None
    assert keys.identify(key)
    ApiKeys(database).revoke(operator(), "crm")
    assert keys.known(key)
    at += api_keys.CACHED_S + 0.001
    assert keys.known(key) is None
    assert keys.identify(key) is None
    assert keys.known(key) is None


def test_a_rotated_key_leaves_time_to_change_and_keeps_its_name(
    keys: ApiKeys, clock: Clock
) -> None:
    old = keys.create(operator(), "crm", WRITE, tenant="acme", source="s")
    fresh, former = keys.rotate(operator(), "crm", 10 * MINUTE)
    for key in (old, fresh):
        found = keys.identify(key)
        assert found is not None
        assert (found.name, found.tenant, found.source) == ("crm", "acme", "s")
    clock.now += 10 * MINUTE
    assert keys.identify(old) is None
    assert keys.identify(fresh)
    with pytest.raises(ApiKeyError, match="is active"):
        keys.rotate(operator(), former, 0)
    keys.remove(operator(), former)


def test_rotating_does_not_lengthen_a_life_and_needs_one(keys: ApiKeys, clock: Clock) -> None:
    old = keys.create(operator(), "crm", WRITE, expires=NOW + MINUTE)
    fresh, _ = keys.rotate(operator(), "crm", DAY)
    clock.now += MINUTE
    assert keys.identify(old) is None
    assert keys.identify(fresh) is None
    for name in ("crm", "other"):
        with pytest.raises(ApiKeyError, match="is active"):
            keys.rotate(operator(), name, 0)


def test_what_cannot_be_made_or_ended_is_said(keys: ApiKeys) -> None:
    keys.create(operator(), "crm", WRITE)
    for name, scopes, expires, why in (
        ("crm", WRITE, None, "there is a key called crm"),
        ("", WRITE, None, "no name"),
        ("a~1", WRITE, None, "no name"),
        ("a\n", WRITE, None, "no name"),
        ("b", [], None, "without a scope"),
        ("b", WRITE, NOW, "expired already"),
    ):
        with pytest.raises(ApiKeyError, match=why):
            keys.create(operator(), name, scopes, expires=expires)
    for end, why in ((keys.revoke, "no key called"), (keys.remove, "no key called")):
        with pytest.raises(ApiKeyError, match=why):
            end(operator(), "other")
    with pytest.raises(ApiKeyError, match="revoke it first"):
        keys.remove(operator(), "crm")


@pytest.mark.parametrize("tenant", ["", " ", " acme", "acme\n", "a\0b", "x" * 2_000])
def test_a_tenant_that_no_event_can_be_of_is_refused(keys: ApiKeys, tenant: str) -> None:
    # `--tenant "$TENANT"` with nothing in it must not look like a key for any tenant.
    with pytest.raises(ApiKeyError, match="is no tenant"):
        keys.create(operator(), "b", WRITE, tenant=tenant)


def test_use_is_written_down_once_a_minute(keys: ApiKeys, clock: Clock) -> None:
    key = keys.create(operator(), "crm", WRITE)
    unused = keys.create(operator(), "other", WRITE)

    def used() -> list[int | None]:
        keys.note_used()
        return [row.last_used for row, _ in keys.all(operator())]

    assert used() == [None, None]
    keys.identify(key)
    assert used() == [NOW, None]
    clock.now += MINUTE - 1
    keys.identify(key)
    assert used() == [NOW, None]
    clock.now += 1
    assert used() == [NOW + MINUTE - 1, None]
    keys.identify(unused)
    assert used() == [NOW + MINUTE - 1, NOW + MINUTE]


def test_what_is_known_is_bounded(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "_MOST_CACHED", 3)
    for number in range(8):
        assert keys.identify(keys.create(operator(), f"k{number}", WRITE))
    assert len(keys._known) <= 3


def test_what_is_done_with_keys_is_written_down_and_no_key_is(database: Engine) -> None:
    keys = ApiKeys(database, Clock())
    made = [keys.create(operator("ops"), "crm", WRITE, tenant="acme")]
    made.append(keys.rotate(operator("ops"), "crm", 0)[0])
    keys.revoke(operator("ops"), "crm")
    keys.remove(operator("ops"), "crm")
    with pytest.raises(ApiKeyError):
        keys.revoke(operator("ops"), "crm")
    with database.connect() as connection:
        entries = connection.execute(select(tables.audit)).mappings().all()
        contents = connection.execute(select(tables.audit_contents)).mappings().all()
    told = [(one["actor"], one["operation"], one["subject"]) for one in entries]
    assert told == [("operator:ops", "keys:write", "key:crm")] * 4
    assert [one["tenant"] for one in entries][:2] == ["acme", "acme"]
    written = repr(contents)
    assert "rotate" in written
    assert not any(key in written or digest_of(key, b"").hex() in written for key in made)

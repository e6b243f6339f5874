"""Everything is sealed anew, whenever it is interrupted, and nobody who signs in notices."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from monitor.mfa.passwords import Passwords
from monitor.mfa.sealing import name_of, sealed_by
from monitor.sealing_keys import FILE, SealingKeyError, SealingKeys, new_key, shown
from monitor.services.at_rest import current
from monitor.services.credentials import Credentials
from monitor.services.keyring import Keyring
from monitor.services.rotation import Rotation
from monitor.store import factors, tables
from monitor.store.connection import connect
from monitor.store.factors import RECOVERY, TOTP, Owner
from monitor.store.migration import upgrade
from tests.monitor.services.factored import ANA, Holder
from tests.monitor.services.reviewing import NOON, QUICK

PEOPLE = [Owner("reviewer", f"r-{number}") for number in range(8)]


def keyring_at(folder: Path) -> Keyring:
    """As a process that has just started has it."""
    return Keyring(b"pepper", SealingKeys(None, folder / FILE))


def fill(database: Engine, keyring: Keyring) -> None:
    """People with passwords, secrets and codes; an unfinished form, and a provider's token."""
    credentials = Credentials(keyring, Passwords(QUICK))
    drawn = credentials.codes.draw()
    with database.begin() as connection:
        for owner in PEOPLE:
            credentials.set_password(connection, owner, "hashed", NOON)
            credentials.set_second(connection, owner, b"s" * 20, 1, drawn, NOON)
        row = {
            "digest": b"d" * 32,
            "uid": "s-1",
            "kind": "setup",
            "method": "link",
            "created": 1,
            "last_seen": 1,
            "expires": 1,
            "ip": "",
            "user_agent": "",
            "draft": keyring.drafts.close(connection, b"form", "session:s-1"),
        }
        connection.execute(insert(tables.reviewer_sessions).values(row))
        hint = keyring.drafts.close(connection, b"token", "oidc:s-1")
        bound = {"session": "s-1", "issuer": "i", "sub": "s", "hint": hint}
        connection.execute(insert(tables.oidc_sessions).values(bound))
        # Codes of before were digests, and are not sealed.
        factors.replace(connection, Owner("reviewer", "old"), RECOVERY, [b"d" * 32], NOON)


def opened(database: Engine, keyring: Keyring) -> int:
    """How many secrets open, all that there are."""
    with database.connect() as connection:
        kept = connection.execute(
            select(
                tables.factors.c.owner_kind, tables.factors.c.owner, tables.factors.c.secret
            ).where(tables.factors.c.owner != "old")
        ).all()
        for kind, uid, secret in kept:
            assert keyring.seal.open(bytes(secret), Owner(kind, uid).reference)
        draft = connection.execute(select(tables.reviewer_sessions.c.draft)).scalar_one()
        assert keyring.drafts.open(bytes(draft), "session:s-1") == b"form"
        hint = connection.execute(select(tables.oidc_sessions.c.hint)).scalar_one()
        assert keyring.drafts.open(bytes(hint), "oidc:s-1") == b"token"
    return len(kept) + 2


def names(database: Engine) -> set[bytes]:
    """Which keys sealed what there is."""
    with database.connect() as connection:
        old = tables.factors.c.owner == "old"
        secrets = [
            *connection.execute(select(tables.factors.c.secret).where(~old)).scalars(),
            *connection.execute(select(tables.reviewer_sessions.c.draft)).scalars(),
            *connection.execute(select(tables.oidc_sessions.c.hint)).scalars(),
        ]
    return {sealed_by(bytes(one)) for one in secrets}


def test_everything_is_sealed_with_a_new_key_and_opens(database: Engine, tmp_path: Path) -> None:
    running = keyring_at(tmp_path)
    fill(database, running)
    seen: list[tuple[int, int]] = []
    first = Rotation(database, keyring_at(tmp_path), batch=7).run(lambda *at: seen.append(at))
    count = opened(database, running)
    assert (first.sealed, first.lost) == (count, 0)
    assert seen[-1] == (count, count)
    [key] = SealingKeys(None, tmp_path / FILE).read()
    assert names(database) == {name_of(key)}
    second = Rotation(database, keyring_at(tmp_path)).run()
    assert second.sealed == count
    keys = SealingKeys(None, tmp_path / FILE).read()
    assert len(keys) == 2
    assert keys[1] == key
    assert names(database) == {name_of(keys[0])}
    assert opened(database, running) == count
    assert Rotation(database, keyring_at(tmp_path)).forget_former() == 1
    assert opened(database, keyring_at(tmp_path)) == count
    with database.connect() as connection:
        [old] = factors.of(connection, Owner("reviewer", "old"))
    assert old.secret == b"d" * 32


def test_who_enrols_and_proves_meanwhile_notices_nothing(database: Engine, tmp_path: Path) -> None:
    running = keyring_at(tmp_path)
    holder = Holder(database, keyring=running)
    device, _ = holder.passkey()
    app = holder.totp()
    codes = holder.factors.new_codes(ANA.owner)
    proved: list[bool] = []

    def meanwhile(_done: int, _all: int) -> None:
        holder.later()
        proved.extend(
            one is not None
            for one in (
                holder.prove(device),
                holder.by_code(holder.code(app)),
                holder.by_code(codes.pop()),
            )
        )
        if len(proved) == 3:
            holder.totp()

    Rotation(database, keyring_at(tmp_path), batch=3).run(meanwhile)
    assert len(proved) > 9
    assert all(proved)
    [key] = SealingKeys(None, tmp_path / FILE).read()
    with database.connect() as connection:
        kept = {sealed_by(row.secret) for row in factors.of(connection, ANA.owner)}
    # What came during it was sealed with the new one, without a second run.
    assert kept == {name_of(key)}


def test_nothing_goes_while_it_is_needed(database: Engine, tmp_path: Path) -> None:
    rotation = Rotation(database, keyring_at(tmp_path))
    with pytest.raises(SealingKeyError, match="not all"):
        rotation.forget_former()
    fill(database, keyring_at(tmp_path))
    rotation.run()
    keys = SealingKeys(None, tmp_path / FILE)
    keys.put([new_key(), *keys.read()])
    with pytest.raises(SealingKeyError, match="not all"):
        rotation.forget_former()
    opened(database, keyring_at(tmp_path))


def test_what_no_key_opens_stays_and_is_counted(database: Engine, tmp_path: Path) -> None:
    fill(database, keyring_at(tmp_path))
    with database.begin() as connection:
        lost = Owner("reviewer", "lost")
        factors.replace(connection, lost, TOTP, [b"\x01" + bytes(60)], NOON)
    outcome = Rotation(database, keyring_at(tmp_path)).run()
    assert outcome.lost == 1
    with database.connect() as connection:
        assert factors.of(connection, lost)[0].secret == b"\x01" + bytes(60)


def test_keys_of_the_settings_follow_each_other_there(database: Engine, tmp_path: Path) -> None:
    one, two = new_key(), new_key()
    fill(database, keyring_at(tmp_path))
    given = SealingKeys(shown(one))
    Rotation(database, Keyring(b"pepper", given)).run()
    assert names(database) == {name_of(one)}
    with pytest.raises(SealingKeyError, match=r"in front of it"):
        Rotation(database, Keyring(b"pepper", given)).run()
    both = Keyring(b"pepper", SealingKeys(f"{shown(two)} {shown(one)}"))
    Rotation(database, both).run()
    assert names(database) == {name_of(two)}
    opened(database, both)


def test_of_two_at_once_one_is_refused(database: Engine, tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(SealingKeyError, match="somebody else"):
        Rotation(database, keyring_at(tmp_path)).run()
    os.close(descriptor)
    assert not (tmp_path / FILE).exists()
    Rotation(database, keyring_at(tmp_path)).run()


DYING = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import select
from monitor.sealing_keys import FILE, SealingKeys
from monitor.services.keyring import Keyring
from monitor.services.rotation import Rotation
from monitor.store import tables
from monitor.store.connection import connect

url, folder = sys.argv[1], Path(sys.argv[2])

def rotate(left):
    def point(*_):
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Keys(SealingKeys):
        def put(self, keys):
            point()
            super().put(keys)
            point()

    class Dying(Rotation):
        def _begin(self):
            name = super()._begin()
            point()
            return name

    keyring = Keyring(b"pepper", Keys(None, folder / FILE))
    one = Dying(connect(url), keyring, batch=40)
    one.run(point)
    point()
    one.forget_former()

def opened():
    keyring, columns = Keyring(b"pepper", SealingKeys(None, folder / FILE)), tables.factors.c
    query = select(columns.owner_kind, columns.owner, columns.secret).where(columns.owner != "old")
    database = connect(url)
    with database.connect() as connection:
        rows = connection.execute(query).all()
    database.dispose()
    return sum(bool(keyring.seal.open(secret, f"{kind}:{uid}")) for kind, uid, secret in rows)

# Each gets a little further than the one before, and each begins where that one died.
for number in range(30):
    child = os.fork()
    if not child:
        rotate(number)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, opened(), flush=True)
    if status != -signal.SIGKILL:
        break
"""


def test_killed_at_any_point_it_goes_on_and_nothing_is_lost(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    fill(database, keyring_at(tmp_path))
    count = opened(database, keyring_at(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", DYING, url, tmp_path],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    *killed, last = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert last == (0, count - 2)
    assert set(killed) == {(-9, count - 2)}
    assert len(killed) >= 8
    assert opened(database, keyring_at(tmp_path)) == count
    [key] = SealingKeys(None, tmp_path / FILE).read()
    assert names(database) == {name_of(key)}
    with database.begin() as connection:
        assert current(connection) == name_of(key)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(f".{FILE}")]
    database.dispose()

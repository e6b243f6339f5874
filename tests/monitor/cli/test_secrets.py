"""`vigie secrets`: tells whose key it is, and starts anew only when told so."""

from pathlib import Path

import pytest

from monitor.instance import KEY_FILE, opened
from monitor.sealing_keys import FILE, SealingKeys
from monitor.services.keyring import Keyring
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from tests.monitor.cli.calling import call
from tests.monitor.services.factored import ANA, Holder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "vigie.toml"
    path.write_text('data = "."\n')
    return path


def test_the_key_is_the_databases_or_it_is_told(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "secrets", "status", "--config", config)
    assert done.code == 1
    assert "no key yet" in done.told
    upgrade(f"sqlite:///{tmp_path / 'vigie.db'}")
    assert call(capsys, "secrets", "reset", "--yes", "--config", config).code == 0
    done = call(capsys, "secrets", "status", "--config", config)
    assert done.code == 0
    assert "this database's" in done.out
    (tmp_path / KEY_FILE).unlink()
    (tmp_path / KEY_FILE).write_text("A" * 43)
    done = call(capsys, "secrets", "status", "--config", config)
    assert done.code == 1
    assert "vigie secrets reset" in done.told
    assert "A" * 43 not in done.told


def test_nothing_is_reset_without_a_word_or_a_database(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(capsys, "secrets", "reset", "--yes", "--config", config).code == 1
    upgrade(f"sqlite:///{tmp_path / 'vigie.db'}")
    assert call(capsys, "secrets", "reset", "--config", config).code == 1
    assert not (tmp_path / KEY_FILE).exists()


def test_secrets_are_sealed_anew_and_a_former_key_goes_when_told(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    key, _ = opened(None, tmp_path)
    keyring = Keyring(key.pepper, SealingKeys(None, tmp_path / FILE))
    holder = Holder(database, keyring=keyring)
    holder.totp()
    for number in range(2):
        done = call(capsys, "secrets", "rotate", "--config", config)
        assert (done.code, "1 secrets were sealed anew" in done.out) == (0, True)
        assert "Former keys stay" in done.told
        assert len(keyring.sealing.read()) == number + 1
    done = call(capsys, "secrets", "status", "--config", config)
    assert "1 former ones are kept" in done.out
    done = call(capsys, "secrets", "rotate", "--forget-former", "--config", config)
    assert done.code == 0
    assert len(keyring.sealing.read()) == 1
    (tmp_path / FILE).unlink()
    done = call(capsys, "secrets", "status", "--config", config)
    assert done.code == 1
    assert "put it back" in done.told
    assert call(capsys, "key", "rotate", "--config", config).code == 2
    database.dispose()


def test_passkeys_are_given_up_only_when_told(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    key, _ = opened(None, tmp_path)
    holder = Holder(database, keyring=Keyring(key.pepper))
    assert "no passkey" in call(capsys, "secrets", "passkeys", "--config", config).out
    holder.passkey()
    holder.totp()
    done = call(capsys, "secrets", "passkeys", "--config", config)
    assert "1 passkeys of 1 accounts and 0 reviewers are bound to example.com" in done.out
    assert call(capsys, "secrets", "passkeys", "--forget", "--config", config).code == 1
    assert len(holder.factors.listed(ANA.owner)) == 2
    done = call(capsys, "secrets", "passkeys", "--forget", "--yes", "--config", config)
    assert (done.code, "1 passkeys were taken away" in done.out) == (0, True)
    assert len(holder.factors.listed(ANA.owner)) == 1
    database.dispose()

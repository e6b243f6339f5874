"""The instance's key signs, and nothing does before there is one; files are where settings say."""

from pathlib import Path

from monitor import instance
from monitor.chain.checkpoints import FILE
from monitor.settings import Audit, Secrets, Settings
from monitor.signing import checkpoints_of, sealer_of


def test_the_instance_key_signs(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert sealer_of(settings) is None
    assert list(tmp_path.iterdir()) == []
    key, made = instance.opened(None, tmp_path)
    assert made is not None
    sealer = sealer_of(settings)
    assert sealer is not None
    given = Settings(data=tmp_path, secrets=Secrets(key="A" * 43))
    other = sealer_of(given)
    assert other is not None
    assert other.public != sealer.public
    assert sealer.public.hex() not in (key.derive("audit signature").hex(), key.fingerprint)


def test_places_are_kept_where_the_settings_say(tmp_path: Path) -> None:
    assert [one.path for one in checkpoints_of(Settings(data=tmp_path))] == [tmp_path / FILE]
    more = Settings(data=tmp_path, audit=Audit(checkpoints=tmp_path / "more"))
    assert [one.path for one in checkpoints_of(more)] == [tmp_path / FILE, tmp_path / "more"]

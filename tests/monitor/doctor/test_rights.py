"""A data folder that others may read is told: it holds personal data."""

from pathlib import Path

import pytest

from monitor.doctor.rights import look
from monitor.settings import Settings


@pytest.mark.parametrize(("mode", "good"), [(0o700, True), (0o750, True), (0o755, False)])
def test_others_may_not_read_the_data_folder(tmp_path: Path, mode: int, *, good: bool) -> None:
    tmp_path.chmod(mode)
    checks = {check.name: check for check in look(Settings(data=tmp_path))}
    assert checks["data folder's rights"].good is good
    assert "chmod" in checks["data folder's rights"].remedy


def test_a_folder_that_is_not_made_yet_has_no_rights(tmp_path: Path) -> None:
    assert [check.name for check in look(Settings(data=tmp_path / "later"))] == ["data folder"]


@pytest.mark.parametrize(("mode", "good"), [(0o600, True), (0o640, False), (0o644, False)])
def test_the_instances_key_is_for_its_owner_only(tmp_path: Path, mode: int, *, good: bool) -> None:
    key = tmp_path / "vigie.key"
    key.touch()
    key.chmod(mode)
    checks = {check.name: check for check in look(Settings(data=tmp_path))}
    assert checks["instance key's rights"].good is good


@pytest.mark.parametrize(("mode", "good"), [(0o600, True), (0o640, False)])
def test_sealing_keys_are_for_their_owner_only(tmp_path: Path, mode: int, *, good: bool) -> None:
    keys = tmp_path / "sealing.keys"
    keys.touch()
    keys.chmod(mode)
    checks = {check.name: check for check in look(Settings(data=tmp_path))}
    assert checks["sealing keys' rights"].good is good

"""A file is there whole or not at all, the one before it is kept, and one process does it."""

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from monitor.geodata.folder import GeoFolder, GeoFolderError, Origin, twin
from monitor.settings import Geo


@pytest.fixture
def folder(tmp_path: Path) -> GeoFolder:
    return GeoFolder(tmp_path / "var")


def put(folder: GeoFolder, content: bytes, name: str = "city") -> None:
    """Put a file into the folder as an update does."""
    with folder.being_changed(), folder.part(name) as part:
        part.write_bytes(content)
        folder.put(part, name)


def test_the_settings_own_come_first_then_what_was_fetched_then_what_is_shipped(
    folder: GeoFolder, tmp_path: Path
) -> None:
    chosen = folder.choose(Geo())
    assert {name: one.origin for name, one in chosen.items()} == {
        "city": Origin.SHIPPED,
        "asn": Origin.SHIPPED,
        "anonymous_ip": Origin.NONE,
        "connection_type": Origin.NONE,
        "networks": Origin.SHIPPED,
    }
    put(folder, b"fetched")
    assert folder.choose(Geo())["city"] == ("city", Origin.FETCHED, folder.file("city"))
    own = tmp_path / "own.mmdb"
    assert folder.choose(Geo(city=own))["city"] == ("city", Origin.SETTINGS, own)


def test_what_is_put_there_replaces_and_keeps_the_one_before(folder: GeoFolder) -> None:
    for content in (b"one", b"two", b"three"):
        put(folder, content)
    assert folder.file("city").read_bytes() == b"three"
    assert folder.previous("city").read_bytes() == b"two"
    assert sorted(path.name for path in folder.path.iterdir()) == [".lock", "city.mmdb", "previous"]
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.put_back("city") is Origin.FETCHED
    assert folder.file("city").read_bytes() == b"two"
    assert folder.put_back("city") is Origin.SHIPPED
    assert not folder.file("city").exists()
    with pytest.raises(GeoFolderError, match="nothing to undo"):
        folder.put_back("city")


def test_after_the_first_there_is_nothing_older_to_go_back_to(folder: GeoFolder) -> None:
    put(folder, b"one")
    put(folder, b"two")
    folder.put_back("city")
    folder.put_back("city")
    put(folder, b"three")
    assert not folder.previous("city").exists()


def test_an_error_at_any_step_leaves_what_was_there(folder: GeoFolder) -> None:
    put(folder, b"one")
    put(folder, b"two")
    for name in ("fsync", "replace"):
        full = patch.object(os, name, side_effect=OSError(28, "No space left on device"))
        with full, pytest.raises(OSError, match="No space"):
            put(folder, b"three")
        assert folder.file("city").read_bytes() == b"two"
        assert not list(folder.path.glob(".part-*"))
    assert folder.previous("city").read_bytes() == b"one"


def test_a_process_that_was_killed_leaves_nothing_for_good(folder: GeoFolder) -> None:
    put(folder, b"one")
    (folder.path / ".part-city-dead").write_bytes(b"half")
    put(folder, b"two")
    assert not list(folder.path.glob(".part-*"))


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(
    folder: GeoFolder, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"other")
    folder.path.mkdir(parents=True)
    folder.file("city").symlink_to(other)
    put(folder, b"new")
    assert other.read_bytes() == b"other"
    assert folder.file("city").read_bytes() == b"new"
    assert not folder.file("city").is_symlink()


def test_two_at_once_are_refused(folder: GeoFolder) -> None:
    script = (
        "import sys; from pathlib import Path; from monitor.geodata.folder import GeoFolder\n"
        "with GeoFolder(Path(sys.argv[1])).being_changed():\n"
        "    print('mine', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(folder.path.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdin is not None
    assert other.stdout is not None
    assert other.stdout.readline() == b"mine\n"
    with pytest.raises(GeoFolderError, match="another process"), folder.being_changed():
        pass
    other.stdin.close()
    other.wait()
    other.stdout.close()
    put(folder, b"one")


def test_notes_are_kept_by_name_and_damage_to_them_is_none(folder: GeoFolder) -> None:
    with folder.being_changed():
        folder.note("city", url="u", etag='"1"')
        folder.note("asn", url="v")
        folder.note("city", url="w")
    assert folder.records() == {"city": {"url": "w"}, "asn": {"url": "v"}}
    for damage in (b"", b"{", b"[]", b'{"city": 3}', b"\xff", b"[" * 60_000):
        (folder.path / "fetched.json").write_bytes(damage)
        assert folder.records() == {}


def test_a_twin_is_a_copy_where_it_cannot_be_a_link(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"content")
    twin(source, target)
    assert target.stat().st_ino == source.stat().st_ino
    with patch.object(os, "link", side_effect=OSError(18, "Invalid cross-device link")):
        twin(source, target)
    assert target.stat().st_ino != source.stat().st_ino
    assert target.read_bytes() == b"content"

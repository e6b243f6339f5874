"""A backup is whole or is none: cut off or changed anywhere, it is refused with the reason."""

import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from monitor.backup import archive
from monitor.backup.archive import FORMAT, BackupError, Manifest, Reader, Writer

MANIFEST = Manifest(
    format=FORMAT,
    vigie="1.0",
    revision="0004",
    database="sqlite",
    made=1_790_000_000_000,
    key="abc",
    sequences={"inbox": 7},
)
ROWS: list[tuple[Any, ...]] = [(n, f"name {n}", bytes([n % 256]) * 50, None) for n in range(200)]


def written(path: Path, manifest: Manifest = MANIFEST) -> None:
    fresh = structs.replace(manifest, tables={})
    with path.open("wb") as file:
        writer = Writer(file, fresh)
        assert sum(writer.table("events", ["id", "name", "body", "x"], ROWS)) == len(ROWS)
        assert list(writer.table("names", ["id"], [])) == []
        writer.close()


def read(path: Path) -> list[list[Any]]:
    with Reader(path) as reader:
        return [row for part in reader.parts("events") for row in part]


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(archive, "PART", 3_000)
    path = tmp_path / "one.vigie.tar"
    written(path)
    return path


def test_what_was_written_is_read(whole: Path) -> None:
    assert read(whole) == [list(row) for row in ROWS]
    with Reader(whole) as reader:
        manifest = reader.manifest
        assert list(reader.parts("names")) == []
    assert manifest.rows == 200
    assert len(manifest.tables["events"].parts) > 3
    assert (manifest.made, manifest.key, manifest.sequences) == (MANIFEST.made, "abc", {"inbox": 7})


def test_it_opens_with_other_tools_and_says_what_it_is(whole: Path) -> None:
    with tarfile.open(whole) as opened:
        names = opened.getnames()
        about = opened.extractfile("ABOUT.txt")
        assert about is not None
        assert b"personal data" in about.read()
    assert names[-2:] == ["manifest.json", "manifest.sha256"]
    assert names[1] == "events/000000.msgpack.zst"


@settings(max_examples=60)
@given(data=st.data())
def test_cut_off_anywhere_it_is_none(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "one.vigie.tar"
    written(path)
    body = path.read_bytes()
    # Behind the seal there are only zeros, which tar fills its last block with.
    end = body.rindex(b"manifest.sha256") + 512 + 64
    path.write_bytes(body[: data.draw(st.integers(0, end - 1))])
    with pytest.raises(BackupError):
        read(path)


@settings(max_examples=150)
@given(data=st.data())
def test_changed_anywhere_that_matters_it_is_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("changed") / "one.vigie.tar"
    written(path)
    body = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(body))
    try:
        rows = read(path)
    except BackupError:
        return
    assert rows == [list(row) for row in ROWS]


def test_what_is_no_backup_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for body in (b"", b"not a tar" * 100, bytes(10_240)):
        path.write_bytes(body)
        with pytest.raises(BackupError, match=str(path)):
            Reader(path)
    with pytest.raises(FileNotFoundError):
        Reader(tmp_path / "missing")


def test_one_of_a_later_form_asks_for_its_own_version(tmp_path: Path) -> None:
    path = tmp_path / "x"
    written(path, structs.replace(MANIFEST, format=FORMAT + 1))
    with pytest.raises(BackupError, match="restore it with the version that made it"):
        Reader(path)


def test_a_part_that_unpacks_to_too_much_is_refused(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED", 1_000)
    with pytest.raises(BackupError, match=r"too large|damaged"):
        read(whole)

"""Unpacking is checked, atomic, safe when done twice at once, and survives a cache that fails."""

import hashlib
import lzma
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from monitor.enrichment import shipped
from monitor.enrichment.shipped import (
    CHECKSUMS,
    ShippedDataError,
    default_cache,
    shipped_directory,
    unpack,
)

CONTENT = b"a small database" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    directory.mkdir()
    (directory / "small.mmdb.xz").write_bytes(lzma.compress(CONTENT))
    (directory / CHECKSUMS).write_text(f"{DIGEST}  small.mmdb\n")
    return directory


@pytest.fixture(autouse=True)
def _own_temporary_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_the_shipped_directory_holds_what_its_checksums_list() -> None:
    names = {line.split()[1] for line in (shipped_directory() / CHECKSUMS).read_text().splitlines()}
    assert names == {"city.mmdb", "asn.mmdb"}
    assert all((shipped_directory() / f"{name}.xz").is_file() for name in names)


def test_the_packaged_directory_comes_before_the_source_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "monitor")
    with pytest.raises(ShippedDataError, match="is in none of"):
        shipped_directory()
    for place in (tmp_path / "data" / "geo", tmp_path / "monitor" / "shipped" / "geo"):
        place.mkdir(parents=True)
        (place / CHECKSUMS).touch()
        assert shipped_directory() == place


def test_it_is_unpacked_once_under_a_name_that_tells_its_content(
    data: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "not" / "there" / "yet"
    path = unpack("small.mmdb", cache, data)
    assert isinstance(path, Path)
    assert path.read_bytes() == CONTENT
    written = path.stat().st_mtime_ns
    assert unpack("small.mmdb", cache, data) == path
    assert path.stat().st_mtime_ns == written
    assert _names(cache) == [f"small-{DIGEST[:16]}.mmdb"]


def test_a_damaged_copy_is_replaced(data: Path, tmp_path: Path) -> None:
    path = unpack("small.mmdb", tmp_path / "cache", data)
    assert isinstance(path, Path)
    path.write_bytes(CONTENT[:100])
    assert unpack("small.mmdb", tmp_path / "cache", data) == path
    assert path.read_bytes() == CONTENT


def test_a_damaged_shipped_file_is_an_error_and_leaves_nothing(data: Path, tmp_path: Path) -> None:
    (data / "small.mmdb.xz").write_bytes(lzma.compress(b"something else"))
    with pytest.raises(ShippedDataError, match="is damaged"):
        unpack("small.mmdb", tmp_path / "cache", data)
    (data / "small.mmdb.xz").write_bytes(lzma.compress(CONTENT)[:-20])
    with pytest.raises(ShippedDataError, match="cannot unpack"):
        unpack("small.mmdb", tmp_path / "cache", data)
    assert not (tmp_path / "cache").exists()


def test_missing_files_are_errors_that_name_them(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ShippedDataError, match=r"does not list other\.mmdb"):
        unpack("other.mmdb", tmp_path, data)
    (data / "small.mmdb.xz").unlink()
    with pytest.raises(ShippedDataError, match=r"small\.mmdb\.xz"):
        unpack("small.mmdb", tmp_path, data)
    with pytest.raises(ShippedDataError, match=CHECKSUMS):
        unpack("small.mmdb", tmp_path, tmp_path / "nowhere")


def test_a_cache_that_cannot_be_made_falls_back_to_the_temporary_directory(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    path = unpack("small.mmdb", tmp_path / "file" / "cache", data)
    assert isinstance(path, Path)
    assert path.is_relative_to(tmp_path / "tmp")
    assert path.read_bytes() == CONTENT
    assert "cannot unpack small.mmdb into" in caplog.text


def test_a_full_disk_leaves_nothing_behind_and_falls_back_to_memory(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert unpack("small.mmdb", tmp_path / "cache", data) == CONTENT
    assert _names(tmp_path / "cache") == []
    assert caplog.text.count("No space left on device") == 2
    assert "kept in memory" in caplog.text


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX owners")
@pytest.mark.parametrize("trap", ["symlink", "writable"])
def test_a_temporary_directory_that_others_could_write_is_not_trusted(
    data: Path, tmp_path: Path, trap: str
) -> None:
    planted = tmp_path / "tmp" / f"vigie-{os.getuid()}"
    if trap == "symlink":
        (tmp_path / "elsewhere").mkdir()
        planted.symlink_to(tmp_path / "elsewhere")
    else:
        planted.mkdir()
        planted.chmod(0o777)
    (tmp_path / "file").touch()
    assert unpack("small.mmdb", tmp_path / "file" / "cache", data) == CONTENT


def test_processes_that_unpack_at_once_all_get_the_whole_file(data: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from monitor.enrichment.shipped import unpack;"
        "print(unpack('small.mmdb', Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "cache"), str(data)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = {process.communicate(timeout=240)[0].strip() for process in running}
    assert all(process.returncode == 0 for process in running)
    assert len(outputs) == 1
    assert Path(outputs.pop()).read_bytes() == CONTENT
    assert len(_names(tmp_path / "cache")) == 1


def test_the_default_cache_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "vigie"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_cache() == tmp_path / "home" / ".cache" / "vigie"

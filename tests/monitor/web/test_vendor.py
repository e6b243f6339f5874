"""What is vendored is what is listed, byte for byte."""

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from monitor.web.vendor import (
    TARGET,
    Listing,
    Package,
    VendoredFile,
    VendoringError,
    listing,
    main,
    problems,
    vendor,
)


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        for name, body in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(body)
            opened.addfile(member, io.BytesIO(body))
    return packed.getvalue()


FILES = {"a.js": b"code();\n//# sourceMappingURL=a.js.map\n", "LICENSE": b"Do what you like."}
PACKED = archive(FILES)
PACKAGE = Package(
    name="some",
    version="1.0.0",
    integrity=f"sha512-{base64.b64encode(hashlib.sha512(PACKED).digest()).decode()}",
    licence="0BSD",
    files=(VendoredFile("a.js", "some/a.js", hashlib.sha256(b"code();\n").hexdigest()),),
    licence_files=("LICENSE",),
)
LICENCES = b"some 1.0.0 (0BSD)\n\n=================\n\nDo what you like."
WANTED = Listing(hashlib.sha256(LICENCES).hexdigest(), (PACKAGE,))


def test_the_files_kept_are_those_listed() -> None:
    assert problems(listing()) == []
    assert main(["--check"]) == 0


def test_nothing_kept_points_elsewhere_for_its_source() -> None:
    kept = [path for path in TARGET.rglob("*") if path.suffix in (".js", ".css")]
    assert len(kept) == 5
    for path in kept:
        assert b"sourceMappingURL" not in path.read_bytes()


def test_every_package_brings_its_licence() -> None:
    text = (TARGET / "LICENSES.txt").read_text("utf-8")
    for package in listing().package:
        assert f"{package.name} {package.version}" in text


def test_a_package_is_taken_apart(tmp_path: Path) -> None:
    vendor(WANTED, lambda _: PACKED, tmp_path)
    assert (tmp_path / "some" / "a.js").read_bytes() == b"code();\n"
    assert problems(WANTED, tmp_path) == []


def test_another_archive_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(VendoringError, match=r"some 1\.0\.0"):
        vendor(WANTED, lambda _: archive({**FILES, "b.js": b""}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_changed_a_missing_and_a_strange_file_are_told(tmp_path: Path) -> None:
    vendor(WANTED, lambda _: PACKED, tmp_path)
    (tmp_path / "some" / "a.js").write_bytes(b"other();")
    (tmp_path / "LICENSES.txt").unlink()
    (tmp_path / "strange.js").write_bytes(b"")
    told = problems(WANTED, tmp_path)
    assert [line.partition(":")[0] for line in told] == ["LICENSES.txt", "strange.js", "some/a.js"]

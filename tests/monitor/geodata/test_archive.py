"""What is fetched is unpacked whole or not at all, and no larger than allowed."""

import contextlib
import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.geodata.archive import MAXIMUM_MEMBERS, ArchiveError, unpack
from tests.monitor.geodata.conftest import tar_of

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    return tmp_path / "packed"


def tar(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar.gz of these."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", format=form) as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """An entry of a tar."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def test_both_packings_give_the_database(packed: Path, tmp_path: Path) -> None:
    packed.write_bytes(gzip.compress(CONTENT))
    unpack(packed, "gz", tmp_path / "one")
    packed.write_bytes(tar_of(CONTENT))
    unpack(packed, "tar.gz", tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == CONTENT


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_dialect_of_tar_is_read(packed: Path, tmp_path: Path, form: int) -> None:
    long = named(f"{'long/' * 40}notes.txt")
    packed.write_bytes(tar((long, b"x" * 700), (named("a/B.mmdb"), CONTENT), form=form)
                       if form != tarfile.USTAR_FORMAT
                       else tar((named("a/B.mmdb"), CONTENT), form=form))  # fmt: skip
    unpack(packed, "tar.gz", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT


@pytest.mark.parametrize("packing", ["gz", "tar.gz"])
def test_damage_is_told(packed: Path, tmp_path: Path, packing: str) -> None:
    whole = gzip.compress(CONTENT) if packing == "gz" else tar_of(CONTENT)
    changed = whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:]
    for wrong in (b"", b"no gzip", whole[:-3], whole[: len(whole) // 2], changed, b"\x1f\x8b"):
        packed.write_bytes(wrong)
        with pytest.raises(ArchiveError):
            unpack(packed, packing, tmp_path / "out")  # type: ignore[arg-type]


@pytest.mark.parametrize("packing", ["gz", "tar.gz"])
def test_a_bomb_does_not_go_off(packed: Path, tmp_path: Path, packing: str) -> None:
    zeros = bytes(30_000_000)
    packed.write_bytes(gzip.compress(zeros) if packing == "gz" else tar_of(zeros))
    assert packed.stat().st_size < 100_000
    with pytest.raises(ArchiveError, match="more than 1,000,000 bytes"):
        unpack(packed, packing, tmp_path / "out", 1_000_000)  # type: ignore[arg-type]
    assert (tmp_path / "out").stat().st_size <= 1_000_000


def test_a_bomb_of_other_files_does_not_go_off_either(packed: Path, tmp_path: Path) -> None:
    packed.write_bytes(tar((named("zeros"), bytes(30_000_000)), (named("a.mmdb"), CONTENT)))
    with pytest.raises(ArchiveError, match="more than 1,000,000 bytes"):
        unpack(packed, "tar.gz", tmp_path / "out", 1_000_000)
    packed.write_bytes(tar(*((named(f"{n}"), b"") for n in range(MAXIMUM_MEMBERS + 1))))
    with pytest.raises(ArchiveError, match="more than 100 entries"):
        unpack(packed, "tar.gz", tmp_path / "out")


def test_names_and_links_in_a_tar_lead_nowhere(packed: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.mmdb"
    secret.write_bytes(b"secret")
    out = tmp_path / "folder" / "out"
    out.parent.mkdir()
    packed.write_bytes(
        tar(
            (named("link.mmdb", tarfile.SYMTYPE, str(secret)), b""),
            (named("hard.mmdb", tarfile.LNKTYPE, "../../secret.mmdb"), b""),
            (named("pipe.mmdb", tarfile.FIFOTYPE), b""),
            (named("../../secret.mmdb"), CONTENT),
        )
    )
    unpack(packed, "tar.gz", out)
    assert out.read_bytes() == CONTENT
    assert secret.read_bytes() == b"secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "packed", "secret.mmdb"]


@pytest.mark.parametrize(
    "members",
    [
        [],
        [(named("README"), b"x")],
        [(named("a.mmdb"), CONTENT), (named("b.mmdb"), CONTENT)],
        [(named("a.mmdb", tarfile.SYMTYPE, "/etc/passwd"), b"")],
    ],
)
def test_one_database_is_expected(
    packed: Path, tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    packed.write_bytes(tar(*members))
    with pytest.raises(
        ArchiveError, match=f"{sum(m[0].isreg() and '.mm' in m[0].name for m in members)} databases"
    ):
        unpack(packed, "tar.gz", tmp_path / "out")


def test_a_gzip_of_something_else_is_no_tar(packed: Path, tmp_path: Path) -> None:
    for content in (CONTENT, b"x" * 512, b"x" * 100, tar_inside(CONTENT)[:700]):
        packed.write_bytes(gzip.compress(content))
        with pytest.raises(ArchiveError, match="tar"):
            unpack(packed, "tar.gz", tmp_path / "out")


def tar_inside(content: bytes) -> bytes:
    """The tar without its gzip."""
    return gzip.decompress(tar_of(content))


@given(st.integers(0, 3_000), st.binary(min_size=1, max_size=600))
@settings(max_examples=300, deadline=None)
def test_no_damage_within_a_tar_is_a_crash(
    tmp_path_factory: pytest.TempPathFactory, at: int, junk: bytes
) -> None:
    folder = tmp_path_factory.mktemp("tar")
    whole = tar_inside(CONTENT)
    packed, out = folder / "packed", folder / "out"
    packed.write_bytes(gzip.compress(whole[:at] + junk + whole[at + len(junk) :], 1))
    with contextlib.suppress(ArchiveError):
        unpack(packed, "tar.gz", out, 100_000)
    assert out.stat().st_size <= 100_000

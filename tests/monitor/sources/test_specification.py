"""What a specification means, and that exactly one kind of source thinks so."""

from pathlib import Path

import pytest

from monitor.sources.file import FileSource
from monitor.sources.glob import GlobSource
from monitor.sources.source import SourceError
from monitor.sources.specification import kinds, open_source
from monitor.sources.stdin import StdinSource


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("-", StdinSource),
        ("/var/log/auth.log", FileSource),
        ("auth.log.gz", FileSource),
        ("/var/log/hosts/*/auth.log", GlobSource),
        ("logs/**/a?.log", GlobSource),
    ],
)
@pytest.mark.parametrize("follow", [True, False])
def test_the_kind_follows_from_the_specification(spec: str, expected: type, follow: bool) -> None:
    source = open_source(spec, "given", follow)
    assert type(source) is expected
    assert source.name == "given"
    assert sum(kind.accepts(spec) for kind in kinds()) == 1
    assert source.is_exhausted() is False


def test_a_file_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    path = tmp_path / "auth[1].log"
    path.touch()
    assert type(open_source(str(path), "x", follow=True)) is FileSource


@pytest.mark.parametrize("spec", ["", "a\0b"])
def test_nonsense_is_refused(spec: str) -> None:
    with pytest.raises(SourceError, match="is no source"):
        open_source(spec, "x", follow=True)

"""Which files belong to a log, and what is said when one is in the way."""

import gzip
import os
from pathlib import Path

import pytest

from monitor.sources.mark import Mark
from monitor.sources.source import SourceError
from monitor.sources.survey import Survey, state_of


def survey(path: Path, *, is_required: bool = False) -> Survey:
    return Survey(str(path), is_with_siblings=True, is_required=is_required)


def test_the_log_and_its_rotated_parts_are_found_oldest_first(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    log.write_bytes(b"new\n")
    (tmp_path / "auth.log.1").write_bytes(b"old\n")
    (tmp_path / "auth.log.2.gz").write_bytes(gzip.compress(b"older\n"))
    (tmp_path / "auth.log-audit").write_bytes(b"of somebody else\n")
    looking = survey(log)
    found, is_settled = looking.sightings([])
    assert is_settled
    assert [(Path(one.path).name, one.head, one.is_compressed) for one in found] == [
        ("auth.log.2.gz", b"older\n", True),
        ("auth.log.1", b"old\n", False),
        ("auth.log", b"new\n", False),
    ]
    assert looking.state == state_of(log.stat())
    assert looking.trouble is None


def test_a_part_with_another_name_is_known_by_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    (tmp_path / "auth.log.kept").write_bytes(b"old\n")
    mark = Mark(0, 0, b"", 0)
    mark.learn(b"old\n")
    found, _ = survey(log).sightings([mark])
    assert [Path(one.path).name for one in found] == ["auth.log.kept"]


def test_a_missing_log_is_trouble_only_where_it_must_be_there(tmp_path: Path) -> None:
    for path in (tmp_path / "auth.log", tmp_path / "none" / "auth.log"):
        waiting, required = survey(path), survey(path, is_required=True)
        assert waiting.sightings([]) == ([], True)
        assert waiting.trouble is None
        assert required.sightings([]) == ([], True)
        assert "no such file" in str(required.trouble)


def test_an_older_part_in_the_way_is_said_once(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    log.write_bytes(b"new\n")
    os.mkfifo(tmp_path / "auth.log.1")
    looking = survey(log)
    with pytest.raises(SourceError, match="no regular file"):
        looking.sightings([])
    found, _ = looking.sightings([])
    assert [one.path for one in found] == [str(log)]

"""`vigie link`: a one-time link to the console of this database."""

from pathlib import Path

import pytest

from tests.databases import placed
from tests.monitor.cli.calling import call
from tests.monitor.faults.running import configured, query


def test_without_a_database_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "link", "--config", configured(tmp_path))
    assert done.code == 1
    assert "vigie run" in done.told
    assert not (tmp_path / "vigie.db").exists()


def test_every_link_is_another_and_only_its_digest_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path)
    placed(tmp_path / "vigie.db")
    links = [call(capsys, "link", "--config", config).out for _ in range(2)]
    assert links[0] != links[1]
    for link in links:
        assert link.startswith("http://localhost:8320/")
        assert len(link.splitlines()) == 1
    kept = query(tmp_path / "vigie.db", "SELECT digest FROM console_keys")
    assert len(kept) == 2
    secret = links[0].strip().rpartition("/")[2].rpartition("=")[2].encode()
    assert len(secret) >= 32
    assert all(secret not in row[0] for row in kept)

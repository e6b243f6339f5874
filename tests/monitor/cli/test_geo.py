"""`vigie geo`: what is used, fetched from a server on this machine, and taken back."""

import gzip
import hashlib
import json
import lzma
from pathlib import Path

import maxminddb
import pytest

from monitor import clock
from monitor.geodata.provider import Terms, offers
from tests.monitor.cli.calling import call
from tests.monitor.geodata.compact.sources import as_rows, as_tree, flat, four, rows, six
from tests.monitor.geodata.conftest import (
    Server,
    asn,
    body,
    city,
    packed,
    panel,
    server,
    status,
    write,
)

__all__ = ["asn", "city", "packed", "server"]


@pytest.fixture
def config(tmp_path: Path, server: Server) -> Path:
    """Settings with the server for a mirror."""
    path = tmp_path / "vigie.toml"
    path.write_text(f'data = "var"\n[geo]\nstale_days = 3650\nmirror = "{server.url}"\n')
    return path


@pytest.fixture
def good(server: Server, packed: bytes, asn: bytes) -> Server:
    """The server with this month's databases."""
    for name, content in (("city", packed), ("asn", gzip.compress(asn))):
        server.answers[path_of(name, server)] = body(content)
    return server


def path_of(name: str, server: Server) -> str:
    """Where the server has this month's."""
    offer = next(offers(name, Terms(mirror=server.url), clock.now_ms()))
    return "/" + offer.url.removeprefix(server.url)


def test_the_status_tells_each_file_its_age_and_its_licence(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = call(capsys, "geo", "status", "--config", config)
    assert told.code == 0
    for part in ("city shipped DBIP-City-Lite-Compact 2026-06-05", "CC BY 4.0", "SHA-256"):
        assert part in told.told
    items = json.loads(call(capsys, "geo", "status", "--config", config, "--json").out)
    assert [item["name"] for item in items][:2] == ["city", "asn"]
    assert items[0]["sha256"].startswith("43c7f90d")


def test_what_is_old_is_told_and_is_exit_1(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text().replace("3650", "1"))
    told = call(capsys, "geo", "status", "--config", config)
    assert told.code == 1
    assert "days old" in told.told
    assert "vigie geo update" in told.told
    assert call(capsys, "geo", "status", "--config", config, "--json").code == 1


def test_an_update_is_used_and_can_be_undone(
    config: Path, good: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "geo", "update", "--config", config)
    assert done.code == 0
    assert "city: updated (dbip-city-lite-" in done.told
    items = json.loads(call(capsys, "geo", "status", "--config", config, "--json").out)
    assert [(item["origin"], item["type"]) for item in items[:2]] == [
        ("fetched", "DBIP-City-Lite"),
        ("fetched", "DBIP-ASN-Lite (compat=GeoLite2-ASN)"),
    ]
    again = json.loads(call(capsys, "geo", "update", "--config", config, "--json").out)
    assert [one["ending"] for one in again] == ["unchanged", "unchanged"]
    back = call(capsys, "geo", "update", "--undo", "--config", config)
    assert back.code == 0
    assert "city: back to what was shipped before" in back.told
    assert call(capsys, "geo", "update", "--undo", "--config", config).code == 1


def test_one_that_fails_is_exit_1_and_the_other_is_used(
    config: Path, good: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    good.answers[path_of("city", good)] = status(500, b"out of order")
    done = call(capsys, "geo", "update", "--config", config)
    assert done.code == 1
    assert "500: out of order" in done.told
    assert "asn: updated" in done.told
    assert "not fetched: city; what was used before is used on" in done.told


def test_an_older_one_needs_force(
    config: Path, good: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = write(tmp_path / "old.mmdb", panel(), built=1_700_000_000).read_bytes()
    good.answers[path_of("city", good)] = body(gzip.compress(old))
    refused = call(capsys, "geo", "update", "--config", config)
    assert refused.code == 1
    assert "older than the one in use" in refused.told
    assert call(capsys, "geo", "update", "--force", "--config", config).code == 0


def test_maxmind_without_an_account_is_a_wrong_call(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text() + 'provider = "maxmind"\n')
    done = call(capsys, "geo", "update", "--config", config)
    assert done.code == 2
    assert "geo.account_id and geo.license_key" in done.told


def test_a_database_is_built_and_its_errors_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = rows(2)
    v4 = as_tree(tmp_path / "v4.mmdb", four(made), 4, flat)
    v6 = as_tree(tmp_path / "v6.mmdb", six(made), 6, flat)
    out = tmp_path / "city.mmdb.xz"
    done = call(capsys, "geo", "build", "--from", v4, v6, "--out", out)
    assert done.code == 0
    for part in ("95 % within", "in another country 0", "beyond 100 km", "SHA-256"):
        assert part in done.told
    content = lzma.decompress(out.read_bytes())
    assert hashlib.sha256(content).hexdigest() in done.told
    told = call(capsys, "geo", "build", "--from", v4, "--from", v6, "--out", out, "--json")
    record = json.loads(told.out)
    assert (record["countries"], record["size"]) == (0, len(content))


def test_a_source_without_a_date_is_asked_for_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = as_rows(tmp_path / "s.csv", four(rows(2)))
    out = tmp_path / "city.mmdb"
    refused = call(capsys, "geo", "build", "--from", source, "--out", out)
    assert (refused.code, "--built" in refused.told) == (1, True)
    assert not out.exists()
    arguments = ("--from", source, "--out", out, "--built", "2026-06-05")
    assert call(capsys, "geo", "build", *arguments).code == 0
    with maxminddb.open_database(out) as reader:
        assert reader.metadata().build_epoch == 1_780_617_600

"""A new database is used when all is well with it; whatever goes wrong, the old one stays."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from monitor import clock
from monitor.geodata.folder import GeoFolder, GeoFolderError, Origin
from monitor.geodata.provider import ProviderError, Terms, offers
from monitor.geodata.renewal import Ending, Renewal, Renewed, Told, go_back
from monitor.geodata.transfer import Limits
from monitor.settings import Geo
from tests.monitor.geodata.conftest import (
    Answer,
    Server,
    body,
    city_of,
    endless,
    half,
    panel,
    silent,
    status,
    tar_of,
    write,
)

LIMITS = Limits(size=2_000_000, step_s=0.3, whole_s=1.0)
LONG_AGO = 1_600_000_000


def path_of(name: str, server: Server, number: int = 0) -> str:
    """Where the server has the database of this month, or of the one before."""
    offer = list(offers(name, Terms(mirror=server.url), clock.now_ms()))[number]
    return "/" + offer.url.removeprefix(server.url)


@pytest.fixture
def folder(tmp_path: Path) -> GeoFolder:
    return GeoFolder(tmp_path / "var")


def renew(
    folder: GeoFolder, server: Server, geo: Geo | None = None, *, lenient: bool = False
) -> dict[str, Renewed]:
    """One update from the server, by name."""
    return renew_by(folder, Terms(mirror=server.url), geo, lenient=lenient)


def renew_by(
    folder: GeoFolder, terms: Terms, geo: Geo | None = None, *, lenient: bool = False
) -> dict[str, Renewed]:
    made = Renewal(folder, geo or Geo(), terms, limits=LIMITS, most=20_000_000, lenient=lenient)
    return {one.name: one for one in made.renew()}


@pytest.fixture
def good(server: Server, packed: bytes, asn: bytes) -> Server:
    """A server that has this month's databases."""
    server.answers[path_of("city", server)] = body(packed)
    server.answers[path_of("asn", server)] = body(gzip.compress(asn), '"asn"')
    return server


def test_both_are_fetched_tried_out_and_used(folder: GeoFolder, good: Server, city: bytes) -> None:
    steps: list[str] = []
    told = Told(lambda name, what: steps.append(f"{name}: {what}"))
    made = Renewal(folder, Geo(), Terms(mirror=good.url), limits=LIMITS, told=told)
    results = made.renew()
    assert [(one.name, one.ending) for one in results] == [
        ("city", Ending.UPDATED),
        ("asn", Ending.UPDATED),
    ]
    assert folder.file("city").read_bytes() == city
    assert folder.choose(Geo())["asn"].origin is Origin.FETCHED
    noted = folder.records()["city"]
    assert noted["sha256"] == hashlib.sha256(city).hexdigest()
    assert (noted["etag"], noted["edition"][:15]) == ('"1"', "dbip-city-lite-")
    assert steps[0].startswith("city: fetching dbip-city-lite-")


def test_nothing_is_fetched_twice(folder: GeoFolder, good: Server) -> None:
    renew(folder, good)
    before = folder.file("city").stat().st_mtime_ns
    asked = len(good.asked)
    results = renew(folder, good)
    assert {one.ending for one in results.values()} == {Ending.UNCHANGED}
    assert folder.file("city").stat().st_mtime_ns == before
    # Not even their checksums.
    assert len(good.asked) == asked + 2
    # A server that does not know either what it had: the content tells.
    good.answers[path_of("city", good)] = body(
        gzip.compress(folder.file("city").read_bytes(), 3), '"other"'
    )
    assert renew(folder, good)["city"].ending is Ending.UNCHANGED
    assert not folder.previous("city").exists()
    assert renew(folder, good)["city"].ending is Ending.UNCHANGED


def test_until_this_months_is_there_the_one_before_is_taken(
    folder: GeoFolder, good: Server, packed: bytes
) -> None:
    good.answers[path_of("city", good, 1)] = good.answers.pop(path_of("city", good))
    result = renew(folder, good)["city"]
    assert result.ending is Ending.UPDATED
    assert good.asked.index(path_of("city", good)) < good.asked.index(path_of("city", good, 1))
    del good.answers[path_of("city", good, 1)]
    result = renew(folder, good)["city"]
    assert result.ending is Ending.FAILED
    assert "not there" in result.reason


def test_what_the_settings_name_is_nobody_elses_to_replace(
    folder: GeoFolder, good: Server, tmp_path: Path
) -> None:
    own = tmp_path / "own.mmdb"
    results = renew(folder, good, Geo(city=own))
    assert results["city"].ending is Ending.SKIPPED
    assert "geo.city" in results["city"].reason
    assert results["asn"].ending is Ending.UPDATED
    assert not folder.file("city").exists()


WRONG: dict[str, tuple[Callable[[bytes], Answer], str]] = {
    "an error": (lambda _: status(500, b"out of order"), "500: out of order"),
    "half, told": (half, ""),
    "half, untold": (lambda packed: half(packed, tells=False), "no whole gzip"),
    "garbage": (lambda _: body(b"<html>sign in to the hotel's network</html>"), "no whole gzip"),
    "garbage, packed": (lambda _: body(gzip.compress(b"x" * 9_999)), "cannot open"),
    "nothing": (lambda _: body(b""), "nothing in it"),
    "a huge body": (lambda _: body(bytes(2_000_001)), "larger than"),
    "a body without end": (lambda _: endless(), "larger than"),
    "a slow body": (lambda _: endless(0.02), "not done after"),
    "silence": (lambda _: silent, "no answer in time"),
    "a bomb": (lambda _: body(gzip.compress(bytes(60_000_000), 1)), "more than 20,000,000 bytes"),
    "away from https": (
        lambda _: status(302, Location="http://mirror.example/city.gz"),
        "not over https",
    ),
    "damage": (
        lambda packed: body(gzip.compress(gzip.decompress(packed)[:-2_000], 1)),
        "cannot open",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_whatever_goes_wrong_the_old_stays_and_the_other_is_fetched(
    folder: GeoFolder, good: Server, packed: bytes, city: bytes, wrong: str
) -> None:
    renew(folder, good)
    make, told = WRONG[wrong]
    # No etag of before, or it would not be asked for.
    folder.note("city")
    good.answers[path_of("city", good)] = make(packed)
    results = renew(folder, good)
    assert results["city"].ending is Ending.FAILED
    assert told in results["city"].reason
    assert results["asn"].ending is Ending.UNCHANGED
    assert folder.file("city").read_bytes() == city
    left = {path.name for path in folder.path.iterdir()}
    assert left <= {"city.mmdb", "asn.mmdb", "previous", "fetched.json", ".lock"}


def test_a_disk_that_is_full_is_told(folder: GeoFolder, good: Server, city: bytes) -> None:
    renew(folder, good)
    folder.note("city")
    good.answers[path_of("city", good)] = body(gzip.compress(city + b" "))
    error = OSError(28, "No space left on device")
    with patch("monitor.geodata.archive.gzip.open", side_effect=error):
        result = renew(folder, good)["city"]
    assert (result.ending, "No space left" in result.reason) == (Ending.FAILED, True)
    assert folder.file("city").read_bytes() == city


def newer(tmp_path: Path, **changed: str) -> bytes:
    """Next month's City database, packed."""
    records = panel(**changed) | {"200.1.0.0/16": city_of("BR")}
    return gzip.compress(write(tmp_path / "newer.mmdb", records).read_bytes())


def test_a_checksum_beside_it_has_to_match(folder: GeoFolder, good: Server, packed: bytes) -> None:
    digest = f"{path_of('city', good)}.sha256"
    for wrong, told in ((b"0" * 64, "not what its checksum says"), (b"<html>", "no SHA-256")):
        good.answers[digest] = body(wrong)
        result = renew(folder, good)["city"]
        assert (result.ending, told in result.reason) == (Ending.FAILED, True), result
        assert not folder.file("city").exists()
    told = f"{hashlib.sha256(packed).hexdigest().upper()}  city.mmdb.gz\n"
    good.answers[digest] = body(told.encode())
    assert renew(folder, good)["city"].ending is Ending.UPDATED


def test_an_older_one_is_not_taken_but_by_force(
    folder: GeoFolder, good: Server, tmp_path: Path, city: bytes
) -> None:
    renew(folder, good)
    old = write(tmp_path / "old.mmdb", panel(), built=LONG_AGO).read_bytes()
    good.answers[path_of("city", good)] = body(gzip.compress(old), '"old"')
    result = renew(folder, good)["city"]
    assert (result.ending, "older" in result.reason) == (Ending.FAILED, True)
    assert folder.file("city").read_bytes() == city
    assert renew(folder, good, lenient=True)["city"].ending is Ending.UPDATED
    assert folder.file("city").read_bytes() == old


def test_one_step_back_and_not_forward_again(
    folder: GeoFolder, good: Server, city: bytes, tmp_path: Path
) -> None:
    renew(folder, good)
    good.answers[path_of("city", good)] = body(newer(tmp_path), '"2"')
    assert renew(folder, good)["city"].ending is Ending.UPDATED
    assert go_back(folder) == {"city": Origin.FETCHED, "asn": Origin.SHIPPED}
    assert folder.file("city").read_bytes() == city
    results = renew(folder, good)
    assert {one.ending for one in results.values()} == {Ending.FAILED}
    assert "undone" in results["city"].reason
    assert renew(folder, good, lenient=True)["city"].ending is Ending.UPDATED
    # What comes after it is another one.
    good.answers[path_of("city", good)] = body(newer(tmp_path, FR="CH"), '"3"')
    assert renew(folder, good)["city"].ending is Ending.UPDATED


def test_nothing_to_go_back_from_is_told(folder: GeoFolder) -> None:
    with pytest.raises(GeoFolderError, match="nothing was fetched"):
        go_back(folder)


@pytest.fixture
def maxmind(server: Server, tmp_path: Path, asn: bytes) -> Server:
    """A server that answers as MaxMind does: a redirect, an account, checksums."""
    city = write(tmp_path / "m.mmdb", panel(), "GeoLite2-City").read_bytes()
    networks = asn.replace(b"DBIP-ASN-Lite (compat=GeoLite2-ASN)", b"GeoLite2-ASN".ljust(35, b"x"))
    for edition, content in (("GeoLite2-City", city), ("GeoLite2-ASN", networks)):
        packed = tar_of(content, f"{edition}_20260701/{edition}.mmdb")
        path = f"/{edition}/download?suffix=tar.gz"
        server.answers[path] = status(302, Location=f"/signed/{edition}?token=1")
        server.answers[f"/signed/{edition}?token=1"] = body(packed)
        digest = f"{hashlib.sha256(packed).hexdigest()}  {edition}_20260701.tar.gz"
        server.answers[f"{path}.sha256"] = body(digest.encode())
    return server


def terms(server: Server) -> Terms:
    return Terms("maxmind", "123456", "licence", mirror=server.url)


def test_maxminds_are_fetched_by_account(folder: GeoFolder, maxmind: Server) -> None:
    results = renew_by(folder, terms(maxmind))
    assert results["city"].ending is Ending.UPDATED
    facts = results["city"].facts
    assert facts is not None
    assert facts.type == "GeoLite2-City"
    assert maxmind.headers[0]["authorization"].startswith("Basic ")
    # It is called otherwise than what was asked for.
    assert "'GeoLite2-ASN' was asked for" in results["asn"].reason


def test_maxminds_without_their_checksum_are_not_taken(folder: GeoFolder, maxmind: Server) -> None:
    del maxmind.answers["/GeoLite2-City/download?suffix=tar.gz.sha256"]
    result = renew_by(folder, terms(maxmind))["city"]
    assert (result.ending, "checksum is not there" in result.reason) == (Ending.FAILED, True)
    maxmind.answers["/GeoLite2-City/download?suffix=tar.gz.sha256"] = body(b"0" * 64)
    result = renew_by(folder, terms(maxmind))["city"]
    assert "not what its checksum says" in result.reason


def test_a_key_that_is_not_accepted_is_told_and_not_shown(
    folder: GeoFolder, maxmind: Server
) -> None:
    maxmind.answers["/GeoLite2-City/download?suffix=tar.gz"] = status(401)
    result = renew_by(folder, terms(maxmind))["city"]
    assert "licence key is not accepted" in result.reason
    assert "123456" not in result.reason
    with pytest.raises(ProviderError):
        renew_by(folder, Terms("maxmind"))

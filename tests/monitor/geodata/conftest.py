"""Databases made for these tests, and a server that gives them away, well or badly."""

import gzip
import io
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from monitor.geodata.trial import PANEL

Answer = Callable[[BaseHTTPRequestHandler], None]
PLACES = {
    "FR": (48.86, 2.35), "CH": (47.37, 8.54), "GB": (51.5, -0.12), "US": (40.7, -74.0),
}  # fmt: skip


def city_of(country: str, city: str = "") -> dict[str, Any]:
    """A City record, as DB-IP and MaxMind have them."""
    latitude, longitude = PLACES.get(country, (10.0, 20.0))
    return {
        "city": {"names": {"en": city or f"Capital of {country}"}},
        "country": {"iso_code": country, "names": {"en": country}},
        "location": {"latitude": latitude, "longitude": longitude},
    }


def write(
    path: Path,
    records: dict[str, dict[str, Any]],
    kind: str = "DBIP-City-Lite",
    built: int | None = None,
) -> Path:
    """A database of these networks, built at `built` (s since 1970; now by default)."""
    writer = MMDBWriter(6, kind, languages=["en"], ipv4_compatible=True, float_type="f64")
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    if built is not None:
        content = path.read_bytes()
        at = content.rindex(b"build_epoch") + len(b"build_epoch")
        size = content[at + 1] if content[at] == 0 else content[at] & 31
        assert content[at : at + 2] == bytes((size, 2)), content[at : at + 8]
        path.write_bytes(content[: at + 2] + built.to_bytes(size) + content[at + 2 + size :])
    return path


def panel(**changed: str) -> dict[str, dict[str, Any]]:
    """The panel's addresses, each in its /24 and its country, with others beside."""
    return {
        str(ip_network(f"{ip}/24", strict=False)): city_of(changed.get(country, country))
        for ip, country in PANEL.items()
    }


def networks() -> dict[str, dict[str, Any]]:
    """The panel's addresses as an ASN database has them."""
    return {
        str(ip_network(f"{ip}/24", strict=False)): {
            "autonomous_system_number": number,
            "autonomous_system_organization": f"Network {number}",
        }
        for number, ip in enumerate(PANEL, 64_500)
    }


def tar_of(content: bytes, name: str = "GeoLite2-City_20260701/GeoLite2-City.mmdb") -> bytes:
    """A tar.gz as MaxMind packs one."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        folder = tarfile.TarInfo(name.rpartition("/")[0] or "x")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for other in ("COPYRIGHT.txt", "LICENSE.txt"):
            told = tarfile.TarInfo(f"{folder.name}/{other}")
            told.size = 3
            archive.addfile(told, io.BytesIO(b"(c)"))
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


class Server:
    """Answers at each path as it is told; remembers what it was asked, with which headers."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer.headers.append({k.lower(): v for k, v in self.headers.items()})
                outer.answers.get(self.path, missing)(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def missing(handler: BaseHTTPRequestHandler) -> None:
    """404."""
    status(404)(handler)


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """This status with these headers."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def body(content: bytes, etag: str = '"1"') -> Answer:
    """The file, and 304 for who has it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            status(304)(handler)
        else:
            status(200, content, ETag=etag, Last_Modified="Wed, 01 Jul 2026 00:00:00 GMT")(handler)

    return answer


def half(content: bytes, *, tells: bool = True) -> Answer:
    """Half of the file, and the end of the connection; `tells` how long it should have been."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if tells:
            handler.send_header("Content-Length", str(len(content)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        handler.close_connection = True

    return answer


def endless(pause_s: float = 0.0) -> Answer:
    """Bytes for ever, until the other side has enough."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        try:
            for _ in range(100_000):
                handler.wfile.write(b"x" * (1 if pause_s else 65_536))
                handler.wfile.flush()
                time.sleep(pause_s)
        except OSError:
            return

    return answer


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Nothing, until the other side goes."""
    handler.rfile.read(1)
    handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A City database in order."""
    return write(tmp_path_factory.mktemp("city") / "c.mmdb", panel()).read_bytes()


@pytest.fixture(scope="session")
def asn(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An ASN database in order."""
    path = tmp_path_factory.mktemp("asn") / "a.mmdb"
    return write(path, networks(), "DBIP-ASN-Lite (compat=GeoLite2-ASN)").read_bytes()


@pytest.fixture(scope="session")
def packed(city: bytes) -> bytes:
    """The City database as DB-IP packs it."""
    return gzip.compress(city, 1)

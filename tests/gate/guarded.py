"""A real application behind a real proxy, with Vigie's gate in a server of its own beside it: the
application, and the proxies' configurations, are those that docs/mfa.md shows."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.types import ASGIApp

from monitor.clock import now_ms
from monitor.gate.ticket import Tickets
from monitor.mfa.sealing import Seal
from monitor.settings import load
from monitor.store import tables
from monitor.store.connection import connect
from monitor.web.client import TrustedProxies
from monitor.web.connection import BoundedConnection
from monitor.web.gate import gated, knower_of
from tests.docs.manual import Block, blocks, sections
from tests.ports import free_port

SECTION = sections((Path(__file__).parents[2] / "docs/mfa.md").read_text(encoding="utf-8"))[
    "The gate"
]
SITE = "https://vigie.example.com"
SEAL = Seal(bytes(32))
SECRET = "0123456789abcdef0123456789abcdef"
PATIENCE_S = 120.0


def page_blocks(kind: str) -> list[Block]:
    """The blocks of the manual's section, of one kind."""
    return [block for block in blocks(SECTION) if block.kind == kind]


class Served:
    """An application that can go, and come back on the same port."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Serve."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(64)
        config = uvicorn.Config(
            self._app, http=BoundedConnection, log_config=None, lifespan="off", access_log=False
        )
        self._server = uvicorn.Server(config)
        self._listening = listening
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, daemon=True
        )
        self._thread.start()
        until(lambda: self._server.started)

    def stop(self) -> None:
        """Be gone."""
        self._server.should_exit = True
        self._thread.join(timeout=PATIENCE_S)
        self._listening.close()


class Guarded:
    """Vigie's gate, the manual's application, and how a browser reaches both by a proxy."""

    def __init__(self, folder: Path, **changes: str) -> None:
        """`changes` are settings of the gate, in place of the manual's."""
        self.database = connect(f"sqlite:///{folder}/vigie.db")
        tables.metadata.create_all(self.database)
        (folder / "vigie.toml").write_text(page_blocks("toml")[0].text)
        told = {f"VIGIE_GATE__{name.upper()}": value for name, value in changes.items()}
        terms = load(folder / "vigie.toml", told).gate
        self.seen: list[dict[str, str]] = []
        self.tickets = Tickets(SEAL, now_ms)
        heard = TrustedProxies(("127.0.0.1",)).heard
        known_by = knower_of(terms, "acme", now_ms)
        self.gate = gated(FastAPI(), known_by, terms, self.database, SEAL, SITE, now_ms, heard)
        self.vigie, self.application = Served(self.gate), Served(self._application())
        self.address = ""
        self._browsers: list[httpx2.Client] = []

    def close(self) -> None:
        """End all of it."""
        for browser in self._browsers:
            browser.close()
        self.gate.close()  # type: ignore[attr-defined]
        self.vigie.stop()
        self.application.stop()
        self.database.dispose()

    def browser(self, account: str | None = None) -> httpx2.Client:
        """One that has signed in, if it says as whom."""
        told = {"accept": "text/html"}
        made = httpx2.Client(base_url=self.address, headers=told, timeout=PATIENCE_S)
        self._browsers.append(made)
        if account is not None:
            assert made.post(f"/login/{account}").status_code == 200
            assert {"session", "vigie_gate"} <= set(made.cookies)
        return made

    def session_of(self, browser: httpx2.Client) -> str:
        """What the application calls the session of a browser that passes."""
        assert browser.get("/calls").status_code == 200
        return self.seen[-1]["x-vigie-session"]

    def asked(self, target: str, **cookies: str) -> int:
        """The status of the answer to exactly this, as no browser would write it."""
        host = self.address.removeprefix("http://")
        told = "; ".join(f"{name}={value}" for name, value in cookies.items())
        request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nCookie: {told}\r\nConnection: close"
        with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as asking:
            asking.sendall(f"{request}\r\n\r\n".encode())
            asking.settimeout(PATIENCE_S)
            return int(asking.recv(4_096).split()[1])

    def _application(self) -> FastAPI:
        made: dict[str, Any] = {}
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("GATE_SECRET", SECRET)
            for block in page_blocks("python")[:2]:
                exec(compile(block.text, "docs/mfa.md", "exec"), made)  # noqa: S102 - the manual's
        app: FastAPI = made["app"]

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def anything(path: str, request: Request) -> dict[str, str]:
            self.seen.append({**dict(request.headers), "path": f"/{path}"})
            return {"path": path, "body": (await request.body()).decode()}

        return app


@contextmanager
def nginx(guarded: Guarded, folder: Path, answers_within: str = "30s") -> Iterator[Path]:
    """Debian's nginx with the manual's configuration; its folder of logs. A crowded machine may
    take longer to answer than the manual has nginx wait."""
    server, ask = (block.text for block in page_blocks("nginx"))
    port = free_port()
    guarded.address = f"http://127.0.0.1:{port}"
    assert "proxy_read_timeout 3s" in ask
    for name, text in (("server.conf", server), ("vigie_ask.conf", ask)):
        timed = text.replace("proxy_read_timeout 3s", f"proxy_read_timeout {answers_within}")
        (folder / name).write_text(_placed(timed, guarded, folder, port))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 64; }\n"
        f"http {{ access_log off; {_temporary(folder)} include {folder}/server.conf; }}\n"
    )
    command = [
        "nginx",
        "-p",
        str(folder),
        "-e",
        f"{folder}/error.log",
        "-c",
        f"{folder}/nginx.conf",
    ]
    with running(command, port, folder):
        yield folder


@contextmanager
def caddy(guarded: Guarded, folder: Path) -> Iterator[Path]:
    """Debian's Caddy with the manual's configuration."""
    (block,) = page_blocks("caddy")
    port = free_port()
    guarded.address = f"http://127.0.0.1:{port}"
    site = block.text.replace("http://app.example.com", f"http://127.0.0.1:{port}")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + _placed(site, guarded, folder, port))
    command = ["caddy", "run", "--config", f"{folder}/Caddyfile", "--adapter", "caddyfile"]
    with running(command, port, folder):
        yield folder


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """A program that listens on a port, until it is told to end."""
    with ExitStack() as stack:
        told = stack.enter_context((folder / "told").open("wb"))
        homes = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        process = subprocess.Popen(
            command, stdout=told, stderr=told, env=os.environ | homes, cwd=folder
        )
        try:
            until(lambda: _listens(port) or process.poll() is not None)
            assert process.poll() is None, (folder / "told").read_text()
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=PATIENCE_S)


def until(is_so: Callable[[], Any], patience: float = PATIENCE_S) -> None:
    """Wait for it."""
    end = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.01)


def _placed(text: str, guarded: Guarded, folder: Path, port: int) -> str:
    return (
        text.replace("127.0.0.1:8320", f"127.0.0.1:{guarded.vigie.port}")
        .replace("127.0.0.1:8000", f"127.0.0.1:{guarded.application.port}")
        .replace("listen 80;", f"listen 127.0.0.1:{port};")
        .replace("include vigie_ask.conf", f"include {folder}/vigie_ask.conf")
        .replace("/var/log/nginx", str(folder))
    )


def _temporary(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0

"""PyPI's scim2-server on a real socket, with TLS where wanted, which can be made to misbehave."""

import io
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from socketserver import ThreadingMixIn
from typing import Any, NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import trustme
from scim2_models import ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

TOKEN = "scim-0123456789"
AUTHORITY = trustme.CA()
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
Meddling = Callable[[Application, dict[str, Any], Any], Iterable[bytes]]


class Asked(NamedTuple):
    """What came."""

    method: str
    path: str
    match: str | None


@cache
def _described(has_patch: bool, has_etag: bool) -> ScimProvider:
    config = load_default_service_provider_config()
    config.patch.supported = has_patch  # type: ignore[union-attr]
    config.etag.supported = has_etag  # type: ignore[union-attr]
    return ScimProvider.from_discovery(
        load_default_schemas().values(), load_default_resource_types().values(), config=config
    )


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is what is tested."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing on the tests' output."""


class Provider:
    """The server. `meddle` stands between it and whoever asks, and may be changed at any time."""

    def __init__(self, *, has_patch: bool = True, has_etag: bool = True, tls: bool = False) -> None:
        described = _described(has_patch, has_etag)
        self._application: Application = BearerTokenApplication(
            InMemoryStorage(),
            described,
            service=ScimService(described, secret="s" * 40),
            bearer_tokens=[TOKEN],
        )
        self.asked: list[Asked] = []
        self.meddle: Meddling | None = None
        self._server = make_server("127.0.0.1", 0, self._serve, _Threads, _Quiet)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}/v2"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def _serve(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"].removeprefix("/v2")
        self.asked.append(Asked(environ["REQUEST_METHOD"], path, environ.get("HTTP_IF_MATCH")))
        if self.meddle is None:
            return self._application(environ, start)
        return self.meddle(self._application, environ, start)

    @property
    def writes(self) -> list[Asked]:
        """What was to change something."""
        return [asked for asked in self.asked if asked.method not in ("GET", "POST")]

    def add(self, name: str, **fields: Any) -> str:
        """A user; its id."""
        schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
        given = {"schemas": schemas, "userName": name, "active": True, **fields}
        return str(self.told("POST", "/Users", given)["id"])

    def is_active(self, uid: str) -> bool | None:
        """As the server itself has it."""
        told = self.told("GET", f"/Users/{uid}").get("active")
        assert told is None or isinstance(told, bool)
        return told

    def told(self, method: str, path: str, given: Any = None) -> dict[str, Any]:
        """What the server answers to whoever stands before nothing in between."""
        body = json.dumps(given).encode()
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": f"/v2{path}",
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "HTTP_AUTHORIZATION": f"Bearer {TOKEN}",
            "CONTENT_TYPE": "application/scim+json",
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
        }
        answer = b"".join(self._application(environ, lambda *_: None))
        got = json.loads(answer)
        assert isinstance(got, dict)
        return got

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def provider(**given: bool) -> Iterator[Provider]:
    """A server while in the block."""
    made = Provider(**given)
    try:
        yield made
    finally:
        made.close()

"""An OpenID provider that does wrong as a test wants it: in Python, over real sockets."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from monitor.clock import now_ms

OWN = RSAKey.generate_key(2048, {"kid": "own", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "own", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
CLIENT = "vigie"
SECRET = "a secret of both, & more"

Body = bytes | Iterator[bytes]
Answer = tuple[int, dict[str, str], Body]


def signed(claims: Any, key: Any = OWN, algorithm: str = "RS256", **header: Any) -> str:
    """A signed token."""
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    protected = {"alg": algorithm, "kid": key.kid, **header}
    whole = {name: value for name, value in protected.items() if value is not None}
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jws.serialize_compact(whole, payload, key, registry=registry)


class Hostile:
    """Behaves, until a test puts something else in `answers` (by path), `claims` or `sign`.

    `asked` counts requests by path. A browser is not needed: `code` of an answer may be any.
    """

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.reset()

    def reset(self) -> None:
        """Behave again."""
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.claims: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = signed
        self.keys = [OWN.as_dict(private=False)]
        self.nonce = ""
        self.metadata: dict[str, Any] = {}
        self.told: dict[str, Any] = {"sub": "ada"}
        self.asked: dict[str, int] = {}
        self.forms: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []

    def __enter__(self) -> "Hostile":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=240)

    def good_claims(self) -> dict[str, Any]:
        """Those of an id token that is to be taken, with what the test has in `claims`; None
        leaves one out."""
        now = now_ms() // 1000
        whole = {
            "iss": self.issuer,
            "sub": "ada",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": self.nonce,
            "amr": ["pwd", "mfa"],
            "roles": ["admins"],
            "name": "Ada Lovelace",
            "sid": "sid-1",
            **self.claims,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def logout_token(self, **claims: Any) -> str:
        """One that is to be taken, with some claims changed; None leaves one out."""
        now = now_ms() // 1000
        whole = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": f"{time.monotonic_ns()}",
            "sub": "ada",
            "sid": "sid-1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **claims,
        }
        return signed({n: v for n, v in whole.items() if v is not None}, typ="logout+jwt")

    def _usual(self, path: str) -> Answer:
        about = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/end",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": False,
            **self.metadata,
        }
        bodies: dict[str, Callable[[], Any]] = {
            "/.well-known/openid-configuration": lambda: about,
            "/jwks": lambda: {"keys": self.keys},
            "/token": lambda: {
                "access_token": "at",
                "token_type": "Bearer",
                "id_token": self.sign(self.good_claims()),
            },
            "/userinfo": lambda: self.told,
        }
        if path not in bodies:
            return 404, {}, b""
        return as_json(bodies[path]())

    def answer(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """What is answered."""
        self.asked[path] = self.asked.get(path, 0) + 1
        self.headers.append(headers)
        if body:
            self.forms.append({k: v[0] for k, v in parse_qs(body.decode()).items()})
        return self.answers[path]() if path in self.answers else self._usual(path)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hostile = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._do()

            def do_POST(self) -> None:
                self._do()

            def log_message(self, *_: object) -> None:
                return

            def _do(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                path = urlsplit(self.path).path
                status, headers, content = hostile.answer(path, body, dict(self.headers))
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    for part in [content] if isinstance(content, bytes) else content:
                        self.wfile.write(part)
                        self.wfile.flush()
                except (BrokenPipeError, ConnectionResetError):
                    return  # it was given up, as it should be

        return Handler


def as_json(value: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    return status, {"content-type": "application/json", **headers}, json.dumps(value).encode()

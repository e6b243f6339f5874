"""The application of the demonstration, with one subscriber signed in: from there one goes to their
own pages and to a challenge, as from a real one. `python -m monitor.simulation.application`.

It is told all about itself by a line of JSON on its standard input, and ends with it.
"""

import html
import secrets
import select
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import msgspec
from msgspec import Struct

from monitor import clock
from monitor.mfa import hand_off, totp
from monitor.mfa.hand_off import AUDIENCE, LONGEST, HandOff
from monitor.simulation.cast import Played

LIFETIME_S: Final = 60
_TIMEOUT_S: Final = 5.0
_LOOK_S: Final = 1.0
_BACK: Final = "/back"
"""Where whoever has passed a challenge comes back to."""


class Told(Struct, frozen=True, kw_only=True):
    """What it knows: its port, Vigie's address, the secret by which it hands people over, a key of
    Vigie's API, who is signed in, and the secret of their authenticator."""

    port: int
    vigie: str
    secret: str
    key: str
    played: Played
    totp: bytes


class Application:
    """What it answers. `now` gives ms since 1970 UTC."""

    def __init__(self, told: Told, transport: httpx2.BaseTransport | None = None) -> None:
        self.told = told
        self._client = httpx2.Client(
            base_url=told.vigie,
            headers={"Authorization": f"Bearer {told.key}"},
            timeout=_TIMEOUT_S,
            transport=transport,
        )

    def answer(self, target: str, language: str, now: int) -> tuple[HTTPStatus, str]:
        """A page, or the address that a browser is sent to (303)."""
        asked = urlsplit(target)
        if asked.path == "/":
            return HTTPStatus.OK, self._page(language, now)
        if asked.path == _BACK:
            return HTTPStatus.OK, self._page(language, now, _WORDS[language]["back"])
        if asked.path == "/hand-off":
            return HTTPStatus.SEE_OTHER, self._handed_over(asked.query, now)
        if asked.path == "/challenge":
            return self._challenged(language, now)
        return HTTPStatus.NOT_FOUND, self._page(language, now)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _handed_over(self, query: str, now: int) -> str:
        state = parse_qs(query).get("state", [""])[0]
        played, began = self.told.played, now // 1_000
        handed = HandOff(
            aud=AUDIENCE,
            tenant=played.tenant,
            sub=played.account,
            sid=played.session or None,
            iat=began,
            exp=began + LIFETIME_S,
            jti=secrets.token_urlsafe(24),
            state=state[:128],
        )
        token = hand_off.write(handed, self.told.secret.encode())
        return f"{self.told.vigie}/me/enter?{urlencode({'hand_off': token})}"

    def _challenged(self, language: str, now: int) -> tuple[HTTPStatus, str]:
        """A new challenge each time; where Vigie makes none, the page says why."""
        played = self.told.played
        wanted = {
            "tenant": played.tenant,
            "account": played.account,
            "session": played.session,
            "language": language,
            "return_to": f"http://127.0.0.1:{self.told.port}{_BACK}",
        }
        try:
            answer = self._client.post("/api/v1/challenges", json=wanted)
            told = answer.json()
        except (httpx2.RequestError, ValueError) as error:
            return HTTPStatus.BAD_GATEWAY, self._page(language, now, f"Vigie: {error}")
        if answer.status_code == HTTPStatus.CREATED:
            return HTTPStatus.SEE_OTHER, str(told["link"])
        why = str(told.get("detail", "")) if isinstance(told, dict) else ""
        return HTTPStatus.BAD_GATEWAY, self._page(language, now, f"Vigie: {why}")

    def _page(self, language: str, now: int, told: str = "") -> str:
        words = _WORDS[language]
        code = totp.code(self.told.totp, now)
        values = {
            "language": language,
            "me": f"{self.told.vigie}/me/begin",
            "name": self.told.played.name,
            "code": f"{code[:3]} {code[3:]}",
            "key": totp.grouped(self.told.totp),
            "told": told,
        }
        shown = {name: html.escape(value) for name, value in values.items()}
        return _PAGE.format_map({**words, **shown})


def language_of(accepted: str) -> str:
    """The one of ours that comes first in an `Accept-Language`."""
    for part in accepted[:200].lower().split(","):
        if (found := part.strip()[:2]) in _WORDS:
            return found
    return "en"


class _Handler(BaseHTTPRequestHandler):
    application: Application
    hosts: frozenset[str]

    def do_GET(self) -> None:
        accepted = self.headers.get("accept-language", "")
        if self.headers.get("host", "") not in self.hosts or len(self.path) > LONGEST:
            self._say(HTTPStatus.MISDIRECTED_REQUEST, "")
            return
        status, told = self.application.answer(self.path, language_of(accepted), clock.now_ms())
        self._say(status, told)

    def _say(self, status: HTTPStatus, told: str) -> None:
        goes = status is HTTPStatus.SEE_OTHER
        body = b"" if goes else told.encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if goes:
            self.send_header("Location", told)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the terminal is the demonstration's."""


def serve(told: Told) -> ThreadingHTTPServer:
    """The server, listening on the loopback address; its caller runs and closes it."""
    server = ThreadingHTTPServer(("127.0.0.1", told.port), _Handler)
    port = server.server_address[1]
    hosts = frozenset((f"127.0.0.1:{port}", f"localhost:{port}"))
    server.RequestHandlerClass = type(
        "Handler", (_Handler,), {"application": Application(told), "hosts": hosts}
    )
    server.daemon_threads = True
    return server


def main() -> None:
    """Run as a program, until the standard input ends."""
    held = sys.stdin.buffer
    told = msgspec.json.decode(held.readline(), type=Told)
    server = serve(told)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        if select.select([held], [], [], _LOOK_S)[0] and held.read(1) == b"":
            break
    server.shutdown()
    server.server_close()


_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_WORDS = {
    "en": {
        "title": "An application that Vigie watches",
        "signed_in": "Signed in:",
        "own": "My sign-ins, sessions and devices",
        "try": "A challenge to try",
        "try_about": "What a subscriber meets when something is off."
        " It asks for a passkey or a code.",
        "back": "You have proved that it is you, and go on here.",
        "shows": "Their authenticator shows:",
        "key_is": "The key, to type into an authenticator of yours:",
    },
    "fr": {
        "title": "Une application que Vigie surveille",
        "signed_in": "Connecté :",
        "own": "Mes connexions, mes sessions et mes appareils",
        "try": "Une vérification à essayer",
        "try_about": "Ce que voit un utilisateur quand quelque chose cloche : une clé d’accès"
        " ou un code lui est demandé.",
        "back": "Vous avez prouvé que c’était vous ; vous pouvez continuer.",
        "shows": "Son application d’authentification affiche :",
        "key_is": "La clé, à saisir dans la vôtre :",
    },
}
_PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta http-equiv="refresh" content="10; url=/">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}
code{{font-size:1.4rem}}</style>
<main><h1>{title}</h1><p>{signed_in} <strong>{name}</strong></p><p role="alert">{told}</p>
<ul><li><a href="{me}">{own}</a></li><li><a href="/challenge">{try}</a><br>{try_about}</li></ul>
<p>{shows} <code>{code}</code><br>{key_is} <code>{key}</code></p></main></html>
"""

if __name__ == "__main__":
    main()

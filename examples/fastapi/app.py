"""A small application behind nginx and Vigie's gate: who signs in has a session, and some work.

What it does for Vigie: it writes its sign-ins into a log (OCSF 1.6), seals a cookie that the gate
reads, asks before it answers whoever signs in, and hands people over to their own pages.
"""

import base64
import hmac
import json
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from vigie_client import AsyncVigie, SignIn, Verdict

ADDRESS = os.environ["APP_ADDRESS"]  # as browsers have it: nginx's
GATE_SECRET = os.environ["GATE_SECRET"]  # gate.cookie_secret in Vigie's settings
LOG = os.environ["SIGN_IN_LOG"]
VIGIE, KEY = os.environ["VIGIE"], os.environ.get("VIGIE_KEY")  # without a key it does not ask
HAND_OFF_SECRET = os.environ["HAND_OFF_SECRET"]
SECURE = ADDRESS.startswith("https:")
HOURS_8 = 8 * 3_600
PEOPLE = {"anna": "shows-how-it-is-done", "bruno": "shows-how-it-is-done"}  # an example's only
SESSIONS: dict[str, tuple[str, float]] = {}  # by id: whose, and since when


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    if KEY is None:
        app.state.vigie = None
        yield
    else:
        async with AsyncVigie(VIGIE, KEY) as app.state.vigie:
            yield


app = FastAPI(lifespan=running)


def text(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


# The ten lines for the gate: a cookie that nobody else can make, bound to the session's own.
def gate_cookie(account: str, session: str, began: float) -> str:
    told = {"account": account, "session": public(session), "began": began}
    body = text(json.dumps({**told, "until": began + HOURS_8}).encode())
    signed = b"vigie-gate:1." + body + b"." + session.encode()
    mac = text(hmac.digest(GATE_SECRET.encode(), signed, "sha256"))
    return b".".join((b"1", body, mac)).decode()


def public(session: str) -> str:
    """What logs call a session: never the key that opens it."""
    return hmac.digest(GATE_SECRET.encode(), b"name:" + session.encode(), "sha256").hex()[:24]


# The ten lines for people's own pages: a token (JWT, HS256) of a minute, good once.
def hand_off(account: str, session: str, state: str) -> str:
    now = int(time.time())
    told = {"aud": "vigie:me", "tenant": "default", "sub": account, "sid": public(session)}
    told |= {"jti": secrets.token_hex(16), "state": state}
    head = text(b'{"alg":"HS256","typ":"JWT"}')
    signed = head + b"." + text(json.dumps({**told, "iat": now, "exp": now + 60}).encode())
    return (signed + b"." + text(hmac.digest(HAND_OFF_SECRET.encode(), signed, "sha256"))).decode()


def write_down(request: Request, activity: int, account: str, session: str, right: bool) -> str:
    """One line of the log; the id that it has."""
    uid = secrets.token_hex(16)
    line: dict[str, Any] = {
        "class_uid": 3002,
        "activity_id": activity,
        "status_id": 1 if right else 2,
        "time": time.time_ns() // 1_000_000,
        "metadata": {"version": "1.6.0", "uid": uid, "product": {"name": "example"}},
        "user": {"uid": account},
        "src_endpoint": {"ip": request.headers["x-real-ip"]},  # nginx writes it
        "http_request": {"user_agent": request.headers.get("user-agent", "")},
    }
    if session:
        line["session"] = {"uid": public(session)}
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    return uid


def page(body: str, status: int = 200) -> HTMLResponse:
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>The example</title>'
    return HTMLResponse(f"{head}<main>{body}</main></html>", status)


def form(told: str = "", status: int = 200) -> HTMLResponse:
    return page(
        f'<h1>Sign in</h1><p role="alert">{escape(told)}</p><form method="post">'
        '<label>Name <input name="name" autocomplete="username"></label>'
        '<label>Password <input name="password" type="password"></label>'
        "<button>Sign in</button></form>",
        status,
    )


@app.get("/sign-in")
def sign_in() -> Response:
    return form()


@app.post("/sign-in")
async def signed_in(request: Request) -> Response:
    sent = parse_qs((await request.body())[:4_096].decode("utf-8", "replace"))
    name, password = sent.get("name", [""])[0], sent.get("password", [""])[0]
    if not hmac.compare_digest(PEOPLE.get(name, secrets.token_hex()).encode(), password.encode()):
        write_down(request, 1, name, "", right=False)
        return form("That is not right.", 403)
    session, began = secrets.token_urlsafe(32), time.time()
    uid = write_down(request, 1, name, session, right=True)
    where = f"{ADDRESS}/"
    if request.app.state.vigie is not None:
        asked = SignIn(
            account=name,
            uid=uid,
            session=public(session),
            ip=request.headers["x-real-ip"],
            user_agent=request.headers.get("user-agent"),
            return_to=where,
        )
        decision = await request.app.state.vigie.decide(asked)
        if decision.verdict is Verdict.DENY:
            return form("Not from here, not now. Please call us.", 403)
        if decision.challenge is not None:
            where = decision.challenge.link
    SESSIONS[session] = (name, began)
    answer = RedirectResponse(where, 303)
    for cookie, value in (("session", session), ("vigie_gate", gate_cookie(name, session, began))):
        answer.set_cookie(cookie, value, HOURS_8, secure=SECURE, httponly=True, samesite="lax")
    return answer


@app.get("/")
def work(request: Request) -> Response:
    session = request.cookies.get("session", "")
    if session not in SESSIONS:
        return RedirectResponse("/sign-in", 303)
    name, _ = SESSIONS[session]
    write_down(request, 99, name, session, right=True)
    own = f'<a href="{VIGIE}/me/begin">My sign-ins</a>'
    return page(f"<h1>Work</h1><p>{escape(name)} is at work.</p><p>{own}</p>")


@app.get("/hand-off")
def handed_over(request: Request, state: str = "") -> Response:
    """Vigie asks who is signed in here (`/me/begin`)."""
    session = request.cookies.get("session", "")
    if session not in SESSIONS:
        return RedirectResponse("/sign-in", 303)
    token = hand_off(SESSIONS[session][0], session, state)
    return RedirectResponse(f"{VIGIE}/me/enter?hand_off={token}", 303)

"""Vigie's own sign-ins as events for its own detectors: who watches is watched as well.

Each is a line of OCSF in the inbox, where the engine finds it as it finds what others push, durable
before the answer. What cannot be written keeps nobody out: it is counted, and told.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import now_ms
from monitor.formats.limits import bounded
from monitor.services.keyring import Keyring
from monitor.services.sessions import Client
from monitor.store.connection import reading
from monitor.store.inbox import Inbox, Parcel
from monitor.store.writing import Writing

SOURCE: Final = "vigie"
"""What the source is called; no other may bear the name."""
TENANT: Final = "vigie"
_NOTE = "own_sign_ins_lost"
_PSEUDONYM = 12
_PASSWORD, _OTP = 11, 7
WEBAUTHN: Final = 10
"""OCSF's number of a passkey."""
_LOGON, _LOGOFF = 1, 2
_SUCCESS, _FAILURE = 1, 2

_log = logging.getLogger(__name__)


class Refused(Enum):
    """Why a sign-in was refused, in OCSF's `status_detail`. Its browser is told nothing of it."""

    WRONG_PASSWORD = "INVALID_CREDENTIALS"
    UNKNOWN_NAME = "UNKNOWN_USER"
    WRONG_CODE = "MFA_DENIED"
    DISABLED = "ACCOUNT_DISABLED"
    THROTTLED = "ACCOUNT_LOCKED"


class OwnSignIns:
    """Writes them. Safe to share between threads; `now` gives ms since 1970 UTC. `engine` is one
    whose commits are durable."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        now: Callable[[], int] = now_ms,
        tenant: str = TENANT,
    ) -> None:
        self._inbox = Inbox(engine)
        self._reading = reading(engine)
        self._key = keyring.limits
        self._now = now
        self._tenant = tenant
        self._lost = 0

    def entered(
        self, uid: str, email: str, session: str, client: Client, *, factors: tuple[int, ...] = ()
    ) -> None:
        """A reviewer has signed in; `factors` are OCSF's numbers of what was shown. A passkey is
        two by itself: the device, and what unlocks it."""
        shown = factors or (_PASSWORD, _OTP)
        self._put(
            _LOGON,
            _SUCCESS,
            client,
            user={"uid": uid, "name": email},
            session={"uid": session},
            is_mfa=len(shown) > 1 or WEBAUTHN in shown,
            auth_factors=[{"factor_type_id": one} for one in shown],
        )

    def refused(self, uid: str | None, name: str, reason: Refused, client: Client) -> None:
        """Somebody was not let in. A name that is nobody's and no address is not kept as it was
        typed: people type passwords there."""
        # What was no text in the form is none in a line either.
        shown = name.encode("utf-8", "replace").decode()
        user = {"name": shown if uid or "@" in name else self._pseudonym(name)}
        if uid is not None:
            user["uid"] = uid
        self._put(_LOGON, _FAILURE, client, user=user, status_detail=reason.value)

    def left(self, uid: str, email: str, session: str, client: Client) -> None:
        """A reviewer has signed out."""
        told = {"user": {"uid": uid, "name": email}, "session": {"uid": session}}
        self._put(_LOGOFF, _SUCCESS, client, **told)

    def withheld(self) -> None:
        """One was not written since too many are refused at this moment."""
        self._lost += 1

    def lost(self) -> int:
        """How many were not written, for whatever reason."""
        with self._reading.connect() as connection:
            noted = Writing(connection).note(_NOTE)
        return self._lost + (0 if noted is None else int(noted))

    def _put(self, activity: int, status: int, client: Client, **fields: Any) -> None:
        now = self._now()
        event: dict[str, Any] = {
            "class_uid": 3002,
            "class_name": "Authentication",
            "activity_id": activity,
            "type_uid": 300_200 + activity,
            "time": now,
            "status_id": status,
            "metadata": {
                "uid": secrets.token_hex(16),
                "version": "1.6.0",
                "product": {"name": "Vigie", "vendor_name": "Vigie"},
                "tenant_uid": self._tenant,
            },
            **fields,
        }
        if client.ip:
            event["src_endpoint"] = {"ip": client.ip}
        if client.user_agent:
            event["http_request"] = {"user_agent": bounded(client.user_agent)}
        line = msgspec.json.encode(event)
        lost = self._lost
        try:
            self._inbox.put([Parcel(SOURCE, SOURCE, [line], is_beginning=True)], now, _adding(lost))
        except (SQLAlchemyError, OSError) as error:
            self._lost += 1
            _log.error(
                "a sign-in to Vigie could not be written for its detectors (%s); %d lost so far",
                type(error).__name__,
                self._lost,
            )
        else:
            self._lost -= lost

    def _pseudonym(self, name: str) -> str:
        digest = hmac.digest(self._key, name.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"unknown-{digest.hex()[:_PSEUDONYM]}"


def _adding(lost: int) -> Callable[[Connection], None]:
    def also(connection: Connection) -> None:
        if lost:
            writing = Writing(connection)
            before = writing.note(_NOTE)
            writing.set_note(_NOTE, str(lost + (0 if before is None else int(before))).encode())

    return also

"""What Vigie writes to its own detectors: its sign-ins, what people answered, and sign-ins that
applications asked about before they answered their users.

Only the source that nobody can send to is read by it: an answer in a log of others is no answer.
"""

from typing import ClassVar

import msgspec
from msgspec import Struct

from detectors.core.event import (
    Activity,
    Answer,
    Event,
    FailureReason,
    Feedback,
    Outcome,
    SignIn,
)
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.identity import native_id
from monitor.formats.limits import trimmed
from monitor.formats.ocsf import Ocsf

MOST_SHOWN = 96
"""Devices, networks and places that one answer is about: as many as a profile knows."""
ASKED = "vigie:asked"
"""The source that sign-ins have which an application asked about: no other can be called so."""
_MARK = b'"class_uid":0,'
"""No text in a line can hold it: its quotation marks would be written otherwise."""
_ASKED_MARK = b'"class_name":"Question"'


class _Metadata(Struct):
    uid: str
    tenant_uid: str
    version: str = "1.6.0"


class _User(Struct, omit_defaults=True):
    uid: str = ""


class _Told(Struct, omit_defaults=True):
    answer: Answer
    about: str | None = None
    shown: tuple[str, ...] = ()
    session: str | None = None
    method: str | None = None


class _Line(Struct):
    time: int
    metadata: _Metadata
    user: _User
    unmapped: _Told
    class_uid: int = 0
    class_name: str = "Base Event"
    activity_id: int = 99
    type_uid: int = 99


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sign-in that an application asked about at `time` (ms), and how it ended as far as the
    application said.

    `handle` is the question's; `uid` the log's own id of the sign-in, where the application knows
    it. `by_name`: the account is known by its name only.
    """

    handle: str
    time: int
    tenant: str
    account: str
    uid: str | None = None
    account_name: str | None = None
    by_name: bool = False
    session: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    mfa: bool | None = None
    mfa_method: str | None = None
    outcome: Outcome = Outcome.PENDING
    failure_reason: FailureReason | None = None


class _Question(Struct):
    unmapped: Asked
    class_uid: int = 0
    class_name: str = "Question"


_decode_question = msgspec.json.Decoder(_Question).decode
_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def answer_line(
    uid: str,
    tenant: str,
    account: str,
    answer: Answer,
    time: int,
    about: bytes | None = None,
    shown: tuple[str, ...] = (),
    *,
    session: str | None = None,
    method: str | None = None,
) -> bytes:
    """A line that says what somebody answered about an account at a time (ms), without a newline.

    `uid` tells this answer from all others: given twice at one time it is the same. Without an
    account the line stands for no event. `session` is the log's, `method` what a challenge was
    passed by.
    """
    reference = None if about is None else about.hex()
    told = _Told(answer, reference, shown[:MOST_SHOWN], session, method)
    return _encode(_Line(time, _Metadata(uid, tenant), _User(account), told))


def asked_line(asked: Asked) -> bytes:
    """A line that says that an application asked, or how what it asked about ended."""
    return _encode(_Question(asked))


def asked_event(asked: Asked) -> SignIn:
    """The event that such a line stands for: the same one however often it is told."""
    return SignIn(
        id=native_id(asked.time, ASKED, asked.tenant, asked.handle),
        time=asked.time,
        tenant=asked.tenant,
        account=asked.account,
        account_name=asked.account_name,
        account_by_name=asked.by_name,
        source=ASKED,
        uid=asked.uid,
        activity=Activity.LOGON,
        outcome=asked.outcome,
        failure_reason=asked.failure_reason,
        session=asked.session,
        ip=asked.ip,
        user_agent=asked.user_agent,
        mfa=asked.mfa,
        mfa_method=asked.mfa_method,
    )


class Own:
    """OCSF as Vigie itself writes it, and answers among it."""

    name: ClassVar[str] = "own"
    title: ClassVar[str] = "What Vigie writes itself"
    composed: ClassVar[bool] = True

    def __init__(self) -> None:
        self._others = Ocsf()

    def claims(self, line: bytes) -> bool:
        """Whether it is an object of OCSF."""
        return self._others.claims(line)

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        """An answer or a question, or what OCSF makes of the line; none for an answer about
        nobody."""
        if _MARK not in line:
            return self._others.parse(line, origin)
        try:
            if _ASKED_MARK in line:
                return [asked_event(_decode_question(trimmed(line)).unmapped)]
            read = _decode(trimmed(line))
            about = None if read.unmapped.about is None else bytes.fromhex(read.unmapped.about)
        except (UnicodeDecodeError, RecursionError, ValueError) as error:
            raise MalformedLine(f"no answer that can be read: {error}") from None
        uid, tenant, account = read.metadata.uid, read.metadata.tenant_uid, read.user.uid
        if not account:
            return []
        return [
            Feedback(
                id=native_id(read.time, origin.source, tenant, uid),
                time=read.time,
                tenant=tenant,
                account=account,
                source=origin.source,
                uid=uid,
                answer=read.unmapped.answer,
                about=about,
                shown=read.unmapped.shown,
                session=read.unmapped.session,
                method=read.unmapped.method,
            )
        ]

    def day_without_year(self, line: bytes) -> tuple[int, int] | None:
        """None: every time here has a year."""
        return None

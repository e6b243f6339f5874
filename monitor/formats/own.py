"""What Vigie writes to its own detectors: its sign-ins, and what people answered.

Only the source that nobody can send to is read by it: an answer in a log of others is no answer.
"""

from typing import ClassVar

import msgspec
from msgspec import Struct

from detectors.core.event import Answer, Event, Feedback
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.identity import native_id
from monitor.formats.limits import trimmed
from monitor.formats.ocsf import Ocsf

MOST_SHOWN = 96
"""Devices, networks and places that one answer is about: as many as a profile knows."""
_MARK = b'"class_uid":0,'
"""No text in a line can hold it: its quotation marks would be written otherwise."""


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
        """An answer, or what OCSF makes of the line; none for an answer about nobody."""
        if _MARK not in line:
            return self._others.parse(line, origin)
        try:
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

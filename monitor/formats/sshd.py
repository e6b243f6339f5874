"""OpenSSH's server in syslog and in journald's JSON: who got in, who did not, who left."""

import re
from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import ClassVar

from msgspec import Struct

from detectors.core.event import Activity, Event, FailureReason, Outcome, SignIn
from monitor.formats.address import address
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.identity import line_id, native_id
from monitor.formats.limits import LEADING, bounded, trimmed
from monitor.formats.syslog import (
    Envelope,
    is_journal,
    is_syslog,
    unwrapped,
    unwrapped_journal,
    yearless_day,
)

MAXIMUM_REPEATS = 10_000
"""`message repeated N times` beyond this is rejected: nobody's log says that."""

_PROGRAM = re.compile(r"(?:\S*/)?sshd(?:-session|-auth)?(?:\((?P<module>pam_\w+)\))?")
_REPEATED = re.compile(rb"message repeated (\d+) times?: \[ ?(.*?)\]?", re.DOTALL)
_LEVEL = re.compile(rb"(?:error|fatal|info): ")
_STAGE = re.compile(rb" \[(?:pre|post)auth\]")

_ATTEMPT = re.compile(rb"(Accepted|Failed) (\S+) for (.*)", re.DOTALL)
_CUT_ATTEMPT = re.compile(
    rb"(?:Accepted|Failed) (?:password|publickey|keyboard-interactive|gssapi|hostbased|none"
    rb"|challenge-response|kerberos|rhosts)"
)
_INVALID = re.compile(rb"(?:invalid|illegal) user(?: |\Z)")
_UNKNOWN = re.compile(rb"(?:Invalid|Illegal) user(?: (.*))?", re.DOTALL)
_FROM = b" from "
_PEER = re.compile(rb" from (\S+) port (\d{1,5})(?: ssh\d?)?\Z")
_PEER_AND_KEY = re.compile(rb" from (\S+) port \d{1,5} ssh\d?: ")
_PEER_OR_HOST = re.compile(rb" from (\S+)(?: port \d{1,5})?(?: ssh\d?)?\Z")
_NOT_ALLOWED = b" not allowed because "
_SESSION = re.compile(rb"session (opened|closed) for user (.*)", re.DOTALL)
_SESSION_USER = re.compile(rb"(.*?)(?:\(uid=-?\d+\))?", re.DOTALL)
_MODULE = re.compile(rb"(pam_\w+)\(sshd[\w.-]*:\w+\): (.*)", re.DOTALL)
_PAM_FAILURE = re.compile(rb"[Aa]uthentication failure;(.*)", re.DOTALL)
_PAM_MORE = re.compile(rb"PAM (\d+) more authentication failures?;(.*)", re.DOTALL)
_PAM_ERROR = re.compile(rb"PAM: ([^:;]*?) for (.*)", re.DOTALL)
_PAM_LOCKED = re.compile(
    rb"Consecutive login failures for user (.*) account temporarily locked"
    rb"|user (.*) \(\d+\) tally \d+, deny \d+",
    re.DOTALL,
)
_PAM_EXPIRED = re.compile(rb"account (.*) has expired(?: \(account expired\))?", re.DOTALL)
_EXCEEDED = b"maximum authentication attempts exceeded for "
_DENIED = re.compile(rb"Access denied for user (.*) by PAM account configuration", re.DOTALL)
_EXPIRED = re.compile(rb"Account (.*) has expired", re.DOTALL)
_ROOT_REFUSED = re.compile(rb"ROOT LOGIN REFUSED FROM (\S+)(?: port \d{1,5})?")
_LEFT = re.compile(
    rb"(?:Disconnected from|Connection (?:closed|reset) by"
    rb"|Timeout, client not responding from) user (.*)",
    re.DOTALL,
)
_LEFT_PEER = re.compile(rb" (\S+) port \d{1,5}\Z")

_ESCAPES = re.compile(rb"(?:\\(?:\\|[0-3][0-7]{2}))+")
_ESCAPE = re.compile(rb"\\(\\|[0-7]{3})")
_PASSWORD_METHODS = (b"password", b"keyboard-interactive", b"challenge-response")


class _Said(Struct, frozen=True, gc=False):
    """What one message tells; `peer` is an address or a host name as written."""

    activity: Activity
    outcome: Outcome
    account: str
    peer: bytes | None = None
    reason: FailureReason | None = None
    method: str | None = None
    corroborating: bool = False


class Sshd:
    """OpenSSH in syslog (RFC 3164, RFC 5424, ISO 8601 stamps) and in `journalctl -o json`.

    `Accepted` and `Failed` lines are the attempts; lines that tell again of one (`Invalid user`,
    PAM, `session opened`) are corroborating. `zone` is that of stamps that name none.
    """

    name: ClassVar[str] = "sshd"
    title: ClassVar[str] = "OpenSSH server (syslog, journald)"

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.zone = zone
        self._zone = None if zone is UTC else zone

    def in_zone(self, zone: tzinfo) -> "Sshd":
        """The same with bare stamps taken in this zone."""
        return Sshd(zone)

    def claims(self, line: bytes) -> bool:
        """Whether it is a line of sshd, or an entry of the journal that may be of sshd."""
        if is_journal(line):
            return _is_in_journal(line)
        if b"sshd" not in line:
            return False
        try:
            envelope = unwrapped(trimmed(line))
        except MalformedLine:
            # What begins as syslog and breaks off within its header may be an attempt.
            return is_syslog(line)
        return envelope is not None and _PROGRAM.fullmatch(envelope.program) is not None

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        """The sign-ins and sign-outs a line tells of; none for other programs and other lines.

        `message repeated N times` gives N. Raises MalformedLine for what has no syslog header,
        and for an attempt that breaks off or whose stamp cannot be read.
        """
        line = trimmed(line)
        if not line or line.startswith(b"-- "):
            return []
        envelope = unwrapped_journal(line) if line.startswith(b"{") else unwrapped(line)
        if envelope is None:
            return []
        program = _PROGRAM.fullmatch(envelope.program)
        if program is None and envelope.program:
            return []
        module = program["module"] if program is not None else None
        said, repeats = _read(envelope.message, module)
        if said is None or not repeats:
            return []
        if repeats > MAXIMUM_REPEATS:
            raise MalformedLine(f"a message repeated more than {MAXIMUM_REPEATS:,} times")
        return self._events(said, repeats, envelope, line, origin)

    def day_without_year(self, line: bytes) -> tuple[int, int] | None:
        """(month, day) of a traditional syslog stamp, of whatever program the line is."""
        return yearless_day(line.lstrip(LEADING))

    def _events(
        self, said: _Said, repeats: int, envelope: Envelope, line: bytes, origin: Origin
    ) -> list[Event]:
        time = envelope.time(origin.year_of, self._zone)
        uid = None if envelope.uid is None else bounded(envelope.uid)
        session = None
        if envelope.pid is not None:
            session = bounded(f"{envelope.host or '-'}:{envelope.pid}")
        count = origin.occurrence(time // 1_000, line) if uid is None else 0
        ip = None if said.peer is None else address(said.peer.decode("utf-8", "replace"))
        account = bounded(said.account)
        return [
            SignIn(
                id=_id(time, origin, uid, line, count, ordinal),
                time=time,
                tenant=origin.tenant,
                account=account,
                account_name=account or None,
                account_by_name=bool(account),
                source=origin.source,
                uid=uid,
                activity=said.activity,
                outcome=said.outcome,
                failure_reason=said.reason,
                session=session,
                ip=ip,
                mfa_method=said.method,
                corroborating=said.corroborating,
            )
            for ordinal in range(repeats)
        ]


def _is_in_journal(line: bytes) -> bool:
    try:
        envelope = unwrapped_journal(trimmed(line))
    except MalformedLine:
        return True
    program = "" if envelope is None else envelope.program
    return not program or _PROGRAM.fullmatch(program) is not None


def _id(
    time: int, origin: Origin, uid: str | None, line: bytes, occurrence: int, ordinal: int
) -> bytes:
    if uid is not None:
        return native_id(time, origin.source, origin.tenant, uid, ordinal)
    return line_id(time, origin.source, origin.tenant, line, occurrence, ordinal)


def _read(message: bytes, module: str | None) -> tuple[_Said | None, int]:
    repeats = 1
    repeated = _REPEATED.fullmatch(message)
    if repeated is not None:
        digits, message = repeated.groups()
        repeats = int(digits) if len(digits) < 8 else MAXIMUM_REPEATS + 1
    level = _LEVEL.match(message)
    if level is not None:
        message = message[level.end() :]
    message = message.rstrip(b" ")
    if message.endswith((b" [preauth]", b" [postauth]")):
        stage = message.rpartition(b" [")
        message, is_preauth = stage[0].rstrip(b" "), stage[2] == b"preauth]"
    else:
        is_preauth = False
    return _told(message, module, is_preauth), repeats


def _told(message: bytes, module: str | None, is_preauth: bool) -> _Said | None:
    if module is not None:
        return _module_told(module.encode(), message)
    reader = _READERS.get(message[:1])
    if reader is not None:
        return reader(message)
    return None if is_preauth else _left(message)


def _attempt(message: bytes) -> _Said | None:
    found = _ATTEMPT.fullmatch(message)
    if found is None:
        if _CUT_ATTEMPT.match(message):
            raise MalformedLine("an attempt that breaks off before the user")
        return _refused_account(message)
    verb, method, rest = found.groups()
    invalid = _INVALID.match(rest)
    who = _who(rest if invalid is None else rest[invalid.end() :], invalid is not None)
    if who is None:
        if _CUT_ATTEMPT.match(message) is None:
            return None
        raise MalformedLine("an attempt without the address and port it came from")
    account, peer = who
    if verb == b"Accepted":
        name = bounded(method.decode("utf-8", "replace"))
        return _Said(Activity.LOGON, Outcome.SUCCESS, account, peer, method=name)
    if invalid is not None:
        reason = FailureReason.UNKNOWN_USER
    elif method.startswith(_PASSWORD_METHODS):
        reason = FailureReason.BAD_PASSWORD
    else:
        reason = FailureReason.OTHER
    return _Said(Activity.LOGON, Outcome.FAILURE, account, peer, reason)


def _who(text: bytes, is_invalid: bool) -> tuple[str, bytes] | None:
    """User and peer of `USER from ADDRESS port N ssh2[: KEY]`, where a stranger chose USER.

    Nothing that follows the peer of a line without a key is chosen by anybody, so it is the last
    one. With a key, a certificate's own id may hold anything too: the user of a real account
    holds no peer, so there it is the first one; of an invalid user, the last.
    """
    at = text.rfind(_FROM)
    peer = _PEER.match(text, at) if at >= 0 else _PEER.match(b" " + text)
    if peer is not None:
        return _unescaped(text[: max(at, 0)]), peer[1]
    peers = _PEER_AND_KEY.finditer(text)
    with_key = next(peers, None)
    if with_key is None:
        return None
    if is_invalid:
        *_, with_key = with_key, *peers
    return _unescaped(text[: with_key.start()]), with_key[1]


def _peer_or_host(text: bytes) -> tuple[bytes, bytes] | None:
    at = text.rfind(_FROM)
    peer = _PEER_OR_HOST.match(text, at) if at >= 0 else _PEER_OR_HOST.match(b" " + text)
    return None if peer is None else (text[: max(at, 0)], peer[1])


def _unknown_user(message: bytes) -> _Said | None:
    found = _UNKNOWN.fullmatch(message)
    if found is None:
        return None
    who = _peer_or_host(found[1] or b"")
    if who is None:
        raise MalformedLine("an invalid user without the address it came from")
    return _retold(_unescaped(who[0]), who[1], FailureReason.UNKNOWN_USER)


def _retold(account: str, peer: bytes | None, reason: FailureReason = FailureReason.OTHER) -> _Said:
    return _Said(Activity.LOGON, Outcome.FAILURE, account, peer, reason=reason, corroborating=True)


def _module_line(message: bytes) -> _Said | None:
    found = _MODULE.fullmatch(message)
    return None if found is None else _module_told(found[1], found[2])


def _module_told(module: bytes, text: bytes) -> _Said | None:
    failure = _PAM_FAILURE.fullmatch(text)
    if failure is not None:
        return _pam_failure(failure[1], module)
    session = _SESSION.fullmatch(text)
    if session is not None:
        return _session(session[1] == b"opened", session[2])
    locked = _PAM_LOCKED.fullmatch(text)
    if locked is not None:
        user = locked[2] if locked[1] is None else locked[1]
        return _retold(_plain(user), None, FailureReason.LOCKED)
    expired = _PAM_EXPIRED.fullmatch(text)
    if expired is not None:
        return _retold(_plain(expired[1]), None, FailureReason.DISABLED)
    return None


def _session(opened: bool, text: bytes) -> _Said:
    user = text.rpartition(b" by ")[0] or text.removesuffix(b" by") if opened else text
    whole = _SESSION_USER.fullmatch(user)
    account = _plain(user if whole is None else whole[1])
    if opened:
        return _Said(Activity.LOGON, Outcome.SUCCESS, account, corroborating=True)
    return _Said(Activity.LOGOFF, Outcome.SUCCESS, account)


def _pam_failure(text: bytes, module: bytes) -> _Said:
    _, _, after = text.partition(b" rhost=")
    host, _, rest = after.partition(b" ")
    user = (b" " + rest).partition(b" user=")[2]
    if not user and module == b"pam_krb5":
        user = text.partition(b"logname=")[2].partition(b" uid=")[0]
    # pam_unix leaves the user out when there is none of that name.
    unknown = not user and module == b"pam_unix"
    reason = FailureReason.UNKNOWN_USER if unknown else FailureReason.BAD_PASSWORD
    return _retold(_plain(user.strip(b" ")), host or None, reason)


def _pam_told(message: bytes) -> _Said | None:
    more = _PAM_MORE.fullmatch(message)
    if more is not None:
        return _pam_failure(more[2], b"pam_unix")
    error = _PAM_ERROR.fullmatch(message)
    who = None if error is None else _peer_or_host(error[2])
    if error is None or who is None:
        return None
    user, peer = who
    invalid = _INVALID.match(user)
    if invalid is not None:
        return _retold(_unescaped(user[invalid.end() :]), peer, FailureReason.UNKNOWN_USER)
    text = error[1].lower()
    reason = FailureReason.OTHER
    if text.startswith(b"authentication "):
        reason = FailureReason.BAD_PASSWORD
    elif b"not known" in text:
        reason = FailureReason.UNKNOWN_USER
    elif b"expired" in text:
        reason = FailureReason.DISABLED
    return _retold(_unescaped(user), peer, reason)


def _not_allowed(message: bytes) -> _Said | None:
    if not message.startswith(b"User "):
        return None
    text, is_refusal, why = message[len(b"User ") :].rpartition(_NOT_ALLOWED)
    if not is_refusal:
        return None
    who = _peer_or_host(text)
    user, peer = (text, None) if who is None else who
    if b"locked" in why:
        reason = FailureReason.LOCKED
    elif b"expired" in why or b"disabled" in why or why.startswith(b"shell "):
        reason = FailureReason.DISABLED
    else:
        reason = FailureReason.OTHER
    return _retold(_unescaped(user), peer, reason)


def _exceeded(message: bytes) -> _Said | None:
    if not message.startswith(_EXCEEDED):
        return None
    rest = message[len(_EXCEEDED) :]
    invalid = _INVALID.match(rest)
    who = _who(rest if invalid is None else rest[invalid.end() :], True)
    if who is None:
        raise MalformedLine("too many attempts, without the address they came from")
    reason = FailureReason.OTHER if invalid is None else FailureReason.UNKNOWN_USER
    return _retold(*who, reason)


def _refused_account(message: bytes) -> _Said | None:
    found = _DENIED.fullmatch(message) or _EXPIRED.fullmatch(message)
    return None if found is None else _retold(_unescaped(found[1]), None, FailureReason.DISABLED)


def _root_refused(message: bytes) -> _Said | None:
    found = _ROOT_REFUSED.fullmatch(message)
    return None if found is None else _retold("root", found[1])


def _left(message: bytes) -> _Said | None:
    found = _LEFT.fullmatch(message)
    if found is None:
        return None
    text = found[1]
    at = text.rfind(b" ", 0, text.rfind(b" port "))
    peer = _LEFT_PEER.match(text, at) if at >= 0 else None
    if peer is None:
        raise MalformedLine("a user who left, without the address")
    return _Said(Activity.LOGOFF, Outcome.SUCCESS, _unescaped(text[:at]), peer[1])


def _plain(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _unescaped(raw: bytes) -> str:
    r"""A user name as it was sent, of how sshd writes it (vis(3): `\\`, `\303\251`).

    Control characters, and bytes that are not UTF-8, stay escaped.
    """
    return _plain(_ESCAPES.sub(_unescape, raw) if b"\\" in raw else raw)


def _unescape(found: re.Match[bytes]) -> bytes:
    raw = _ESCAPE.sub(lambda one: b"\\" if one[1] == b"\\" else _byte(one[1]), found[0])
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return found[0]
    return raw if text.isprintable() else found[0]


def _byte(octal: bytes) -> bytes:
    return bytes((int(octal, 8),))


_READERS: dict[bytes, Callable[[bytes], _Said | None]] = {
    b"A": _attempt,
    b"F": _attempt,
    b"I": _unknown_user,
    b"p": _module_line,
    b"P": _pam_told,
    b"U": _not_allowed,
    b"m": _exceeded,
    b"R": _root_refused,
}

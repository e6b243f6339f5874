"""OCSF 1.6 Authentication (3002) and Account Change (3001), one JSON object a line."""

import re
from functools import lru_cache
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from detectors.core.event import (
    AccountChange,
    Activity,
    Change,
    Event,
    FailureReason,
    Outcome,
    SignIn,
)
from monitor.formats.address import address
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.identity import line_id, native_id
from monitor.formats.lenient import decoded
from monitor.formats.limits import LEADING, MAXIMUM_TEXT, bounded, trimmed
from monitor.formats.reasons import failure_reason, named_outcome, stated_outcome
from monitor.formats.stamp import LAST, SECONDS_TO, OutOfRangeError, UnreadableTimeError, from_text
from monitor.formats.syslog import carried, is_journal

AUTHENTICATION = 3002
ACCOUNT_CHANGE = 3001

_ACTIVITIES = {
    1: Activity.LOGON,
    2: Activity.LOGOFF,
    3: Activity.REFRESH,
    4: Activity.REFRESH,
    5: Activity.REFRESH,
}
_CHANGES = {
    1: Change.CREATED,
    2: Change.ENABLED,
    3: Change.PASSWORD,
    4: Change.PASSWORD,
    5: Change.DISABLED,
    6: Change.DELETED,
    7: Change.ROLE,
    8: Change.ROLE,
    9: Change.LOCKED,
    10: Change.FACTOR_ADDED,
    11: Change.FACTOR_REMOVED,
    12: Change.UNLOCKED,
}
_UNSAID = (None, 0, 99)
# An enum's members are slow to look up, and this is done for every line.
_SUCCESS, _FAILURE = Outcome.SUCCESS, Outcome.FAILURE
_OUTCOMES = {1: _SUCCESS, 2: _FAILURE}
_FACTORS = {
    1: "SMS",
    2: "Security Question",
    3: "Phone Call",
    4: "Biometric",
    5: "Push Notification",
    6: "Hardware Token",
    7: "OTP",
    8: "Email",
    9: "U2F",
    10: "WebAuthn",
    11: "Password",
}
_PASSWORD = "password"
# What Windows and others write for "nobody": not an account that all strangers would share.
_NOBODY = frozenset((None, "", "-", "S-1-0-0"))

_LOGON_NAMES = re.compile(
    r"log[oi]n|sign[oi]n|loggedin|signedin|authenticate|authentication$|sessionstart"
)
_LOGOFF_NAMES = re.compile(r"log(?:ged)?o(?:ff|ut)|sign(?:ed)?o(?:ff|ut)|sessionend")
_REFRESH_NAMES = re.compile(r"ticket|renew|refresh")
_ALIVE_NAMES = re.compile(r"heartbeat|keepalive")
_CHANGE_NAMES = (
    (re.compile(r"(?:mfa|factor).*(?:disabl|remov|delet|deactivat|reset|unenrol)"), 11),
    (re.compile(r"(?:disabl|remov|delet|deactivat|reset|unenrol).*(?:mfa|factor)"), 11),
    (re.compile(r"mfa|factor"), 10),
    (re.compile(r"password"), 3),
    (re.compile(r"unlock"), 12),
    (re.compile(r"lock"), 9),
    (re.compile(r"disabl|deactivat|suspend"), 5),
    (re.compile(r"enabl|reactivat|activat"), 2),
    (re.compile(r"policy|role|privilege|permission"), 7),
    (re.compile(r"delet|remov"), 6),
    (re.compile(r"creat|add"), 1),
)
_NOT_LETTER = re.compile(r"[^a-z0-9]+")


class _Named(Struct, gc=False):
    uid: str | int | None = None


class _User(Struct, gc=False):
    uid: str | int | None = None
    name: str | int | None = None
    email_addr: str | None = None
    org: _Named | None = None


class _Session(Struct, gc=False):
    uid: str | int | None = None
    is_mfa: bool | None = None


class _Actor(Struct, gc=False):
    user: _User | None = None
    session: _Session | None = None


class _Metadata(Struct, gc=False):
    uid: str | int | None = None
    tenant_uid: str | int | None = None


class _Endpoint(Struct, gc=False):
    ip: str | None = None


class _Request(Struct, gc=False):
    user_agent: str | None = None


class _Factor(Struct, gc=False):
    factor_type: str | None = None
    factor_type_id: int | None = None


class _Record(Struct, gc=False):
    class_uid: int = -1
    activity_id: int | None = None
    activity_name: str | None = None
    time: int = -1
    status_id: int | None = None
    status: str | None = None
    status_detail: str | None = None
    status_code: str | int | None = None
    metadata: _Metadata | None = None
    user: _User | None = None
    actor: _Actor | None = None
    session: _Session | None = None
    src_endpoint: _Endpoint | None = None
    http_request: _Request | None = None
    is_mfa: bool | None = None
    auth_factors: list[_Factor] | None = None
    mfa_factors: list[_Factor] | None = None


_typed = msgspec.json.Decoder(_Record)


class Ocsf:
    """OCSF NDJSON, read leniently: one field of a wrong type never loses a readable event."""

    name: ClassVar[str] = "ocsf"
    title: ClassVar[str] = "OCSF 1.6 Authentication and Account Change (NDJSON)"

    def claims(self, line: bytes) -> bool:
        """Whether it is a JSON object that names a class of OCSF."""
        if b'"class_uid"' in line:
            return line.lstrip(LEADING)[:1] == b"{"
        if b'"type_uid"' not in line and b'"class_name"' not in line:
            return False
        return line.lstrip(LEADING)[:1] == b"{" and not is_journal(line)

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        """One event for a line of class 3002 or 3001, none for other classes and blank lines.

        The object may be the message of a syslog line. Raises MalformedLine for what is no JSON
        object, and for an event without a readable time, or without anyone or anything that it
        could be about.
        """
        line = trimmed(line)
        if not line.startswith(b"{"):
            line = carried(line) or line
        if not line:
            return []
        record = _usual(line) or _unusual(line)
        if record is None:
            return []
        if record.class_uid == AUTHENTICATION:
            return [_sign_in(record, line, origin)]
        return [_account_change(record, line, origin)] if record.class_uid == ACCOUNT_CHANGE else []

    def day_without_year(self, line: bytes) -> tuple[int, int] | None:
        """None: every OCSF time has a year."""
        return None


def _usual(line: bytes) -> _Record | None:
    """A line whose fields have the types that the standard gives them; None for `_unusual`."""
    # NUL would end up in values: only the slower path replaces it.
    if b"\\u0000" in line:
        return None
    try:
        record = _typed.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    # The activity may be in the type alone, which is not worth reading of every line.
    if record.activity_id is None and not record.activity_name and b'"type_uid"' in line:
        return None
    if SECONDS_TO <= record.time <= LAST and record.class_uid >= 0:
        return record
    return None


def _unusual(line: bytes) -> _Record | None:
    """Any JSON object, field by field; None for classes that are of no interest."""
    data = decoded(line)
    if not isinstance(data, dict):
        raise MalformedLine("JSON, but not an object")
    sort = _class_of(data)
    return _record(data, sort) if sort in (AUTHENTICATION, ACCOUNT_CHANGE) else None


def _record(data: dict[str, Any], sort: int) -> _Record:
    get = data.get
    activity = _number(get("activity_id"))
    name = _text(get("activity_name")) or _unless_number(get("activity_id"))
    kind = _number(get("type_uid"))
    if activity is None and not name and kind is not None and kind // 100 == sort:
        activity = kind % 100
    return _Record(
        class_uid=sort,
        time=_time(data),
        activity_id=activity,
        activity_name=name,
        status_id=_number(get("status_id")),
        status=_stating(get("status")) or _unless_number(_stating(get("status_id"))),
        status_detail=_text(get("status_detail")),
        status_code=_stating(get("status_code")),
        is_mfa=_flag(get("is_mfa")),
        metadata=_metadata(get("metadata")),
        user=_user(get("user")),
        actor=_actor(get("actor")),
        session=_session(get("session")),
        src_endpoint=_Endpoint(_text(_inside(get("src_endpoint"), "ip"))),
        http_request=_Request(_text(_inside(get("http_request"), "user_agent"))),
        auth_factors=_factors(get("auth_factors")),
        mfa_factors=_factors(get("mfa_factors")),
    )


def _inside(value: Any, name: str) -> Any:
    """The named part of an object; a bare text or number stands for that part itself."""
    value = _first(value)
    return value.get(name) if isinstance(value, dict) else value


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _text(value: Any) -> str | None:
    value = _first(value)
    if isinstance(value, str):
        return bounded(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return str(value)
    except ValueError:
        return f"{value:#x}"


def _stating(value: Any) -> str | None:
    """A text, also of a boolean."""
    value = _first(value)
    return str(value).lower() if isinstance(value, bool) else _text(value)


def _number(value: Any) -> int | None:
    text = _text(value)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        whole, dot, fraction = text.partition(".")
        is_whole = dot and not fraction.strip("0") and whole.isdigit() and len(whole) < 20
        return int(whole) if is_whole else None


def _unless_number(value: Any) -> str | None:
    return value if isinstance(value, str) and _number(value) is None else None


def _flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return _FLAGS.get((_text(value) or "").strip().lower())


_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _user(value: Any) -> _User | None:
    value = _first(value)
    if not isinstance(value, dict):
        name = _text(value)
        return None if name is None else _User(name=name)
    return _User(
        uid=_text(value.get("uid")),
        name=_text(value.get("name")),
        email_addr=_text(value.get("email_addr")),
        org=_Named(_text(_inside(value.get("org"), "uid"))),
    )


def _session(value: Any) -> _Session | None:
    value = _first(value)
    flag = _flag(value.get("is_mfa")) if isinstance(value, dict) else None
    return _Session(_text(_inside(value, "uid")), flag)


def _actor(value: Any) -> _Actor | None:
    if not isinstance(value, dict):
        return None
    return _Actor(_user(value.get("user")), _session(value.get("session")))


def _metadata(value: Any) -> _Metadata | None:
    if not isinstance(value, dict):
        return None
    return _Metadata(_text(value.get("uid")), _text(value.get("tenant_uid")))


def _factors(value: Any) -> list[_Factor] | None:
    if value is None:
        return None
    return [
        _Factor(_text(_inside(one, "factor_type")), _number(_inside(one, "factor_type_id")))
        for one in (value if isinstance(value, list) else [value])
    ]


def _class_of(data: dict[str, Any]) -> int:
    sort = _number(data.get("class_uid"))
    if sort is not None:
        return sort
    kind = _number(data.get("type_uid"))
    if kind is not None:
        return kind // 100
    name = _text(data.get("class_name"))
    if name is None:
        raise MalformedLine("JSON, but no event of OCSF: no class_uid")
    return _CLASSES.get(_NOT_LETTER.sub("", name.lower()), 0)


_CLASSES = {"authentication": AUTHENTICATION, "accountchange": ACCOUNT_CHANGE}


def _time(data: dict[str, Any]) -> int:
    """`time`, or `time_dt` where that is missing or no time at all."""
    number, written = _text(data.get("time")), _text(data.get("time_dt"))
    if number is None and written is None:
        raise MalformedLine("no time" if data.get("time") is None else "a time of no use")
    try:
        return from_text(number if number is not None else written or "")
    except OutOfRangeError as error:
        raise MalformedLine(str(error)) from None
    except UnreadableTimeError as error:
        if number is None or written is None:
            raise MalformedLine(str(error)) from None
        return _time({"time_dt": written})


def _sign_in(record: _Record, line: bytes, origin: Origin) -> SignIn:
    user = record.user
    account, name, by_name = _account(user)
    if not account and record.actor is not None:
        user = record.actor.user
        account, name, by_name = _account(user)
    session = _session_uid(record)
    activity = _ACTIVITIES.get(record.activity_id or 0) or _activity(record)
    outcome = _OUTCOMES.get(record.status_id or 0) or _stated(record, activity, session)
    endpoint, request = record.src_endpoint, record.http_request
    ip = None if endpoint is None or endpoint.ip is None else address(endpoint.ip)
    if not account and (outcome is _SUCCESS or ip is None):
        what = "neither an account nor an address" if ip is None else "a success of no account"
        raise MalformedLine(what)
    metadata, source, time = record.metadata, origin.source, record.time
    tenant = _tenant(metadata, user, origin)
    uid = None if metadata is None else _said(metadata.uid)
    return SignIn(
        id=_line_id(time, tenant, line, origin)
        if uid is None
        else native_id(time, source, tenant, uid),
        time=time,
        tenant=tenant,
        account=account,
        account_name=name,
        account_by_name=by_name,
        source=source,
        uid=uid,
        activity=activity,
        outcome=outcome,
        failure_reason=_reason(record) if outcome is _FAILURE else None,
        session=session,
        ip=ip,
        user_agent=None if request is None else _said(request.user_agent),
        mfa=_mfa(record) if record.is_mfa is None else record.is_mfa,
        mfa_method=_method(record.mfa_factors or record.auth_factors),
    )


def _account_change(record: _Record, line: bytes, origin: Origin) -> AccountChange:
    actor = record.actor.user if record.actor is not None else None
    user = record.user
    account, name, by_name = _account(user)
    if not account:
        user = actor
        account, name, by_name = _account(user)
    if not account:
        raise MalformedLine("a change to no account")
    endpoint, request = record.src_endpoint, record.http_request
    tenant = _tenant(record.metadata, user, origin)
    uid = None if record.metadata is None else _said(record.metadata.uid)
    session = _session_uid(record)
    outcome = _OUTCOMES.get(record.status_id or 0)
    return AccountChange(
        id=_line_id(record.time, tenant, line, origin)
        if uid is None
        else native_id(record.time, origin.source, tenant, uid),
        time=record.time,
        tenant=tenant,
        account=account,
        account_name=name,
        account_by_name=by_name,
        source=origin.source,
        uid=uid,
        change=_change(record),
        outcome=outcome or _stated(record, Activity.OTHER, session),
        actor=_account(actor)[0] or None,
        ip=None if endpoint is None or endpoint.ip is None else address(endpoint.ip),
        user_agent=None if request is None else _said(request.user_agent),
        session=session,
    )


def _line_id(time: int, tenant: str, line: bytes, origin: Origin) -> bytes:
    count = origin.occurrence(time // 1_000, line)
    return line_id(time, origin.source, tenant, line, count)


def _said(value: str | int | None) -> str | None:
    if type(value) is str:
        return (value or None) if len(value) <= MAXIMUM_TEXT else bounded(value)
    return None if value is None else bounded(_text(value) or "")


def _account(user: _User | None) -> tuple[str, str | None, bool]:
    """Account, name, and whether the account is known by its name only."""
    if user is None:
        return "", None, False
    uid, name = _said(user.uid), _said(user.name)
    if name in _NOBODY or (name is not None and name.isspace()):
        name = None
    if uid not in _NOBODY and uid is not None and not uid.isspace():
        return uid, name, False
    if name is None:
        name = _said(user.email_addr)
    return (name, name, True) if name is not None else ("", None, False)


def _tenant(metadata: _Metadata | None, user: _User | None, origin: Origin) -> str:
    tenant = None if metadata is None else _said(metadata.tenant_uid)
    if tenant is None and user is not None and user.org is not None:
        tenant = _said(user.org.uid)
    return origin.tenant if tenant is None else tenant


def _session_uid(record: _Record) -> str | None:
    session = record.session
    uid = None if session is None else _said(session.uid)
    if uid is None and record.actor is not None and record.actor.session is not None:
        uid = _said(record.actor.session.uid)
    return uid


def _activity(record: _Record) -> Activity:
    if record.activity_id not in _UNSAID:
        return Activity.OTHER
    if not record.activity_name:
        # An authentication that does not say which one is a sign-in.
        return Activity.LOGON if record.activity_id is None else Activity.OTHER
    return _named_activity(record.activity_name[:256])


@lru_cache(maxsize=4_096)
def _named_activity(text: str) -> Activity:
    name = _NOT_LETTER.sub("", text.lower())
    for pattern, activity in (
        (_REFRESH_NAMES, Activity.REFRESH),
        (_LOGOFF_NAMES, Activity.LOGOFF),
        (_LOGON_NAMES, Activity.LOGON),
        # A page that tells it is still open does so by a timer, as it renews its token.
        (_ALIVE_NAMES, Activity.REFRESH),
    ):
        if pattern.search(name):
            return activity
    return Activity.OTHER


def _change(record: _Record) -> Change:
    number = record.activity_id
    if number in _UNSAID and record.activity_name is not None:
        name = _NOT_LETTER.sub("", record.activity_name[:256].lower())
        number = next((n for pattern, n in _CHANGE_NAMES if pattern.search(name)), None)
    return _CHANGES.get(number or 0, Change.OTHER)


def _stated(record: _Record, activity: Activity, session: str | None) -> Outcome:
    """The outcome where `status_id` does not say it.

    The texts may, and the activity's name of a sign-in. A sign-in whose log has no status at all,
    or that came to a session, is one; a sign-in expressly of unknown end, or with a status that
    nobody understands, did not demonstrably succeed and is a failure.
    """
    detail, code = record.status_detail, _said(record.status_code)
    for outcome in (_outcome_of(record.status), _told(detail, code)):
        if outcome is not None:
            return outcome
    if record.class_uid == AUTHENTICATION and record.activity_name:
        outcome = named_outcome(record.activity_name[:256])
        if outcome is not None:
            return outcome
    nothing_said = record.status_id is None and record.status is None
    nothing_said = nothing_said and _is_nothing(detail) and _is_nothing(code)
    if activity is Activity.LOGON and not nothing_said and session is None:
        return Outcome.FAILURE
    return Outcome.SUCCESS


def _told(detail: str | None, code: str | None) -> Outcome | None:
    """What detail and code say: a code of another end than success is the exacter one."""
    coded = _outcome_of(code)
    if coded is not None and coded is not _SUCCESS:
        return coded
    return _outcome_of(detail) or coded


def _outcome_of(text: str | None) -> Outcome | None:
    return None if text is None else stated_outcome(text)


def _is_nothing(text: str | None) -> bool:
    return text is None or text.strip().lower() in _NOTHING


_NOTHING = frozenset(("", "-", "n/a", "none", "null"))


def _reason(record: _Record) -> FailureReason | None:
    reason = None
    for text in (record.status_detail, _said(record.status_code)):
        if text is not None and not text.isspace() and text:
            reason = failure_reason(text)
            if reason is not FailureReason.OTHER:
                return reason
    if record.status is None:
        return reason
    told = failure_reason(record.status)
    return reason if told is FailureReason.OTHER else told


def _mfa(record: _Record) -> bool | None:
    """Whether several factors were used, where `is_mfa` does not say: two different ones are."""
    if record.session is not None and record.session.is_mfa is not None:
        return record.session.is_mfa
    factors = {_factor_name(factor) for factor in record.auth_factors or ()} - {None}
    return True if len(factors) > 1 else None


def _method(factors: list[_Factor] | None) -> str | None:
    """The first factor that is not the password; the password when there is no other."""
    if not factors:
        return None
    named = [name for factor in factors if (name := _factor_name(factor)) is not None]
    return next((name for name in named if name.lower() != _PASSWORD), named[0] if named else None)


def _factor_name(factor: _Factor) -> str | None:
    said = _said(factor.factor_type)
    known = _FACTORS.get(factor.factor_type_id or 0)
    return known if said is None or (said in ("Unknown", "Other") and known) else said

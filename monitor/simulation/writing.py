"""Acts as an identity provider logs them (OCSF 1.6, one JSON line each), and labels as JSON."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import UNSET, Struct, UnsetType

from detectors.core.identity import digest
from monitor.simulation import style
from monitor.simulation.acts import (
    FACTOR_ENABLE,
    LOGOFF,
    LOGON,
    OTHER,
    PASSWORD_RESET,
    RENEWAL,
    Act,
)
from monitor.simulation.style import Style

PRODUCT = "CallCenterRate"
_NAMES = {LOGON: "Logon", LOGOFF: "Logoff", RENEWAL: "Service Ticket Renew", OTHER: "Page View"}
_CHANGES = {PASSWORD_RESET: "Password Reset", FACTOR_ENABLE: "MFA Factor Enable"}
_KEPT = {
    style.REFRESHES: frozenset({LOGON, LOGOFF, RENEWAL}),
    style.ENDS: frozenset({LOGON, LOGOFF}),
    style.LOGONS: frozenset({LOGON}),
}
_FACTORS = {"totp": 7, "push": 5, "webauthn": 10, "sms": 1}


class _Record(Struct, omit_defaults=True, gc=False):
    """An object of the schema: attributes that are unset do not show."""


class _Named(_Record):
    name: str = ""
    vendor_name: str | UnsetType = UNSET


class _User(_Record):
    uid: str | UnsetType = UNSET
    name: str | UnsetType = UNSET


class _Actor(_Record):
    user: _User | UnsetType = UNSET


class _Session(_Record):
    uid: str = ""


class _Endpoint(_Record):
    ip: str = ""


class _Request(_Record):
    user_agent: str = ""


class _Factor(_Record):
    factor_type_id: int = 0
    factor_type: str = ""


class _Metadata(_Record):
    version: str = ""
    product: _Named | UnsetType = UNSET
    uid: str = ""
    tenant_uid: str = ""


class _Line(_Record):
    class_uid: int = 0
    category_uid: int = 0
    type_uid: int = 0
    activity_id: int = 0
    activity_name: str = ""
    severity_id: int = 0
    time: int = 0
    status_id: int = 0
    status_detail: str | UnsetType = UNSET
    user: _User | UnsetType = UNSET
    actor: _Actor | UnsetType = UNSET
    session: _Session | UnsetType = UNSET
    src_endpoint: _Endpoint | UnsetType = UNSET
    http_request: _Request | UnsetType = UNSET
    is_mfa: bool | UnsetType = UNSET
    auth_factors: tuple[_Factor, ...] | UnsetType = UNSET
    service: _Named | UnsetType = UNSET
    metadata: _Metadata | UnsetType = UNSET


_PRODUCT = _Named(f"{PRODUCT} Identity", "Confluent Digital")
_SERVICE = _Named(PRODUCT)
_encode = msgspec.json.Encoder().encode


def native_uid(seed: int, sequence: int) -> str:
    """The id that the identity provider gives its n-th event."""
    return digest(str(seed), str(sequence), size=10).hex()


def as_logged(style: Style, act: Act) -> Act | None:
    """What a tenant's log tells of an act; None when it is not logged."""
    kept = _KEPT.get(style.activities)
    if kept is not None and not act.change and act.activity not in kept:
        return None
    if not style.factors and act.mfa is not None:
        act = act._replace(mfa=None, method=None)
    if style.sessions and style.agents:
        return act
    return act._replace(
        session=act.session if style.sessions else None,
        agent=act.agent if style.agents else "",
    )


def ocsf_line(act: Act, uid: str) -> bytes:
    """One act as the identity provider writes it, without a newline."""
    person = act.person
    tenant = act.tenant if person is None else person.tenant.uid
    user = _User(name=act.name or UNSET) if person is None else _User(person.uid, person.name)
    failed = act.detail is not None
    if person is not None and failed and person.tenant.style.names_only:
        user = _User(name=person.name)
    klass, names = (3001, _CHANGES) if act.change else (3002, _NAMES)
    method = act.method
    return _encode(
        _Line(
            klass,
            3,
            klass * 100 + act.activity,
            act.activity,
            names[act.activity],
            1,
            act.time,
            2 if failed else 1,
            UNSET if act.detail is None else act.detail,
            user,
            _Actor(user) if act.change else UNSET,
            UNSET if act.session is None else _Session(act.session),
            _Endpoint(act.ip),
            _Request(act.agent) if act.agent else UNSET,
            UNSET if act.mfa is None else act.mfa,
            UNSET if method is None else (_Factor(_FACTORS[method], method),),
            _SERVICE,
            _Metadata("1.6.0", _PRODUCT, uid, tenant or ""),
        )
    )


def ndjson(values: Iterable[object]) -> Iterator[bytes]:
    """Labels as JSON, one line each with its newline."""
    for value in values:
        yield _encode(value) + b"\n"

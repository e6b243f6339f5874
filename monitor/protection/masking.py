"""Names, addresses and programs as they are shown to whoever has not said why they need more."""

import ipaddress
import re
from typing import Final, TypeVar

from msgspec import structs

from detectors.core.event import AccountChange, SignIn
from detectors.core.identity import Subject, SubjectKind

HIDDEN: Final = "•••"
"""What stands for what is not shown; always the same, as a length tells something too."""
_ADDRESS = re.compile(
    r"(?<![0-9A-Za-z:.])"
    r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"
    r"(?![0-9A-Za-z:])"
)

E = TypeVar("E", bound=SignIn | AccountChange)


def mask_name(name: str) -> str:
    """The first character of a name, and of a mail address its domain too: who knows the person
    knows them again, and nobody else learns who it is."""
    shown, at, domain = name.partition("@")
    return f"{shown[:1] if len(shown) > 3 else ''}{HIDDEN}{at}{domain}"


def mask_address(address: str) -> str:
    """Of an IPv4 address its first two numbers, of an IPv6 address its first 32 bits; nothing of
    what is neither."""
    head, _, bits = address.partition("/")
    try:
        found = ipaddress.ip_address(head)
    except ValueError:
        return HIDDEN
    if bits and not bits.isdigit():
        return HIDDEN
    if found.version == 4:
        return f"{'.'.join(str(found).split('.')[:2])}.{HIDDEN}"
    return f"{':'.join(part.lstrip('0') or '0' for part in found.exploded.split(':')[:2])}:{HIDDEN}"


def mask_text(text: str, names: frozenset[str] = frozenset()) -> str:
    """A sentence with the addresses in it masked, and these names wherever they stand whole."""
    wanted = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    if wanted:
        text = re.sub(rf"(?<!\w)(?:{wanted})(?!\w)", lambda found: mask_name(found[0]), text)
    return _ADDRESS.sub(lambda found: _masked_if_address(found[0]), text)


def mask_subject(subject: Subject) -> Subject:
    """The same subject with its name or its address masked; a tenant stays as it is."""
    if subject.kind is SubjectKind.TENANT:
        return subject
    mask = mask_name if subject.kind is SubjectKind.ACCOUNT else mask_address
    return structs.replace(subject, uid=mask(subject.uid))


def mask_event(event: E) -> E:
    """The same event without name, whole address, program's own words and session; its town
    stays, and so do the kinds of network and device, by which a case is understood."""
    place = event.place
    if place is not None:
        place = structs.replace(
            place,
            latitude=float(round(place.latitude)),
            longitude=float(round(place.longitude)),
            radius_km=max(place.radius_km, 100.0),
        )
    device = event.device
    if device is not None:
        device = structs.replace(device, fingerprint="")
    masked = structs.replace(
        event,
        account=mask_name(event.account) if event.account else event.account,
        account_name=None if event.account_name is None else mask_name(event.account_name),
        ip=None if event.ip is None else mask_address(event.ip),
        user_agent=None if event.user_agent is None else HIDDEN,
        session=None if event.session is None else HIDDEN,
        uid=None,
        place=place,
        device=device,
        former=None,
    )
    if isinstance(masked, AccountChange) and masked.actor is not None:
        return structs.replace(masked, actor=mask_name(masked.actor))
    return masked


def _masked_if_address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return text
    return mask_address(text)

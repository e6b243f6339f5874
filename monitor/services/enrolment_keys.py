"""Keys of links by which subscribers set up a factor, or stop a recovery: made from a handle and a
key of the instance's, so that a mail has one when it is sent and none is kept anywhere.

A key stands behind `#`: browsers send that part to no server, so it reaches no log, and whoever
opens links by themselves (a mail scanner) uses nothing up.
"""

import base64
import binascii
import hmac
import re
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec

from alerts.ports import Order

PATH: Final = "/enrol"
_HANDLE, _PROOF = 16, 16
LENGTH: Final = 43
"""Characters of a key: a handle's 16 bytes and as many of an HMAC, base64url without padding."""
_FORM: Final = re.compile(rf"[A-Za-z0-9_-]{{{LENGTH}}}\Z")


class Purpose(StrEnum):
    """What a link is for."""

    ENROL = "enrol"
    """To set up a first factor."""
    RECOVER = "recover"
    """To set up a new one in place of those that were lost."""
    STOP = "stop"
    """To stop the recovery that somebody asked for in one's name."""


PATHS: Final = {Purpose.ENROL: PATH, Purpose.RECOVER: PATH, Purpose.STOP: f"{PATH}/stop"}
MAILED: Final = (Purpose.RECOVER, Purpose.STOP)
"""Values of an order that become links when it is carried out; until then they are handles. What
sets up a first factor is not among them: whoever reads somebody's mail has only that."""


def key_of(secret: bytes, purpose: Purpose, handle: str) -> str:
    """The key of what is called so (hexadecimal); `secret` is `Keyring.enrolment`."""
    told = bytes.fromhex(handle)
    proof = _proof(secret, purpose, told)
    return base64.urlsafe_b64encode(told + proof).decode().rstrip("=")


def handle_of(secret: bytes, purpose: Purpose, key: str) -> str | None:
    """What a key is of; None where it is none of ours, or for something else."""
    if _FORM.match(key) is None:
        return None
    try:
        raw = base64.b64decode(f"{key}=", b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    told, proof = raw[:_HANDLE], raw[_HANDLE:]
    is_ours = hmac.compare_digest(proof, _proof(secret, purpose, told))
    return told.hex() if is_ours else None


def link_of(secret: bytes, address: str, purpose: Purpose, handle: str) -> str:
    """The link to open, for pages at `address`."""
    return f"{address.rstrip('/')}{PATHS[purpose]}#{key_of(secret, purpose, handle)}"


def completed(order: Order, secret: bytes, address: str) -> Order:
    """The order with links in place of the handles that stand for them; without them where pages
    have no `address`."""
    if not any(one.value in order.values for one in MAILED):
        return order
    values = dict(order.values)
    for purpose in MAILED:
        handle = values.pop(purpose.value, None)
        if handle is not None and address and secret and _is_handle(handle):
            values[purpose.value] = link_of(secret, address, purpose, handle)
    return msgspec.structs.replace(order, values=values)


def _is_handle(text: str) -> bool:
    return re.fullmatch(rf"[0-9a-f]{{{2 * _HANDLE}}}", text) is not None


def _proof(secret: bytes, purpose: Purpose, told: bytes) -> bytes:
    return hmac.digest(secret, purpose.value.encode() + b"\0" + told, sha256)[:_PROOF]

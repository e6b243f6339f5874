"""What factors are to the rest: what somebody has, what they are asked with, show and prove."""

from enum import IntEnum, StrEnum

from msgspec import Struct

from detectors.core.detector import Text
from monitor.store.factors import Owner


class Method(StrEnum):
    """What somebody proves who they are with."""

    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY = "recovery"


class Level(IntEnum):
    """What a proof is worth by itself (authenticator assurance level, NIST SP 800-63B-4)."""

    AAL1 = 1
    AAL2 = 2


class FactorError(ValueError):
    """What was entered is not taken; says what can be done, in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class FactorView(Struct, frozen=True, kw_only=True):
    """A factor as whose it is sees it; times in ms. The set of recovery codes is one, of which so
    many are `left`. `backed_up`: a passkey that lies on other devices, too."""

    handle: str
    kind: Method
    name: str
    created: int
    last_used: int | None = None
    backed_up: bool = False
    left: int | None = None


class Offer(Struct, frozen=True):
    """What a page asks an authenticator with (JSON of `navigator.credentials`), and what it brings
    back beside the answer, sealed; both hold for fifteen minutes."""

    options: str
    state: str


class TotpOffer(Struct, frozen=True):
    """A new secret for one-time codes: to be typed, as a picture (an address, `data:`), and what
    the page brings back beside the first code, sealed; it holds for fifteen minutes."""

    key_typed: str
    picture: str
    state: str


class Shown(Struct, frozen=True):
    """What somebody shows: a one-time or a recovery code, or what their authenticator answered
    (JSON), with the `state` of what it was asked with."""

    code: str = ""
    passkey: str = ""
    state: str = ""


class Proved(Struct, frozen=True):
    """Somebody has proved who they are; `handle` is the factor's."""

    owner: Owner
    method: Method
    level: Level
    handle: str

"""Factors of subscribers and reviewers: listed, added, renamed, revoked, and what they prove.

Whoever's they are, it is the same code. Every change is written down, told to whose factor it is
by another channel, and for accounts to the detectors.
"""

from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import Final

from msgspec import Struct
from sqlalchemy import Engine

from alerts.responders.roster import Roster
from detectors.core.detector import Text
from monitor.clock import now_ms
from monitor.mfa.passkeys import RelyingParty
from monitor.services.actor import Actor
from monitor.services.keyring import Keyring
from monitor.services.sessions import Client
from monitor.store.factors import Owner

ACCOUNT: Final = "account"
"""The kind of owner that subscribers are."""


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
    back beside the answer, sealed; both hold for five minutes."""

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


class Factors:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC.

    Without a `relying_party` there are no passkeys. `roster` is which responders there are.
    """

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        relying_party: RelyingParty | None,
        now: Callable[[], int] = now_ms,
        roster: Roster | None = None,
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self.relying_party = relying_party
        self._now = now
        self._roster = roster or Roster()

    def listed(self, owner: Owner) -> list[FactorView]:
        """All that somebody has, in the order in which they came."""
        raise NotImplementedError

    def has_any(self, owner: Owner) -> bool:
        """Whether somebody has anything to prove themselves with."""
        raise NotImplementedError

    def offer_passkey(self, owner: Owner, name: str, shown_name: str) -> Offer:
        """Ask an authenticator for a new passkey; `name` and `shown_name` are the account's, as
        authenticators show it. Raises FactorError where there are no passkeys, or too many."""
        raise NotImplementedError

    def add_passkey(
        self,
        owner: Owner,
        state: str,
        credential_json: str,
        name: str,
        *,
        client: Client = Client(),  # noqa: B008 - frozen
    ) -> FactorView:
        """Keep the new passkey that an authenticator answered with. Raises FactorError."""
        raise NotImplementedError

    def offer_totp(self, owner: Owner, shown_name: str) -> TotpOffer:
        """A new secret for one-time codes, which counts once its first code is shown. Raises
        FactorError where there are too many."""
        raise NotImplementedError

    def add_totp(
        self,
        owner: Owner,
        state: str,
        code: str,
        name: str,
        *,
        client: Client = Client(),  # noqa: B008 - frozen
    ) -> FactorView:
        """Keep the secret whose first code this is. Raises FactorError."""
        raise NotImplementedError

    def new_codes(
        self,
        owner: Owner,
        *,
        client: Client = Client(),  # noqa: B008 - frozen
    ) -> list[str]:
        """Ten new recovery codes in place of those before; shown this once."""
        raise NotImplementedError

    def rename(self, owner: Owner, handle: str, name: str) -> None:
        """Call a factor otherwise. Raises FactorError where it is not there."""
        raise NotImplementedError

    def revoke(
        self, owner: Owner, handle: str, *, by: Actor | None = None, reason: str = ""
    ) -> None:
        """Take a factor away; `by` is who was allowed to, None for whose it is. Raises FactorError
        where it is not there."""
        raise NotImplementedError

    def ask_passkey(self, owner: Owner | None, kind: str = ACCOUNT) -> Offer:
        """Ask an authenticator for a proof by one of somebody's passkeys, by any of an owner of
        this `kind` for None. Raises FactorError where there are no passkeys."""
        raise NotImplementedError

    def prove(self, owner: Owner | None, shown: Shown) -> Proved | None:
        """What somebody shows, used up in a transaction of its own; None where it is wrong, old or
        used before, whatever the reason. For nobody (None) the same work is done; a passkey that
        was asked of anybody says by itself whose it is. Raises BusyError, and nothing was used."""
        raise NotImplementedError

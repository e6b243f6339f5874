"""What the instance's key is used for in signing in: a key derived from it for each purpose."""

import hashlib
import hmac
from functools import cached_property

from monitor.mfa.sealing import Seal
from monitor.store.keys import digest_of


class Keyring:
    """Of one instance; `pepper` is what its credentials are digested with."""

    def __init__(self, pepper: bytes = b"") -> None:
        self._pepper = pepper

    @cached_property
    def seal(self) -> Seal:
        """What factors are sealed with at rest."""
        return Seal(self._derived("factors"))

    @cached_property
    def drafts(self) -> Seal:
        """What is kept of forms that are not done yet."""
        return Seal(self._derived("drafts"))

    @cached_property
    def flows(self) -> bytes:
        """What ways to a provider and back are derived from and signed with."""
        return self._derived("oidc")

    @cached_property
    def recovery(self) -> bytes:
        """What recovery codes are digested with."""
        return self._derived("recovery")

    @cached_property
    def devices(self) -> bytes:
        """What the cookies of known browsers are signed with."""
        return self._derived("devices")

    @cached_property
    def riddles(self) -> bytes:
        """What the questions of forms for everybody are made and signed with."""
        return self._derived("riddles")

    @cached_property
    def tickets(self) -> Seal:
        """What the gate's references to challenges are sealed with."""
        return Seal(self._derived("gate-tickets"))

    @cached_property
    def limits(self) -> bytes:
        """What addresses and names are digested with where tries are counted."""
        return self._derived("limits")

    @cached_property
    def enrolment(self) -> bytes:
        """What the keys of links to set up a factor, or to stop a recovery, are made with."""
        return self._derived("enrolment")

    def digest(self, key: str) -> bytes:
        """What is kept of a session's or a link's key."""
        return digest_of(key, self._pepper)

    def _derived(self, purpose: str) -> bytes:
        return hmac.digest(self._pepper, f"vigie:{purpose}".encode(), hashlib.sha256)

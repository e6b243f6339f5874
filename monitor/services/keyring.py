"""What the instance's key is used for in signing in: a key derived from it for each purpose."""

import hashlib
import hmac
from functools import cached_property

from monitor.mfa.sealing import PURPOSE, Seal
from monitor.sealing_keys import SealingKeys
from monitor.services.at_rest import AtRest
from monitor.store.keys import digest_of


class Keyring:
    """Of one instance; `pepper` is what its credentials are digested with, `keys` what secrets at
    rest are sealed with once the key was changed."""

    def __init__(self, pepper: bytes = b"", keys: SealingKeys | None = None) -> None:
        self._pepper = pepper
        self.sealing = keys or SealingKeys("")

    @cached_property
    def seal(self) -> AtRest:
        """What factors are sealed with at rest."""
        return AtRest(Seal(self._derived(PURPOSE)), self.sealing, PURPOSE)

    @cached_property
    def drafts(self) -> AtRest:
        """What is kept of forms that are not done yet."""
        return AtRest(Seal(self._derived("drafts")), self.sealing, "drafts")

    @cached_property
    def forms(self) -> Seal:
        """What goes to browsers sealed, and comes back soon."""
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
    def challenges(self) -> bytes:
        """What browsers are digested with that challenges belong to."""
        return self._derived("challenges")

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

"""Why a sign-in by the provider is not taken: a word for pages and audit, a detail for logs."""

from enum import StrEnum


class Reason(StrEnum):
    """What kept somebody out."""

    CANCELLED = "cancelled"
    """The person, or the provider, broke off."""
    PROVIDER_ERROR = "provider_error"
    """The provider says that something is wrong."""
    UNREACHABLE = "unreachable"
    """The provider does not answer, or not in time."""
    NOT_UNDERSTOOD = "not_understood"
    """What the provider sends is not what the specifications have."""
    NOT_BEGUN_HERE = "not_begun_here"
    """This browser did not begin it, or too long ago."""
    USED_BEFORE = "used_before"
    """The answer was taken once already."""
    OTHER_PROVIDER = "other_provider"
    """The answer comes from a provider that was not asked."""
    NOT_PROVED = "not_proved"
    """The provider's proof does not hold."""
    NO_SECOND_FACTOR = "no_second_factor"
    NO_ROLE = "no_role"
    NO_TENANT = "no_tenant"
    NOT_ALLOWED = "not_allowed"
    """Of another domain, or in none of the groups."""
    UNKNOWN = "unknown"
    """No reviewer is linked, and none is made by a sign-in."""
    NO_ADDRESS = "no_address"
    """A reviewer is made with an e-mail address, and the provider tells none."""
    ADDRESS_TAKEN = "address_taken"
    """A reviewer has this address, and is not tied to who signed in: nobody is known by it."""
    DISABLED = "disabled"
    LAST_ADMINISTRATOR = "last_administrator"
    """The provider gives the last administrator a lesser role."""
    NOT_FRESH = "not_fresh"
    """The provider did not ask the person again, or does not say so."""
    OTHER_PERSON = "other_person"
    """Somebody else signed in than who was asked to."""
    LINKED_ALREADY = "linked_already"
    """Who signed in is another reviewer already, or this reviewer has a link."""
    NO_OTHER_WAY = "no_other_way"
    """A reviewer without a password would have no way in without the link."""


class RefusedError(Exception):
    """A sign-in that is not taken. `detail` is for the log: it names no secret and no person."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail

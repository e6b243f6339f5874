"""What happened: one value per thing that a log can say about an account."""

from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from detectors.core.place import Device, Former, Network, Place

MILLISECONDS = 1
SECOND = 1_000 * MILLISECONDS
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Activity(Enum):
    """What the session did (OCSF 1.6 Authentication, `activity_id`, read leniently).

    REFRESH is what an open page does by a timer: it renews a token, or tells that it is alive.
    """

    LOGON = "logon"
    LOGOFF = "logoff"
    REFRESH = "refresh"
    OTHER = "other"


class Outcome(Enum):
    """How it ended; PENDING is an application asking before it answers its user."""

    SUCCESS = "success"
    FAILURE = "failure"
    PENDING = "pending"


LOGON, LOGOFF, REFRESH = Activity.LOGON, Activity.LOGOFF, Activity.REFRESH
SUCCESS, FAILURE, PENDING = Outcome.SUCCESS, Outcome.FAILURE, Outcome.PENDING
"""Names for what is asked of every event: before Python 3.12, `Outcome.SUCCESS` takes ten times as
long (100 ns), and so much of a fold is nothing else that it shows."""


class FailureReason(Enum):
    """Why a sign-in failed, as far as the log says."""

    BAD_PASSWORD = "bad_password"
    UNKNOWN_USER = "unknown_user"
    LOCKED = "locked"
    DISABLED = "disabled"
    MFA_DENIED = "mfa_denied"
    MFA_TIMEOUT = "mfa_timeout"
    OTHER = "other"


class Change(Enum):
    """What was changed about an account (OCSF 1.6 Account Change, class 3001)."""

    CREATED = "created"
    DELETED = "deleted"
    ENABLED = "enabled"
    DISABLED = "disabled"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    PASSWORD = "password"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    ROLE = "role"
    OTHER = "other"


class Answer(Enum):
    """What a person answered: to a challenge, to a notice, or about an incident."""

    CHALLENGE_PASSED = "challenge_passed"
    CHALLENGE_FAILED = "challenge_failed"
    NOT_ME = "not_me"
    REPORTED = "reported"
    """Somebody, perhaps a stranger, says that others use the account; nobody has looked into it."""
    TRUE_POSITIVE = "true_positive"
    FALSE_POSITIVE = "false_positive"
    BENIGN_EXPLAINED = "benign_explained"
    AUTHORISED = "authorised"
    REOPENED = "reopened"
    """What was found of an incident is not said any more."""


class Occurrence(Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """What every event says. Stored as arrays: new fields go last and have a default.

    `id` is 16 bytes, UUIDv7-shaped (see `detectors.core.identity`); `time` is event time in
    milliseconds since 1970 UTC, and the first 48 bits of `id` repeat it. `account` is the log's
    user id verbatim, else its user name, in which case `account_by_name` is true. `uid` is the
    log's own id of the event, None where it has none.
    """

    id: bytes
    time: int
    tenant: str
    account: str
    account_name: str | None = None
    account_by_name: bool = False
    source: str = ""
    uid: str | None = None


class SignIn(Occurrence, frozen=True, array_like=True, kw_only=True, gc=False, tag="sign_in"):
    """One authentication or one activity in a session, named after OCSF 1.6 class 3002.

    A SUCCESS whose activity is neither LOGOFF nor failed and that carries a `session` is
    activity in that session. `corroborating` marks a line that tells again of an attempt that
    the same log also tells of otherwise (PAM beside sshd's own `Failed password`): it is kept
    and shown, and never counted as an attempt of its own. `mfa` is None where the log does not
    say. `place`, `network` and `device` are filled by enrichment; None means not known. `built`
    tells the location databases that they are from by a number, 0 for what the log itself said;
    `former` is set where the ones before them placed the address elsewhere.
    """

    activity: Activity
    outcome: Outcome
    failure_reason: FailureReason | None = None
    session: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    mfa: bool | None = None
    mfa_method: str | None = None
    corroborating: bool = False
    place: Place | None = None
    network: Network | None = None
    device: Device | None = None
    built: int = 0
    former: Former | None = None


class AccountChange(Occurrence, frozen=True, array_like=True, kw_only=True, gc=False, tag="change"):
    """A change to an account (OCSF 1.6 class 3001); `actor` did it, None where not said."""

    change: Change
    outcome: Outcome = Outcome.SUCCESS
    actor: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    session: str | None = None
    place: Place | None = None
    network: Network | None = None
    device: Device | None = None
    built: int = 0
    former: Former | None = None


class Feedback(Occurrence, frozen=True, array_like=True, kw_only=True, gc=False, tag="feedback"):
    """A person's answer about a session, an event or an incident of the account.

    `about` is the incident's or event's id. `shown` are the devices, networks and places that it
    was about, by the names under which a profile keeps them. `method` is what a challenge was
    passed by (`passkey`, `totp`, `recovery`), None for all else.
    """

    answer: Answer
    session: str | None = None
    about: bytes | None = None
    shown: tuple[str, ...] = ()
    method: str | None = None


Event: TypeAlias = SignIn | AccountChange | Feedback


def is_attempt(event: SignIn) -> bool:
    """Whether this is somebody trying to sign in, counted once however often the log tells it; not
    yet where an application only asks, or a further factor is waited for."""
    return event.activity is LOGON and not event.corroborating and event.outcome is not PENDING


def is_use(event: SignIn) -> bool:
    """Whether this shows somebody successfully using the account from an address."""
    return event.outcome is SUCCESS and event.activity is not LOGOFF and not event.corroborating

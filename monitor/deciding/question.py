"""What an application asks and what it is told, as the API has it."""

from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from detectors.core.event import FailureReason

LONGEST: Final = 256
"""Characters of an account, a name or an id; a user agent has four times as many."""
# Control characters are in no name, and no database keeps a NUL.
_LINE = r"^[^\x00-\x1f\x7f\ud800-\udfff]*$"
Line = Annotated[str, Meta(min_length=1, max_length=LONGEST, pattern=_LINE)]
Program = Annotated[str, Meta(max_length=4 * LONGEST, pattern=_LINE)]
Address = Annotated[str, Meta(min_length=2, max_length=45, pattern=r"^[0-9A-Fa-f:.]+$")]


class Verdict(StrEnum):
    """What the application does: lets its user in, has them prove who they are first, or not."""

    ALLOW = "allow"
    CHALLENGE = "challenge"
    DENY = "deny"


class Ended(StrEnum):
    """How a sign-in ended."""

    SUCCESS = "success"
    FAILURE = "failure"


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sign-in whose user waits for an answer. `account` is the id that logs have, else
    `account_name` says who it is. `uid` is the log's own id of the sign-in, or any name that the
    application gives it: asked twice under one, it is the same question. `session` is what logs
    call the session, where there is one already. `mfa` is whether a second factor was shown, by
    `mfa_method`. `return_to` is where a challenge leads back to; `language` is the one that reasons
    are in."""

    account: Line | None = None
    account_name: Line | None = None
    tenant: Line | None = None
    uid: Line | None = None
    session: Line | None = None
    ip: Address | None = None
    user_agent: Program | None = None
    mfa: bool | None = None
    mfa_method: Annotated[str, Meta(max_length=64, pattern=_LINE)] | None = None
    return_to: Annotated[str, Meta(max_length=1_024, pattern=r"^https?://[!-~]+$")] | None = None
    language: Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")] | None = None


class Reason(Struct, frozen=True):
    """One reason: a word for programs, and a sentence in the language asked for."""

    code: str
    text: str


class Challenge(Struct, frozen=True):
    """Where the user proves who they are, until when (ms since 1970 UTC)."""

    link: str
    expires: int


class Told(Struct, frozen=True, kw_only=True):
    """The answer. `risk` is the probability that a stranger has taken the account over, 0 to 1.
    `would_be` is what the verdict would be if anything were done (shadow mode), else the same.
    `event` is the id of the event that the question is."""

    handle: str
    verdict: Verdict
    would_be: Verdict
    risk: float
    reasons: tuple[Reason, ...]
    event: str
    challenge: Challenge | None = None


class Outcome(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How what was asked about ended, for applications whose sign-ins no log tells."""

    outcome: Ended
    failure_reason: FailureReason | None = None
    session: Line | None = None
    mfa: bool | None = None
    mfa_method: Annotated[str, Meta(max_length=64, pattern=_LINE)] | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """How a question stands: what was answered, how the sign-in ended as far as anybody said, and
    whether a log's own record of it (its event's id) has taken its place. `is_proved`: the
    challenge that the answer had was passed."""

    handle: str
    verdict: Verdict
    risk: float
    time: int
    event: str
    outcome: Ended | None
    met_by: str | None
    is_proved: bool


def answer_schema(kind: type[Any]) -> dict[str, Any]:
    """How an answer of this kind describes itself (OpenAPI)."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="{name}")
    unfolded: dict[str, Any] = _unfolded(schema, parts)
    return unfolded


def _unfolded(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_unfolded(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _unfolded(parts[schema["$ref"]], parts)
    return {name: _unfolded(one, parts) for name, one in schema.items() if name != "title"}

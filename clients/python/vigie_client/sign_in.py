"""What an application asks about: one sign-in that it has not answered yet."""

import uuid
from dataclasses import dataclass, field
from typing import Any, Final

_LONGEST: Final = 1_024


def _new_uid() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in whose password, or whatever comes first, was right.

    `account` is the user id that the application's log has, verbatim. `uid` names this one
    question: asked again with the same uid, it is the same question and gets the same answer, so
    keep the value for retries of your own, and write it as the event's id into your log. `tenant`
    may be left out where the API key is for one. `return_to` is where the challenge leads the
    browser afterwards. Raises ValueError for what no server would take.
    """

    account: str
    tenant: str | None = None
    account_name: str | None = None
    session: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    return_to: str | None = None
    language: str | None = None
    uid: str = field(default_factory=_new_uid)

    def __post_init__(self) -> None:
        for name in ("account", "uid"):
            if not getattr(self, name):
                raise ValueError(f"a SignIn needs {name}")
        for name, value in self.document().items():
            if not isinstance(value, str):
                raise TypeError(f"{name} is text, not {type(value).__name__}")

    def document(self) -> dict[str, Any]:
        """The JSON object that is sent: what is not said is left out."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in told.items() if value is not None}

"""Step-up authentication (RFC 9470): what an API asks for, how it says so, and whether it has it.

An API that wants a stronger or a fresher sign-in than a token tells of answers 401 with
`StepUp.challenge()`. A client reads that with `StepUp.read`, goes back to the provider with
`StepUp.parameters()` and comes with a token that `StepUp.is_met_by` accepts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ERROR: Final = "insufficient_user_authentication"
_ACR = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)[ ]+(?=[A-Za-z0-9_-]+\s*=\s*)")
_PARAMETER = re.compile(
    r'\s*,?\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"=]+))\s*(?=,|$)'
)
_LONGEST = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """What a sign-in has to be: one of `acr_values`, the best first, no older than `max_age`
    seconds; at least one of the two. Raises ValueError for what a header cannot say."""

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None

    def __post_init__(self) -> None:
        if not self.acr_values and self.max_age is None:
            raise ValueError("a StepUp asks for acr_values, max_age or both")
        if not all(_ACR.fullmatch(one) for one in self.acr_values):
            raise ValueError("an acr value is of visible ASCII without quotes, spaces, backslashes")
        if self.max_age is not None and self.max_age < 0:
            raise ValueError("max_age is in seconds, 0 or more")

    def challenge(self, description: str = "A stronger or a newer sign-in is needed") -> str:
        """The value of `WWW-Authenticate` that goes with the status 401."""
        plain = re.sub(r"[^\x20\x21\x23-\x5b\x5d-\x7e]", " ", description)
        said = [f'error="{ERROR}"', f'error_description="{plain}"']
        if self.acr_values:
            said.append(f'acr_values="{" ".join(self.acr_values)}"')
        if self.max_age is not None:
            said.append(f'max_age="{self.max_age}"')
        return "Bearer " + ", ".join(said)

    def parameters(self) -> dict[str, str]:
        """What to ask the provider's authorization endpoint for, besides the usual."""
        asked = {"acr_values": " ".join(self.acr_values)} if self.acr_values else {}
        return asked if self.max_age is None else {**asked, "max_age": str(self.max_age)}

    def is_met_by(self, claims: Mapping[str, Any], now: float, leeway: float = 5.0) -> bool:
        """Whether a verified token's claims satisfy it: `acr`, and `auth_time` (RFC 9068, 2.2.1)
        by a clock (s since 1970). What a token does not say, it does not satisfy."""
        if self.acr_values and claims.get("acr") not in self.acr_values:
            return False
        if self.max_age is None:
            return True
        since = claims.get("auth_time")
        if isinstance(since, bool) or not isinstance(since, int | float):
            return False
        return now - self.max_age - leeway <= since <= now + leeway

    @classmethod
    def read(cls, header: str | None) -> "StepUp | None":
        """What a `WWW-Authenticate` asks for; None where it asks for no step-up that we read."""
        for scheme, told in _challenges(header or ""):
            if scheme == "bearer" and told.get("error") == ERROR:
                age = told.get("max_age", "")
                try:
                    return cls(
                        acr_values=tuple(told.get("acr_values", "").split()),
                        max_age=int(age) if re.fullmatch(r"[0-9]{1,9}", age) else None,
                    )
                except ValueError:
                    return None
        return None


def _challenges(header: str) -> list[tuple[str, dict[str, str]]]:
    """The challenges of a header: scheme, and parameters by name, both in small letters."""
    found: list[tuple[str, dict[str, str]]] = []
    text = header[:_LONGEST]
    starts = list(_SCHEME.finditer(_blanked(text)))
    ends = [*(one.start() for one in starts[1:]), len(text)]
    for one, end in zip(starts, ends, strict=False):
        part = text[one.end() : end]
        told: dict[str, str] = {}
        at = 0
        while match := _PARAMETER.match(part, at):
            value = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
            told.setdefault(match[1].lower(), value)
            at = match.end()
        found.append((one[1].lower(), told))
    return found


def _blanked(text: str) -> str:
    """The same with what is quoted as blanks: no scheme begins within quotes."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', lambda quoted: '"' + "." * (len(quoted[0]) - 2) + '"', text)

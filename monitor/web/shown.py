"""Texts of strangers as a page shows them: nothing that hides, turns words round, or looks like
another name; such characters stand there as what they are written by."""

import re
from typing import Any, Final

HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
"""Controls, and what Unicode says is ignored when it cannot be shown, joiners included."""


def shown(value: Any) -> Any:
    """What a template puts out: a text without hidden characters, escaped or not as it was."""
    if not isinstance(value, str) or HIDDEN.search(value) is None:
        return value
    text = HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), value)
    # Markup remains markup: what replaces them has no character of it.
    return type(value)(text) if hasattr(value, "__html__") else text

"""Reasons why lines cannot be read, by kind: few enough to be counted apart, and of no person."""

import re

MOST = 20
"""Kinds of reasons of one source that are counted apart."""
OTHER = "other reasons"
_LENGTH = 60
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|«[^»]*»")
_NUMBER = re.compile(r"\d[\d,.\u202f ]*")
_WORDS = re.compile(r"[^A-Za-z0-9 ,;.…'()_-]+")


def kind_of(reason: str) -> str:
    """A reason without what is of one line only: nothing quoted, no numbers, no details after a
    colon."""
    general = _QUOTED.sub("…", reason).partition(":")[0]
    general = _WORDS.sub(" ", _NUMBER.sub("… ", general))
    return " ".join(general.split())[:_LENGTH].strip() or OTHER


def count(kinds: dict[str, int], reason: str) -> None:
    """Count a reason among its source's kinds."""
    kind = kind_of(reason)
    if kind not in kinds and len(kinds) >= MOST:
        kind = OTHER
    kinds[kind] = kinds.get(kind, 0) + 1

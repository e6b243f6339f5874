"""Addresses and long ids inside sentences, set apart and shortened for the eye only."""

import re
from html import escape
from ipaddress import ip_address

LONGEST = 20
"""Characters from which on a word with a digit in it is an id that nobody reads through."""
_KEPT = 8
_WORD = re.compile(r"([^\s,;()«»]+)")
_ID = re.compile(rf"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{{{LONGEST},}}")


def set_apart(text: str) -> str:
    """The text as HTML, everything escaped: addresses in monospace; of an id the first eight
    characters, the whole in its title.
    """
    return "".join(_word(word) for word in _WORD.split(text))


def _word(word: str) -> str:
    bare = word.rstrip(".:")
    end = word[len(bare) :]
    if _ID.fullmatch(bare):
        return f'<code class="id" title="{bare}">{bare[:_KEPT]}…</code>{end}'
    if is_address(bare):
        return f'<code class="id">{escape(bare)}</code>{end}'
    return escape(word)


def is_address(word: str) -> bool:
    """Whether a word is an IPv4 or IPv6 address."""
    if len(word) < 3 or word[0] not in ":0123456789abcdefABCDEF":
        return False
    try:
        ip_address(word)
    except ValueError:
        return False
    return True

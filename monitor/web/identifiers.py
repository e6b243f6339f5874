"""Addresses and long ids inside sentences, set apart and shortened for the eye only."""

import re
from ipaddress import ip_address

from markupsafe import Markup, escape

LONGEST = 20
"""Characters from which on a word with a digit in it is an id that nobody reads through."""
_KEPT = 8
_WORD = re.compile(r"([^\s,;()«»]+)")
_ID = re.compile(rf"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{{{LONGEST},}}")


def set_apart(text: str) -> Markup:
    """The text as HTML, everything escaped: addresses in monospace; of an id the first eight
    characters, the whole in its title.
    """
    return Markup("").join(_word(word) for word in _WORD.split(text))


def _word(word: str) -> Markup:
    bare = word.rstrip(".:")
    end = word[len(bare) :]
    if _ID.fullmatch(bare):
        shown = f"{bare[:_KEPT]}…"
        return Markup('<code class="id" title="{}">{}</code>{}').format(bare, shown, end)
    if is_address(bare):
        return Markup('<code class="id">{}</code>{}').format(bare, end)
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

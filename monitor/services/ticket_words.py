"""What people may write on tickets: comments, tags, addresses and names, with their limits."""

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

from alerts.ticket import TicketError

LONGEST_COMMENT: Final = 8_000
LONGEST_TAG: Final = 40
MOST_TAGS: Final = 20
LONGEST_ADDRESS: Final = 2_000
LONGEST_TITLE: Final = 200
_TAG = re.compile(r"[^\W_][\w.:+-]*\Z")
_SCHEMES: Final = ("https", "http")


def comment_of(text: str) -> str:
    """A comment as it is kept: its lines, without what controls. Raises TicketError."""
    kept = "".join(one for one in text.replace("\r\n", "\n") if one == "\n" or _is_shown(one))
    told = kept.strip()
    if not told or len(told) > LONGEST_COMMENT:
        raise TicketError(
            f"a comment has up to {LONGEST_COMMENT:,} characters, and one at least",
            f"un commentaire a de un à {LONGEST_COMMENT} caractères",
        )
    return told


def tag_of(text: str) -> str:
    """A tag as it is kept, letter case folded. Raises TicketError."""
    told = unicodedata.normalize("NFKC", text).strip().casefold()
    if len(told) > LONGEST_TAG or _TAG.match(told) is None:
        raise TicketError(
            f"a tag is one word of up to {LONGEST_TAG} letters and digits, . : + - _ within it",
            f"une étiquette est un mot de {LONGEST_TAG} lettres et chiffres au plus, "
            "avec . : + - _ à l'intérieur",
        )
    return told


def tags_of(tags: frozenset[str], added: frozenset[str], removed: frozenset[str]) -> list[str]:
    """The tags of a ticket after some are added and some taken away. Raises TicketError."""
    kept = (tags | {tag_of(one) for one in added}) - {tag_of(one) for one in removed}
    if len(kept) > MOST_TAGS:
        raise TicketError(
            f"a ticket has up to {MOST_TAGS} tags", f"un ticket a {MOST_TAGS} étiquettes au plus"
        )
    return sorted(kept)


def address_of(text: str) -> str:
    """The address of something outside. Raises TicketError."""
    told = text.strip()
    try:
        parts = urlsplit(told)
        is_one = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.username is None
    except ValueError:
        is_one = False
    is_plain = told.isprintable() and not any(one.isspace() for one in told)
    if not is_one or not is_plain or len(told) > LONGEST_ADDRESS:
        raise TicketError(
            "that is no web address; expected https://…",
            "ce n'est pas une adresse web ; attendu https://…",
        )
    return told


def title_of(text: str) -> str:
    """A line that says what something is."""
    return "".join(one for one in text if _is_shown(one)).strip()[:LONGEST_TITLE]


def is_told(text: str) -> bool:
    """Whether a text is one that databases hold and readers see: nothing in it controls."""
    return all(_is_shown(one) for one in text)


def _is_shown(character: str) -> bool:
    return unicodedata.category(character)[0] != "C" or character == "\t"

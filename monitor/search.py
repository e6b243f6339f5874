"""Words as they are searched for: in any letter case, with or without accents, by how they begin.

The same text gives the same words whichever database keeps them, so a search finds the same.
"""

import unicodedata
from typing import Final

LONGEST: Final = 64
"""Characters of a word; what is longer is cut, and so found by its beginning."""
MOST: Final = 2_000
"""Words of one text."""
MOST_ASKED: Final = 12
_END: Final = "\U0010ffff"


def words_of(text: str, most: int = MOST) -> list[str]:
    """The different words of a text, in order, at most so many."""
    found: dict[str, None] = {}
    for word in _plain(text).split():
        found.setdefault(word[:LONGEST])
        if len(found) >= most:
            break
    return list(found)


def asked(text: str) -> list[tuple[str, str]]:
    """What is asked for by a text: of each of its words, between which two (the first included)
    the words stand that begin with it."""
    return [(word, word + _END) for word in words_of(text, MOST_ASKED)]


def _plain(text: str) -> str:
    # Twice: what is folded may fall apart once more (U+0345), and folding must be the end of it.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(_letter(one) for one in folded)


def _letter(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Mn":
        return ""
    return character if kind[0] in "LNM" else " "

"""Where a person is named in lines that nobody can read: as whole words, however escaped."""

import json
import re
from collections.abc import Collection, Iterable
from itertools import islice
from urllib.parse import quote

LEAST = 2
"""Characters of a name that is looked for in lines that cannot be read: one alone is in all."""

LEAST_TOLD = 4
"""Characters of a name that is known again by its digest in lines that cannot be read."""
MOST_WORDS = 64
_READ = 4_096
_WORD = re.compile(r"[\w.@+-]+")


class Traces:
    """Finds an account, by its id or by one of its names, letter case aside, in raw lines."""

    def __init__(self, words: Collection[str]) -> None:
        wanted = sorted({form for word in words if len(word) >= LEAST for form in _forms(word)})
        joined = b"|".join(re.escape(form) for form in wanted)
        whole = rb"(?i)(?<!\w)(?:" + joined + rb")(?!\w)"
        self._pattern = re.compile(whole) if wanted else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def are_in(self, raw: bytes) -> bool:
        """Whether a line names the person."""
        return self._pattern is not None and self._pattern.search(raw) is not None


def without(text: str, words: Collection[str], instead: str) -> str:
    """A text with `instead` in the place of each of these words that stands in it as a whole one,
    letter case aside; words of one letter are left."""
    wanted = sorted({one for one in words if len(one) >= LEAST}, key=len, reverse=True)
    if not wanted:
        return text
    joined = "|".join(re.escape(one) for one in wanted)
    return re.sub(rf"(?i)(?<!\w)(?:{joined})(?!\w)", lambda _: instead, text)


def words_in(raw: bytes) -> set[str]:
    """The words of a line, as far as they may be names; at most `MOST_WORDS`."""
    text = raw[:_READ].decode("utf-8", "replace").casefold()
    found = (one.strip(".-") for one in _WORD.findall(text))
    return set(islice((one for one in found if len(one) >= LEAST_TOLD), MOST_WORDS))


def _forms(word: str) -> Iterable[bytes]:
    """A word as it may stand in a line: as it is, in lower case, in JSON, in a web address."""
    for one in {word, word.casefold(), word.lower(), word.upper()}:
        plain = one.encode("utf-8", "surrogatepass")
        yield plain
        yield json.dumps(one)[1:-1].encode()
        yield quote(plain).encode()

"""Entries of the audit: each holds the digest of the one before, so that none can be altered alone.

What may name people, the content, lies beside its entry with a salt of its own; of it the chain
holds a digest only, from which nothing can be guessed without the salt. So content can be erased,
and the chain still proves every entry.

All digests are SHA-256 (FIPS 180-4) of fields one after the other, each as a netstring
(`LENGTH:BYTES,`; https://cr.yp.to/proto/netstrings.txt) or `~` where there is none: whatever fields
hold, no two entries are written alike.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

SALT_BYTES: Final = 32
DIGEST_BYTES: Final = 32
MOST_CONTENT: Final = 64 << 10
"""Bytes of one entry's content."""
LONGEST: Final = 1_024
"""Characters of each of an entry's fields."""

_INSTEAD = "\N{REPLACEMENT CHARACTER}"


class Mark(Struct, frozen=True):
    """A place in the chain: how many entries there are up to it, and the last one's digest."""

    number: int
    digest: bytes


def _netstring(value: str | bytes | int | None) -> bytes:
    if value is None:
        return b"~"
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return b"%d:%b," % (len(raw), raw)


def fields(*values: str | bytes | int | None) -> bytes:
    """Fields written so that they can be told apart whatever is in them."""
    return b"".join(map(_netstring, values))


def digest_of(*values: str | bytes | int | None) -> bytes:
    """The SHA-256 of fields."""
    return sha256(fields(*values)).digest()


BEGINNING: Final = Mark(0, digest_of("vigie audit beginning"))
"""Before the first entry."""


class Content(Struct, frozen=True):
    """What can be erased of an entry: JSON as it was written, and the salt of its digest."""

    salt: bytes
    body: bytes

    @property
    def digest(self) -> bytes:
        """What the entry holds of it."""
        return digest_of("vigie audit content", self.salt, self.body)

    def told(self) -> dict[str, Any]:
        """The content itself; empty where it is none that we wrote."""
        try:
            told = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}


class Entry(Struct, frozen=True, kw_only=True):
    """One entry: what was done (`operation`), by whom and to what (references that name nobody),
    in which tenant, when (ms since 1970 UTC); digests of its content, of the entry before, and of
    all that."""

    number: int
    time: int
    actor: str
    operation: str
    subject: str
    tenant: str | None
    content: bytes
    previous: bytes
    digest: bytes

    @property
    def mark(self) -> Mark:
        """Its place in the chain."""
        return Mark(self.number, self.digest)

    def follows(self, before: Mark) -> bool:
        """Whether it is the next one after a place, as it was written."""
        is_next = self.number == before.number + 1 and self.previous == before.digest
        return is_next and self.digest == self.reckoned()

    def reckoned(self) -> bytes:
        """The digest that its fields come to."""
        return digest_of(
            "vigie audit entry",
            self.number,
            self.time,
            self.actor,
            self.operation,
            self.subject,
            self.tenant,
            self.content,
            self.previous,
        )


def next_entry(
    before: Mark,
    content: Content,
    *,
    time: int,
    actor: str,
    operation: str,
    subject: str,
    tenant: str | None = None,
) -> Entry:
    """The entry that follows on a place in the chain."""
    entry = Entry(
        number=before.number + 1,
        time=time,
        actor=cleaned(actor),
        operation=cleaned(operation),
        subject=cleaned(subject),
        tenant=None if tenant is None else cleaned(tenant),
        content=content.digest,
        previous=before.digest,
        digest=b"",
    )
    return msgspec.structs.replace(entry, digest=entry.reckoned())


def written(content: Mapping[str, Any]) -> bytes:
    """Content as JSON. Raises ValueError for more than `MOST_CONTENT`, and TypeError for what JSON
    does not have."""
    plain = msgspec.to_builtins(content, str_keys=True)
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    body = text.encode("utf-8", "replace")
    if len(body) > MOST_CONTENT:
        raise ValueError(f"{len(body):,} bytes of content; an entry has up to {MOST_CONTENT:,}")
    return body


def cleaned(text: str) -> str:
    """Text as both databases keep it, of bounded length; what they would not keep is replaced."""
    shortened = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    kept = shortened.replace("\0", _INSTEAD)
    return kept.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

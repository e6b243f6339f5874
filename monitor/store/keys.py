"""One-time keys of the console, kept as digests and never as themselves."""

import hashlib
import hmac

from sqlalchemy import Connection, delete, insert
from sqlalchemy.engine import Engine

from monitor.store import tables

LINK = "link"


def digest_of(key: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a key; keys are 256 random bits, which need no salt and no slow hash.

    `pepper` is what the instance keeps outside of the database, so that a digest put into that by
    somebody else opens nothing.
    """
    return hmac.digest(pepper, key.encode("utf-8", "surrogatepass"), hashlib.sha256)


class Keys:
    """The keys of one database. Safe to share between threads. Times are ms since 1970 UTC."""

    def __init__(self, engine: Engine, pepper: bytes = b"") -> None:
        self._engine = engine
        self._pepper = pepper

    def add(self, key: str, kind: str, expires: int, now: int) -> None:
        """Keep a key until `expires`, and forget those that expired before `now`."""
        table = tables.console_keys
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.expires <= now))
            values = {"digest": digest_of(key, self._pepper), "kind": kind, "expires": expires}
            connection.execute(insert(table).values(values))

    def spend(self, connection: Connection, link: str, now: int) -> bool:
        """Use up a link's key in an open transaction; False when it does not hold.

        Of several that try at once, one succeeds.
        """
        table = tables.console_keys
        spent = delete(table).where(
            table.c.digest == digest_of(link, self._pepper),
            table.c.kind == LINK,
            table.c.expires > now,
        )
        return connection.execute(spent).rowcount == 1

"""Console keys: what opens the console, kept as digests and never as themselves."""

import hashlib
import hmac

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Engine

from monitor.store import tables
from monitor.store.connection import reading

LINK = "link"
SESSION = "session"


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
        self._reading = reading(engine)

    def add(self, key: str, kind: str, expires: int, now: int) -> None:
        """Keep a key until `expires`, and forget those that expired before `now`."""
        table = tables.console_keys
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.expires <= now))
            values = {"digest": digest_of(key, self._pepper), "kind": kind, "expires": expires}
            connection.execute(insert(table).values(values))

    def holds(self, key: str, kind: str, now: int) -> bool:
        """Whether this key is kept and has not expired."""
        table = tables.console_keys
        query = select(table.c.expires).where(
            table.c.digest == digest_of(key, self._pepper), table.c.kind == kind
        )
        with self._reading.connect() as connection:
            expires = connection.execute(query).scalar()
        return expires is not None and now < expires

    def exchange(self, link: str, session: str, expires: int, now: int) -> bool:
        """Turn a link's key into a session's until `expires`; False when the link does not hold.

        Of several that try at once, one succeeds.
        """
        table = tables.console_keys
        spent = delete(table).where(
            table.c.digest == digest_of(link, self._pepper),
            table.c.kind == LINK,
            table.c.expires > now,
        )
        values = {"digest": digest_of(session, self._pepper), "kind": SESSION, "expires": expires}
        with self._engine.begin() as connection:
            if connection.execute(spent).rowcount != 1:
                return False
            connection.execute(insert(table).values(values))
        return True

    def drop(self, key: str) -> None:
        """Forget a key, if it is kept."""
        table = tables.console_keys
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.digest == digest_of(key, self._pepper)))

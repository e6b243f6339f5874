"""A MaxMind database, opened only when it is of the type that is wanted."""

import hashlib
import os
from collections.abc import Iterable
from enum import Enum
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import maxminddb

from monitor.enrichment.prefixes import Address
from monitor.enrichment.shipped import Source
from monitor.trouble import Trouble

Record: TypeAlias = dict[str, Any]

_PROBED = 100
"""Networks looked at, at opening, for one that has the fields that are read."""

_END = 1 << 20
"""Bytes of either end of a file that tell it from others."""

DAMAGE = (maxminddb.InvalidDatabaseError, ValueError, TypeError, IndexError, RecursionError)
"""What the library raises over a damaged file."""


class GeoDatabaseError(Trouble):
    """A location database cannot be used; says which file, what it is and what was wanted."""


class Purpose(Enum):
    """What a database is for: its name, marks of its type, and paths one of which it must have."""

    CITY = (
        "City",
        ("city", "enterprise", "insights"),
        (("location", "latitude"), ("country", "iso_code")),
    )
    ASN = ("ASN", ("asn", "isp"), (("autonomous_system_number",),))
    ANONYMOUS_IP = (
        "Anonymous-IP",
        ("anonymous",),
        (
            ("is_anonymous",),
            ("is_anonymous_vpn",),
            ("is_hosting_provider",),
            ("is_public_proxy",),
            ("is_residential_proxy",),
            ("is_tor_exit_node",),
        ),
    )
    CONNECTION_TYPE = ("Connection-Type", ("connection-type",), (("connection_type",),))

    def __init__(
        self, title: str, marks: tuple[str, ...], paths: tuple[tuple[str, ...], ...]
    ) -> None:
        self.title = title
        self.marks = marks
        self.paths = paths


class Database:
    """An open database. Look-ups may be made from several threads. `built` in ms since 1970."""

    def __init__(self, source: Source, purpose: Purpose) -> None:
        """Open a file, or content in memory, as a database for `purpose`.

        Raises GeoDatabaseError when it cannot be read, is damaged, or is for something else.
        """
        self.name = str(source) if isinstance(source, Path) else f"{purpose.title} in memory"
        _check(source, self.name, purpose)
        self._reader = _open(source, self.name, maxminddb.MODE_AUTO)
        meta = self._reader.metadata()
        self.type = meta.database_type
        self.built = meta.build_epoch * 1_000
        self.version = f"{meta.database_type}@{meta.build_epoch}.{_mark(source)}"
        self._is_ipv4_only = meta.ip_version == 4
        self.unreadable = 0

    def get(self, address: Address) -> Record | None:
        """What the database says of an address; None for nothing, or where it is damaged.

        Damaged records are counted in `unreadable`.
        """
        if self._is_ipv4_only and address.version != 4:
            return None
        try:
            record = self._reader.get(address)
        except DAMAGE:
            self.unreadable += 1
            return None
        return record if isinstance(record, dict) else None

    def close(self) -> None:
        """Give the file back; no look-up may follow."""
        self._reader.close()


def _mark(source: Source) -> str:
    """Tells databases of one second apart: the length, and a digest of both ends."""
    if isinstance(source, bytes):
        length, ends = len(source), source[:_END] + source[-_END:]
    else:
        with source.open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(max(0, length - _END))
            ends = file.read(_END)
            file.seek(0)
            ends += file.read(_END)
    return hashlib.blake2b(b"%d %b" % (length, ends), digest_size=4).hexdigest()


def _check(source: Source, name: str, purpose: Purpose) -> None:
    # By the reader in Python: the one in C crashes when it walks a damaged tree.
    reader = _open(source, name, maxminddb.MODE_MMAP)
    try:
        kind = reader.metadata().database_type
        probed = [record for _, record in islice(reader, _PROBED)]
    except DAMAGE as error:
        raise GeoDatabaseError(f"{name} is damaged: {error}") from error
    finally:
        reader.close()
    wanted = f"a {purpose.title} database in MaxMind's schema is wanted"
    if not any(mark in kind.lower() for mark in purpose.marks):
        raise GeoDatabaseError(f"{name} is of type {kind!r}; {wanted}")
    if not any(_has(record, path) for record in probed for path in purpose.paths):
        fields = ", ".join(".".join(path) for path in purpose.paths)
        raise GeoDatabaseError(f"{name} (type {kind!r}) has none of the fields {fields}; {wanted}")


def _open(source: Source, name: str, mode: int) -> maxminddb.Reader:
    try:
        if isinstance(source, bytes):
            return maxminddb.open_database(BytesIO(source), maxminddb.MODE_FD)
        return maxminddb.open_database(source, mode)
    except (OSError, *DAMAGE) as error:
        raise GeoDatabaseError(f"cannot open {name}: {error}") from error


def _has(record: Any, path: Iterable[str]) -> bool:
    for name in path:
        if not isinstance(record, dict) or name not in record:
            return False
        record = record[name]
    return True

"""The floor: parse the lines and store the rows, and nothing else; what no program can undercut.

The same table, indexes, pragmas, batch size and transactions as the whole chain, and rows of the
same size; on PostgreSQL the same COPY into the same partitions. Reads OCSF only as far as the row
needs it.
"""

import argparse
import time
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from benchmarks.side import peak_mib
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from monitor.store.partitions import Partitions
from monitor.store.tables import events

BATCH = 5_000
INSERT = (
    "INSERT INTO events (id, account_key, name_key, source_id, late, body)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
COPY = "COPY events (id, account_key, name_key, source_id, late, body) FROM STDIN (FORMAT BINARY)"
TYPES = ("bytea", "int8", "int8", "int4", "bool", "bytea")


class _Uid(Struct, gc=False):
    uid: str


class _Metadata(Struct, gc=False):
    uid: str
    tenant_uid: str


class _Endpoint(Struct, gc=False):
    ip: str


class _Request(Struct, gc=False):
    user_agent: str


class _Record(Struct, gc=False):
    time: int
    activity_id: int
    status_id: int
    metadata: _Metadata
    user: _Uid
    session: _Uid
    src_endpoint: _Endpoint
    http_request: _Request
    is_mfa: bool


class Floor:
    """Steps through a log of OCSF lines into a new database. `body` is a row's bytes of body."""

    def __init__(self, log: Path, url: str, *, batch: int = BATCH, body: int = 0) -> None:
        upgrade(url)
        self._engine = connect(url)
        self._store = _insert if self._engine.dialect.name == "sqlite" else _copy
        self._partitions = Partitions(self._engine)
        self._log = log.open("rb")
        self._batch = batch
        self._body = body
        self._parts: dict[str, float] = {}

    def step(self) -> int:
        """Decode one batch, make its rows, and commit them."""
        began = time.perf_counter()
        lines = [line[:-1] for line in islice(self._log, self._batch)]
        read = time.perf_counter()
        decode = msgspec.json.Decoder(_Record).decode
        records = [decode(line) for line in lines]
        parsed = time.perf_counter()
        rows = list(_rows(records, self._body))
        made = time.perf_counter()
        if rows:
            self._partitions.cover(record.time for record in records)
            with self._engine.begin() as connection:
                self._store(connection, rows)
        stored = time.perf_counter()
        self._parts = {
            "read": read - began,
            "parse": parsed - read,
            "make rows": made - parsed,
            "store": stored - made,
        }
        return len(rows)

    def parts(self) -> dict[str, float]:
        """Seconds of the last step by part."""
        return self._parts

    def facts(self) -> dict[str, Any]:
        """How many rows there are and how long their bodies are."""
        with self._engine.begin() as connection:
            count, mean = connection.exec_driver_sql(
                f"SELECT count(*), avg(length(body)) FROM {events.name}"  # noqa: S608 - our table
            ).one()
        return {"rows": count, "body": float(mean)}

    def stop(self) -> None:
        """Let go of the files and of the database."""
        self._log.close()
        self._engine.dispose()


def _insert(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    connection.exec_driver_sql(INSERT, rows)


def _copy(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    # Its driver is not loaded where it is not measured.
    from monitor.store.postgresql import copy  # noqa: PLC0415

    copy(connection, COPY, TYPES, rows)


def _rows(records: list[_Record], body: int) -> Iterator[tuple[Any, ...]]:
    encode = msgspec.msgpack.Encoder().encode
    filler = bytes(body)
    for record in records:
        identity = blake2b(record.metadata.uid.encode(), digest_size=10).digest()
        account = blake2b(record.user.uid.encode(), digest_size=8).digest()
        packed = encode(record)
        yield (
            record.time.to_bytes(6, "big") + identity,
            int.from_bytes(account, "big", signed=True),
            None,
            1,
            False,
            packed[:body] if body and len(packed) > body else packed + filler[len(packed) :],
        )


def main() -> None:
    """Run the floor by itself and say how fast it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path, help="OCSF lines")
    parser.add_argument("database", help="a file that is not there yet, or postgresql://…")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--body", type=int, default=0, help="bytes of a row's body")
    given = parser.parse_args()
    is_address = "://" in given.database
    url = given.database if is_address else f"sqlite:///{given.database}"
    floor = Floor(given.log, url, batch=given.batch, body=given.body)
    began = time.perf_counter()
    spent: dict[str, float] = {}
    count = 0
    while events_read := floor.step():
        count += events_read
        for part, seconds in floor.parts().items():
            spent[part] = spent.get(part, 0.0) + seconds
    took = time.perf_counter() - began
    floor.stop()
    print(f"{count} events in {took:.2f} s: {count / took:,.0f} a second; {peak_mib():.0f} MiB")
    for part, seconds in spent.items():
        print(f"  {part:10} {seconds / count * 1e6:6.2f} us an event")


if __name__ == "__main__":
    main()

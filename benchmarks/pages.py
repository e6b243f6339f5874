"""`python -m benchmarks.pages --url …`: what each page of the console costs on a large database.

Each page is asked in turns with the smallest page that the same application renders for somebody
who is signed in, in one process; the median of the time from question to answer, and its ratio to
the smallest page's median, are told, the slowest first. `benchmarks.seeding` fills the database.
Exits 1 where a page is slower than 300 ms at the median, or is not answered.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine
from starlette.testclient import TestClient

from benchmarks.asked import EMPTY, Asked, asked
from monitor.clock import now_ms
from monitor.services.entrance import Entrance
from monitor.services.sessions import Client, Method
from monitor.store import reviewers
from monitor.store.connection import connect
from monitor.store.reviewers import ReviewerRow
from monitor.web.app import create_app

MOST_MS: Final = 300.0
"""Milliseconds that a page may take at the median."""
_BASE: Final = "http://127.0.0.1:8320"
_COOKIE: Final = "vigie_session_8320"
_ANSWERED: Final = (200, 303)


class Answer(NamedTuple):
    """One answer: its status, how long it took and how much processor time (ms), its length."""

    status: int
    took: float
    processor: float
    length: int


class Took(NamedTuple):
    """What a page took: its status, the median and the longest (ms), this process's processor time
    (ms, median), its length in bytes, and the median as a multiple of the smallest page's."""

    page: Asked
    status: int
    median: float
    longest: float
    processor: float
    length: int
    ratio: float


class Console:
    """The console over a database, and an administrator who has just come in."""

    def __init__(
        self, database: Engine, now: Callable[[], int] = now_ms, patience: int | None = None
    ) -> None:
        self._client = TestClient(
            create_app("", engine=database, now=now, patience=patience),
            base_url=_BASE,
            headers={"accept-language": "en", "sec-fetch-site": "same-origin"},
            raise_server_exceptions=False,
            follow_redirects=False,
        )
        uid = token_hex(16)
        row = ReviewerRow(
            uid, f"{uid}@vigie.example", "Pages", "administrator", None, "active", 1, now(), None
        )
        sessions = Entrance(database, now=now).sessions
        with database.begin() as connection:
            reviewers.add(connection, row)
            key, _ = sessions.open(connection, uid, Method.PASSKEY, Client("127.0.0.1", "pages"))
        self._client.cookies.set(_COOKIE, key)

    def open(self, path: str, **headers: str) -> Any:
        """The answer."""
        return self._client.get(path, headers=headers)

    def get(self, path: str) -> "Answer":
        """Ask once."""
        began, spent = time.perf_counter(), time.process_time()
        answer = self._client.get(path)
        took = time.perf_counter() - began
        processor = time.process_time() - spent
        return Answer(answer.status_code, 1_000 * took, 1_000 * processor, len(answer.content))


def measure(
    console: Console, pages: Sequence[Asked], rounds: int, within: float = 60.0
) -> list[Took]:
    """Ask for each so often, and for the smallest page each time before it; a page that has taken
    `within` seconds in all is not asked again. The slowest first."""
    empty: list[float] = []
    took: dict[Asked, list[Answer]] = {page: [] for page in pages}
    for _ in range(rounds):
        for page in pages:
            if sum(one.took for one in took[page]) < 1_000 * within:
                empty.append(console.get(EMPTY).took)
                took[page].append(console.get(page.path))
    smallest = statistics.median(empty)
    return sorted(
        (_took(page, took[page], smallest) for page in pages), key=lambda one: -one.median
    )


def table(found: Sequence[Took]) -> str:
    """All of them as Markdown."""
    lines = ["| page | ratio | median ms | longest ms | processor ms | KB |"]
    lines += ["|---|---:|---:|---:|---:|---:|"]
    for one in found:
        name = one.page.name if one.status in _ANSWERED else f"{one.page.name} ({one.status})"
        told = f"{one.ratio:.1f} | {one.median:.0f} | {one.longest:.0f} | {one.processor:.0f}"
        lines.append(f"| {name} | {told} | {one.length / 1_000:.0f} |")
    return "\n".join(lines)


def failing(found: Sequence[Took]) -> list[Took]:
    """Those that are too slow, or were not answered."""
    return [one for one in found if one.median > MOST_MS or one.status not in _ANSWERED]


def _took(page: Asked, found: list[Answer], smallest: float) -> Took:
    times = [one.took for one in found]
    median, processor = statistics.median(times), statistics.median(one.processor for one in found)
    status = max(one.status for one in found)
    return Took(page, status, median, max(times), processor, found[-1].length, median / smallest)


def main(given: Sequence[str] | None = None) -> int:
    """Read the arguments, measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="of a database that `seeding` filled")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="pages whose address holds this")
    arguments: Any = parser.parse_args(given)
    database = connect(arguments.url)
    pages = [page for page in asked(database) if arguments.only in page.path]
    found = measure(Console(database), pages, arguments.rounds)
    database.dispose()
    print(table(found))
    return 1 if failing(found) else 0


if __name__ == "__main__":
    sys.exit(main())

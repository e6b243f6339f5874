"""`python -m benchmarks.seeding --url sqlite:////tmp/large.db`: a database as large as they come.

100,000 accounts, 10 million sign-ins of 90 days, 100,000 incidents and what people made of them,
the same every time for a seed; `--part 0.001` makes a thousandth. The database has to be empty.
"""

import argparse
from typing import Final

from msgspec import structs

from benchmarks.seeding.filling import fill
from benchmarks.seeding.scale import FULL
from detectors.core.event import HOUR
from monitor.clock import now_ms
from monitor.store.connection import connect
from monitor.store.migration import upgrade

_STEP: Final = HOUR


def main() -> None:
    """Read the arguments, and fill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="of an empty database")
    parser.add_argument("--part", type=float, default=1.0, help="of the whole, 0 to 1")
    parser.add_argument("--seed", type=int, default=FULL.seed)
    parser.add_argument("--until", type=int, help="the last sign-in's time (ms); else this hour")
    given = parser.parse_args()
    until = given.until or now_ms() // _STEP * _STEP
    upgrade(given.url)
    database = connect(given.url)
    fill(database, structs.replace(FULL.part(given.part), seed=given.seed, until=until))
    database.dispose()


if __name__ == "__main__":
    main()

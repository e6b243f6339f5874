"""The process that responds to incidents, started and watched by `vigie run`."""

import signal
import sys
from types import FrameType

from sqlalchemy.exc import DBAPIError

from alerts.egress.wall import forget_proxies
from monitor import logs
from monitor.instance import InstanceKeyError
from monitor.responding.service import Service
from monitor.store.connection import explain
from monitor.told import Lines, listen


def main() -> None:
    """`python -m monitor.responding.serve`: respond until standard input ends, or SIGTERM.

    Each line of standard input is all settings in JSON, which hold from then on.
    """
    lines = Lines(sys.stdin.buffer)
    try:
        first = lines.next()
    except (ValueError, OSError) as error:
        logs.end(f"nothing is responded to: {error}")
    if first is None:
        return
    logs.configure(first.log.format, first.log.level, "responding")
    forget_proxies()
    service = Service(first)

    def stop(_number: int, _frame: FrameType | None) -> None:
        service.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    listen(lines, service.tell, service.stop)
    try:
        service.run()
    except DBAPIError as error:
        logs.end(f"nothing is responded to: {explain(error)}")
    except (InstanceKeyError, OSError) as error:
        logs.end(f"nothing is responded to: {error}")


if __name__ == "__main__":
    main()

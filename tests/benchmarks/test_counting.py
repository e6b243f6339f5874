"""The floor of the comparison: it counts lines and datagrams, and nothing else."""

import socket

from benchmarks.syslog import counting
from tests.monitor.receiving.served import wait_for


def test_lines_and_datagrams_are_counted() -> None:
    with counting() as side:
        with socket.create_connection(("127.0.0.1", side.tcp)) as client:
            client.sendall(b"1\n2\n")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"3", ("127.0.0.1", side.udp))
        wait_for(lambda: side.has() == 3)

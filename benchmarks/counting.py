"""The least that a receiver of syslog can do: it counts lines and datagrams, and forgets them."""

import selectors
import socket
import sys

AT_ONCE = 256


def main() -> None:
    """Say the ports of TCP and UDP, then answer each line of standard input with the count."""
    listener = socket.create_server(("127.0.0.1", 0))
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    receiver.bind(("127.0.0.1", 0))
    receiver.setblocking(False)
    print(listener.getsockname()[1], receiver.getsockname()[1], flush=True)
    selector = selectors.DefaultSelector()
    for one in (listener, receiver, sys.stdin):
        selector.register(one, selectors.EVENT_READ)
    count = 0
    while True:
        for key, _ in selector.select():
            opened = key.fileobj
            if key.fd == sys.stdin.fileno():
                if not sys.stdin.readline():
                    return
                print(count, flush=True)
            elif opened is listener:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
            elif opened is receiver:
                count += datagrams(receiver)
            elif isinstance(opened, socket.socket):
                data = opened.recv(1 << 16)
                count += data.count(b"\n")
                if not data:
                    selector.unregister(opened)


def datagrams(receiver: socket.socket) -> int:
    """How many were there, for one turn."""
    room = bytearray(1 << 16)
    for count in range(AT_ONCE):
        try:
            receiver.recv_into(room)
        except BlockingIOError:
            return count
    return AT_ONCE


if __name__ == "__main__":
    main()

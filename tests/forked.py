"""Hands a command over to the process that forks for it, and is it to whoever started this one.

Run as `python -I -S forked.py SOCKET ARGUMENT…`: nothing but what is built in is imported.
"""

import array
import json
import os
import signal
import socket
import sys


def _hand_over(address: str, arguments: list[str]) -> int:
    """The command's exit code."""
    asking = socket.socket(socket.AF_UNIX)
    asking.connect(address)
    asked = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
    told = json.dumps(asked).encode() + b"\n"
    streams = array.array("i", (0, 1, 2))
    sent = asking.sendmsg([told], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
    asking.sendall(told[sent:])
    answers = asking.makefile()
    started = int(answers.readline())
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(one, lambda number, _: os.kill(started, number))
    return int(answers.readline())


if __name__ == "__main__":
    status = _hand_over(sys.argv[1], sys.argv[2:])
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)

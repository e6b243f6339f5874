"""Real journal files, made of entries by systemd-journal-remote (Journal Export Format)."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

REMOTE = "/lib/systemd/systemd-journal-remote"
START_US = 1_772_439_300_000_000
BOOT = "b" * 32


def entry(
    number: int, message: str | bytes | None = None, boot: str = BOOT, **fields: str
) -> dict[str, str | bytes]:
    """The `number`-th entry: a guess at sshd unless another message is given."""
    if message is None:
        message = f"Failed password for root from 192.0.2.7 port {number} ssh2"
    return {
        "__REALTIME_TIMESTAMP": str(START_US + number * 1_000_000),
        "__MONOTONIC_TIMESTAMP": str(1 + number * 1_000_000),
        "_BOOT_ID": boot,
        "SYSLOG_IDENTIFIER": "sshd",
        "_PID": str(100 + number),
        "_HOSTNAME": "gate",
        "_SYSTEMD_UNIT": "ssh.service",
        **fields,
        "MESSAGE": message,
    }


def write(path: Path, entries: Iterable[Mapping[str, str | bytes]]) -> None:
    """Put entries behind those of a journal file, which is made when it is not there."""
    exported = b"".join(_exported(one) for one in entries)
    subprocess.run([REMOTE, "-o", str(path), "-"], input=exported, check=True, capture_output=True)


def _exported(fields: Mapping[str, str | bytes]) -> bytes:
    parts = []
    for name, value in fields.items():
        raw = value if isinstance(value, bytes) else value.encode()
        if b"\n" in raw or any(byte < 32 for byte in raw):
            parts.append(name.encode() + b"\n" + len(raw).to_bytes(8, "little") + raw + b"\n")
        else:
            parts.append(name.encode() + b"=" + raw + b"\n")
    return b"".join(parts) + b"\n"

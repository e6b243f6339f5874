"""Runs `journalctl` once and takes what it writes, without ever waiting for it."""

import os
import re
import select
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Final

from detectors.core.detector import Text
from monitor.sources.lines import BLOCK
from monitor.sources.source import SourceError

PROGRAM: Final = "journalctl"

_BLIND = re.compile(r"insufficient permissions|not seeing messages from other users")
_KEPT_OF_COMPLAINT = 2_000


class Journalctl:
    """One run of the program. Raises SourceError when it cannot be started."""

    def __init__(self, arguments: Sequence[str]) -> None:
        # A pipe that nobody empties would stop a program that complains a lot.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the run
        try:
            self._process = subprocess.Popen(  # noqa: S603 - no shell
                [PROGRAM, "--output=json", "--all", "--no-pager", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=os.environ | {"LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"},
            )
        except OSError as error:
            self._complaints.close()
            raise _missing(error) from error

    def take(self) -> bytes | None:
        """What it wrote, None when there is nothing now, and nothing at all when that was all."""
        output = self._process.stdout
        if output is None or not _has_some(output.fileno()):
            return None
        return os.read(output.fileno(), BLOCK)

    def end(self) -> None:
        """Let go of it after all was taken. Raises SourceError when it failed, and says why."""
        status = self._process.wait()
        self._complaints.seek(0)
        complaint = self._complaints.read(_KEPT_OF_COMPLAINT).decode("utf-8", "replace")
        self.close()
        if status or _BLIND.search(complaint):
            raise _unreadable(status, " ".join(complaint.split()))

    def close(self) -> None:
        """End it, if it runs."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._complaints.close()


def _has_some(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _missing(error: OSError) -> SourceError:
    why = os.strerror(error.errno) if error.errno else str(error)
    return SourceError(
        Text(
            en=f"{PROGRAM} cannot be run ({why}); it is part of systemd: install it, or let the "
            "journal be sent here by syslog",
            fr=f"{PROGRAM} ne peut pas être lancé ({why}) ; il fait partie de systemd : "
            "installez-le, ou faites envoyer le journal ici par syslog",
        )
    )


def _unreadable(status: int, complaint: str) -> SourceError:
    if _BLIND.search(complaint):
        return SourceError(
            Text(
                en="Vigie's user may not read the system's journal; add it to the group "
                "systemd-journal (SupplementaryGroups= in its service)",
                fr="l'utilisateur de Vigie ne peut pas lire le journal du système ; ajoutez-le au "
                "groupe systemd-journal (SupplementaryGroups= dans son service)",
            )
        )
    return SourceError(
        Text(
            en=f"{PROGRAM} failed with status {status}: {complaint or 'it did not say why'}",
            fr=f"{PROGRAM} a échoué avec le statut {status} : {complaint or 'sans dire pourquoi'}",
        )
    )

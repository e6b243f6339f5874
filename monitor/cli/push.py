"""`vigie push`: sends logs to a Vigie on another machine, and goes on where it left off."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec import Struct

from monitor.cli.console import CommandError, progress, safe, stderr
from monitor.daemon import Stopping, stopped_by_signals
from monitor.services.api_keys import is_formed
from monitor.services.sending import LINES, Sender, SendError, is_safe
from monitor.sources.source import Chunk, Source, SourceError
from monitor.sources.specification import open_source

_PAUSE_S = 0.5


class _Place(Struct, array_like=True):
    path: str
    cursor: bytes


def command(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Logs to send; `-` is standard input.")
    ],
    url: Annotated[str, typer.Option(help="The other Vigie's address.")],
    key_file: Annotated[
        Path, typer.Option(metavar="FILE", help="Holds an API key (`vigie key create`).")
    ],
    source: Annotated[
        str | None, typer.Option(help="The source that it is for, where the key names none.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Remembers how far each log was sent."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for more, also over rotation, until stopped.")
    ] = False,
    patience: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long to try in vain; 0 is for ever.")
    ] = 300.0,
) -> None:
    """Send logs to a Vigie on another machine; exits 1 when not all of them could be sent.

    What is sent twice counts once. With `--state`, another run goes on where the last one ended.

    Examples:

        vigie push sign-ins.ndjson --url https://vigie.example.com --key-file crm.key

        vigie push /var/log/auth.log --follow --state push.state --url http://127.0.0.1:8320 \\
            --key-file ssh.key --patience 0
    """
    if not is_safe(url):
        raise CommandError(f"expected https://… (http:// for this machine only), got {url!r}", 2)
    opened = [open_source(file, file, follow=follow) for file in files]
    places = _Places(state)
    stopping = Stopping()
    sent = 0
    with (
        stopped_by_signals(stopping),
        progress("bytes") as shown,
        Sender(
            url, _key(key_file), source=source, pause=stopping.pause, patience=patience or None
        ) as sender,
    ):
        for one in opened:
            one.resume(places.cursor(one.name))
        tasks = {one.name: shown.add_task(safe(one.name), total=None) for one in opened}

        def told(one: Source, lines: int) -> None:
            nonlocal sent
            sent += lines
            backlog = one.backlog()
            if backlog is not None:
                shown.update(tasks[one.name], completed=backlog[0], total=backlog[1])

        try:
            _send_all(opened, _Reading(follow=follow), sender, places, stopping, told)
        except SendError as error:
            raise CommandError(f"{error} ({sent:,} lines were sent before)") from error
        finally:
            for one in opened:
                one.close()
    stderr.print(f"{sent:,} lines sent")
    if stopping() and not follow:
        raise CommandError("stopped before the end; run it again")


class _Places:
    """How far each log was sent, kept in a file where one is named."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, bytes] = {}
        if path is not None and path.exists():
            try:
                found = msgspec.msgpack.decode(path.read_bytes(), type=list[_Place])
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise CommandError(f"{path} is not such a file: {error}", 2) from error
            self._known = {one.path: one.cursor for one in found}

    def cursor(self, name: str) -> bytes | None:
        """Where to go on in a log; None for its beginning."""
        return self._known.get(str(Path(name).absolute()))

    def note(self, name: str, cursor: bytes) -> None:
        """Remember it, in whole or not at all."""
        if self._path is None:
            return
        self._known[str(Path(name).absolute())] = cursor
        beside = self._path.with_name(f"{self._path.name}.new")
        beside.write_bytes(msgspec.msgpack.encode([_Place(*one) for one in self._known.items()]))
        os.replace(beside, self._path)


class _Reading:
    """Reads a log; of one that is in the way now and then only the first time is told."""

    def __init__(self, *, follow: bool) -> None:
        self._follow = follow
        self._told: dict[str, str] = {}

    def __call__(self, one: Source) -> Chunk | None:
        """The next lines. Raises SourceError where it is read once only."""
        try:
            chunk = one.read(LINES)
        except SourceError as error:
            if not self._follow:
                raise
            if self._told.get(one.name) != str(error):
                self._told[one.name] = str(error)
                stderr.print(safe(error))
            return None
        if chunk is not None:
            self._told.pop(one.name, None)
        return chunk


def _send_all(
    opened: Sequence[Source],
    read: Callable[[Source], Chunk | None],
    sender: Sender,
    places: _Places,
    stopping: Stopping,
    told: Callable[[Source, int], None],
) -> None:
    while not stopping():
        is_quiet = True
        for one in opened:
            chunk = read(one)
            if chunk is None:
                continue
            is_quiet = False
            for unread in chunk.rejects:
                stderr.print(f"{safe(unread.position)}: {safe(unread.reason.en)}; not sent")
            if not sender.send(chunk.lines):
                return
            places.note(one.name, chunk.cursor)
            one.acknowledge()
            told(one, len(chunk.lines))
        if is_quiet and all(one.is_exhausted() for one in opened):
            return
        if is_quiet:
            stopping.pause(_PAUSE_S)


def _key(path: Path) -> str:
    key = path.read_text(encoding="utf-8").strip()
    if not is_formed(key):
        raise CommandError(f"{path} holds no API key: `vigie key create` makes one", 2)
    return key

"""`vigie audit`: what was done and by whom: read it, prove it whole, take it elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
import typer
from rich.table import Table

from monitor import clock
from monitor.chain import file as exported
from monitor.chain.checkpoints import Checkpoints
from monitor.chain.file import written
from monitor.chain.sealing import KEY_BYTES, Seal
from monitor.chain.verification import Verdict
from monitor.chain.wording import SENTENCES
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.cli.credentials import auditing
from monitor.cli.stored import stored
from monitor.services.actor import operator
from monitor.services.audit import Audit, EntryView, signed_outside
from monitor.settings import load
from monitor.store.trail import MOST, Filter

command = typer.Typer(help="What was done and by whom: read it, prove it whole, export it.")

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@command.command("list")
def list_entries(
    actor: Annotated[str | None, typer.Option(help="Only of this one, as operator:sam.")] = None,
    operation: Annotated[str | None, typer.Option(help="Only these, as keys:write.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only on this, as key:crm.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only of this tenant.")] = None,
    count: Annotated[int, typer.Option(min=1, max=MOST, help="How many at most.")] = 50,
    before: Annotated[
        int | None, typer.Option(min=1, help="Only entries with smaller numbers.")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show the newest entries, the last one first.

    Examples:

        vigie audit list --operation keys:write

        vigie audit list --subject key:crm --json
    """
    wanted = Filter(actor=actor, operation=operation, subject=subject, tenant=tenant)
    with _audit(config) as audit:
        found = audit.page(operator(), wanted, before, count)
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
    elif not found:
        stderr.print("There is no such entry.")
    else:
        stdout.print(_table(found))


@command.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="An export; else the database of the settings."),
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="Whom FILE must be signed by, as `vigie audit head` says"),
    ] = None,
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option(help="A file of checkpoints that it must hold to. May be repeated."),
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Prove that nothing was altered, taken away or put in between; exits 1 where something was.

    A file is proved without settings, database or key, on any machine.

    Examples:

        vigie audit verify

        vigie audit verify audit.ndjson --public-key 8f0c…
    """
    kept = [Checkpoints(path) for path in checkpoints or ()]
    for one in kept:
        if not one.path.is_file():
            raise CommandError(f"{one.path}: there is no such file", 2)
    if file is None:
        if public_key is not None:
            raise CommandError("--public-key is for a file; the database has its own", 2)
        verdict, signer, unreadable = _verify_database(config, kept)
    else:
        verdict, signer, unreadable = _verify_file(file, public_key, kept)
    if as_json:
        told = {"verdict": _plain(verdict), "signer": signer.hex(), "unreadable": unreadable}
        stdout.print_json(msgspec.json.encode(told | {"whole": verdict.is_whole}).decode())
    else:
        _tell(verdict, signer, unreadable, is_pinned=file is None or public_key is not None)
    if not verdict.is_whole:
        raise typer.Exit(1)


@command.command()
def export(
    to: Annotated[Path, typer.Argument(help="A new file, or - for standard output.")],
    contents: Annotated[
        bool, typer.Option(help="With what may name people; without, it proves as much.")
    ] = True,
    config: Config = None,
) -> None:
    """Write the whole audit to a file that proves itself, with its signed head.

    Examples:

        vigie audit export audit.ndjson

        vigie audit export - --no-contents | zstd > audit.ndjson.zst
    """
    with _audit(config) as audit:
        total = audit.size(operator()) + 1
        with _opened(to) as target, progress("entries") as shown:
            task = shown.add_task("export", total=total)
            for line in audit.export(operator(), contents=contents):
                target.write(line)
                shown.advance(task)
    stderr.print(f"{total:,} entries; `vigie audit verify` proves them anywhere.")


@command.command()
def head(
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Print the signed head, and the public key that it can be checked by.

    Keep them where nobody who has this machine can change them: whatever was entered until now can
    then not be altered or taken away unnoticed.

    Example:

        vigie audit head --json >> /mnt/elsewhere/vigie-heads.ndjson
    """
    with _audit(config) as audit:
        seal = audit.head(operator())
    if as_json:
        print(msgspec.json.encode(written(seal)).decode())
        return
    stdout.print(f"entries    {seal.number:,}, signed at {clock.utc(seal.time)}")
    for name, value in _shown(seal).items():
        stdout.print(f"{name:<10} {value}", soft_wrap=True)


def _shown(seal: Seal) -> dict[str, str]:
    names = {"digest": seal.digest, "public key": seal.signer, "signature": seal.signature}
    return {name: value.hex() for name, value in names.items()}


@contextmanager
def _audit(config: Path | None, kept: list[Checkpoints] | None = None) -> Iterator[Audit]:
    settings = load(config)
    with stored(settings) as database:
        yield auditing(settings, database, kept or ())


def _verify_database(config: Path | None, kept: list[Checkpoints]) -> tuple[Verdict, bytes, int]:
    with _audit(config, kept) as audit, progress("entries") as shown:
        task = shown.add_task("verify", total=audit.size(operator()))
        proof = audit.verify(operator(), lambda more: shown.advance(task, more))
    return proof.verdict, proof.signer, proof.unreadable


def _verify_file(
    path: Path, public_key: str | None, kept: list[Checkpoints]
) -> tuple[Verdict, bytes, int]:
    seals, unreadable = signed_outside(kept)
    with path.open("rb") as opened, progress("bytes") as shown:
        task = shown.add_task("verify", total=path.stat().st_size)
        lines = _told(opened, lambda size: shown.advance(task, size))
        verdict, seal = exported.verify(lines, _key(public_key), seals)
    return verdict, seal.signer, unreadable


def _told(opened: BinaryIO, told: Any) -> Iterator[bytes]:
    size = 0
    for line in iter(lambda: opened.readline(exported.MOST_LINE + 1), b""):
        size += len(line)
        if size > 1 << 20:
            told(size)
            size = 0
        yield line


def _key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise CommandError(f"expected a public key of {2 * KEY_BYTES} hexadecimal digits", 2)
    return key


@contextmanager
def _opened(to: Path) -> Iterator[BinaryIO]:
    if str(to) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with to.open("xb") as target:
            to.chmod(0o600)
            yield target
    except FileExistsError:
        raise CommandError(f"{to} is there already: nothing is overwritten") from None


def _table(found: list[EntryView]) -> Table:
    table = Table(box=None)
    for column in ("number", "time", "who", "did", "to", "tenant", "why"):
        table.add_column(column, justify="right" if column == "number" else "left")
    for one in found:
        table.add_row(
            str(one.number),
            clock.utc(one.time),
            safe(one.actor if one.name in ("", one.actor) else f"{one.actor} ({one.name})"),
            safe(one.operation),
            safe(one.subject),
            safe(one.tenant or ""),
            "[dim]erased[/]" if one.is_erased else safe(one.reason),
        )
    return table


def _tell(verdict: Verdict, signer: bytes, unreadable: int, *, is_pinned: bool) -> None:
    if verdict.is_whole:
        stdout.print(
            f"[green]whole:[/] {verdict.entries:,} entries"
            + (f" from number {verdict.first:,} on" if verdict.first > 1 else "")
            + (f", of which {verdict.erased:,} without their content" if verdict.erased else "")
        )
    for fault in verdict.faults:
        stdout.print(f"[bold red]{fault.number:,}:[/] {safe(SENTENCES[fault.wrong].en)}")
    if verdict.count > len(verdict.faults):
        stdout.print(f"and {verdict.count - len(verdict.faults):,} more faults")
    for first, last in verdict.lost:
        stdout.print(f"[yellow]{first:,} to {last:,} were lost when a backup was restored[/]")
    stdout.print(f"head {verdict.head.number:,} {verdict.head.digest.hex()}", soft_wrap=True)
    if verdict.latest is not None:
        at, number = clock.utc(verdict.latest.time), verdict.latest.number
        stdout.print(f"held to {verdict.held:,} checkpoints, the last of {at} at {number:,}")
    if verdict.former:
        stdout.print(f"{verdict.former:,} checkpoints are of a former key, and prove nothing now")
    if unreadable:
        stdout.print(f"[yellow]{unreadable:,} lines of checkpoints cannot be read[/]")
    known = "" if is_pinned else ": compare it with the one that you know"
    stdout.print(f"public key {signer.hex()}{known}", soft_wrap=True)


def _plain(verdict: Verdict) -> dict[str, Any]:
    latest = verdict.latest
    return {
        "entries": verdict.entries,
        "first": verdict.first,
        "head": {"number": verdict.head.number, "digest": verdict.head.digest.hex()},
        "erased": verdict.erased,
        "faults": [
            {"wrong": fault.wrong.value, "number": fault.number} for fault in verdict.faults
        ],
        "count": verdict.count,
        "held": verdict.held,
        "former": verdict.former,
        "latest": None if latest is None else written(latest),
        "lost": verdict.lost,
    }

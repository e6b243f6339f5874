"""The audit in a file of its own: lines of JSON that anybody can check, away from the database.

The first line says what it is, which public key signed it, and after which place it begins; then
come the entries, one a line, with salt and content where they are not erased; the last line is the
signed head. Bytes are in hexadecimal, content is the text that its digest is of.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

import msgspec
from msgspec import Struct

from monitor.chain.entry import MOST_CONTENT, Content, Entry
from monitor.chain.sealing import Seal, Statement
from monitor.chain.verification import Verdict, Verifier
from monitor.trouble import Trouble

FORMAT: Final = 1
MOST_LINE: Final = 8 * MOST_CONTENT
"""Bytes of one line, at most."""


class AuditFileError(Trouble):
    """A file that is no export of an audit; says at which line and why."""


class Signed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A seal, written down."""

    statement: Statement
    number: int
    digest: str
    time: int
    signer: str
    signature: str


class Opening(
    Struct, frozen=True, kw_only=True, tag="audit", tag_field="kind", forbid_unknown_fields=True
):
    """The first line: the form of the file, when it was written (ms), the public key, whether it
    has the contents, and the signed place after which the chain begins; None for its beginning."""

    format: int
    written: int
    signer: str
    contents: bool
    anchor: Signed | None


class Line(
    Struct, frozen=True, kw_only=True, tag="entry", tag_field="kind", forbid_unknown_fields=True
):
    """One entry; `salt` and `body` are None where its content is erased, or left out."""

    number: int
    time: int
    actor: str
    operation: str
    subject: str
    tenant: str | None
    content: str
    previous: str
    digest: str
    salt: str | None
    body: str | None


class Closing(
    Struct, frozen=True, kw_only=True, tag="head", tag_field="kind", forbid_unknown_fields=True
):
    """The last line: the signed head."""

    head: Signed


def written(seal: Seal) -> Signed:
    """A seal as it is written down."""
    return Signed(
        statement=seal.statement,
        number=seal.number,
        digest=seal.digest.hex(),
        time=seal.time,
        signer=seal.signer.hex(),
        signature=seal.signature.hex(),
    )


def read(signed: Signed) -> Seal:
    """A seal that was written down. Raises ValueError for what is no hexadecimal."""
    return Seal(
        statement=signed.statement,
        number=signed.number,
        digest=bytes.fromhex(signed.digest),
        time=signed.time,
        signer=bytes.fromhex(signed.signer),
        signature=bytes.fromhex(signed.signature),
    )


def lines(
    head: Seal,
    anchor: Seal | None,
    entries: Iterable[tuple[Entry, Content | None]],
    *,
    contents: bool = True,
) -> Iterator[bytes]:
    """The lines of a file, each with its end; without `contents` it names nobody."""
    encode = msgspec.json.Encoder().encode
    opening = Opening(
        format=FORMAT,
        written=head.time,
        signer=head.signer.hex(),
        contents=contents,
        anchor=None if anchor is None else written(anchor),
    )
    told = (_line(entry, content if contents else None) for entry, content in entries)
    for line in chain([opening], told, [Closing(head=written(head))]):
        yield encode(line) + b"\n"


def verify(
    given: Iterable[bytes], signer: bytes | None = None, seals: Iterable[Seal] = ()
) -> tuple[Verdict, Seal]:
    """Look at the lines of a file; what came of it, and its signed head.

    `signer` is the public key that it must be signed by, None for whichever it names; `seals` are
    signed places that it must come to. Raises AuditFileError.
    """
    numbered = enumerate(given, 1)
    opening = _decoded(next(numbered, (1, b"")))
    if not isinstance(opening, Opening):
        raise AuditFileError("line 1: this is no export of an audit: it does not say so")
    if opening.format != FORMAT:
        raise AuditFileError(f"line 1: form {opening.format}, this version reads {FORMAT}")
    try:
        named = bytes.fromhex(opening.signer)
        anchor = None if opening.anchor is None else read(opening.anchor)
    except ValueError as error:
        raise AuditFileError(f"line 1: {error}") from error
    verifier = Verifier(signer or named, anchor, seals, contents=opening.contents)
    for numbered_line in numbered:
        at, told = numbered_line[0], _decoded(numbered_line)
        try:
            if isinstance(told, Closing):
                return _closed(verifier, read(told.head), numbered)
            if not isinstance(told, Line):
                raise AuditFileError(f"line {at}: a second beginning")
            verifier.look(*_entry(told))
        except ValueError as error:
            raise AuditFileError(f"line {at}: {error}") from error
    raise AuditFileError("the file ends without its signed head: it was cut off")


def _closed(verifier: Verifier, head: Seal, rest: Iterator[Any]) -> tuple[Verdict, Seal]:
    if next(rest, None) is not None:
        raise AuditFileError("there is more behind the signed head")
    return verifier.end(head), head


_decoder = msgspec.json.Decoder(Opening | Line | Closing)


def _decoded(numbered: tuple[int, bytes]) -> Opening | Line | Closing:
    at, line = numbered
    if len(line) > MOST_LINE:
        raise AuditFileError(f"line {at}: longer than any of ours")
    try:
        told: Opening | Line | Closing = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AuditFileError(f"line {at}: {error}") from error
    return told


def _line(entry: Entry, content: Content | None) -> Line:
    return Line(
        number=entry.number,
        time=entry.time,
        actor=entry.actor,
        operation=entry.operation,
        subject=entry.subject,
        tenant=entry.tenant,
        content=entry.content.hex(),
        previous=entry.previous.hex(),
        digest=entry.digest.hex(),
        salt=None if content is None else content.salt.hex(),
        body=None if content is None else content.body.decode("utf-8", "replace"),
    )


def _entry(line: Line) -> tuple[Entry, Content | None]:
    content = None
    if line.salt is not None and line.body is not None:
        content = Content(bytes.fromhex(line.salt), line.body.encode())
    entry = Entry(
        number=line.number,
        time=line.time,
        actor=line.actor,
        operation=line.operation,
        subject=line.subject,
        tenant=line.tenant,
        content=bytes.fromhex(line.content),
        previous=bytes.fromhex(line.previous),
        digest=bytes.fromhex(line.digest),
    )
    return entry, content

"""One input of the fuzzer: a list of accounts as a file; its first byte says how it is read."""

import io
from contextlib import suppress

from msgspec import structs

from monitor.directory.account import Account
from monitor.directory.merging import merge
from monitor.directory.origin import Origin
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.reading import HEADINGS, Line, Reading, Sheet, cells_of
from monitor.directory.validity import settled
from monitor.export.csv import document

AT = 1_800_000_000_000


def one_input(data: bytes) -> None:
    """Raises whatever reading a list raises that it must not, and AssertionError for an account
    that is not what it was once it was written out and read again."""
    if not data:
        return
    options, sent = data[0], data[1:]
    reading = Reading(
        tenant="acme" if options & 1 else None,
        month_first=bool(options & 2),
        clears=bool(options & 4),
        at=AT,
    )
    before = 0
    with suppress(DirectoryError):
        for line in Sheet(io.BytesIO(sent), reading).lines():
            assert line.number > before
            before = line.number
            if line.why is None:
                _check(line)
            else:
                assert line.why.en
                assert line.why.fr


def _check(line: Line) -> None:
    assert line.tenant
    assert line.uid == line.uid.strip()
    new = Account(tenant=line.tenant, uid=line.uid)
    try:
        made = settled(merge(new, line.changes, Origin.CSV, AT).account)
    except DirectoryError:
        return
    providers = sorted(made.external)
    heading = [*HEADINGS, *(f"external.{provider}" for provider in providers)]
    written = b"".join(document([heading, cells_of(made, providers)]))
    (again,) = Sheet(io.BytesIO(written), Reading(clears=True, at=AT)).lines()
    assert again.why is None, again.why
    assert (again.tenant, again.uid) == (made.tenant, made.uid)
    back = settled(merge(new, again.changes, Origin.CSV, AT).account)
    assert structs.replace(back, origins={}) == structs.replace(made, origins={})

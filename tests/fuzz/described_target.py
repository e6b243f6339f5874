"""One input of the fuzzer of descriptions: a description as JSON, a newline, and a line.

What is no such pair is a line for one of the formats that the fixtures describe.
"""

import msgspec

from detectors.core.event import Event
from monitor.formats.described.described import Described
from monitor.formats.described.errors import DescriptionError
from monitor.formats.format import Format, MalformedLine, Origin
from monitor.formats.provenance import trace
from monitor.formats.whence import Traced
from monitor.formats.year import YearInference
from tests.fuzz.formats_target import NOW_MS, check
from tests.monitor.formats.golden import described


def one_input(data: bytes) -> None:
    """Raises what a format must not raise, and AssertionError for an event that cannot be."""
    head, _, line = data.partition(b"\n")
    form = _described(head)
    if form is not None:
        answer(form, line)
        return
    known = [*described().values()]
    answer(known[len(data) % len(known)], data)


def answer(form: Described, line: bytes) -> None:
    """Ask for all that a format can be asked for."""
    day = form.day_without_year(line)
    years = YearInference.from_days([] if day is None else [day], NOW_MS)
    origin = Origin("fuzz", "tenant", years.year_of, lambda second, raw: 0)
    form.claims(line)
    form.remarks(line)
    events = _events(form, line, origin)
    for event in events:
        check(event)
    assert len(_traced(form, line, origin)) == len(events)


def _events(form: Format, line: bytes, origin: Origin) -> list[Event]:
    reason = ""
    try:
        return form.parse(line, origin)
    except MalformedLine as error:
        reason = str(error)
    assert reason.isprintable()
    assert 3 < len(reason) < 400
    return []


def _traced(form: Format, line: bytes, origin: Origin) -> list[Traced]:
    try:
        return trace(form, line, origin)
    except MalformedLine:
        return []


def _described(head: bytes) -> Described | None:
    """A description that holds; None for what is no JSON object, or is refused as it should be."""
    try:
        given = msgspec.json.decode(head)
        return Described("fuzz", given) if isinstance(given, dict) else None
    except (msgspec.DecodeError, DescriptionError, UnicodeDecodeError):
        return None

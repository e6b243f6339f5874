"""A log format that is made of its description: a line in, events out, without code."""

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Any, TypeVar

from msgspec import structs

from detectors.core.event import AccountChange, Activity, Change, Event, Outcome, SignIn
from monitor.formats.described import remarks
from monitor.formats.described.description import Description, Texts, description_of
from monitor.formats.described.errors import DescriptionError, OtherShapeError
from monitor.formats.described.fields import readings_of
from monitor.formats.described.meaning import Meaning
from monitor.formats.described.reading import Lookup, Reading
from monitor.formats.described.selection import Selection
from monitor.formats.described.shapes import Shape, shape_of
from monitor.formats.described.tracing import Tracer
from monitor.formats.format import MAXIMUM_LINE, MalformedLine, Origin
from monitor.formats.identity import line_id, native_id
from monitor.formats.limits import LEADING, trimmed
from monitor.formats.stamp import UnreadableTimeError
from monitor.formats.syslog import Envelope, is_journal, unwrapped, unwrapped_journal, yearless_day
from monitor.formats.whence import Traced

T = TypeVar("T")
_A_LEAP_YEAR = 2000
_LOGON = Meaning(Activity.LOGON)


class Described:
    """The format of this name, as `given` in the settings. Raises DescriptionError.

    `zone` is that of stamps that name none, where the description names none either.
    """

    composed = True

    def __init__(self, name: str, given: Mapping[str, Any], zone: tzinfo = UTC) -> None:
        description = description_of(dict(given))
        self.name = name
        self.title = description.title or f"Described in the settings as {name}"
        self.kind = str(given["kind"])
        self.zone = zone
        self._given = given
        self._shape: Shape = shape_of(description)
        self._readings = readings_of(description, self._shape)
        self._selection = Selection(description, self._shape)
        self.summary = _summary(self.kind, description, self._shape)
        self._is_enveloped = description.envelope is not None
        self._programs = _programs(description.program, self._is_enveloped)
        self._skips = description.unmatched == "skip"
        own = self._readings.zone
        self._zone = own if own is not None else None if zone is UTC else zone

    def in_zone(self, zone: tzinfo) -> "Described":
        """The same with bare stamps taken in this zone, unless the description names one."""
        return Described(self.name, self._given, zone)

    def claims(self, line: bytes) -> bool:
        """Whether it is of the shape, chosen by `only` and `never`, and bears a time."""
        try:
            found = self._record(trimmed(line))
            if found is None:
                return False
            record, envelope = found
            self._time(record, envelope, _any_year)
        except MalformedLine:
            return False
        return self._selection.admits(record)

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        """The event of a line; none for a line about something else.

        Raises MalformedLine for another shape (unless the description lets it pass), and for an
        event without a readable time or outcome, or of nobody.
        """
        line = trimmed(line)
        found = self._meant(line) if line else None
        return [] if found is None else [self._event(*found, line, origin)]

    def trace(self, line: bytes, origin: Origin) -> list[Traced]:
        """Where the values of the line's event are, for `vigie explain`."""
        line = trimmed(line)
        found = self._meant(line) if line else None
        if found is None:
            return []
        record, envelope, meaning = found
        tracer = Tracer(self.name, self._readings, record, envelope)
        return [tracer.traced(meaning, origin.year_of)]

    def remarks(self, line: bytes) -> list[str]:
        """What somebody who writes a description would want to know of a line that it misses."""
        try:
            found = self._record(trimmed(line))
        except OtherShapeError:
            said = remarks.of_shape(self._shape, self._body(trimmed(line)))
            return [] if said is None else [said]
        except MalformedLine:
            return []
        if found is None:
            return ["a comment, a header, or another program's line"]
        record, envelope = found
        elsewhere = remarks.of_record(self._selection, self._readings, record, envelope)
        if elsewhere is not None:
            return [elsewhere, remarks.outline(self._shape, record)]
        lost = remarks.missing(self._readings, record, envelope)
        told = [f"nothing was found for {', '.join(lost)}"] if lost else []
        return [*told, remarks.outline(self._shape, record)]

    def day_without_year(self, line: bytes) -> tuple[int, int] | None:
        """(month, day) of a line whose time has no year."""
        readings = self._readings
        if readings.time is None:
            return yearless_day(line.lstrip(LEADING))
        if readings.stamp.has_year:
            return None
        try:
            found = self._record(trimmed(line))
        except MalformedLine:
            return None
        text = None if found is None else readings.time.take(*found).value
        return None if text is None else readings.stamp.day_without_year(text)

    def _body(self, line: bytes) -> bytes:
        """What is in the envelope; the whole line where there is none, or a broken one."""
        if not self._is_enveloped:
            return line
        try:
            envelope = unwrapped_journal(line) if is_journal(line) else unwrapped(line)
        except MalformedLine:
            return line
        return line if envelope is None else envelope.message

    def _meant(self, line: bytes) -> tuple[Any, Envelope | None, Meaning] | None:
        """A line that this is for, taken apart, with what it means; None for another one."""
        try:
            found = self._record(line)
        except OtherShapeError:
            if self._skips:
                return None
            raise
        if found is None or not self._selection.admits(found[0]):
            return None
        event = self._readings.event
        meaning = _LOGON if event is None else event.take(*found).value
        return None if meaning is None else (*found, meaning)

    def _record(self, line: bytes) -> tuple[Any, Envelope | None] | None:
        """The line taken apart, and its envelope; None for what is no line of this log."""
        if not self._is_enveloped:
            record = self._shape.read(line)
            return None if record is None else (record, None)
        envelope = unwrapped_journal(line) if is_journal(line) else _unwrapped(line)
        if envelope is None or not self._is_of_program(envelope):
            return None
        record = self._shape.read(envelope.message)
        return None if record is None else (record, envelope)

    def _is_of_program(self, envelope: Envelope) -> bool:
        return self._programs is None or self._programs.get(envelope.program) is not None

    def _time(
        self, record: Any, envelope: Envelope | None, year_of: Callable[[int, int], int]
    ) -> int:
        readings = self._readings
        if readings.time is None:
            if envelope is None:
                raise MalformedLine("no time: no envelope")
            return envelope.time(year_of, self._zone)
        text = readings.time.take(record, envelope).value
        if text is None:
            raise MalformedLine("no time where fields.time says")
        try:
            return readings.stamp.read(text, year_of, self._zone)
        except UnreadableTimeError as error:
            raise MalformedLine(f"no time that can be read: {str(error)[:200]}") from None

    def _outcome(self, record: Any, envelope: Envelope | None, meaning: Meaning) -> Outcome:
        if meaning.outcome is not None:
            return meaning.outcome
        reading = self._readings.outcome
        taken = None if reading is None else reading.take(record, envelope)
        if taken is not None and taken.value is not None:
            return taken.value
        if meaning.what is not Activity.LOGON and (taken is None or taken.text is None):
            return Outcome.SUCCESS
        said = "nothing" if taken is None or taken.text is None else repr(taken.text[:80])
        raise MalformedLine(f"neither a success nor a failure by fields.outcome: {said}")

    def _event(
        self,
        record: Any,
        envelope: Envelope | None,
        meaning: Meaning,
        line: bytes,
        origin: Origin,
    ) -> Event:
        readings, texts = self._readings, self._readings.texts
        time = self._time(record, envelope, origin.year_of)
        outcome = self._outcome(record, envelope, meaning)
        account = _value(texts.account, record, envelope)
        name = _value(texts.account_name, record, envelope)
        ip = _value(texts.ip, record, envelope)
        by_name = not account and bool(name)
        if not account and not name:
            _refuse_nobody(meaning, outcome, ip)
        tenant = _value(texts.tenant, record, envelope) or origin.tenant
        uid = _value(texts.uid, record, envelope)
        if uid:
            identifier = native_id(time, origin.source, tenant, uid)
        else:
            count = origin.occurrence(time // 1_000, line)
            identifier = line_id(time, origin.source, tenant, line, count)
        if isinstance(meaning.what, Change):
            return AccountChange(
                id=identifier,
                time=time,
                tenant=tenant,
                account=account or name or "",
                account_name=name,
                account_by_name=by_name,
                source=origin.source,
                uid=uid,
                change=meaning.what,
                outcome=outcome,
                actor=_value(texts.actor, record, envelope),
                ip=ip,
                user_agent=_value(texts.user_agent, record, envelope),
                session=_value(texts.session, record, envelope),
            )
        reason = None
        if outcome is Outcome.FAILURE:
            reason = meaning.reason or _value(readings.failure_reason, record, envelope)
        return SignIn(
            id=identifier,
            time=time,
            tenant=tenant,
            account=account or name or "",
            account_name=name,
            account_by_name=by_name,
            source=origin.source,
            uid=uid,
            activity=meaning.what,
            outcome=outcome,
            failure_reason=reason,
            session=_value(texts.session, record, envelope),
            ip=ip,
            user_agent=_value(texts.user_agent, record, envelope),
            mfa=_value(readings.mfa, record, envelope),
            mfa_method=_value(texts.mfa_method, record, envelope),
        )


def _any_year(_month: int, _day: int) -> int:
    return _A_LEAP_YEAR


def _value(reading: Reading[T] | None, record: Any, envelope: Envelope | None) -> T | None:
    return None if reading is None else reading.take(record, envelope).value


def _refuse_nobody(meaning: Meaning, outcome: Outcome, ip: str | None) -> None:
    """An attempt on no account still tells of its address; all else must be somebody's."""
    if isinstance(meaning.what, Change):
        raise MalformedLine("a change to no account")
    if outcome is not Outcome.FAILURE:
        raise MalformedLine("a success of no account")
    if ip is None:
        raise MalformedLine("neither an account nor an address")


def _unwrapped(line: bytes) -> Envelope | None:
    try:
        return unwrapped(line)
    except MalformedLine as error:
        raise OtherShapeError(str(error)) from None


def _summary(kind: str, description: Description, shape: Shape) -> str:
    """In a line: the kind, the fields that are read, and the length of lines where it is short."""
    fields = [name for name, one in structs.asdict(description.fields).items() if one is not None]
    limit = f"; lines of up to {shape.limit:,} characters" if shape.limit < MAXIMUM_LINE else ""
    return f"{kind}; {', '.join(fields)}{limit}"


def _programs(given: Texts | None, is_enveloped: bool) -> Lookup[bool] | None:
    if given is None:
        return None
    if not is_enveloped:
        raise DescriptionError("program", 'there is none without envelope = "syslog"')
    return Lookup(dict.fromkeys((given,) if isinstance(given, str) else given, True))

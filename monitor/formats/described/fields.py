"""The fields of a description, each with what its values can be."""

from datetime import tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from detectors.core.event import Activity, FailureReason, Outcome
from monitor.formats.address import address
from monitor.formats.described.description import Description, Field, Given, Scalar, TimeField
from monitor.formats.described.errors import DescriptionError
from monitor.formats.described.meaning import (
    Meaning,
    MeaningError,
    meaning_of,
    outcome_of,
    reason_of,
)
from monitor.formats.described.reading import Reading, places_of
from monitor.formats.described.shapes import Shape
from monitor.formats.described.stamps import Stamp, StampError, first_of, stamp_of
from monitor.formats.limits import bounded
from monitor.formats.reasons import failure_reason, stated_outcome

T = TypeVar("T")
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Texts(Struct, frozen=True):
    """The fields that are texts as they stand."""

    account: Reading[str] | None
    account_name: Reading[str] | None
    tenant: Reading[str] | None
    session: Reading[str] | None
    ip: Reading[str] | None
    user_agent: Reading[str] | None
    mfa_method: Reading[str] | None
    actor: Reading[str] | None
    uid: Reading[str] | None


class Readings(Struct, frozen=True):
    """Every field ready to be read; None for one that is not described.

    `time` is None where the envelope's own time is meant; `zone` is the description's, None for
    the source's.
    """

    time: Reading[str] | None
    stamp: Stamp
    zone: tzinfo | None
    event: Reading[Meaning] | None
    outcome: Reading[Outcome] | None
    failure_reason: Reading[FailureReason] | None
    mfa: Reading[bool] | None
    texts: Texts


class _Builder:
    def __init__(self, description: Description, shape: Shape) -> None:
        self._shape = shape
        self._has_envelope = description.envelope is not None
        self._nothing = frozenset(text.strip() for text in description.nothing)
        self._fields = description.fields

    def readings(self) -> Readings:
        fields = self._fields
        time = fields.time
        if time is None:
            raise DescriptionError("fields.time", "is needed")
        if fields.account is None and fields.account_name is None:
            raise DescriptionError("fields.account", "account or account_name is needed")
        if not isinstance(time, TimeField):
            time = TimeField(places=time)
        found = Readings(
            time=self._time(time),
            stamp=_stamp(time),
            zone=_zone(time),
            event=self._one("event", fields.event, _meaning, _never),
            outcome=self._one("outcome", fields.outcome, _outcome, stated_outcome),
            failure_reason=self._one(
                "failure_reason", fields.failure_reason, _reason, failure_reason
            ),
            mfa=self._one("mfa", fields.mfa, _flag, _said_flag),
            texts=Texts(*(self._text(name) for name in Texts.__struct_fields__)),
        )
        _check_meanings(fields.event, found)
        return found

    def _time(self, time: TimeField) -> Reading[str] | None:
        field = Field(places=time.places, header=time.header, join=time.join, match=time.match)
        found: Reading[str] = self._one("time", field, str, str)
        return None if time.header is not None else found

    def _text(self, name: str) -> Reading[str] | None:
        convert = address if name == "ip" else bounded
        found: Reading[str] | None = self._one(name, getattr(self._fields, name), _plain, convert)
        return found

    def _one(self, name: str, given: Given | None, typed: Any, convert: Any) -> Any:
        if given is None:
            return None
        field = given if isinstance(given, Field) else Field(places=given)
        try:
            self._check(field)
            places = places_of(field, self._shape, self._nothing)
            return Reading(field, places, self._nothing, typed, convert)
        except DescriptionError as error:
            key = f"fields.{name}.{error.key}" if error.key else f"fields.{name}"
            raise DescriptionError(key, error.reason) from None

    def _check(self, field: Field) -> None:
        given = [field.places, field.header, field.constant]
        if sum(one is not None for one in given) != 1:
            raise DescriptionError("", "expected one of from, header and constant")
        if field.header is not None and not self._has_envelope:
            raise DescriptionError("header", 'there is none without envelope = "syslog"')
        if field.places == ():
            raise DescriptionError("from", "an empty list")
        if field.item == 0 or (field.item is not None and field.split is None):
            raise DescriptionError("item", "counts from 1, or from -1 backwards, what split gives")
        if field.otherwise is not None and not field.values:
            raise DescriptionError("otherwise", "is for what values does not list; there is none")
        if field.values == {}:
            raise DescriptionError("values", "an empty table")


def readings_of(description: Description, shape: Shape) -> Readings:
    """Every field of a description. Raises DescriptionError."""
    return _Builder(description, shape).readings()


def _check_meanings(event: Given | None, found: Readings) -> None:
    """What a line tells of must be known, and of a sign-in whether it succeeded."""
    if isinstance(event, Field):
        if event.values is None and event.constant is None:
            raise DescriptionError(
                "fields.event", 'needs values, such as { login = "LOGON SUCCESS" }, or constant'
            )
    elif event is not None:
        raise DescriptionError(
            "fields.event", f'expected {{ from = {event!r}, values = {{ login = "LOGON" }} }}'
        )
    meanings = [Meaning(Activity.LOGON)] if found.event is None else found.event.values
    for meaning in meanings:
        is_open = meaning is not None and meaning.outcome is None and meaning.what is Activity.LOGON
        if is_open and found.outcome is None:
            raise DescriptionError(
                "fields.outcome",
                "is needed: nothing says whether a LOGON succeeded (LOGON SUCCESS would)",
            )


def _stamp(time: TimeField) -> Stamp:
    formats = (time.format,) if isinstance(time.format, str) else time.format
    if not formats:
        raise DescriptionError("fields.time.format", "an empty list")
    try:
        return first_of([stamp_of(one) for one in formats])
    except StampError as error:
        raise DescriptionError("fields.time.format", str(error)) from None


def _zone(time: TimeField) -> tzinfo | None:
    if time.zone is None:
        return None
    try:
        return ZoneInfo(time.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise DescriptionError(
            "fields.time.zone", f"expected a zone such as Europe/Paris, got {time.zone!r}"
        ) from None


def _meaning(value: Scalar) -> Meaning | None:
    return meaning_of(str(value))


def _never(text: str) -> None:
    """An event that no table lists is about something else."""


def _outcome(value: Scalar) -> Outcome:
    if isinstance(value, bool):
        return Outcome.SUCCESS if value else Outcome.FAILURE
    return outcome_of(str(value))


def _reason(value: Scalar) -> FailureReason:
    return reason_of(str(value))


def _flag(value: Scalar) -> bool:
    if not isinstance(value, bool):
        raise MeaningError(f"expected true or false, got {value!r}")
    return value


def _said_flag(text: str) -> bool | None:
    return _FLAGS.get(text.strip().lower())


def _plain(value: Scalar) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return bounded(text)

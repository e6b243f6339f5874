"""Whence each value of a described format came: the place in the line, and what was made of it."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from monitor.formats.described.fields import Readings, Texts
from monitor.formats.described.meaning import Meaning
from monitor.formats.described.reading import Reading
from monitor.formats.stamp import UnreadableTimeError
from monitor.formats.syslog import Envelope
from monitor.formats.whence import Traced, Whence

_ELSEWHERE = ZoneInfo("Asia/Kathmandu")


class Tracer:
    """Reads the fields of one record again, and keeps where they were."""

    def __init__(
        self, name: str, readings: Readings, record: Any, envelope: Envelope | None
    ) -> None:
        self._key = f"formats.{name}.fields"
        self._readings = readings
        self._record, self._envelope = record, envelope

    def traced(self, meaning: Meaning, year_of: Callable[[int, int], int]) -> Traced:
        """By field; without those that the settings alone fill."""
        readings, texts = self._readings, self._readings.texts
        found = {name: self._of(name, getattr(texts, name)) for name in Texts.__struct_fields__}
        found["mfa"] = self._of("mfa", readings.mfa)
        found["time"] = self._of_time(year_of)
        event = self._of("event", readings.event) or (Whence(self._key, through="no event: LOGON"),)
        found["activity"] = found["change"] = event
        found["outcome"] = event if meaning.outcome else self._of_outcome()
        reason = self._of("failure_reason", readings.failure_reason)
        found["failure_reason"] = event if meaning.reason else reason
        found["account"] = found["account"] or found["account_name"]
        found["account_by_name"] = found["account"]
        return {name: places for name, places in found.items() if places}

    def _of(self, name: str, reading: Reading[Any] | None) -> tuple[Whence, ...]:
        if reading is None:
            return ()
        taken = reading.take(self._record, self._envelope)
        if taken.value is None and not taken.is_listed:
            return ()
        key = f"{self._key}.{name}"
        if taken.label is None:
            return (Whence(key, through=reading.fixed),)
        return (Whence(taken.label, taken.text, f"{key}.values" if taken.is_listed else None),)

    def _of_outcome(self) -> tuple[Whence, ...]:
        said = self._of("outcome", self._readings.outcome)
        return said or (Whence(self._key, through="no outcome: a success"),)

    def _of_time(self, year_of: Callable[[int, int], int]) -> tuple[Whence, ...]:
        readings = self._readings
        if readings.time is None:
            stamp = None if self._envelope is None else self._envelope.stamp
            return (Whence("header time", stamp),)
        said = self._of("time", readings.time)
        if readings.zone is None or not said or not self._is_bare(said[0].text or "", year_of):
            return said
        return (*said, Whence(f"{self._key}.time.zone", through=str(readings.zone)))

    def _is_bare(self, text: str, year_of: Callable[[int, int], int]) -> bool:
        """Whether the stamp names no zone: in another one it would be another time."""
        read = self._readings.stamp.read
        try:
            return read(text, year_of, self._readings.zone) != read(text, year_of, _ELSEWHERE)
        except UnreadableTimeError:
            return False

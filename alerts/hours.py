"""A part of the week in a time zone, by which policies tell night from day."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from detectors.core.detector import Text

Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Hours(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """A part of the week in a zone: from one time of day to another, over midnight where the
    second is the lesser, on days named by where it begins (none named: on all)."""

    from_: Clock
    to: Clock
    zone: str = "UTC"
    days: frozenset[str] = frozenset()

    @property
    def fault(self) -> Text | None:
        """Why these are no hours; None where they are."""
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            zone = repr(self.zone[:60])
            return Text(f"{zone} is no time zone", f"{zone} n'est pas un fuseau horaire")
        if not self.days <= set(DAYS):
            known = ", ".join(DAYS)
            return Text(f"the days are some of {known}", f"les jours sont parmi {known}")
        if self.from_ == self.to:
            return Text("they begin and end at one time", "début et fin sont à la même heure")
        return None

    def hold(self, now: int) -> bool:
        """Whether `now` (ms since 1970 UTC) is within them."""
        return self._begun(now) is not None

    def end(self, now: int) -> int:
        """When they end, if `now` is within them, else `now` (ms)."""
        begun = self._begun(now)
        if begun is None:
            return now
        length = _minutes(self.to) - _minutes(self.from_)
        ends = datetime.combine(begun.date(), _of(self.to), begun.tzinfo)
        ends += timedelta(days=0 if length > 0 else 1)
        return max(now, int(ends.timestamp() * 1_000))

    def _begun(self, now: int) -> datetime | None:
        local = datetime.fromtimestamp(now / 1_000, UTC).astimezone(ZoneInfo(self.zone))
        for day in (local, local - timedelta(days=1)):
            begins = datetime.combine(day.date(), _of(self.from_), local.tzinfo)
            is_over = _minutes(self.to) <= _minutes(self.from_)
            ends = datetime.combine(day.date(), _of(self.to), local.tzinfo)
            ends += timedelta(days=1 if is_over else 0)
            named = not self.days or DAYS[day.weekday()] in self.days
            if named and begins <= local < ends:
                return begins
        return None


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _of(clock: str) -> time:
    return time(int(clock[:2]), int(clock[3:]))

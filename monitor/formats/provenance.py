"""Where each value of an event came from: what, if something else stood there, would change it.

A format that can say so itself is asked; of all others it is found out by reading the line again
with one part changed at a time. So it holds for any format, and cannot say what parsing does not
do. Nothing of this runs while a log is read.
"""

import re
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from msgspec import structs

from detectors.core.event import Event
from monitor.formats.detection import Auto
from monitor.formats.format import Format, MalformedLine, Origin, Zoned
from monitor.formats.limits import trimmed
from monitor.formats.parts import named, parts_of
from monitor.formats.whence import Part, Parted, Traceable, Traced, Whence

MOST_EVENTS = 4
"""Events of one line that are told apart; more of them are told as the last of these."""
SOURCE = Whence("the source's name")
TENANT = Whence("the source's tenant")
ZONE = Whence("the source's zone")
YEAR = Whence("the calendar", through="the stamp has no year")
WHOLE_LINE = Whence("the whole line")
FORMAT = Whence("the format", through="no part of the line says it")

_ELSEWHERE = ZoneInfo("Asia/Kathmandu")
"""A zone that nobody else's offset is the same as."""
_SPAN = re.compile(r"characters (\d+) to \d+\Z")
_BY_NAME = "account_by_name"
_SHOWN_WORDS = 12


def trace(form: Format, line: bytes, origin: Origin) -> list[Traced]:
    """For each event that the line gives, whence each field that is set. Raises MalformedLine."""
    still = structs.replace(origin, occurrence=_never_before)
    chosen = form.chosen(line) if isinstance(form, Auto) else form
    if chosen is None:
        return []
    events = chosen.parse(line, still)
    told = _Probe(chosen, line, still, events[:MOST_EVENTS]).traces()
    if isinstance(chosen, Traceable):
        for each, own in zip(told, chosen.trace(line, still), strict=False):
            each |= {name: _with_settings(own[name], each[name]) for name in own.keys() & each}
    for each in told:
        what = each.get("uid", (WHOLE_LINE,))
        each["id"] = (*each["time"], *what, SOURCE, *each["tenant"])
    return [told[min(at, MOST_EVENTS - 1)] for at in range(len(events))]


def is_set(event: Event, name: str) -> bool:
    """Whether a field holds something that a line can have said."""
    value = getattr(event, name)
    return value is not None and (value not in (False, "", 0) or name in ("mfa", "time"))


def _with_settings(own: tuple[Whence, ...], probed: tuple[Whence, ...]) -> tuple[Whence, ...]:
    return (*own, *(each for each in probed if each in (YEAR, ZONE)))


def _never_before(_second: int, _line: bytes) -> int:
    return 0


class _Probe:
    """One line, read again and again."""

    def __init__(self, form: Format, line: bytes, origin: Origin, events: Sequence[Event]) -> None:
        self._form, self._origin, self._events = form, origin, events
        self._line = trimmed(line)
        self._changed: list[dict[str, list[Part]]] = [{} for _ in events]
        self._turned: list[dict[str, list[Part]]] = [{} for _ in events]
        self._set: list[dict[str, list[Whence]]] = [{} for _ in events]
        self._vital: list[Part] = []
        self._needed: list[Part] = []
        if events:
            self._settings()
            if not isinstance(form, Traceable):
                for part in form.parts(line) if isinstance(form, Parted) else parts_of(self._line):
                    self._part(part)

    def traces(self) -> list[Traced]:
        """Whence each field of each event."""
        return [
            {
                name: self._whence(at, name)
                for name in event.__struct_fields__
                if is_set(event, name)
            }
            for at, event in enumerate(self._events)
        ]

    def _part(self, part: Part) -> None:
        others = _others(part.text)
        unread = 0
        for new in others:
            again = [*self._again(self._form, part.put(new), self._origin)]
            unread += not again
            for at, event, other in again:
                names = _differing(event, other)
                # A failure's reason goes with the failure: what turns that is not its reason.
                noted = self._turned[at] if "outcome" in names else self._changed[at]
                for name in names:
                    places = (self._changed[at] if name == "outcome" else noted).setdefault(
                        name, []
                    )
                    if part not in places:
                        places.append(part)
        if unread:
            self._needed.append(part)
        if unread == len(others):
            self._vital.append(part)

    def _settings(self) -> None:
        origin, year_of = self._origin, self._origin.year_of
        tenant = structs.replace(origin, tenant=f"{origin.tenant}'")
        year = structs.replace(origin, year_of=lambda month, day: year_of(month, day) - 1)
        for whence, name, form, other in (
            (TENANT, "tenant", self._form, tenant),
            (YEAR, "time", self._form, year),
            (ZONE, "time", _elsewhere(self._form), origin),
        ):
            for at, event, again in self._again(form, self._line, other):
                if name in _differing(event, again):
                    self._set[at].setdefault(name, []).append(whence)

    def _again(
        self, form: Format, line: bytes, origin: Origin
    ) -> Iterator[tuple[int, Event, Event]]:
        """Each event beside what it is now, where the line still gives as many of their kinds."""
        try:
            found = form.parse(line, origin)[:MOST_EVENTS]
        except MalformedLine:
            return
        if len(found) == len(self._events):
            for at, (event, other) in enumerate(zip(self._events, found, strict=True)):
                if type(event) is type(other):
                    yield at, event, other

    def _whence(self, at: int, name: str) -> tuple[Whence, ...]:
        if name == "source":
            return (SOURCE,)
        name = "account" if name == _BY_NAME else name
        value = getattr(self._events[at], name)
        parts = self._changed[at].get(name) or self._turned[at].get(name) or self._holding(value)
        found = [*(_narrowed(place, value) for place in named(parts)), *self._set[at].get(name, ())]
        words = self._words() if not found else []
        if words:
            found = [Whence("what makes it such a line", " … ".join(words[:_SHOWN_WORDS]))]
        return tuple(found or (FORMAT,))

    def _words(self) -> list[str]:
        """The parts without which it is no such line, as far as they say nothing else."""
        known = [part for one in self._changed for parts in one.values() for part in parts]
        needed = [part for part in self._needed if part not in known]
        return [part.text for part in self._vital or needed]

    def _holding(self, value: object) -> list[Part]:
        """The parts without which there is no event, and that hold this very text."""
        if not isinstance(value, str) or not value:
            return []
        return [part for part in self._needed if value in part.text]


def _narrowed(whence: Whence, value: object) -> Whence:
    """The very words that are the value, where they stand among others that bear on it."""
    span = _SPAN.search(whence.where)
    if span is None or not isinstance(value, str) or whence.text in (None, value):
        return whence
    found = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", whence.text or "")
    if found is None:
        return whence
    first, last = int(span[1]) + found.start(), int(span[1]) + found.end() - 1
    where = f"{whence.where[: span.start()]}characters {first} to {last}"
    return Whence(where, value)


def _elsewhere(form: Format) -> Format:
    return form.in_zone(_ELSEWHERE) if isinstance(form, Zoned) else form


def _differing(event: Event, other: Event) -> list[str]:
    return [n for n in event.__struct_fields__ if getattr(event, n) != getattr(other, n)]


def _others(text: str) -> list[str]:
    """Texts that could stand there instead: near ones, and such as say something else."""
    places = [at for at, character in enumerate(text) if character.isalnum()]
    found = [_next(text, at) for at in dict.fromkeys((*places[-1:], *places[:1]))]
    if text.lower() in ("true", "false"):
        found += ["true", "false"]
    elif text.isdigit():
        found += ["1", "2", "3"]
    elif len(text) == 3:
        found += ["Jan", "Feb"]
    return [one for one in (*found, "", "x") if one != text]


def _next(text: str, at: int) -> str:
    one = text[at]
    if one.isascii():
        last, first = ("9", "0") if one.isdigit() else ("Z", "A") if one.isupper() else ("z", "a")
        one = first if one == last else chr(ord(one) + 1)
    else:
        one = "a"
    return text[:at] + one + text[at + 1 :]

"""Which messages wait, go together, or are left out, so that people still read what they get. Pure.

A message that can wait lies in the outbox for a moment before it is due, in which it is looked at
beside the others. Where nobody looks, it goes as it is: nothing is ever lost by this.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

from msgspec import Struct, field

from alerts.messages.rendering import MAXIMUM_ITEMS, known
from alerts.ports import Action, Order
from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from detectors.core.finding import Severity

GATHERING: Final = 5 * SECOND
"""How long a message lies before it is due (ms)."""
CROWDED: Final = 15 * MINUTE
"""How often what is too much is told, where the settings name no time."""
URGENT: Final = MINUTE
"""How often what is too much and grave is told."""
TEMPLATE: Final = "digest"
# Nobody's name: a digest is about many, and goes with none of them when they are erased.
_TOLD: Final = ("category", "severity", "tenant", "ticket", "step", "outcome", "clock", "due")


class Rhythm(Struct, frozen=True, kw_only=True):
    """How often people are written to: the team `per_hour` times, what is more in one digest; one
    person `per_day` times. With `digest_minutes`, the team is told once in so many what is not
    `at_once`."""

    per_hour: int
    per_day: int
    digest_minutes: int | None
    at_once: Severity

    @property
    def every(self) -> int:
        """How often there is a digest (ms)."""
        return CROWDED if self.digest_minutes is None else self.digest_minutes * MINUTE


class Lying(Struct, frozen=True):
    """A message that lies in the outbox: its row's number, since when (ms), and its order."""

    id: int
    since: int
    order: Order


class Plan(Struct, frozen=True):
    """What is done about messages that lie: the others go as they are. `later` is when a message
    is looked at again, by its number; `folded` are told in one."""

    later: dict[int, int] = field(default_factory=dict)
    folded: tuple[Lying, ...] = ()


def can_wait(order: Order) -> bool:
    """Whether a message may come a little later, with others or not at all."""
    message = known().get(order.template)
    return message is not None and message.waits and order.action in (Action.TELL, Action.NOTIFY)


def due(order: Order, wanted: int) -> int:
    """When a message that is wanted at a time (ms) is due."""
    return wanted + GATHERING if can_wait(order) else wanted


def severity_of(order: Order) -> Severity | None:
    """How grave what an order tells is, where it says that."""
    return Severity.__members__.get(order.values.get("severity", "").upper())


def planned(lying: Sequence[Lying], rhythm: Rhythm, sent: int, now: int) -> Plan:
    """What becomes of messages to the team of which people were sent so many within the hour."""
    is_grave = {one.id: (severity_of(one.order) or Severity.LOW) >= rhythm.at_once for one in lying}
    now_wanted = [one for one in lying if rhythm.digest_minutes is None or is_grave[one.id]]
    room = max(0, rhythm.per_hour - sent)
    going = sorted(now_wanted, key=lambda one: (not is_grave[one.id], one.id))[:room]
    gone = {one.id for one in going}
    later: dict[int, int] = {}
    ripe: list[Lying] = []
    for one in lying:
        if one.id not in gone:
            at = _slot(one.since, URGENT if is_grave[one.id] else rhythm.every)
            if at > now:
                later[one.id] = at
            else:
                ripe.append(one)
    return Plan(later, tuple(ripe) if len(ripe) > 1 else ())


def too_many(lying: Iterable[Lying], rhythm: Rhythm, sent: int) -> list[Lying]:
    """Those of the messages to one person that are more than they get in a day."""
    return [*lying][max(0, rhythm.per_day - sent) :]


def digest(folded: Sequence[Lying], now: int) -> Order:
    """The message that stands for these; nobody is named in it."""
    values = {"count": str(len(folded))}
    for index, one in enumerate(folded[:MAXIMUM_ITEMS], start=1):
        order = one.order
        own = {"tenant": order.tenant, "template": order.template} | {
            name: value for name, value in order.values.items() if name in _TOLD
        }
        if order.ticket is not None:
            own["ticket"] = str(order.ticket)
        values |= {f"{index}.{name}": value for name, value in own.items() if value}
    told = "\n".join(one.order.key for one in folded)
    return Order(
        key=f"digest.{blake2b(told.encode('utf-8', 'replace'), digest_size=16).hexdigest()}",
        action=Action.TELL,
        issued=now,
        tenant="",
        template=TEMPLATE,
        values=values,
    )


def _slot(since: int, every: int) -> int:
    """The first multiple of a time after another."""
    return (since // every + 1) * every


PERIODS: Final = (HOUR, DAY)
"""Over which messages to the team, and to one person, are counted."""

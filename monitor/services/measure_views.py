"""Measures as people look at them: a page, one with all that belongs to it, what they may do."""

from msgspec import Struct, structs

from alerts import request
from alerts.measure import STUCK, Measure, State, is_reversible
from monitor.protection.masking import HIDDEN, mask_name
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, permits
from monitor.store.measures import Place
from monitor.store.outbox import OrderRow


class Page(Struct, frozen=True):
    """Measures, changed last first, where the next begin, and how many there are by state."""

    items: tuple[Measure, ...]
    next: Place | None
    counts: dict[State, int]
    names: dict[int, str] = {}
    """What people call the accounts, by measure, where that is known."""
    handles: dict[int, str] = {}
    """By what their pages are found (`Subject.handle`), by measure."""


class Beginning(Struct, frozen=True, kw_only=True):
    """What a request begins with; nothing of it is bound yet."""

    tenant: str = ""
    account: str = ""
    incident: bytes | None = None
    ticket: int | None = None


class Whole(Struct, frozen=True, kw_only=True):
    """A measure with its orders and with what else is asked for or in force about its account;
    `can` are the names of what whoever looks may do about it now. `is_withdrawn`: nothing of the
    incident that it rests on stands any more."""

    measure: Measure
    updated: int
    orders: tuple[OrderRow, ...]
    others: tuple[Measure, ...]
    can: frozenset[str]
    is_restricted: bool
    is_withdrawn: bool = False
    account_name: str = ""
    account_handle: str = ""
    """By what the page of its account is found (`Subject.handle`)."""


def veiled(measure: Measure) -> Measure:
    """A measure as it is shown to who may not look at people."""
    hidden = {
        name: HIDDEN for name in ("reason", "decision", "undo_reason") if getattr(measure, name)
    }
    return structs.replace(measure, account=mask_name(measure.account), **hidden)


def abilities(actor: Actor, measure: Measure) -> frozenset[str]:
    """The names of what somebody may do about a measure now."""
    is_own = measure.requested_by == actor.reference
    asks = permits(actor, Operation.MEASURES_REQUEST)
    agrees = permits(actor, Operation.MEASURES_APPROVE)
    undoes = permits(actor, Operation.MEASURES_UNDO)
    is_asked = measure.state is State.REQUESTED
    found = {
        "adopt": asks and measure.state in request.ADOPTED,
        "dismiss": asks and measure.state in (State.PROPOSED, State.HELD),
        "withdraw": asks and is_asked and is_own,
        "approve": agrees and is_asked and not is_own and actor.kind is ActorKind.REVIEWER,
        "refuse": agrees and is_asked and not is_own,
        "undo": undoes and is_reversible(measure),
        "answer": agrees
        and measure.appeal is not None
        and measure.answered is None
        and actor.reference not in (measure.requested_by, measure.decided_by),
        "again": undoes and measure.state in STUCK,
    }
    return frozenset(name for name, holds in found.items() if holds)

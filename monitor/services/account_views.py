"""An account's page as values that page, API and files show alike; masked until somebody says why
they look."""

from typing import Final

from msgspec import Struct, structs

from alerts.incident import Hypothesis
from alerts.measure import Measure
from detectors.core.context import AccountKind
from detectors.core.event import SignIn
from detectors.core.finding import Severity
from monitor.directory.account import Mfa, State
from monitor.mfa.lost_factor import State as CaseState
from monitor.protection.masking import (
    HIDDEN,
    mask_address,
    mask_event,
    mask_name,
    mask_text,
)
from monitor.services.account_notes import NoteView
from monitor.services.activity import (
    Hour,
    SeenAddress,
    SeenDevice,
    SeenNetwork,
    SeenPlace,
    SeenSession,
    Week,
)
from monitor.services.challenge_views import Asked
from monitor.services.hygiene import FactView
from monitor.services.measure_views import veiled as veil_measure
from monitor.services.picture import Picture
from monitor.services.proof import FactorView
from monitor.services.ticket_views import TicketRow
from monitor.services.ticket_views import veil_row as veil_ticket
from monitor.services.veil import veil_picture, veil_row
from monitor.services.views import IncidentRow

PARTS: Final = ("incidents", "tickets", "measures", "challenges", "recoveries")
"""What of an account is told in part where there is much."""


class Head(Struct, frozen=True, kw_only=True):
    """Whose page it is. `handle` is what addresses have. `directory` is the id of its entry, None
    where the logs alone know it; what only a directory says is empty then. Times in ms, None for
    never. `is_whole`: names and addresses are shown as they are; `may_look`: who asks may have them
    shown. `is_restricted`: its data is kept and not used, and nothing more of it is shown."""

    handle: str
    tenant: str
    account: str
    name: str
    directory: str | None
    state: State | None
    kind: AccountKind
    privileged: bool
    email: str
    roles: tuple[str, ...]
    aliases: tuple[str, ...]
    zone: str
    shared_until: int | None
    first_seen: int | None
    last_seen: int | None
    uses: int
    days: int
    is_restricted: bool
    is_erasing: bool
    is_whole: bool
    may_look: bool

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.account


class Risk(Struct, frozen=True, kw_only=True):
    """One incident in the account's history: with what probability each explanation, and an attack,
    stood at its end."""

    row: IncidentRow
    posterior: dict[Hypothesis, float]
    attack: float


class Mark(Struct, frozen=True, kw_only=True):
    """One finding: when (ms), by which detector."""

    time: int
    detector: str
    title: str
    severity: Severity
    withdrawn: bool


class Proofs(Struct, frozen=True, kw_only=True):
    """By what the account's user proves who they are: what the directory says, what is set up here,
    and what is asked for. Times in ms. `due` is until when it is borne that they have no factor."""

    said: Mfa
    methods: tuple[str, ...]
    factors: list[FactorView]
    has_factor: bool
    due: int | None
    is_suspect: bool


class CaseView(Struct, frozen=True, kw_only=True):
    """A recovery of lost factors: by what its page is found, how far it is, and when it was asked
    for (ms)."""

    handle: str
    state: CaseState
    requested: int


class AccountPage(Struct, frozen=True, kw_only=True):
    """All but what the log shows of its use. What somebody may not see at all is None; `more` are
    the names of what there is more of."""

    head: Head
    risks: list[Risk] | None
    marks: list[Mark]
    tickets: list[TicketRow] | None
    measures: list[Measure] | None
    challenges: list[Asked] | None
    recoveries: list[CaseView] | None
    proofs: Proofs | None
    hygiene: list[FactView]
    notes: list[NoteView] | None
    more: frozenset[str] = frozenset()


class ActivityPage(Struct, frozen=True, kw_only=True):
    """What the log shows of its use since a time (ms). `events` were read; `is_all`: these are all
    of that time. Times before `detailed` have no addresses and programs any more. `totals` are how
    many places, networks, devices and addresses there are of which the most used are told."""

    head: Head
    since: int
    detailed: int
    events: int
    is_all: bool
    places: list[SeenPlace]
    networks: list[SeenNetwork]
    devices: list[SeenDevice]
    addresses: list[SeenAddress]
    sessions: list[SeenSession]
    weeks: list[Week]
    hours: list[Hour]
    sign_ins: list[SignIn]
    picture: Picture
    totals: dict[str, int]


def veil_head(head: Head) -> Head:
    """Whose page it is, for whoever has not said why they look."""
    return structs.replace(
        head,
        account=mask_name(head.account),
        name=mask_name(head.name) if head.name else "",
        email=mask_name(head.email) if head.email else "",
        aliases=tuple(mask_name(one) for one in head.aliases),
        is_whole=False,
    )


def veil_page(page: AccountPage) -> AccountPage:
    """All of it."""
    names = _names(page.head)
    return structs.replace(
        page,
        head=veil_head(page.head),
        risks=None
        if page.risks is None
        else [structs.replace(one, row=veil_row(one.row)) for one in page.risks],
        tickets=None if page.tickets is None else [veil_ticket(one) for one in page.tickets],
        measures=None if page.measures is None else [veil_measure(one) for one in page.measures],
        challenges=None
        if page.challenges is None
        else [_challenge(one) for one in page.challenges],
        proofs=None if page.proofs is None else _proofs(page.proofs),
        hygiene=[_fact(one, names) for one in page.hygiene],
        notes=None
        if page.notes is None
        else [structs.replace(one, text=mask_text(one.text, names)) for one in page.notes],
    )


def veil_activity(page: ActivityPage) -> ActivityPage:
    """What the log shows, without whole addresses, sessions and programs' own words."""
    return structs.replace(
        page,
        head=veil_head(page.head),
        devices=[
            structs.replace(one, device=structs.replace(one.device, fingerprint=""))
            for one in page.devices
        ],
        addresses=[structs.replace(one, ip=mask_address(one.ip)) for one in page.addresses],
        sessions=[
            structs.replace(
                one,
                session=None if one.session is None else HIDDEN,
                ip=None if one.ip is None else mask_address(one.ip),
            )
            for one in page.sessions
        ],
        sign_ins=[mask_event(one) for one in page.sign_ins],
        picture=veil_picture(page.picture),
    )


def _names(head: Head) -> frozenset[str]:
    told = (head.account, head.name, head.email, *head.aliases)
    return frozenset(one for one in told if one)


def _challenge(one: Asked) -> Asked:
    name = mask_name(one.account_name) if one.account_name else ""
    return structs.replace(
        one,
        account=mask_name(one.account),
        account_name=name,
        session=HIDDEN if one.session else "",
    )


def _proofs(one: Proofs) -> Proofs:
    # What somebody calls a passkey is often their own name, or a machine's.
    named = [structs.replace(f, name=HIDDEN if f.name else "") for f in one.factors]
    return structs.replace(one, factors=named)


def _fact(one: FactView, names: frozenset[str]) -> FactView:
    detail = {
        name: mask_name(value) if name == "name" and isinstance(value, str) else value
        for name, value in one.detail.items()
    }
    return structs.replace(one, sentence=mask_text(one.sentence, names), detail=detail)

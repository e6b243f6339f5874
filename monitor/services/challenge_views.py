"""What challenges are asked for with, and what is seen of them: by whoever is asked, and by whoever
asks."""

import secrets
from typing import Final, Protocol

from msgspec import Struct, structs

from detectors.core.detector import Text
from detectors.core.identity import as_uuid
from monitor.mfa.challenge import REASONS, Origin, Reason, State, state_at
from monitor.protection.masking import mask_name
from monitor.services.factors import Method
from monitor.services.subscriber import Subscriber
from monitor.store.challenges import StoredChallenge, Whence
from monitor.trouble import Trouble

LONGEST: Final = 256
"""Characters of what an application calls an account or a session."""


class ChallengeError(Trouble):
    """It cannot be asked for; says why in both languages."""

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(en)
        self.text = Text(en, fr)


class Browser(Struct, frozen=True):
    """Where a request of a subscriber came from; `mark` is what this browser alone shows (a cookie
    that no script reads), which challenges are bound to."""

    ip: str = ""
    user_agent: str = ""
    mark: str = ""


def new_mark() -> str:
    """What a browser is given that shows none."""
    return secrets.token_urlsafe(32)


class Wanted(Struct, frozen=True, kw_only=True):
    """A challenge that is to be put.

    `session` is the application's, empty where it is about none: then passing it raises no trust.
    `key` is on what it stands. `return_to` is where to go on. With `demands` the session is held at
    the gate until it has proved itself. Where `ip` or `user_agent` of the session are given, the
    browser that opens the link has to be like it in one of them.
    """

    subscriber: Subscriber
    session: str = ""
    reason: Reason = Reason.REVIEW
    origin: Origin = Origin.REVIEWER
    measure: int | None = None
    incident: bytes | None = None
    return_to: str = ""
    language: str = "fr"
    key: str = ""
    ip: str = ""
    user_agent: str = ""
    demands: bool = False


class Reference(Protocol):
    """What the gate says of a challenge that is to be (`monitor.gate.ticket.Ticket`): whose, of
    which session, on what order it stands, where to go on, and when it was said (ms)."""

    @property
    def tenant(self) -> str:
        """Of the account."""

    @property
    def account(self) -> str:
        """As the log calls it."""

    @property
    def session(self) -> str:
        """As the application calls it."""

    @property
    def key(self) -> str:
        """Of the order or the demand."""

    @property
    def return_to(self) -> str:
        """An address that the gate has checked; empty for none."""

    @property
    def issued(self) -> int:
        """When it was said."""

    @property
    def ip(self) -> str:
        """Of whom it was said to; empty where that is not known."""

    @property
    def user_agent(self) -> str:
        """Of whom it was said to; empty where that is not known."""


class Created(Struct, frozen=True):
    """What it is called, the link to answer it by, which is told this once, and until when (ms)."""

    handle: str
    link: str
    expires: int


class Elsewhere(Struct, frozen=True):
    """The link for another device, and the number that is to be told there."""

    link: str
    number: int


class View(Struct, frozen=True, kw_only=True):
    """A challenge as whoever is asked sees it; times in ms.

    `left` are tries, `wrong` how many were; `device`, `place` and `time` say which session it is
    about, empty where that is not known. `number` is what another device has to be told, on the
    first one only; `is_elsewhere`: this is the other one. `return_to` is where to go on, once it
    was passed, for the first one only. The methods are the same for everybody.
    """

    handle: str
    state: State
    reason: Text
    expires: int
    left: int
    wrong: int
    language: str
    methods: tuple[Method, ...] = tuple(Method)
    device: str = ""
    place: str = ""
    country: str = ""
    time: int | None = None
    number: int | None = None
    is_elsewhere: bool = False
    return_to: str = ""


class SessionSeen(Struct, frozen=True, kw_only=True):
    """A session that somebody can be asked about: what it is called, when it was used last (ms),
    and from where."""

    session: str
    last: int
    device: str
    place: str


class Begun(Struct, frozen=True, kw_only=True):
    """What asking begins with: whom it is about, why, and the sessions of late."""

    tenant: str = ""
    account: str = ""
    incident: bytes | None = None
    sessions: tuple[SessionSeen, ...] = ()


class Asked(Struct, frozen=True, kw_only=True):
    """A challenge as whoever asks sees it; times in ms. `by` is a reference that names nobody."""

    handle: str
    state: State
    reason: Reason
    origin: Origin
    tenant: str
    account: str
    session: str
    created: int
    expires: int
    settled: int | None
    wrong: int
    method: str | None
    level: int | None
    measure: int | None
    incident: str | None
    by: str
    account_name: str = ""
    """What people call it, where that is known."""
    account_handle: str = ""
    """By what the page of its account is found (`Subject.handle`)."""


def view_of(one: StoredChallenge, now: int, *, is_elsewhere: bool = False) -> View:
    """How whoever is asked sees it at `now` (ms)."""
    state, whence = state_at(one.challenge, now), one.whence
    device, place = words_of(whence)
    is_passed = state is State.PASSED
    return View(
        handle=one.handle,
        state=state,
        reason=REASONS[one.reason],
        expires=one.challenge.expires,
        left=one.challenge.left if state is State.OPEN else 0,
        wrong=one.challenge.wrong,
        language=one.language,
        device=device,
        place=place,
        country=whence.country,
        time=whence.time,
        number=None if is_elsewhere else one.number,
        is_elsewhere=is_elsewhere,
        return_to=one.return_to if is_passed and not is_elsewhere else "",
    )


def asked_of(one: StoredChallenge, now: int, name: str = "") -> Asked:
    """How whoever asks sees it at `now` (ms); `name` is what people call the account."""
    return Asked(
        handle=one.handle,
        state=state_at(one.challenge, now),
        reason=one.reason,
        origin=one.origin,
        tenant=one.tenant,
        account=one.account,
        session=one.session,
        created=one.challenge.created,
        expires=one.challenge.expires,
        settled=one.challenge.ended,
        wrong=one.challenge.wrong,
        method=one.method,
        level=one.level,
        measure=one.measure,
        incident=None if one.incident is None else as_uuid(one.incident),
        by=one.by,
        account_name="" if name == one.account else name,
        account_handle=Subscriber(one.tenant, one.account).subject.handle(),
    )


def veiled(one: Asked) -> Asked:
    """It, as it is shown to who may not look at people."""
    name = mask_name(one.account_name) if one.account_name else ""
    return structs.replace(one, account=mask_name(one.account), account_name=name, session="")


def words_of(whence: Whence) -> tuple[str, str]:
    """The device and the place of a session, in words that need no language."""
    device = ", ".join(part for part in (whence.program, whence.system) if part)
    return device, ", ".join(part for part in (whence.city, whence.country) if part)


def check(wanted: Wanted) -> None:
    """Raise ChallengeError for what no application calls an account or a session."""
    subscriber = wanted.subscriber
    named = (subscriber.tenant, subscriber.account)
    fits = all(len(one) <= LONGEST and "\0" not in one for one in (*named, wanted.session))
    if not fits or not subscriber.account:
        raise ChallengeError(
            f"say which account and session, in at most {LONGEST} characters each",
            f"dites quel compte et quelle session, en {LONGEST} caractères au plus chacun",
        )

"""Tells in order what happened: sign-ins gathered into stays, a sentence for those that tell."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from alerts.wording import SPACE, counted, duration, number, plain, said
from detectors.core.detector import Text
from detectors.core.event import HOUR, MINUTE, Activity, Outcome, SignIn
from detectors.core.geodesy import distance_km
from detectors.core.place import Place

GAP: Final = HOUR
"""After a pause as long as this another stay begins."""
MOST: Final = 8
"""Stays that are told; the others are counted."""
MOST_ADDRESSES: Final = 3
"""Addresses of a campaign that are told one by one."""
FAR_KM: Final = 100.0
_NOWHERE: Final = Text("an unknown place", "un lieu inconnu")
_ATTEMPT: Final = Text("attempt", "tentative")
_FAILED: Final = Text("failure", "échec")
_ADDRESS: Final = Text("address", "adresse")
_ALL: Final = Text(
    "{attempts} from {addresses}, on {accounts}; {entered} got in",
    "{attempts} depuis {addresses}, sur {accounts}\u202f; réussies\u00a0: {entered}",
)
_ACCOUNT: Final = Text("account", "compte")
_FIRST: Final = Text("Signed in from {there}{with_what}", "Connexion depuis {there}{with_what}")
_AGAIN: Final = Text(
    "Signed in again from {there}{with_what}", "De nouveau connexion depuis {there}{with_what}"
)
_MEANWHILE: Final = Text(
    "Also in use from {there}{with_what}, while it is still in use at {elsewhere}{away}",
    "Utilisé aussi depuis {there}{with_what}, alors qu'il l'est encore à {elsewhere}{away}",
)
_OVER: Final = Text(
    "Then signed in from {there}{with_what}{away}", "Puis connexion depuis {there}{with_what}{away}"
)
_ONLY_FAILED: Final = Text(
    "{failures} from {there}{with_what}", "{failures} depuis {there}{with_what}"
)
_AFTER: Final = Text(", after {failures}", ", après {failures}")
_AWAY: Final = Text(", {km} km away", f", à {{km}}{SPACE}km")
_WITH: Final = Text(", with {device}", ", avec {device}")
_TRIES: Final = Text(
    "{attempts} from {there}, on {accounts}; {entered} got in",
    "{attempts} depuis {there}, sur {accounts}\u202f; réussies\u00a0: {entered}",
)


class Line(Struct, frozen=True, kw_only=True):
    """One stay in words: from when to when (ms), what happened, and the findings that rest on it.

    `since` is the time since the line before began, None for the first; `left_out` is how many
    stays are not told before this one.
    """

    time: int
    until: int
    text: str
    findings: tuple[int, ...]
    since: int | None = None
    left_out: int = 0
    is_at_once: bool = False


class Story(Struct, frozen=True, kw_only=True):
    """The lines in order; how many stays there were in all, and how many come after the last."""

    lines: tuple[Line, ...]
    stays: int
    left_out: int


class _Stay:
    """Sign-ins from one place, network and device without a long pause."""

    def __init__(self, event: SignIn) -> None:
        self.first = event
        self.start = self.end = event.time
        self.entered = self.failed = 0
        self.accounts: set[str] = set()
        self.findings: set[int] = set()

    def add(self, event: SignIn, findings: Iterable[int]) -> None:
        self.end = max(self.end, event.time)
        self.entered += event.outcome is Outcome.SUCCESS and event.activity is Activity.LOGON
        self.failed += event.outcome is Outcome.FAILURE
        self.accounts.add(event.account)
        self.findings.update(findings)

    @property
    def place(self) -> Place | None:
        return self.first.place


def story_of(
    sign_ins: Sequence[tuple[SignIn, Sequence[int]]],
    weights: Mapping[int, float],
    language: str,
    *,
    is_campaign: bool,
) -> Story:
    """The story of sign-ins, oldest first, each with the numbers of the findings on it. `weights`
    say how much each finding counts: the stays of those that count most are told."""
    stays = _stays(sign_ins, is_campaign=is_campaign)
    told = _chosen(stays, weights, MOST_ADDRESSES if is_campaign else MOST)
    lines = [_all_of(stays, language)] if is_campaign and len(stays) > 1 else []
    for place, index in enumerate(told):
        before = [stays[other] for other in told[:place]]
        skipped = index - (told[place - 1] + 1 if place else 0)
        text, is_at_once = _sentence(stays[index], before, language, is_campaign=is_campaign)
        stay = stays[index]
        lines.append(
            Line(
                time=stay.start,
                until=stay.end,
                text=f"{text}.",
                findings=tuple(sorted(stay.findings)),
                since=stay.start - before[-1].start if before else None,
                left_out=skipped,
                is_at_once=is_at_once,
            )
        )
    rest = len(stays) - (told[-1] + 1 if told else 0)
    return Story(lines=tuple(lines), stays=len(stays), left_out=rest)


def _all_of(stays: Sequence[_Stay], language: str) -> Line:
    """A campaign in one line."""
    accounts = set[str]().union(*(stay.accounts for stay in stays))
    text = _put(
        said(_ALL, language),
        attempts=counted(sum(stay.entered + stay.failed for stay in stays), _ATTEMPT, language),
        addresses=counted(len({stay.first.ip for stay in stays}), _ADDRESS, language),
        accounts=counted(len(accounts), _ACCOUNT, language),
        entered=number(sum(stay.entered for stay in stays), language),
    )
    until = max(stay.end for stay in stays)
    return Line(time=stays[0].start, until=until, text=f"{text}.", findings=())


def _stays(sign_ins: Sequence[tuple[SignIn, Sequence[int]]], *, is_campaign: bool) -> list[_Stay]:
    open_: dict[tuple[str, ...], _Stay] = {}
    found: list[_Stay] = []
    for event, findings in sign_ins:
        key = _key(event, is_campaign=is_campaign)
        stay = open_.get(key)
        if stay is None or event.time - stay.end > GAP:
            stay = open_[key] = _Stay(event)
            found.append(stay)
        stay.add(event, findings)
    # A sign-out or a refresh alone, of which no finding speaks, tells nothing.
    return [stay for stay in found if stay.entered or stay.failed or stay.findings]


def _key(event: SignIn, *, is_campaign: bool) -> tuple[str, ...]:
    if is_campaign:
        return (event.ip or "",)
    network = event.network.organisation if event.network else None
    return (_device(event), network or "", _where(event.place, "en"))


def _chosen(stays: Sequence[_Stay], weights: Mapping[int, float], most: int) -> list[int]:
    """The places of those that are told, in order: the weightiest, and what came just before the
    first of them."""
    indexes = range(len(stays))
    telling = [i for i in indexes if stays[i].findings] or list(indexes)
    ranked = sorted(
        telling, key=lambda i: (-_weight(stays[i], weights), -stays[i].entered - stays[i].failed, i)
    )
    chosen = set(ranked[:most])
    if len(chosen) < most and chosen and min(chosen) > 0:
        chosen.add(min(chosen) - 1)
    return sorted(chosen)


def _weight(stay: _Stay, weights: Mapping[int, float]) -> float:
    return max((weights.get(number, 0.0) for number in stay.findings), default=0.0)


def _sentence(
    stay: _Stay, before: Sequence[_Stay], language: str, *, is_campaign: bool
) -> tuple[str, bool]:
    if is_campaign:
        return _tries(stay, language), False
    failures = counted(stay.failed, _FAILED, language)
    with_what = _with(stay, language)
    there = _place(stay, language)
    if stay.failed and not stay.entered:
        told = said(_ONLY_FAILED, language)
        return _put(told, failures=failures, there=there, with_what=with_what), False
    other = _still_open(stay, before)
    is_same = any(_where(one.place, "en") == _where(stay.place, "en") for one in before)
    last = before[-1] if before else None
    frame = _FIRST if last is None else _AGAIN if is_same else _OVER
    frame = frame if other is None else _MEANWHILE
    elsewhere = other or last
    text = _put(
        said(frame, language),
        there=there,
        with_what=with_what,
        elsewhere=_where(elsewhere.place, language) if elsewhere else "",
        away=_away(stay, elsewhere, language),
    )
    after = _put(said(_AFTER, language), failures=failures) if stay.failed else ""
    return text + after, other is not None


def _still_open(stay: _Stay, before: Sequence[_Stay]) -> _Stay | None:
    """The last stay elsewhere, or on another device, that goes on when this one begins."""
    mine = (_where(stay.place, "en"), _device(stay.first))
    for one in reversed(before):
        if one.end >= stay.start and (_where(one.place, "en"), _device(one.first)) != mine:
            return one
    return None


def _tries(stay: _Stay, language: str) -> str:
    return _put(
        said(_TRIES, language),
        attempts=counted(stay.entered + stay.failed, _ATTEMPT, language),
        there=f"{plain(stay.first.ip or '?')}, {_place(stay, language)}",
        accounts=counted(len(stay.accounts), _ACCOUNT, language),
        entered=number(stay.entered, language),
    )


def _away(stay: _Stay, other: _Stay | None, language: str) -> str:
    if other is None or stay.place is None or other.place is None:
        return ""
    km = distance_km(stay.place, other.place)
    return _put(said(_AWAY, language), km=number(round(km), language)) if km >= FAR_KM else ""


def _place(stay: _Stay, language: str) -> str:
    network = stay.first.network.organisation if stay.first.network else None
    where = _where(stay.place, language)
    return f"{where} ({plain(network, 60)})" if network else where


def _where(place: Place | None, language: str) -> str:
    if place is None:
        return said(_NOWHERE, language)
    town = place.city or place.region
    return plain(f"{town} ({place.country})" if town else place.country)


def _with(stay: _Stay, language: str) -> str:
    device = _device(stay.first)
    return _put(said(_WITH, language), device=device) if device else ""


def _device(event: SignIn) -> str:
    return plain(f"{event.device.family} / {event.device.os}") if event.device else ""


def _put(told: str, **parts: str) -> str:
    """Fill a frame in one pass, so that a brace in a name is only a brace."""
    pieces = told.split("{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}")
        filled.append(parts.get(name, "") + rest)
    return "".join(filled)


def lasted(line: Line, language: str) -> str:
    """How long a stay lasted, in words; empty for a moment."""
    return duration(line.until - line.time, language) if line.until - line.time >= MINUTE else ""

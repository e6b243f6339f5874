"""Many failed attempts on one account, and a sign-in that came out of them."""

from collections.abc import Iterable
from math import log2
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.address import block
from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import (
    DAY,
    FAILURE,
    HOUR,
    MINUTE,
    SECOND,
    SUCCESS,
    AccountChange,
    Change,
    Event,
    FailureReason,
    SignIn,
    is_attempt,
)
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import NOT_GUESSES
from detectors.core.place import NO_PLACES, Form, NetworkKind
from detectors.core.profile import Failure, Profile, network_key
from detectors.core.travel import device_label, label, network_label

MAXIMUM_ADDRESSES = 200
AT_LIMIT = 4.0
"""Nats that as many failures as a limit speak for an attack; every doubling adds one."""
FAMILIAR_TIMES = 3
"""An account's own network may fail this many times as often: a program with an old password."""
CLOCKWORK_CAP = 2.3
"""Nats at most for what tries again by the clock with an account that is in use."""
FAMILIAR_CAP = 3.5
"""Nats at most for the account's own device in its own network."""
OUTDATED, OUTDATED_FOR, OUTDATED_PACE = DAY, 7 * DAY, 4 * MINUTE
"""Failures that begin so shortly after the password was changed, go on for so long at most, in no
hour quicker than one in so long, and all by one sort of device on lines that hide nobody, are of
its owner's client that has the former one."""
CLOCKWORK_SHARE = 0.8
CLOCKWORK_JITTER = 2 * SECOND
GUESSING_CAP = 5.8
"""Below what is severe by itself: an incident reaches its severity when it is first called one."""
LOUDER_TIMES = 10
WIDER_TIMES = 1.25
"""An episode speaks again when so many times as many addresses guess: they are to be named."""
BOTNET = 12
TALLY = 6 * HOUR
"""How often those that were not named since are."""
LIKEWISE = 0.05
LIKEWISE_OF_ONE = 0.2
"""An address that tried no more than such a share of what the busiest did is another's; the
second where that one made half of all tries."""
ELSEWHERE_TIMES = 2
"""From the account's own operator, but where it was not seen for days, so many times as often."""
OWN_DEVICE_TIMES = 2
"""The account's own device may fail this many times as often: its owner, on a journey."""
_LINES = frozenset(
    {NetworkKind.FIXED, NetworkKind.MOBILE, NetworkKind.VPN, NetworkKind.TOR, NetworkKind.RELAY}
)
GUESSED = 3.0
"""Nats for a sign-in that follows the least number of failures; every doubling adds more."""
GUESSED_DOUBLING = 1.5
ELSEWHERE = 1.0
SECOND_FACTOR = 1.5
TAKEN_OVER_CAP = 5.9


class Parameters(Struct, frozen=True, kw_only=True):
    """What brute_force reckons with."""

    burst: Annotated[
        int,
        Meta(
            description="Failures within the burst window that are an attack",
            ge=2,
            extra={"unit": "failures"},
        ),
    ] = 10
    burst_window: Annotated[
        int,
        Meta(description="How long a burst may last", ge=1, extra={"unit": "ms"}),
    ] = 10 * MINUTE
    slow: Annotated[
        int,
        Meta(
            description="Failures within a day that are an attack",
            ge=2,
            extra={"unit": "failures"},
        ),
    ] = 20
    lasting: Annotated[
        int,
        Meta(
            description="Failures from unfamiliar addresses, without a day's quiet between them, "
            "that are an attack",
            ge=2,
            extra={"unit": "failures"},
        ),
    ] = 120
    addresses: Annotated[
        int,
        Meta(
            description="Unfamiliar addresses failing within a day that are an attack",
            ge=2,
            extra={"unit": "addresses"},
        ),
    ] = 12
    before_success: Annotated[
        int,
        Meta(
            description="Least failures within an hour that make a sign-in after them doubtful",
            ge=1,
            extra={"unit": "failures"},
        ),
    ] = 8


class Facts(Struct, frozen=True):
    """What a finding says: how many failures, in how long, from where, and how it ended."""

    failures: Annotated[int, Meta(title="Failures", extra={"fr": "Échecs"})]
    minutes: Annotated[float, Meta(title="Time they took", extra={"fr": "Durée"})]
    addresses: Annotated[
        int, Meta(title="Addresses they came from", extra={"fr": "Adresses d'où ils viennent"})
    ]
    in_burst: Annotated[
        int, Meta(title="Failures in the burst", extra={"fr": "Échecs dans la salve"})
    ]
    in_day: Annotated[int, Meta(title="Failures within a day", extra={"fr": "Échecs en un jour"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    familiar: Annotated[bool, Meta(title="Network seen before", extra={"fr": "Réseau déjà vu"})]
    clockwork: Annotated[
        bool, Meta(title="At regular intervals", extra={"fr": "À intervalles réguliers"})
    ]
    succeeded: Annotated[
        bool, Meta(title="Ended in a sign-in", extra={"fr": "Fini par une connexion"})
    ]


class Episode(Struct, array_like=True):
    """Failures with less than a day's quiet between them: how many, from where, how regular.

    `device` is what sort of device made them (`mixed`: several did).
    `strange` came from another operator, `elsewhere` from an address that nobody got in from for
    days. `tries` are by `addresses`. `told` are the facts said last, `event` the last failure.
    """

    start: int
    last: int
    count: int = 0
    strange: int = 0
    regular: int = 0
    gap: int = 0
    other_devices: int = 0
    spoken: int = 0
    spoken_weight: float = 0.0
    addresses: list[str] = field(default_factory=list)
    success_spoken: int = 0
    addresses_spoken: int = 0
    elsewhere: int = 0
    tries: list[int] = field(default_factory=list)
    told: dict[str, Fact] = field(default_factory=dict)
    event: bytes = b""
    device: str = ""
    mixed: bool = False


class State(Struct, array_like=True):
    """The episode going on, None while there is none; `changed` is when the account's password was
    last changed (ms), 0 where nobody said so."""

    episode: Episode | None = None
    changed: int = 0


class BruteForce:
    """Weighs an account's failures against what its own people and programs get wrong."""

    about: ClassVar[About] = About(
        name="brute_force",
        title=Text("Password guessing", "Devinette de mot de passe"),
        aup=("3.3",),
        attack=("T1110.001",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=5,
        state_ttl=2 * DAY,
        facts=Facts,
        sentence=Text(
            "{failures} failures to sign in within {minutes} minutes from {addresses} "
            "addresses, last from {ip} ({network}, {place}); of them in the last minutes: "
            "{in_burst}, in a day: {in_day}. A sign-in followed: {succeeded}.",
            "{failures} échecs de connexion en {minutes} minutes depuis {addresses} adresses, "
            "le dernier depuis {ip} ({network}, {place}) ; dont ces dernières minutes : "
            "{in_burst}, en un jour : {in_day}. Une connexion a suivi : {succeeded}.",
        ),
        innocent=Text(
            "A forgotten password, or a program that goes on with one that was changed.",
            "Un mot de passe oublié, ou un programme qui continue avec un ancien.",
        ),
        runbook="runbooks/brute_force",
        ticks=True,
        tick_every=TALLY,
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when failures come to an attack, again as it grows, and when one gets in."""
        if isinstance(event, SignIn):
            return self._attempted(event, subject, state, profile)
        if isinstance(event, AccountChange) and event.change is Change.PASSWORD:
            _change(event, state)
        return ()

    def _attempted(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        if event.outcome is FAILURE:
            if is_attempt(event) and event.failure_reason not in NOT_GUESSES:
                return self._failed(event, subject, state, profile)
            return ()
        failures = profile.failures
        if state.episode is not None:
            _clear(event, state.episode, profile, self.parameters.before_success)
        if not failures or event.outcome is not SUCCESS or not is_attempt(event):
            return ()
        if event.time - failures[-1].time > HOUR:
            return ()
        return self._succeeded(event, subject, state, profile)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """The addresses that have come to it since it was told last."""
        episode = state.episode
        if episode is None or not episode.told:
            return ()
        if len(episode.addresses) <= episode.addresses_spoken:
            return ()
        episode.addresses_spoken = len(episode.addresses)
        episode.told |= {
            "failures": episode.count,
            "minutes": _minutes(episode),
            "addresses": len(episode.addresses),
        }
        weights = Weights(attack=episode.spoken_weight)
        return (
            finding(
                self.about.name,
                subject,
                episode.last,
                grade(weights),
                Evidence("guessing", weights, dict(episode.told)),
                (episode.event,),
                involved=_guessers(subject, episode),
                part="tally",
            ),
        )

    def _failed(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        episode = _continued(event, state, profile)
        limits = self.parameters
        due = episode.spoken * LOUDER_TIMES
        wider = len(episode.addresses) > max(2, episode.addresses_spoken * WIDER_TIMES)
        said = episode.spoken_weight >= AT_LIMIT and episode.count < due and not wider
        if said or episode.count < min(limits.burst, limits.slow, limits.addresses):
            return ()
        day = [f for f in profile.failures_since(event.time - DAY) if _is_guess(f)]
        in_day = 1 + len(day)
        burst_start = event.time - limits.burst_window
        in_burst = 1 + sum(1 for f in day if f.time >= burst_start)
        strange = set(episode.addresses)
        spread = len({f.ip for f in day if f.ip in strange} | ({event.ip} & strange))
        excess = max(
            in_burst / limits.burst,
            in_day / limits.slow,
            spread / limits.addresses,
            episode.elsewhere / limits.lasting,
        )
        weight = self._attack(excess, event, episode, profile)
        in_hour = sum(1 for f in day if f.time > event.time - HOUR)
        if in_burst < limits.burst and _is_outdated(event, state, profile, in_hour):
            weight = min(FAMILIAR_CAP, weight)
        grown = not episode.spoken or episode.count >= due or weight >= AT_LIMIT
        if weight <= 0 or not grown:
            return ()
        episode.spoken = episode.count
        episode.addresses_spoken = len(episode.addresses)
        episode.spoken_weight = max(weight, episode.spoken_weight)
        weights = Weights(attack=weight)
        facts = _facts(event, episode, in_burst, in_day, profile, succeeded=False)
        # What is told later must not change what was told now.
        episode.told = dict(facts)
        return (
            finding(
                self.about.name,
                subject,
                event.time,
                grade(weights),
                Evidence("guessing", weights, facts),
                (event.id, *(f.event for f in reversed(day[-9:]))),
                involved=_guessers(subject, episode),
            ),
        )

    def _attack(self, excess: float, event: SignIn, episode: Episode, profile: Profile) -> float:
        """log2 of how many times a limit, above `AT_LIMIT`; capped for what explains itself."""
        foreign = episode.other_devices * 2 > episode.count
        spread = len(episode.addresses) >= self.parameters.addresses
        familiar = episode.strange * 2 < episode.count and not (foreign and spread)
        at_home = familiar and episode.elsewhere * 2 < episode.count
        if familiar:
            excess /= FAMILIAR_TIMES if at_home else ELSEWHERE_TIMES
        elif _is_by_own_device(event, episode, profile):
            excess /= OWN_DEVICE_TIMES
        if excess < 1:
            return 0.0
        weight = min(GUESSING_CAP, AT_LIMIT + log2(excess))
        is_one = len(episode.addresses) <= 1 and not _is_from_elsewhere(event, episode, profile)
        if _is_clockwork(episode) and is_one and _is_own(event, profile):
            return min(CLOCKWORK_CAP, weight)
        if at_home and not foreign:
            return min(FAMILIAR_CAP, weight)
        return weight

    def _succeeded(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        at = event.time
        hour = [f for f in profile.failures_since(at - HOUR) if _is_guess(f)]
        if len(hour) < self.parameters.before_success:
            return ()
        episode = state.episode
        knows_network = _has_seen_network(event, profile)
        knows_device = _has_seen_device(event, profile)
        same = [f for f in hour if f.ip is not None and f.ip == event.ip]
        attacking = len(same) >= self.parameters.before_success
        if knows_network and (knows_device or event.device is None or not attacking):
            return ()
        if knows_device and not attacking:
            return ()
        if episode is None or (episode.success_spoken and len(hour) <= episode.success_spoken):
            return ()
        counted = len(same) if attacking else len(hour)
        doublings = log2(counted / self.parameters.before_success)
        worth = GUESSED + GUESSED_DOUBLING * doublings
        if not attacking:
            worth -= ELSEWHERE
        if event.mfa:
            worth -= SECOND_FACTOR
        if worth <= 0:
            return ()
        episode.success_spoken = len(hour) * 2
        weights = Weights(taken_over=min(TAKEN_OVER_CAP, worth))
        in_burst = sum(1 for f in hour if f.time >= at - self.parameters.burst_window)
        in_day = len(profile.failures_since(at - DAY))
        facts = _facts(event, episode, in_burst, in_day, profile, succeeded=True)
        return (
            finding(
                self.about.name,
                subject,
                at,
                grade(weights),
                Evidence("guessed", weights, facts),
                (event.id, *(f.event for f in reversed(hour[-9:]))),
                involved=_guessers(subject, episode),
            ),
        )


def _guessers(subject: Subject, episode: Episode) -> tuple[Subject, ...]:
    """The addresses that guessed, none of which the account's own people were seen at before; not
    those that tried once or twice while another one went on and on."""
    most = max(episode.tries, default=0)
    least = most * (LIKEWISE_OF_ONE if most * 2 >= episode.count else LIKEWISE)
    return tuple(
        Subject(SubjectKind.SOURCE, subject.tenant, ip)
        for ip, tries in zip(episode.addresses, episode.tries, strict=True)
        if tries > least
    )


def _clear(event: SignIn, episode: Episode, profile: Profile, doubtful: int) -> None:
    """Whoever gets in with the account's own device after a few failures is its owner."""
    if event.ip not in episode.addresses or not _has_seen_device(event, profile):
        return
    number = episode.addresses.index(event.ip)
    if episode.tries[number] < doubtful:
        del episode.addresses[number], episode.tries[number]
        episode.addresses_spoken = min(episode.addresses_spoken, len(episode.addresses))


def _is_by_own_device(event: SignIn, episode: Episode, profile: Profile) -> bool:
    device = event.device
    return (
        device is not None
        and device.form is not Form.SCRIPT
        and not episode.other_devices
        and len(episode.addresses) <= 2
        and profile.knows_device(device, event.time)
    )


def _continued(event: SignIn, state: State, profile: Profile) -> Episode:
    at = event.time
    episode = state.episode
    if episode is None or at - episode.last > DAY:
        episode = state.episode = Episode(at, at)
    elif at > episode.last:
        gap = at - episode.last
        if abs(gap - episode.gap) <= max(CLOCKWORK_JITTER, episode.gap // 20) and gap >= MINUTE:
            episode.regular += 1
        episode.gap = gap
    episode.last = at
    episode.event = event.id
    episode.count += 1
    _note_device(event, episode, profile)
    address_is_new = not _has_seen_address(event, profile)
    network_is_new = address_is_new and not _has_seen_network(event, profile)
    # A telephone has another address of its operator's every time.
    is_carried = not network_is_new and (
        event.network is not None and event.network.kind is NetworkKind.MOBILE
    )
    device_is_new = event.device is not None and not _has_seen_device(event, profile)
    episode.strange += network_is_new
    # So has a program on its line's every lease, whose password expired while none was remembered.
    is_program = event.device is not None and event.device.form is Form.SCRIPT and not device_is_new
    is_elsewhere = address_is_new and not is_carried and not (is_program and not network_is_new)
    episode.elsewhere += is_elsewhere
    episode.other_devices += device_is_new
    # A botnet in the victim's own country has addresses of the victim's own provider.
    is_foreign = network_is_new or (device_is_new and address_is_new)
    is_of_it = (is_elsewhere and _goes_on(episode)) or (address_is_new and _is_botnet(episode))
    if event.ip is not None and (is_foreign or is_of_it):
        _meet(event.ip, episode)
    return episode


def _note_device(event: SignIn, episode: Episode, profile: Profile) -> None:
    """Note the sort of device, without its version; not the owner who mistypes at the desk."""
    if _has_seen_device(event, profile) and _has_seen_network(event, profile):
        return
    sort = device_label(event.device)
    episode.mixed = episode.mixed or episode.device not in ("", sort)
    episode.device = sort


def _goes_on(episode: Episode) -> bool:
    """Whether it was called an attack: what tries then from an address never seen is of it."""
    return episode.spoken_weight >= AT_LIMIT or episode.elsewhere >= episode.count // 2 > 0


def _is_botnet(episode: Episode) -> bool:
    """Whether so many addresses guess that any other that nobody got in from is one of them."""
    return episode.spoken_weight >= AT_LIMIT and len(episode.addresses) >= BOTNET


def _meet(ip: str, episode: Episode) -> None:
    met, tries = episode.addresses, episode.tries
    if ip in met:
        tries[met.index(ip)] += 1
    elif len(met) < MAXIMUM_ADDRESSES:
        met.append(ip)
        tries.append(1)


def _has_seen_network(event: SignIn, profile: Profile) -> bool:
    """Whether somebody ever got in from this network or address, trusted by now or not."""
    key = None if event.network is None else network_key(event.network)
    if key is not None and key in profile.networks:
        return True
    return _has_seen_address(event, profile)


def _has_seen_address(event: SignIn, profile: Profile) -> bool:
    if event.ip is None:
        return False
    ips = {session.ip for session in profile.sessions.values() if session.ip is not None}
    # Of its IPv6 /64 a machine takes another address every day.
    return block(event.ip, 32, 64) in {block(ip, 32, 64) for ip in ips}


def _has_seen_device(event: SignIn, profile: Profile) -> bool:
    return event.device is not None and event.device.fingerprint in profile.devices


def _is_from_elsewhere(event: SignIn, episode: Episode, profile: Profile) -> bool:
    """Whether this is a line of an operator that the account never got in from, and no device of
    its own: nobody's program was ever set up there. A rented server may be an integration's."""
    if episode.strange * 2 < episode.count or event.network is None:
        return False
    return event.network.kind in _LINES and not _has_seen_device(event, profile)


def _is_own(event: SignIn, profile: Profile) -> bool:
    """Whether a program of the account's owner may be what tries: it is in use, or says so."""
    if event.failure_reason is FailureReason.UNKNOWN_USER:
        return False
    return profile.uses > 0 or (event.device is not None and event.device.form is Form.SCRIPT)


def _is_guess(failure: Failure) -> bool:
    return failure.reason not in NOT_GUESSES


def _change(event: AccountChange, state: State) -> None:
    """Note a new password; what failed before it is of the former one, unless it was an attack."""
    if event.outcome is not SUCCESS:
        return
    state.changed = event.time
    if state.episode is not None and not state.episode.spoken:
        state.episode = None


def _is_outdated(event: SignIn, state: State, profile: Profile, in_hour: int) -> bool:
    """Whether it may be a client of the owner's that goes on with a password changed before."""
    episode, device, network = state.episode, event.device, event.network
    if episode is None or episode.mixed or in_hour >= HOUR // OUTDATED_PACE:
        return False
    if not 0 < state.changed <= episode.start <= state.changed + OUTDATED:
        return False
    if device is None or event.time > state.changed + OUTDATED_FOR:
        return False
    if device.form is Form.SCRIPT and not _has_seen_device(event, profile):
        return False
    return network is None or network.kind not in NO_PLACES


def _is_clockwork(episode: Episode) -> bool:
    return episode.count > 2 and episode.regular >= CLOCKWORK_SHARE * (episode.count - 2)


def _facts(
    event: SignIn,
    episode: Episode,
    in_burst: int,
    in_day: int,
    profile: Profile,
    *,
    succeeded: bool,
) -> dict[str, Fact]:
    return {
        "failures": episode.count,
        "minutes": _minutes(episode, event.time),
        "addresses": max(1, len(episode.addresses)),
        "in_burst": in_burst,
        "in_day": in_day,
        "ip": event.ip,
        "place": label(event.place),
        "network": network_label(event.network),
        "device": device_label(event.device),
        "familiar": _has_seen_network(event, profile),
        "clockwork": _is_clockwork(episode),
        "succeeded": succeeded,
    }


def _minutes(episode: Episode, until: int | None = None) -> float:
    return round(((episode.last if until is None else until) - episode.start) / MINUTE, 1)

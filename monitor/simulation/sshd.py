"""A few servers' sshd log in RFC 3164 lines: administrators, the noise of the Internet, attacks.

Lines bear UTC and no year. They have no native id: a label's `uid` is the 1-based number of its
line. The words are those of OpenSSH and Linux-PAM.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

from msgspec import Struct

from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from monitor.simulation import names, networks
from monitor.simulation.calendar import day_of, local, weekday
from monitor.simulation.chance import dice
from monitor.simulation.labels import BENIGN, EventLabel, IncidentLabel
from monitor.simulation.simulation import QUIET, Record

HOSTS = ("web1", "web2", "db1", "bastion")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STRANGERS = ("admin", "test", "oracle", "ubuntu", "postgres", "git", "user", "ftpuser", "deploy1")
_NOISE_A_DAY = 30
_CITIES = ("Paris", "Lyon", "Lille", "Nantes")
NOISE = "noise"
"""The behaviour of what every server on the Internet gets: labelled, and nothing to report."""
BRUTE_FORCE = "brute_force"


class Administrator(Struct, frozen=True):
    """Somebody who may sign in, with a key or a password, from one home."""

    name: str
    address: str
    uses_key: bool


class _Line(NamedTuple):
    time: int
    host: str
    process: int
    text: str
    account: str | None
    behaviour: str = BENIGN
    incident: str | None = None


class SshdSimulation:
    """The log of a few servers between two times (ms), and the truth about it."""

    def __init__(self, seed: int, days: float, accounts: int, start: int, attacks: int) -> None:
        rng = dice(seed, "sshd")
        self.seed = seed
        self.start = start
        self.end = start + round(days * DAY)
        self.administrators = tuple(_administrator(rng, n) for n in range(accounts))
        self._attacks = [self._attack(number) for number in range(attacks)]
        self.incidents: tuple[IncidentLabel, ...] = tuple(
            sorted((label for label, _ in self._attacks), key=lambda label: label.start)
        )

    def records(self) -> Iterator[Record]:
        """The log by time, each line with its label."""
        pending = [line for _, lines in self._attacks for line in lines]
        number = 0
        for day in range(day_of(self.start) - 1, day_of(self.end) + 1):
            pending += self._noise(day)
            for person, administrator in enumerate(self.administrators):
                pending += self._day(person, administrator, day)
            pending.sort(key=lambda line: line.time)
            settled = min(self.end, (day + 1) * DAY - 2 * HOUR)
            done = next((n for n, line in enumerate(pending) if line.time >= settled), len(pending))
            for line in pending[:done]:
                if line.time >= self.start:
                    number += 1
                    yield Record(_written(line), _label(line, number))
            del pending[:done]

    def lines(self) -> Iterator[bytes]:
        """The log's lines alone, without their newlines."""
        for written in self.records():
            yield written.line

    def _day(self, person: int, administrator: Administrator, day: int) -> list[_Line]:
        rng = dice(self.seed, "sshd day", person, day)
        if weekday(day) >= 5 and rng.random() < 0.8:
            return []
        lines: list[_Line] = []
        for _ in range(rng.randint(1, 6)):
            start = local("Europe/Paris", day, rng.uniform(480, 1_140))
            host, process = rng.choice(HOSTS), rng.randrange(1_000, 60_000)
            peer = f"{administrator.address} port {rng.randrange(20_000, 65_000)}"
            if not administrator.uses_key and rng.random() < 0.15:
                lines += _failed(start - 6 * SECOND, host, process, administrator.name, peer)
            lines += _session(rng, start, host, process, administrator, peer)
        return lines

    def _noise(self, day: int) -> list[_Line]:
        """Strangers who try a name or two and go."""
        rng = dice(self.seed, "sshd noise", day)
        lines: list[_Line] = []
        for _ in range(rng.randint(_NOISE_A_DAY // 2, _NOISE_A_DAY * 2)):
            ip = _stranger(rng)
            time = day * DAY + rng.randrange(DAY - 5 * MINUTE)
            host = rng.choice(HOSTS)
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                name = rng.choice((*_STRANGERS, "root"))
                peer = f"{ip} port {rng.randrange(20_000, 65_000)}"
                process = rng.randrange(1_000, 60_000)
                is_known = name == "root"
                lines += _failed(time, host, process, name, peer, known=is_known, behaviour=NOISE)
                time += round(rng.uniform(1.5, 30) * SECOND)
        return lines

    def _attack(self, number: int) -> tuple[IncidentLabel, list[_Line]]:
        rng = dice(self.seed, "sshd attack", number)
        strategy = ("one_address", "many_addresses", "slow")[number % 3]
        victim = self.administrators[number % len(self.administrators)]
        sources = [_stranger(rng) for _ in range(rng.randint(20, 50))]
        if strategy != "many_addresses":
            del sources[1:]
        low, high = {"one_address": (0.8, 4), "many_addresses": (5, 60), "slow": (240, 700)}[
            strategy
        ]
        identifier = f"ssh-{strategy}-{number}"
        host = rng.choice(HOSTS)
        time = self.start + round((self.end - self.start) * rng.uniform(QUIET, 0.85))
        lines: list[_Line] = []
        for _ in range(rng.randint(60, 180)):
            peer = f"{rng.choice(sources)} port {rng.randrange(20_000, 65_000)}"
            lines += _failed(
                time,
                host,
                rng.randrange(1_000, 60_000),
                victim.name,
                peer,
                behaviour=BRUTE_FORCE,
                incident=identifier,
            )
            time += round(rng.uniform(low, high) * SECOND)
        succeeds = not victim.uses_key and rng.random() < 0.4
        if succeeds:
            intruder = Administrator(victim.name, rng.choice(sources), uses_key=False)
            peer = f"{intruder.address} port {rng.randrange(20_000, 65_000)}"
            ridden = _session(rng, time, host, rng.randrange(1_000, 60_000), intruder, peer)
            lines += [x._replace(behaviour=BRUTE_FORCE, incident=identifier) for x in ridden]
        lines = [line for line in lines if line.time < self.end]
        label = IncidentLabel(
            identifier,
            "",
            victim.name,
            (victim.name,),
            BRUTE_FORCE,
            strategy,
            lines[0].time,
            lines[-1].time,
            len(lines),
            succeeds and any("Accepted" in line.text for line in lines),
            False,
            tuple(dict.fromkeys(sources)),
        )
        return label, lines


def simulate_sshd(
    seed: int, *, days: float, accounts: int, start: int, attacks: int = 4
) -> SshdSimulation:
    """A few servers with so many administrators for `days` from `start` (ms), attacked so often.

    Raises ValueError for a size that is none.
    """
    if accounts < 1 or not days > 0 or attacks < 0:
        raise ValueError(f"{accounts} administrators in {days} days are none")
    return SshdSimulation(seed, days, accounts, start, attacks)


def _administrator(rng: Random, number: int) -> Administrator:
    home = networks.network(rng, "fixed", rng.choice(_CITIES))
    name = names.name(rng).partition(".")[0]
    return Administrator(f"{name}{number or ''}", networks.address(rng, home), rng.random() < 0.6)


def _stranger(rng: Random) -> str:
    if rng.random() < 0.5:
        network = networks.network(rng, "hosting", rng.choice(networks.places("hosting")))
    else:
        places: Sequence[str] = ("Hanoi", "Jakarta", "Sao Paulo", "Mumbai", "Moscow", "Lagos")
        network = networks.network(rng, "fixed", rng.choice(places))
    return networks.address(rng, network)


def _failed(
    time: int,
    host: str,
    process: int,
    name: str,
    peer: str,
    *,
    known: bool = True,
    behaviour: str = BENIGN,
    incident: str | None = None,
) -> list[_Line]:
    """A wrong password as PAM and sshd tell it, one line each, and the parting."""
    ip = peer.partition(" ")[0]
    who = name if known else f"invalid user {name}"
    state = "authenticating user" if known else "invalid user"
    user = f"  user={name}" if known else ""
    before = [] if known else [(-300, f"Invalid user {name} from {peer}")]
    told = [
        *before,
        (
            -2_000,
            "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
            f"rhost={ip}{user}",
        ),
        (0, f"Failed password for {who} from {peer} ssh2"),
        (400, f"Connection closed by {state} {name} {peer} [preauth]"),
    ]
    account = name if known else None
    lines = [
        _Line(time + later, host, process, text, account, behaviour, incident)
        for later, text in told
    ]
    return sorted(lines, key=lambda line: line.time)


def _session(
    rng: Random, start: int, host: str, process: int, who: Administrator, peer: str
) -> list[_Line]:
    """A sign-in and a sign-out, as sshd and PAM tell them."""
    method = "publickey" if who.uses_key else "password"
    key = ": ED25519 SHA256:" + "".join(rng.choices("abcdefghijkmnopqrstuvwxyzABCDEFGH", k=43))
    end = start + round(rng.uniform(1, 180) * MINUTE)
    told = (
        (start, f"Accepted {method} for {who.name} from {peer} ssh2{key if who.uses_key else ''}"),
        (
            start + 20,
            f"pam_unix(sshd:session): session opened for user {who.name}(uid=1000) by (uid=0)",
        ),
        (end, f"Disconnected from user {who.name} {peer}"),
        (end + 5, f"pam_unix(sshd:session): session closed for user {who.name}"),
    )
    return [_Line(time, host, process, text, who.name) for time, text in told]


def _written(line: _Line) -> bytes:
    at = datetime.fromtimestamp(line.time // 1_000, UTC)
    stamp = f"{_MONTHS[at.month - 1]} {at.day:2d} {at:%H:%M:%S}"
    return f"{stamp} {line.host} sshd[{line.process}]: {line.text}".encode()


def _label(line: _Line, number: int) -> EventLabel:
    persona = "stranger" if line.behaviour != BENIGN else "administrator"
    return EventLabel(
        str(number),
        line.time,
        "",
        line.account,
        persona,
        line.behaviour,
        line.incident,
    )

"""What a tenant's people sign on with: counts by day of event time that any order gives.

Who comes from a server is counted at once besides: a company that moves behind one does so on a
morning, and the day is closed only when the alarms are over.

Of each day a sample of the accounts is asked, those whose digests are smallest, so that a day costs
as much of a large tenant as of a small one. A day is closed, and never changes again, when an event
comes that is so many days later that none of it can still come in time.
"""

from collections.abc import Iterable
from functools import lru_cache
from math import log

from msgspec import Struct, field

from detectors.core import address
from detectors.core.address import block
from detectors.core.event import DAY, HOUR, LOGON, SUCCESS, SignIn, is_attempt, is_use
from detectors.core.ledger import digest32
from detectors.core.place import Form, Network, NetworkKind
from detectors.core.population import Shares, address_of

CENSUS_VERSION = 2
WINDOW = 14
"""Closed days that a population is made of."""
MAXIMUM_ASKED = 128
"""Accounts that are asked on one day, before they are thinned out."""
MAXIMUM_SHOWN = 16
"""Values that one account may show on one day, those with the smallest digests."""
MAXIMUM_VALUES = 64
"""Values of each sort that a closed day tells apart; the rest are counted together."""
LEAST_SHOWN_BY = 2
"""What only one account showed on a day is nobody's habit, and may be a stranger's."""
LEAST_AT_ADDRESS = 4
"""An address is nobody's office unless so many accounts signed on from it that day: a stranger with
two of them does not make it the tenant's."""
LEAST_PEOPLE = 3
"""Accounts that have signed on from an address within the window, on whatever days, from which on
it is an exit of the company's, or of a VPN that several have: it tells nobody's place."""
LEAST_CROWD = 6
"""So many, from which on a server is where the company's own desktops are."""
LEAST_COUNTED = 100
"""Sign-ons counted, each account once a day, below which a population is the shipped one."""
LEAP = 31
"""Days without any event after which one event alone does not begin a day: its clock may be wrong.
Nothing of so long before has a say in it either way."""
LEAST_TODAY = 3
"""Accounts that have signed on from a server's addresses on a day so far, from which on a company
moves behind it."""
GUESSES = 0.5
"""As many for each of them, of other accounts that only failed there, are an attack's."""
LEAST_AT_PROVIDER = 6
"""The same of a provider's, that the tenant's people did not use before."""
MOST_SERVERS, MOST_COMING = 256, 16
"""Servers' lines and providers of a day, and accounts that came to one, of which is known when."""
_SERVERS = (NetworkKind.HOSTING, NetworkKind.VPN)
_LONGEST = 64
_SPACE = 1 << 32
_SORTS = ("networks", "countries", "devices", "kinds", "hours", "addresses")
_ADDRESSES = _SORTS.index("addresses")
_MET = 7
_BYTES = 256


class Arrivals(Struct, array_like=True):
    """Who came to the addresses of a server on a day: when first (ms), by digest of the account; of
    those that signed on, that used a session there, and that failed, the `MOST_COMING` that came
    first of each."""

    signed_on: dict[int, int] = field(default_factory=dict)
    used: dict[int, int] = field(default_factory=dict)
    failed: dict[int, int] = field(default_factory=dict)

    def note(self, account: int, event: SignIn) -> bool:
        """Take in a use or an attempt; whether it changed anything."""
        at, of = event.time, self.failed
        if event.outcome is SUCCESS:
            of = self.signed_on if event.activity is LOGON else self.used
        if of.get(account, at + 1) <= at:
            return False
        of[account] = at
        if len(of) > MOST_COMING:
            last = max(of, key=lambda one: (of[one], one))
            del of[last]
            return last != account
        return True

    def people(self, account: int, at: int) -> int:
        """How many others had signed on before `at` (ms), and by half those that had only used a
        session there; 0 where half as many others had only failed."""
        if len(self.signed_on) >= MOST_COMING:
            # Who came later is not told, and so not whether he failed before he got in.
            at = min(at, max(self.signed_on.values()))
        came = _before(self.signed_on, at)
        used = _before(self.used, at) - came
        failed = _before(self.failed, at) - came - used
        if len(failed) > GUESSES * (len(came) + len(used)):
            return 0
        return len(came - {account}) + len(used - {account}) // 2


def _before(of: dict[int, int], at: int) -> set[int]:
    return {account for account, time in of.items() if time < at}


class Tally(Struct, array_like=True):
    """A closed day: how many accounts were asked, each standing for `scale`, and how many of them
    showed each value, by sort; the rest of a sort is under an empty name. `met` has `_MET` bytes
    for each account and address of its own: the address's name, and one byte of the account's
    digest, which names nobody and yet tells how many came from an address on different days.
    `arrivals` are those at servers that as many came to as a company that moves there, by digests
    of the accounts, which an erasure takes out."""

    asked: int = 0
    scale: int = 1
    shown: dict[str, dict[str, int]] = field(default_factory=dict)
    met: bytes = b""
    arrivals: "dict[int, Arrivals]" = field(default_factory=dict)


class _Open(Struct, array_like=True):
    """A day going on: digests of the values that each account showed, by digest of the account."""

    level: int = 0
    asked: dict[int, list[int]] = field(default_factory=dict)
    arrivals: dict[int, Arrivals] = field(default_factory=dict)


class Census(Struct, array_like=True):
    """The days of one tenant that are going on. `values` are sort and value by their digest; `leap`
    is a day far ahead that nothing confirms yet."""

    latest: int = 0
    leap: int = 0
    days: dict[int, _Open] = field(default_factory=dict)
    values: dict[int, tuple[int, str]] = field(default_factory=dict)

    def pass_to(self, number: int, lag: int) -> dict[int, Tally]:
        """Let a day (since 1970) begin: the days that are closed by it."""
        if number <= self.latest:
            return {}
        if self.latest and number > self.latest + LEAP and not 0 <= number - self.leap <= LEAP:
            self.leap = number
            return {}
        self.latest, self.leap = number, 0
        closed = {
            day: self._tally(self.days.pop(day)) for day in sorted(self.days) if day <= number - lag
        }
        if closed:
            used = {v for day in self.days.values() for some in day.asked.values() for v in some}
            self.values = {digest: what for digest, what in self.values.items() if digest in used}
        return closed

    def count(self, event: SignIn, lag: int) -> bool:
        """Take in what a person's sign-on shows; whether anything changed."""
        number = event.time // DAY
        if not self.latest - lag < number <= self.latest:
            return False
        day = self.days.get(number)
        if day is None:
            day = self.days[number] = _Open()
        account = digest32(event.account)
        if account >= _SPACE >> day.level:
            return False
        shown = day.asked.get(account)
        is_new = shown is None
        if shown is None:
            shown = day.asked[account] = []
        changed = self._show(shown, event)
        while len(day.asked) > MAXIMUM_ASKED:
            day.level += 1
            day.asked = {a: s for a, s in day.asked.items() if a < _SPACE >> day.level}
        return is_new or changed

    def arrive(self, event: SignIn, lag: int) -> bool:
        """Take in a sign-on from a server, or an attempt at one; whether anything changed."""
        number = event.time // DAY
        if event.ip is None or not self.latest - lag < number <= self.latest:
            return False
        day = self.days.get(number)
        if day is None:
            day = self.days[number] = _Open()
        changed = False
        for name in names_of_server(event.network, event.ip):
            arrivals = day.arrivals.get(name)
            if arrivals is None:
                arrivals = day.arrivals[name] = Arrivals()
            changed |= arrivals.note(_digest(event.account), event)
            if len(day.arrivals) > MOST_SERVERS:
                of = day.arrivals
                del of[min(of, key=lambda one: (len(of[one].signed_on), len(of[one].used), -one))]
        return changed

    def _show(self, shown: list[int], event: SignIn) -> bool:
        before = tuple(shown)
        for sort, value in _values(event):
            name = digest32(f"{sort}:{value}")
            if name not in shown:
                shown.append(name)
                self.values[name] = (sort, value)
        if len(shown) == len(before):
            return False
        shown.sort()
        del shown[MAXIMUM_SHOWN:]
        return tuple(shown) != before

    def _tally(self, day: _Open) -> Tally:
        shown: dict[str, dict[str, int]] = {name: {} for name in _SORTS}
        met: set[bytes] = set()
        for account, some in day.asked.items():
            for name in some:
                sort, value = self.values[name]
                of_sort = shown[_SORTS[sort]]
                of_sort[value] = of_sort.get(value, 0) + 1
                if sort == _ADDRESSES:
                    met.add(bytes.fromhex(value) + bytes((account & 0xFF,)))
        kept = {
            name: _bounded(counts, LEAST_AT_ADDRESS if name == "addresses" else LEAST_SHOWN_BY)
            for name, counts in shown.items()
        }
        arrivals = {
            line: one
            for line, one in sorted(day.arrivals.items())
            if len(one.signed_on) + len(one.used) // 2 >= LEAST_TODAY
        }
        return Tally(len(day.asked), 1 << day.level, kept, b"".join(sorted(met)), arrivals)


def is_counted(event: SignIn) -> bool:
    """Whether a population is made of such an event: a person signs on, and gets in."""
    return (
        event.outcome is SUCCESS
        and event.activity is LOGON
        and bool(event.account)
        and not event.corroborating
        and (event.device is None or event.device.form is not Form.SCRIPT)
    )


def is_arrival(event: SignIn) -> bool:
    """Whether somebody uses an account from a server or a VPN, or tries to sign on to it there; a
    script is no colleague."""
    network, device = event.network, event.device
    if network is None or network.kind not in _SERVERS or not event.account:
        return False
    if device is not None and device.form is Form.SCRIPT:
        return False
    return is_use(event) or is_attempt(event)


def names_of_server(network: Network | None, ip: str) -> tuple[int, ...]:
    """The names under which arrivals at a server's addresses are counted: theirs, and that of its
    provider, at whose many addresses a company's desktops may be. A VPN's are anybody's, and each
    of its addresses counts by itself."""
    if network is None or network.kind is not NetworkKind.HOSTING:
        return (_digest(block(ip, 32, 64)),)
    line = _digest(address.line_of(ip))
    if network.asn is None:
        return (line,)
    return line, _digest(f"AS{network.asn}")


@lru_cache(maxsize=100_000)
def _digest(text: str) -> int:
    return digest32(text)


def shares(tallies: Iterable[Tally]) -> Shares | None:
    """What these closed days come to; None where fewer than `LEAST_COUNTED` sign-ons were."""
    given = [tally for tally in tallies if tally.asked]
    if sum(tally.asked for tally in given) < LEAST_COUNTED:
        return None
    total = float(sum(tally.asked * tally.scale for tally in given))
    found: dict[str, dict[str, float]] = {name: {} for name in _SORTS}
    for tally in given:
        for name, counts in tally.shown.items():
            of_sort = found[name]
            for value, count in counts.items():
                if value:
                    of_sort[value] = of_sort.get(value, 0.0) + count * tally.scale
    people = _people(given)
    exits, crowds = (
        frozenset(address for address, n in people.items() if n >= least)
        for least in (LEAST_PEOPLE, LEAST_CROWD)
    )
    return Shares(total, **found, exits=exits, crowds=crowds, days=len(given))


def headcount(tallies: Iterable[Tally]) -> float:
    """About how many accounts signed on in these days, by the digests' bytes that were met (linear
    counting, Whang et al. 1990), of the days that were thinned out most; where a log tells no
    addresses, as many as on the day with most."""
    given = list(tallies)
    scale = max((tally.scale for tally in given), default=1)
    met = {byte for t in given if t.scale == scale for byte in t.met[_MET - 1 :: _MET]}
    free = _BYTES - min(len(met), _BYTES - 1)
    asked = max((tally.asked * tally.scale for tally in given), default=0)
    return max(asked, scale * _BYTES * log(_BYTES / free))


def _people(tallies: Iterable[Tally]) -> dict[str, int]:
    """How many accounts have come from each address, by `address_of`."""
    met = {
        tally.met[first : first + _MET]
        for tally in tallies
        for first in range(0, len(tally.met), _MET)
    }
    people: dict[str, int] = {}
    for one in met:
        address = one[:-1].hex()
        people[address] = people.get(address, 0) + 1
    return people


def _values(event: SignIn) -> list[tuple[int, str]]:
    found = [(4, str(event.time % DAY // HOUR))]
    network, place, device = event.network, event.place, event.device
    if network is not None:
        found.append((3, network.kind.value))
        if network.asn is not None:
            found.append((0, str(network.asn)))
    if place is not None:
        found.append((1, place.country[:_LONGEST]))
    if device is not None:
        found.append((2, f"{device.family}/{device.os}"[:_LONGEST]))
    if event.ip is not None:
        found.append((5, address_of(event.ip)))
    return found


def _bounded(counts: dict[str, int], least: int) -> dict[str, int]:
    often = sorted(((-count, value) for value, count in counts.items() if count >= least))[
        :MAXIMUM_VALUES
    ]
    kept = {value: -count for count, value in often}
    rest = sum(counts.values()) - sum(kept.values())
    return kept | {"": rest} if rest else kept

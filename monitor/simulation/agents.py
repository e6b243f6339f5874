"""What the people of the simulated world sign in with: machines, and programs that get updated."""

from random import Random

from msgspec import Struct

from detectors.core.event import DAY

_CHROME_120 = 19_696 * DAY
_FIREFOX_121 = 19_710 * DAY
_SAFARI_17 = 19_618 * DAY
_FOUR_WEEKS = 28 * DAY
_YEAR = 365 * DAY
_TWO_MONTHS = 61 * DAY

_WINDOWS = "Windows NT 10.0; Win64; x64"
_MAC = "Macintosh; Intel Mac OS X 10_15_7"
_LINUX = "X11; Linux x86_64"


class Machine(Struct, frozen=True):
    """A program on a system; `lag` is how many days after its release an update is installed."""

    family: str
    system: str
    lag: int = 3


_OFFICE = (
    ("Chrome", "Windows", 55),
    ("Edge", "Windows", 28),
    ("Firefox", "Windows", 10),
    ("Chrome", "Linux", 7),
)
_HOME = (
    ("Chrome", "Windows", 48),
    ("Edge", "Windows", 22),
    ("Firefox", "Windows", 9),
    ("Safari", "Mac", 11),
    ("Chrome", "Mac", 7),
    ("Firefox", "Linux", 3),
)
_PHONE = (("Chrome", "Android", 60), ("Safari", "iPhone", 40))


def office_machine(rng: Random) -> Machine:
    """A workstation as a company installs it."""
    return _pick(rng, _OFFICE, rng.randrange(2, 30))


def own_machine(rng: Random) -> Machine:
    """A laptop or a home computer."""
    return _pick(rng, _HOME, rng.randrange(0, 15))


def phone(rng: Random) -> Machine:
    """A telephone."""
    return _pick(rng, _PHONE, rng.randrange(0, 25))


def other_than(rng: Random, *machines: Machine) -> Machine:
    """A computer that differs from these in program or system."""
    taken = {(machine.family, machine.system) for machine in machines}
    free = [(f, s, w) for f, s, w in _HOME if (f, s) not in taken]
    return _pick(rng, tuple(free), rng.randrange(0, 15))


def is_phone(machine: Machine) -> bool:
    """Whether it is a telephone."""
    return machine.system in {"Android", "iPhone"}


def user_agent(machine: Machine, time: int) -> str:
    """What the machine's program calls itself at a time in ms, with the version it then has."""
    seen = time - machine.lag * DAY
    if machine.family == "Firefox":
        version = max(115, 121 + (seen - _FIREFOX_121) // _FOUR_WEEKS)
        system = _WINDOWS if machine.system == "Windows" else _LINUX
        return f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
    if machine.family == "Safari":
        return _safari(machine, seen)
    if machine.family == "python-requests":
        return "python-requests/2.32.3"
    if machine.family == "curl":
        return "curl/8.5.0"
    if machine.family == "Go":
        return "Go-http-client/1.1"
    return _chromium(machine, max(109, 120 + (seen - _CHROME_120) // _FOUR_WEEKS))


def _chromium(machine: Machine, version: int) -> str:
    system = {"Windows": _WINDOWS, "Mac": _MAC, "Linux": _LINUX}.get(machine.system)
    mobile = ""
    if system is None:
        system, mobile = "Linux; Android 10; K", " Mobile"
    agent = (
        f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{version}.0.0.0{mobile} Safari/537.36"
    )
    return f"{agent} Edg/{version}.0.0.0" if machine.family == "Edge" else agent


def _safari(machine: Machine, seen: int) -> str:
    years = max(0, (seen - _SAFARI_17) // _YEAR)
    major = 17 + years if years < 2 else 24 + years
    minor = min(6, max(0, (seen - _SAFARI_17) % _YEAR // _TWO_MONTHS))
    if machine.system == "iPhone":
        system = f"{major}_{minor}" if major < 26 else "18_6"
        return (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS {system} like Mac OS X) AppleWebKit/605.1.15 "
            f"(KHTML, like Gecko) Version/{major}.{minor} Mobile/15E148 Safari/604.1"
        )
    return (
        f"Mozilla/5.0 ({_MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        f"Version/{major}.{minor} Safari/605.1.15"
    )


def _pick(rng: Random, choices: tuple[tuple[str, str, int], ...], lag: int) -> Machine:
    family, system, _ = rng.choices(choices, [weight for _, _, weight in choices])[0]
    return Machine(family, system, lag)

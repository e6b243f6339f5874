"""What the people of the simulated world sign in with: machines, and programs that get updated."""

from collections.abc import Callable
from random import Random

from msgspec import Struct

from detectors.core.event import DAY

_CHROME_120 = 19_696 * DAY
_FIREFOX_121 = 19_710 * DAY
_SAFARI_17 = 19_618 * DAY
_FOUR_WEEKS = 28 * DAY
_YEAR = 365 * DAY
_TWO_MONTHS = 61 * DAY
_QUARTER = 91 * DAY

_WINDOWS = "Windows NT 10.0; Win64; x64"
_MAC = "Macintosh; Intel Mac OS X 10_15_7"
_LINUX = "X11; Linux x86_64"


class Machine(Struct, frozen=True):
    """A program on a system; `lag` is how many days after its release an update is installed.

    `release` tells two applications of a vendor apart, and nothing of browsers.
    """

    family: str
    system: str
    lag: float = 3.0
    release: int = 0


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
_PHONE_PROGRAMS = (("Firefox", "Android", 3), ("Samsung", "Android", 12))
_BROWSERS = {
    "Windows": ("Chrome", "Edge", "Firefox", "Opera"),
    "Mac": ("Safari", "Chrome", "Firefox"),
    "Linux": ("Chrome", "Firefox"),
    "Android": ("Chrome", "Samsung"),
    "iPhone": ("Safari",),
}
APPLICATION = "Softphone"
"""The family of a vendor's own application, which has no browser's window to close."""


def office_machine(rng: Random) -> Machine:
    """A workstation as a company installs it."""
    return _pick(rng, _OFFICE, rng.uniform(2, 30))


def own_machine(rng: Random) -> Machine:
    """A laptop or a home computer."""
    return _pick(rng, _HOME, rng.uniform(0, 15))


def phone(rng: Random) -> Machine:
    """A telephone."""
    return _pick(rng, _PHONE + _PHONE_PROGRAMS, rng.uniform(0, 25))


def other_browser(rng: Random, machine: Machine) -> Machine:
    """Another browser of the same system, the same one when it has no other."""
    others = [f for f in _BROWSERS.get(machine.system, ()) if f != machine.family]
    return Machine(rng.choice(others), machine.system, rng.uniform(0, 15)) if others else machine


def application(rng: Random, machine: Machine) -> Machine:
    """A vendor's own application on the same system: it stays open as long as the system does."""
    return Machine(APPLICATION, machine.system, rng.uniform(0, 10), rng.randrange(4))


def program(rng: Random, *families: str) -> Machine:
    """A script's library on a server."""
    return Machine(rng.choice(families), "Linux", rng.uniform(0, 40))


def other_than(rng: Random, *machines: Machine) -> Machine:
    """A computer that differs from these in program or system."""
    taken = {(machine.family, machine.system) for machine in machines}
    free = [(f, s, w) for f, s, w in _HOME if (f, s) not in taken]
    return _pick(rng, tuple(free), rng.uniform(0, 15))


def is_phone(machine: Machine) -> bool:
    """Whether it is a telephone."""
    return machine.system in {"Android", "iPhone"}


def user_agent(machine: Machine, time: int) -> str:
    """What the machine's program calls itself at a time in ms, with the version it then has."""
    seen = time - round(machine.lag * DAY)
    written = _WRITERS.get(machine.family)
    if written is not None:
        return written(machine, seen)
    program = _PROGRAMS.get(machine.family)
    return _chromium(machine, _chrome(seen)) if program is None else program


def _chrome(seen: int) -> int:
    return max(109, 120 + (seen - _CHROME_120) // _FOUR_WEEKS)


def _firefox(machine: Machine, seen: int) -> str:
    version = max(115, 121 + (seen - _FIREFOX_121) // _FOUR_WEEKS)
    if machine.system == "Android":
        return (
            f"Mozilla/5.0 (Android 14; Mobile; rv:{version}.0) Gecko/{version}.0 "
            f"Firefox/{version}.0"
        )
    systems = {"Windows": _WINDOWS, "Mac": "Macintosh; Intel Mac OS X 10.15"}
    system = systems.get(machine.system, _LINUX)
    return f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"


def _opera(machine: Machine, seen: int) -> str:
    version = _chrome(seen)
    return f"{_chromium(machine, version)} OPR/{version - 14}.0.0.0"


def _samsung(_machine: Machine, seen: int) -> str:
    version = 23 + (seen - _CHROME_120) // _QUARTER
    return (
        f"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"SamsungBrowser/{max(20, version)}.0 Chrome/{_chrome(seen) - 8}.0.0.0 Mobile Safari/537.36"
    )


def _application(machine: Machine, seen: int) -> str:
    version = f"{4 + machine.release}.{max(0, (seen - _CHROME_120) // _QUARTER)}.0"
    if machine.system == "iPhone":
        return f"CallCenterRate/{version} (iPhone; iOS 17.5) CFNetwork/1498.700.2 Darwin/23.6.0"
    if machine.system == "Android":
        return f"CallCenterRate/{version} (Android 14; Mobile)"
    system = {"Windows": _WINDOWS, "Mac": _MAC}.get(machine.system, _LINUX)
    return (
        f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"CallCenterRate/{version} Chrome/{_chrome(seen) - 2}.0.0.0 Electron/30.0.0 Safari/537.36"
    )


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


_PROGRAMS = {
    "python-requests": "python-requests/2.32.3",
    "curl": "curl/8.5.0",
    "Go": "Go-http-client/1.1",
    "okhttp": "okhttp/4.12.0",
}
_WRITERS: dict[str, Callable[[Machine, int], str]] = {
    "Firefox": _firefox,
    "Safari": _safari,
    "Opera": _opera,
    "Samsung": _samsung,
    APPLICATION: _application,
}


def _pick(rng: Random, choices: tuple[tuple[str, str, int], ...], lag: float) -> Machine:
    family, system, _ = rng.choices(choices, [weight for _, _, weight in choices])[0]
    return Machine(family, system, lag)

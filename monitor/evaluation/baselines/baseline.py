"""What a baseline is, and the discovery of those there are."""

import importlib
import inspect
import pkgutil
from typing import ClassVar, Protocol, cast

from msgspec import Struct

from detectors.core.detector import Text
from detectors.core.event import Activity, Outcome, SignIn
from detectors.core.place import Place
from monitor.evaluation.truth import Account


class Said(Struct, frozen=True):
    """What a baseline says of one sign-in: how risky (any scale, higher is riskier), and whether
    it alerts."""

    score: float
    alert: bool


class Baseline(Protocol):
    """One published rule over enriched events in order of time. Keeps its own state; one per log.

    `rule` says what it does; `credit` where it was published. A rule does
    not say whether it found sharing or a takeover: either counts.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    rule: ClassVar[Text]
    credit: ClassVar[str]

    def observe(self, event: SignIn) -> Said | None:
        """What it says of this event; None for one that it does not look at."""
        ...


class Spot(Struct, frozen=True):
    """Where and when an account was last seen."""

    time: int
    place: Place
    ip: str | None = None


def baselines() -> dict[str, type[Baseline]]:
    """Every baseline there is, by name: any class of this package with `rule` and `observe`."""
    package = importlib.import_module("monitor.evaluation.baselines")
    found: dict[str, type[Baseline]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if member.__module__ != module.__name__ or member is Baseline:
                continue
            if all(hasattr(member, name) for name in ("name", "rule", "observe")):
                one = cast(type[Baseline], member)
                found[one.name] = one
    return dict(sorted(found.items()))


def is_logon(event: SignIn) -> bool:
    """Whether somebody has just got in."""
    return event.activity is Activity.LOGON and event.outcome is Outcome.SUCCESS


def account_of(event: SignIn) -> Account:
    """Whose sign-in it is."""
    return event.tenant, event.account

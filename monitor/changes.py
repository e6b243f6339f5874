"""What differs between two settings, and what of it a running daemon can take up. Pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import structs

from monitor.settings import Settings

FIXED = ("data", "database", "secrets")
"""What a daemon is started with and keeps."""
_ENGINE = (
    "detectors",
    "assessment",
    "correlation",
    "accounts",
    "rules",
    "models",
    "engine",
    "geo",
    "hygiene",
)
_FEEDS = ("tenant", "formats", "sources", "realms")
_WEB = (
    "web",
    "sign_in",
    "oidc",
    "gate",
    "mfa",
    "decisions",
    "metrics",
    "log",
    "language",
    "inbox",
    "protection",
    "provisioning",
    # Which there are, for previews.
    "responders",
    "tickets",
    "reports",
)
_BESIDE = ("responding", "responders", "outbound", "tickets", "mfa")
"""What the responding process uses; it is told all settings whenever any change."""


class Changes(NamedTuple):
    """What has changed: settings that only a restart takes up; whether the engine is opened anew,
    its sources are, the console's processes are started again; all keys that differ, for people;
    whether what responds has to know."""

    fixed: tuple[str, ...]
    engine: bool
    feeds: bool
    web: bool
    keys: tuple[str, ...]
    beside: bool = False

    @property
    def are_none(self) -> bool:
        """Whether nothing has changed."""
        return not self.keys


def compare(old: Settings, new: Settings) -> Changes:
    """What has changed from `old` to `new`."""
    changed = {name for name in Settings.__struct_fields__ if _differs(old, new, name)}
    return Changes(
        fixed=tuple(name for name in FIXED if name in changed),
        engine=not changed.isdisjoint(_ENGINE) or not _is_known(changed),
        feeds=not changed.isdisjoint(_FEEDS),
        web=not changed.isdisjoint(_WEB) or not _is_known(changed),
        keys=tuple(key for name in sorted(changed) for key in _keys(old, new, name)),
        beside=not changed.isdisjoint(_BESIDE),
    )


def _differs(old: Settings, new: Settings, name: str) -> bool:
    return bool(getattr(old, name) != getattr(new, name))


def _is_known(changed: set[str]) -> bool:
    """Whether it is known who uses all of these; everybody is told of others."""
    return changed <= {*FIXED, *_ENGINE, *_FEEDS, *_WEB, *_BESIDE}


def _keys(old: Settings, new: Settings, name: str) -> Iterator[str]:
    before, after = getattr(old, name), getattr(new, name)
    if name == "sources":
        yield from _sources(old, new)
    elif hasattr(before, "__struct_fields__"):
        for field in before.__struct_fields__:
            if getattr(before, field) != getattr(after, field):
                yield f"{name}.{field}"
    elif isinstance(before, dict):
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                yield f"{name}.{key}"
    else:
        yield name


def _sources(old: Settings, new: Settings) -> Iterator[str]:
    before = {one.name: structs.asdict(one) for one in old.sources}
    after: dict[str, Any] = {one.name: structs.asdict(one) for one in new.sources}
    for name in sorted({*before, *after}):
        if name not in after:
            yield f"sources.{name} (gone)"
        elif name not in before:
            yield f"sources.{name} (new)"
        elif before[name] != after[name]:
            yield f"sources.{name}"

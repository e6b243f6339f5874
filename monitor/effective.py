"""Which settings hold and who said each, made ready to be shown: nothing secret, nor how long it
is."""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import getdoc
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct, field, structs

from monitor.changes import FIXED
from monitor.services.effective import SectionView, SettingView, Whence
from monitor.settings import (
    FILE_SUFFIX,
    PREFIX,
    Settings,
    Source,
    document_of,
    is_secret,
    origin,
    to_json,
    variable,
)

GENERAL: Final = "general"
"""The section of the settings that are in none."""
_LONGEST: Final = 300
_LONGEST_ABOUT: Final = 400
_CREDENTIALS: Final = re.compile(r'(?<=://)[^@"]*@')
"""A password may have any character but these, as databases read their addresses."""
_ASKED_WITH: Final = re.compile(
    r'([?&][^=&"]*(?:password|secret|token|key|signature|sig)=)[^&#"]*', re.IGNORECASE
)
"""What opens something, in the query of an address."""
_OF_SOURCE: Final = re.compile(r"sources\[\d+\]\.(\w+)")
_SENTENCE: Final = re.compile(r"(?<=[.;:])\s+")


class Told(Settings, frozen=True, kw_only=True):
    """Settings as another process of ours is told them, and who said which, by dotted key."""

    said_by: dict[str, Whence] = field(default_factory=dict)


def said_by(
    config: Path | None = None, environment: Mapping[str, str] | None = None
) -> dict[str, Whence]:
    """Who says each setting that is not left as it is by default, by dotted key: what `load` reads,
    but for the values. Raises SettingsError."""
    given = os.environ if environment is None else environment
    found = origin(config, given)
    said = dict.fromkeys(_flat(document_of(found.file)), Whence.FILE)
    for name in found.variables:
        key = name.removesuffix(FILE_SUFFIX).removeprefix(PREFIX).lower().replace("__", ".")
        said[key] = Whence.ENVIRONMENT
    return said


def to_console(settings: Settings, said: Mapping[str, Whence]) -> bytes:
    """The line that a console is told: no secret of any source, and who said what."""
    document = msgspec.json.decode(to_json(settings, lambda _: False))
    return msgspec.json.encode({**document, "said_by": said})


def from_console(told: bytes) -> Told:
    """What `to_console` told, or `to_json`. Raises msgspec.ValidationError."""
    return msgspec.json.decode(told, type=Told, dec_hook=lambda _kind, value: Path(value))


def untold(told: Told) -> Settings:
    """The settings alone."""
    return Settings(**{name: getattr(told, name) for name in Settings.__struct_fields__})


def sections_of(settings: Settings, said: Mapping[str, Whence]) -> tuple[SectionView, ...]:
    """Every setting by section, those in none first."""
    general: list[SettingView] = []
    sections: list[SectionView] = []
    for one in structs.fields(Settings):
        value = getattr(settings, one.name)
        if isinstance(value, Struct):
            about = getdoc(type(value)) or ""
            rows = [_view(key, leaf, about, said) for key, leaf in _leaves(one.name, value)]
            sections.append(_section(one.name, about, rows))
        elif isinstance(value, dict) or one.name == "sources":
            rows = [_view(key, leaf, "", said) for key, leaf in _leaves(one.name, value)]
            rows += _kept_back(one.name, {row.key for row in rows}, said)
            sections.append(_section(one.name, _about(one.name, getdoc(Settings) or ""), rows))
        else:
            general.append(_view(one.name, value, getdoc(Settings) or "", said))
    return (_section(GENERAL, "", general), *sections)


def _section(name: str, about: str, rows: list[SettingView]) -> SectionView:
    return SectionView(name=name, about=" ".join(about.split()), settings=tuple(rows))


def _view(key: str, value: Any, about: str, said: Mapping[str, Whence]) -> SettingView:
    whence = _whence(key, said)
    if whence is Whence.DEFAULT and value != _by_default(key):
        whence = Whence.START
    # What this process is not told is left out of what it was given.
    is_kept_back = whence is not Whence.DEFAULT and value in (None, "", (), {})
    is_hidden = is_secret(key) or is_kept_back
    is_set = value not in (None, "") or is_kept_back
    return SettingView(
        key=key,
        value="" if is_hidden else _written(value),
        whence=whence,
        is_hidden=is_hidden,
        is_set=is_set,
        variable=variable(key) if "[" not in key else "",
        restarts=key.partition(".")[0] in FIXED,
        about=_about(key.rpartition(".")[2], about),
    )


def _kept_back(section: str, known: set[str], said: Mapping[str, Whence]) -> list[SettingView]:
    """What somebody said, and this process is not told."""
    mine = (f"{section}.", f"{section}[")
    keys = {key.removesuffix(FILE_SUFFIX.lower()) for key in said if key.startswith(mine)}
    return [_view(key, None, "", said) for key in sorted(keys - known)]


@cache
def _defaults() -> dict[str, Any]:
    settings = Settings()
    return {
        key: leaf
        for one in structs.fields(Settings)
        for key, leaf in _leaves(one.name, getattr(settings, one.name))
    }


def _by_default(key: str) -> Any:
    """What a setting is where nobody said anything."""
    of_source = _OF_SOURCE.fullmatch(key)
    if of_source is None:
        return _defaults().get(key)
    found = {one.name: one for one in structs.fields(Source)}.get(of_source[1])
    if found is None:
        return None
    made = found.default_factory
    return found.default if made is msgspec.NODEFAULT else made()


def _whence(key: str, said: Mapping[str, Whence]) -> Whence:
    """Who said it, or a part of it; the last who did."""
    if key in said:
        return said[key]
    parts = {whence for name, whence in said.items() if name.startswith((f"{key}.", f"{key}["))}
    if Whence.ENVIRONMENT in parts:
        return Whence.ENVIRONMENT
    return Whence.FILE if parts else Whence.DEFAULT


def _written(value: Any) -> str:
    plain = msgspec.to_builtins(value, enc_hook=str)
    if plain is None:
        return ""
    text = plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
    text = _ASKED_WITH.sub(r"\1•••", _CREDENTIALS.sub("•••@", text))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _about(name: str, doc: str) -> str:
    """The sentences of a docstring that name it."""
    told = [one for one in _SENTENCE.split(" ".join(doc.split())) if f"`{name}`" in one]
    return " ".join(told)[:_LONGEST_ABOUT]


def _leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a value holds, down to what is not a section any more, by dotted key."""
    if isinstance(value, Struct):
        for one in structs.fields(value):
            yield from _leaves(f"{key}.{one.name}", getattr(value, one.name))
    elif isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(f"{key}.{name}", inner)
    elif isinstance(value, (list, tuple)) and value and isinstance(value[0], (Struct, dict)):
        for index, inner in enumerate(value):
            yield from _leaves(f"{key}[{index}]", inner)
    else:
        yield key, value


def _flat(document: Any, key: str = "") -> Iterator[str]:
    """The dotted keys of a file; what is read from another file is named by what it is."""
    if isinstance(document, dict):
        for name, inner in document.items():
            yield from _flat(inner, f"{key}.{name}" if key else name)
    elif isinstance(document, list) and document and isinstance(document[0], dict):
        for index, inner in enumerate(document):
            yield from _flat(inner, f"{key}[{index}]")
    else:
        yield key
        if key.endswith(FILE_SUFFIX.lower()):
            yield key.removesuffix(FILE_SUFFIX.lower())

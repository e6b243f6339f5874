"""Dotted paths into JSON: `user.id`, `targets[0].id`, `data."client.ip"`, `list[type=User].id`."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from msgspec import Struct

from monitor.formats.format import MalformedLine
from monitor.formats.lenient import decoded, text_of

MOST_STEPS = 32
_STEP = re.compile(
    r"""(?P<dot>\.)?(?:
        (?P<bare>[^.\[\]"'=]+)
      | "(?P<double>[^"]*)"
      | '(?P<single>[^']*)'
      | \[(?P<index>-?\d{1,6})\]
      | \["(?P<key>[^"]*)"\]
      | \[(?P<name>[^\[\]="]+)=(?P<value>[^\[\]"]*|"[^"]*")\]
    )""",
    re.VERBOSE,
)


class Having(Struct, frozen=True):
    """The first element of a list that has this under that key."""

    key: str
    value: str


Step: TypeAlias = str | int | Having
"""A key of an object, an index of a list (from its end when negative), or an element of it."""


class PathError(ValueError):
    """A text that is no path; says where it goes wrong."""


def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path as it is written. Raises PathError."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None or _is_out_of_place(found, is_first=at == 0):
            raise PathError(f"cannot be read as a path from {path[at:]!r} on")
        steps.append(_step(found))
        at = found.end()
    if not steps:
        raise PathError("an empty path")
    if len(steps) > MOST_STEPS:
        raise PathError(f"more than {MOST_STEPS} steps")
    return tuple(steps)


def _is_out_of_place(found: re.Match[str], *, is_first: bool) -> bool:
    """A key needs a dot before it, but for the first; brackets bear none."""
    in_brackets = found[0].lstrip(".").startswith("[")
    return (found["dot"] is not None) != (not is_first and not in_brackets)


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    if found["name"] is not None:
        return Having(found["name"], found["value"].strip('"'))
    kinds = ("bare", "double", "single", "key")
    return next(found[kind] for kind in kinds if found[kind] is not None)


def follow(value: Any, steps: tuple[Step, ...]) -> Any:
    """What is at the end of the path; None where there is nothing.

    A text that holds JSON (a log within a log) is gone into as if it were that JSON.
    """
    for step in steps:
        if isinstance(value, str):
            value = _within(value)
        if isinstance(step, str):
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        elif isinstance(value, list):
            value = _element(value, step)
        else:
            return None
        if value is None:
            return None
    return value


def finder(steps: tuple[Step, ...]) -> Callable[[Any], Any]:
    """`follow` for these steps: quickly where they are keys of objects, as they mostly are."""
    keys = [step for step in steps if isinstance(step, str)]
    if len(keys) != len(steps):
        return lambda value: follow(value, steps)

    def find(value: Any) -> Any:
        for at, key in enumerate(keys):
            if type(value) is not dict:
                return None if value is None else follow(value, steps[at:])
            value = value.get(key)
        return value

    return find


def _element(values: list[Any], step: int | Having) -> Any:
    if isinstance(step, int):
        return values[step] if -len(values) <= step < len(values) else None
    for one in values:
        if isinstance(one, dict) and text_of(one.get(step.key)) == step.value:
            return one
    return None


@lru_cache(maxsize=8)
def _within(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return decoded(text.encode("utf-8", "surrogatepass"))
    except MalformedLine:
        return None


def written(steps: tuple[Step, ...]) -> str:
    """The path as somebody would write it: `steps_of` reads it back."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif isinstance(step, Having):
            text += f'[{step.key}="{step.value}"]'
        else:
            plain = re.fullmatch(r"[^.\[\]\"'=]+", step) is not None
            key = step if plain else f"'{step}'" if '"' in step else f'"{step}"'
            text += key if not text else f".{key}"
    return text


def leaves(value: Any, most: int, before: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """The paths of all that is no object and no list, in the line's order; at most so many."""
    stack: list[tuple[tuple[Step, ...], Any]] = [(before, value)]
    while stack and most > 0:
        steps, one = stack.pop()
        inner: list[tuple[Step, Any]]
        if isinstance(one, dict):
            inner = list(one.items())
        elif isinstance(one, list):
            inner = list(enumerate(one))
        else:
            most -= 1
            yield steps
            continue
        stack += [((*steps, step), part) for step, part in reversed(inner)]

"""Plain values as TOML 1.0: what is nested in a list of tables stands inline, in a fixed order."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_WIDE: Final = 100
_ESCAPES: Final = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def toml(document: Mapping[str, Any]) -> str:
    """A document of texts, numbers, truths, lists and tables; what is None is left out.

    Raises ValueError for a value that TOML has no word for.
    """
    return "\n".join(_lines(document, ())).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    later: list[tuple[str, Any]] = []
    for name, value in table.items():
        if value is None:
            continue
        if isinstance(value, Mapping) or _is_tables(value):
            later.append((name, value))
        else:
            yield from _pair(name, value)
    for name, value in later:
        inner = (*path, name)
        if isinstance(value, Mapping):
            is_only_of_tables = value and all(isinstance(one, Mapping) for one in value.values())
            yield from () if is_only_of_tables else ("", f"[{_dotted(inner)}]")
            yield from _lines(value, inner)
        for one in () if isinstance(value, Mapping) else value:
            yield from ("", f"[[{_dotted(inner)}]]")
            for field, said in one.items():
                yield from _pair(field, said)


def _pair(name: str, value: Any) -> Iterator[str]:
    if value is None:
        return
    line = f"{_key(name)} = {inline(value)}"
    if len(line) <= _WIDE or not isinstance(value, list | tuple):
        yield line
        return
    yield f"{_key(name)} = ["
    yield from (f"    {inline(one)}," for one in value)
    yield "]"


def inline(value: Any) -> str:
    """One value as it stands on a line. Raises ValueError."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case Mapping():
            pairs = (f"{_key(n)} = {inline(v)}" for n, v in value.items() if v is not None)
            told = ", ".join(pairs)
            return f"{{ {told} }}" if told else "{}"
        case list() | tuple():
            return f"[{', '.join(inline(one) for one in value)}]"
    raise ValueError(f"TOML has no word for {value!r}")


def _is_tables(value: Any) -> bool:
    is_list = isinstance(value, list | tuple)
    return is_list and bool(value) and all(isinstance(one, Mapping) for one in value)


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(_key(name) for name in path)


def _key(name: str) -> str:
    return name if _BARE.match(name) else _text(name)


def _text(text: str) -> str:
    return f'"{"".join(_ESCAPES.get(c) or _written_out(c) for c in text)}"'


def _written_out(character: str) -> str:
    code = ord(character)
    if 0xD800 <= code < 0xE000:
        raise ValueError("half a character")
    return f"\\u{code:04X}" if code < 0x20 or code == 0x7F else character

"""What the program tells while it runs: one line each, as JSON where no person sits before it."""

import logging
import sys
import threading
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO

from monitor.health.redaction import visible

if TYPE_CHECKING:
    from structlog.typing import Processor

ROLE: Final = "process"
"""The field that says which of our processes it was."""
LONGEST: Final = 16_000
"""Characters of one value."""
_QUIET = ("alembic", "asyncio", "httpcore2", "httpx2", "uvicorn.access")
"""They tell every step; what they warn of is told."""

log = logging.getLogger(__name__)


class _State:
    is_json = False


def configure(
    kind: str, level: str, role: str, stream: TextIO | None = None, *, is_rich: bool = False
) -> None:
    """Tell what is from `level` up, in this process of ours (`role`), to `stream` (stderr).

    `kind` is `json`, `console`, or `auto`: JSON where the stream is no terminal. All of Python's
    logging goes the same way, other packages' included. `is_rich`: on a terminal, what is there
    already is kept, as it knows how to share the screen with progress bars.
    """
    told = sys.stderr if stream is None else stream
    root = logging.getLogger()
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    _State.is_json = kind == "json" or (kind == "auto" and not told.isatty())
    if is_rich and not _State.is_json and told.isatty():
        return
    handler = logging.StreamHandler(told)
    handler.setFormatter(_json(role) if _State.is_json else _plain(role))
    root.handlers[:] = [handler]
    if _State.is_json:
        sys.excepthook = _unforeseen
        threading.excepthook = _unforeseen_in_thread


def end(reason: str) -> NoReturn:
    """Tell why this process cannot go on, and end it."""
    if not _State.is_json:
        raise SystemExit(visible(reason))
    log.critical(reason)
    raise SystemExit(1)


def harmless(record: logging.LogRecord) -> bool:
    """A filter that lets everything pass, as text that controls no terminal."""
    record.msg, record.args = visible(record.getMessage()), ()
    return True


def set_level(level: str) -> None:
    """Tell what is from this level up, from now on."""
    logging.getLogger().setLevel(level.upper())


def is_json() -> bool:
    """Whether lines are told as JSON."""
    return _State.is_json


def _json(role: str) -> logging.Formatter:
    import structlog  # noqa: PLC0415 - commands that end at once need it not

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_fields(role),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _harmless_in_json,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


def _plain(role: str) -> logging.Formatter:
    import structlog  # noqa: PLC0415

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_fields(role),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _harmless,
            _in_words,
        ],
    )


def _fields(role: str) -> "list[Processor]":
    import structlog  # noqa: PLC0415

    def add_role(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {ROLE: role, **event}

    return [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        add_role,
        _in_order,
    ]


def _in_order(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The fields that every line has come first, as people read them."""
    first = {name: event.pop(name) for name in ("time", "level", "event") if name in event}
    return {**first, **event}


def _harmless(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Nothing that controls a terminal, hides, or fills the disk."""
    return {name: _bounded(value) for name, value in event.items()}


def _harmless_in_json(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """The same; JSON itself keeps the lines of a traceback apart."""
    return {
        name: "\n".join(map(visible, value[:LONGEST].split("\n")))
        if name == "exception" and isinstance(value, str)
        else _bounded(value)
        for name, value in event.items()
    }


def _bounded(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else str(value)
    return visible(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def _in_words(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    time, level, told = event.pop("time"), event.pop("level"), event.pop("event")
    role = event.pop(ROLE)
    event.pop("logger", None)
    more = "".join(f" {name}={value}" for name, value in event.items())
    return f"{time} {level} {role}: {told}{more}"


def _unforeseen(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("nobody foresaw this: %s", kind.__name__, exc_info=(kind, error, trace))


def _unforeseen_in_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None:
        _unforeseen(given.exc_type, given.exc_value, given.exc_traceback)

"""An order's message in words: a subject, plain text and HTML, in the reader's language.

Fails on no values: what is not said is left out, and a message that nobody wrote says its values.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from typing import Final

from msgspec import Struct

from alerts import messages
from alerts.messages.message import Ask, Audience, Block, Facts, Items, Message, Quote, Say
from alerts.messages.values import FIELDS, line, told
from alerts.messages.words import Shape
from alerts.ports import Action, Order
from alerts.wording import NARROW_SPACE, SPACE, is_french, plain, said
from detectors.core.detector import Text

MAXIMUM_SUBJECT: Final = 150
MAXIMUM_ITEMS: Final = 50
"""Lines of a digest; how many there are beyond is said."""

_FIELD = re.compile(r"\{(\w+)\}")
_OPTION = re.compile(r"\[([^\[\]]*)\]")
_NARROW = re.compile(" (?=[;!?])")
_WIDE = re.compile(" (?=[:»])|(?<=«) ")
_LOOSE: Final = f" :,{SPACE}"
"""What is left at the ends of a subject whose values are not said."""
_STYLE: Final = "font:16px/1.5 system-ui,sans-serif;color:#1b1b1f;max-width:40em"
_UNNAMED: Final = Text("A message of Vigie", "Un message de Vigie")
_MORE: Final = Text("and {count} more", "et {count} de plus")


class Rendered(Struct, frozen=True):
    """A message as it is sent: the subject on one line, the same in plain text and in HTML."""

    subject: str
    text: str
    html: str


@cache
def known() -> dict[str, Message]:
    """Every message there is, by name; a module of this folder has them as `MESSAGES`."""
    modules = [
        importlib.import_module(f"{messages.__name__}.{info.name}")
        for info in pkgutil.iter_modules(messages.__path__)
        if info.name != "rendering"
    ]
    found = [message for module in modules for message in getattr(module, "MESSAGES", ())]
    return {message.name: message for message in sorted(found, key=lambda one: one.name)}


def rendered(
    order: Order, language: str, zone: str = "UTC", given: Mapping[str, str] | None = None
) -> Rendered:
    """What an order says, in this language, its times in this zone (IANA); `given` are values that
    it does not say itself."""
    message = known().get(order.template) or _plain(order)
    said_by = _Reader({**(given or {}), **_of(order)}, language, zone)
    subject = said_by.filled(message.subject).strip(_LOOSE) or said(_UNNAMED, language)
    parts = [part for block in message.body if (part := said_by.part(block)) is not None]
    return Rendered(
        plain(subject, MAXIMUM_SUBJECT),
        "\n\n".join(part.text for part in parts) + "\n",
        _page(subject, parts, language),
    )


def summary(order: Order, language: str, zone: str = "UTC") -> str:
    """An order's message in one line."""
    message = known().get(order.template) or _plain(order)
    return _Reader(_of(order), language, zone).filled(message.summary).strip(_LOOSE)


class _Part(Struct, frozen=True):
    text: str
    html: str


class _Reader(Struct, frozen=True):
    """What is said of values, to one reader."""

    values: Mapping[str, str]
    language: str
    zone: str

    def told(self, name: str) -> str:
        return told(name, self.values, self.language, self.zone)

    def filled(self, text: Text) -> str:
        # Values are put in last and at once: what they hold is never read as a part of the text.
        wording = _OPTION.sub(
            lambda match: "" if self.lacks(match[1]) else match[1], said(text, self.language)
        )
        if is_french(self.language):
            wording = _WIDE.sub(SPACE, _NARROW.sub(NARROW_SPACE, wording))
        return _FIELD.sub(lambda match: self.told(match[1]), wording).strip()

    def lacks(self, wording: str) -> bool:
        return any(not self.told(name) for name in _FIELD.findall(wording))

    def part(self, block: Block) -> _Part | None:
        match block:
            case Say():
                return self._say(block)
            case Facts():
                return self._facts(block)
            case Quote():
                return self._quote(block)
            case Ask():
                return self._ask(block)
            case Items():
                return self._items()

    def _say(self, block: Say) -> _Part | None:
        if self.lacks(said(block.text, self.language)) or (
            block.unless and self.told(block.unless)
        ):
            return None
        text = self.filled(block.text)
        return _Part(text, f"<p>{escape(text)}</p>")

    def _facts(self, block: Facts) -> _Part | None:
        rows = [
            (said(FIELDS[name].label, self.language), value)
            for name in block.names
            if (value := self.told(name))
        ]
        if not rows:
            return None
        cells = "".join(
            f'<tr><th align="left" style="padding-right:1em">{escape(label)}</th>'
            f"<td>{_lines(value)}</td></tr>"
            for label, value in rows
        )
        colon = f"{SPACE}: " if is_french(self.language) else ": "
        text = "\n".join(f"{label}{colon}{value}" for label, value in rows)
        return _Part(text, f"<table>{cells}</table>")

    def _quote(self, block: Quote) -> _Part | None:
        value = self.told(block.name)
        if not value:
            return None
        label = said(FIELDS[block.name].label, self.language)
        quoted = "\n".join(f"> {one}" for one in value.splitlines())
        return _Part(
            f"{label}\n{quoted}",
            f"<p><b>{escape(label)}</b></p><blockquote>{_lines(value)}</blockquote>",
        )

    def _ask(self, block: Ask) -> _Part | None:
        link = self.told(block.name)
        if not link:
            return None
        text = said(block.text, self.language)
        return _Part(
            f"{text}\n{link}",
            f'<p><a href="{escape(link)}" rel="noreferrer">{escape(text)}</a><br>'
            f"<small>{escape(link)}</small></p>",
        )

    def _items(self) -> _Part | None:
        lines = list(_items(self.values, self.language, self.zone))
        count = self.values.get("count", "")
        beyond = int(count) - len(lines) if count.isdecimal() and len(count) < 9 else 0
        if beyond > 0:
            lines.append(said(_MORE, self.language).replace("{count}", str(beyond)))
        if not lines:
            return None
        listed = "".join(f"<li>{escape(one)}</li>" for one in lines)
        return _Part("\n".join(f"- {one}" for one in lines), f"<ul>{listed}</ul>")


def _items(values: Mapping[str, str], language: str, zone: str) -> Iterator[str]:
    """The lines of a digest: `1.template` and `1.NAME` say the first message, and so on."""
    for index in range(1, MAXIMUM_ITEMS + 1):
        prefix = f"{index}."
        own = {
            name.removeprefix(prefix): value
            for name, value in values.items()
            if name.startswith(prefix)
        }
        if not own:
            return
        message = known().get(own.get("template", ""))
        text = Text("[{title}]", "[{title}]") if message is None else message.summary
        told_so = _Reader(own, language, zone).filled(text).strip(_LOOSE)
        number = f" (#{line(own['ticket'])})" if own.get("ticket") else ""
        yield (told_so or line(own.get("template", "?"))) + number


def _of(order: Order) -> dict[str, str]:
    """What an order says besides its own values, which stand before that."""
    target = order.target
    found = {
        "tenant": order.tenant,
        "account": "" if target is None else (target.names or (target.account,))[0],
        "ticket": "" if order.ticket is None else str(order.ticket),
        "measure": "" if order.measure is None else str(order.measure),
        "aup": ",".join(order.aup),
        "reason": order.reason,
        "until": "" if order.until is None else str(order.until),
        "time": str(order.issued),
        "action": order.action.value,
    }
    return {name: value for name, value in (found | order.values).items() if value}


def _plain(order: Order) -> Message:
    """For a message that nobody wrote: what it is about, and every value that it has."""
    about = Text("Vigie: {action}[, {account}]", "Vigie : {action}[, {account}]")
    audience = Audience.USER if order.action is Action.NOTIFY else Audience.TEAM
    quotes = ("reason", "grounds", "why", "text", "answer")
    links = tuple(name for name, field in FIELDS.items() if field.shape is Shape.LINK)
    names = tuple(name for name in FIELDS if name not in (*quotes, *links))
    asks = [Ask(name, FIELDS[name].label) for name in links]
    return Message(
        name=order.template,
        audience=audience,
        subject=about,
        summary=about,
        body=(Facts(names), *(Quote(name) for name in quotes), *asks),
    )


def _lines(text: str) -> str:
    return "<br>".join(escape(one) for one in text.splitlines())


def _page(subject: str, parts: list[_Part], language: str) -> str:
    tag = "fr" if is_french(language) else "en"
    inner = "\n".join(part.html for part in parts)
    return (
        f'<!doctype html>\n<html lang="{tag}"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head>\n"
        f'<body style="{_STYLE}">\n{inner}\n</body></html>\n'
    )

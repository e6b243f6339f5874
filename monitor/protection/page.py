"""The page that a person gets with a copy of their data: one file, to be read and printed."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

from msgspec import Struct

from detectors.core.detector import Text
from monitor.protection.processing import RIGHTS, Register
from monitor.protection.register import parts, text_of

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #8886;"
    "overflow-wrap:anywhere}section{margin:2rem 0}.scroll{overflow-x:auto}"
    "@media print{body{margin:0;max-width:none}section{break-inside:avoid-page}}"
)


class Grid(Struct, frozen=True, kw_only=True):
    """A table: its title, what its columns are called, rows of text, and how many there are in
    all, where only some are shown."""

    title: Text
    columns: tuple[Text, ...]
    rows: Sequence[Sequence[str]]
    total: int


class Letter(Struct, frozen=True, kw_only=True):
    """All that the page says: of whom and when (ms), the register, tables, and the files beside."""

    tenant: str
    account: str
    made: int
    register: Register
    grids: Sequence[Grid]
    files: Sequence[tuple[str, Text]]


def page(letter: Letter, language: str) -> bytes:
    """The page in a language, UTF-8."""

    def say(en: str, fr: str) -> str:
        return escape(fr if language == "fr" else en)

    title = say("A copy of your data", "Copie de vos données")
    made = letter.register
    body = [
        f"<h1>{title}</h1>",
        f"<p>{say('Account', 'Compte')}: {_safe(letter.account)} "
        f"({say('tenant', 'client')}: {_safe(letter.tenant)}). "
        f"{say('Made', 'Établie le')} {when(letter.made)}. "
        f"{say('Times are UTC.', 'Les heures sont en UTC.')}</p>",
        "<p>",
        say(
            "This is what Vigie, which watches sign-ins for their security, keeps about this "
            "account (General Data Protection Regulation, articles 15 and 20). Data of other "
            "people is left out or masked.",
            "Voici ce que Vigie, qui surveille la sécurité des connexions, conserve sur ce compte "
            "(Règlement général sur la protection des données, articles 15 et 20). Les données "
            "d'autres personnes sont omises ou masquées.",
        ),
        "</p>",
        f"<section><h2>{say('Who is responsible', 'Responsable')}</h2>",
        _list(
            [
                f"{say('Controller', 'Responsable du traitement')}: "
                f"{_safe(text_of(made.controller, language))}",
                f"{say('Contact', 'Contact')}: {_safe(text_of(made.contact, language))}",
                f"{say('Data protection officer', 'Délégué à la protection des données')}: "
                f"{_safe(text_of(made.officer, language))}",
            ]
        ),
        f"</section><section><h2>{say('Your rights', 'Vos droits')}</h2>",
        _list(escape(text_of(one, language)) for one in RIGHTS),
        "</section>",
    ]
    body += [_grid(grid, language) for grid in letter.grids]
    for entry in made.entries:
        body.append(f"<section><h2>{escape(text_of(entry.name, language))}</h2>")
        for heading, told in parts(entry):
            body.append(f"<h3>{escape(text_of(heading, language))}</h3>")
            body.append(_list(_safe(text_of(one, language)) for one in told))
        body.append("</section>")
    body.append(f"<section><h2>{say('Files', 'Fichiers')}</h2>")
    files = (f"<code>{escape(n)}</code>: {escape(text_of(t, language))}" for n, t in letter.files)
    body += [_list(files), "</section>"]
    head = (
        f'<!doctype html><html lang="{"fr" if language == "fr" else "en"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    )
    return (head + "\n".join(body) + "</body></html>\n").encode("utf-8", "backslashreplace")


def when(time: int) -> str:
    """An event time (ms) as people read it, UTC."""
    try:
        return f"{datetime.fromtimestamp(time / 1_000, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return str(time)


def _safe(text: str) -> str:
    """Text from outside: nothing in it controls the page, or the direction it is read in."""
    return f"<bdi>{escape(_CONTROL.sub(chr(0xFFFD), text))}</bdi>"


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _grid(grid: Grid, language: str) -> str:
    told = [f"<section><h2>{escape(text_of(grid.title, language))} ({grid.total})</h2>"]
    if grid.rows:
        heads = "".join(f"<th>{escape(text_of(c, language))}</th>" for c in grid.columns)
        lines = "".join(
            "<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>"
            for row in grid.rows
        )
        told.append(f'<div class="scroll"><table><tr>{heads}</tr>{lines}</table></div>')
    if len(grid.rows) < grid.total:
        more = "the others are in the files" if language != "fr" else "la suite est en fichier"
        told.append(f"<p>… {escape(more)}</p>")
    return "".join(told) + "</section>"

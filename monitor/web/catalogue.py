"""What there is to translate: `python -m monitor.web.catalogue` brings the catalogues up to date.

Translations that are there stay; what is new is added empty, what is gone is taken out.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from monitor.web.language import CATALOGUES, LANGUAGES

HERE = Path(__file__).parent
WRITTEN_IN = "en"
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
_SOURCES = (("jinja2.ext:babel_extract", "templates/**/*.html"), ("python", "*.py"))


def messages() -> Catalog:
    """Every message of the pages, in the order of the files."""
    catalogue = Catalog(charset="utf-8")
    for path, message, context in sorted(_found(), key=lambda one: str(one[:2])):
        catalogue.add(message, locations=[(path, 0)], context=context)
    return catalogue


def path_of(language: str) -> Path:
    """Where the catalogue of a language is kept."""
    return CATALOGUES / language / "LC_MESSAGES" / "vigie.po"


def read(language: str) -> Catalog:
    """The catalogue of a language as it is kept."""
    with path_of(language).open("rb") as opened:
        return read_po(opened, locale=language)


def _found() -> Iterator[tuple[str, str | tuple[str, ...], str | None]]:
    for method, pattern in _SOURCES:
        for path in sorted(HERE.glob(pattern)):
            with path.open("rb") as opened:
                found = extract(method, opened, _KEYWORDS, options={"trimmed": "true"})
                for _line, message, _comments, context in found:
                    yield str(path.relative_to(HERE)), message, context


def main() -> None:
    """Bring every catalogue up to date."""
    wanted = messages()
    for language in LANGUAGES:
        if language == WRITTEN_IN:
            continue
        catalogue = read(language)
        catalogue.update(wanted, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        written = BytesIO()
        write_po(written, catalogue, width=100, omit_header=False, include_lineno=False)
        path_of(language).write_bytes(written.getvalue())


if __name__ == "__main__":
    main()

"""Looks through a page in a browser for barriers, as WCAG 2.2 AA has them, by npm's `axe-core`."""

import fcntl
import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page

HERE: Final = Path(__file__).parent
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN: Final = """async (tags) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  return found.violations.map((one) => ({
    id: one.id, help: one.help, where: one.nodes.map((node) => node.html.slice(0, 200)),
  }));
}"""
_OVERHANG: Final = (
    "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
)


def installed(pytest_cache: pytest.Cache) -> Path:
    """The library, as the lock has it, installed once."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = pytest_cache.mkdir(f"axe-{hashlib.sha256(lock).hexdigest()[:16]}")
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
        if not (folder / "complete").exists():
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"npm could not install axe-core:\n{done.stderr}"
            (folder / "complete").touch()
    return folder / "node_modules" / "axe-core" / "axe.min.js"


def barriers(page: Page, library: Path) -> list[dict[str, Any]]:
    """What keeps somebody from using a page as it stands: `id`, `help` and `where` of each.

    Not before its styles are there.
    """
    page.wait_for_load_state()
    page.evaluate(_source(library))
    found: list[dict[str, Any]] = page.evaluate(_RUN, TAGS)
    return found


def overhang(page: Page) -> int:
    """By how many pixels a page is wider than its window: 0 where it reflows (WCAG 2.2, 1.4.10).

    Not before it is all there: a click has gone on to the next page before that page has a root.
    """
    page.wait_for_load_state()
    return int(page.evaluate(_OVERHANG))


@cache
def _source(library: Path) -> str:
    return library.read_text(encoding="utf-8")

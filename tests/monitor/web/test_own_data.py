"""What is kept is said in the reader's language; a copy is for whoever has just shown a factor."""

from pathlib import Path

import pytest

from tests.monitor.services.subscribing import MARIE, copied
from tests.monitor.web.owning import Pages


@pytest.fixture
def pages(tmp_path: Path, migrated_file: Path) -> Pages:
    return Pages(copied(migrated_file, tmp_path))


@pytest.mark.parametrize(("language", "word"), [("en", "90 days"), ("fr", "90 jours")])
def test_what_is_kept_is_said(pages: Pages, language: str, word: str) -> None:
    browser = pages.inside(language=language)
    page = browser.open("/me/data").text
    assert word in page
    assert "protection.controller" not in page


def test_a_copy_needs_a_proof(pages: Pages) -> None:
    browser = pages.inside()
    pages.holder.totp(MARIE.owner)
    assert browser.send("/me/data/copy").headers["location"] == "/me/prove?next=/me/data"


def test_a_copy_is_a_file_of_ones_own(pages: Pages) -> None:
    answer = pages.proved().send("/me/data/copy")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["account"] == MARIE.account

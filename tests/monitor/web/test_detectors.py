"""The pages of detectors and models say in both languages what each sees, found and weighs."""

import re

import pytest

from detectors.core.registry import classes
from tests.monitor.web.conftest import Console


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Findings that stand"), ("fr", "Constats qui tiennent")]
)
def test_all_are_listed_and_their_numbers_come_after(
    console: Console, language: str, words: str
) -> None:
    browser = console.signed_in(language)
    page = browser.get("/detectors").text
    for name in classes():
        assert f'href="/detectors/{name}"' in page
    assert 'hx-get="/detectors/-/figures"' in page
    assert words not in page
    assert words in browser.get("/detectors/-/figures").text


def test_one_says_what_it_sees_what_is_in_force_and_what_to_do(console: Console) -> None:
    browser = console.signed_in("fr")
    page = browser.get("/detectors/impossible_travel").text
    for told in ("Déplacement impossible", "T1078", "1 000 km/h", "Que vérifier", "16 h 00"):
        assert told in page.replace("\u202f", " ").replace("\xa0", " "), told
    assert "Paramètres</h" not in page
    part = browser.get("/detectors/impossible_travel/figures").text
    assert 'data-chart="raised"' in part or "Rien." in part
    assert "Personne n" in part
    assert re.search(r'href="/incidents/[0-9a-f-]{36}"', part)
    for path in ("/detectors/nothing", "/detectors/nothing/figures"):
        assert browser.get(path).status_code == 404


def test_every_detector_s_page_opens_in_both_languages(console: Console) -> None:
    for language in ("en", "fr"):
        browser = console.signed_in(language)
        for name in classes():
            assert browser.get(f"/detectors/{name}").status_code == 200, name


def test_models_show_their_hash_and_how_often_they_are_right(console: Console) -> None:
    page = console.signed_in().get("/models").text
    told = console.signed_in().get("/api/v1/models").json()
    for one in told["models"]:
        assert one["sha256"] in page
    assert page.count('data-chart="reliability"') == len(told["models"]) == 2
    assert "Limits" in page


def test_programs_are_told_the_same(console: Console) -> None:
    browser = console.signed_in()
    every = browser.get("/api/v1/detectors").json()["items"]
    assert {one["name"] for one in every} == set(classes())
    one = browser.get("/api/v1/detectors/impossible_travel").json()
    assert one["runbook"].startswith("# Impossible travel")
    found = browser.get("/api/v1/detectors/impossible_travel/figures").json()
    assert len(found["days"]) == 30
    assert len(found["weeks"]) == 13
    assert found["verdict"]["is_few"]
    assert browser.get("/api/v1/detectors/nothing").status_code == 404

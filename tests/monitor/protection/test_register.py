"""The register says what article 30 asks for, in both languages, from the settings."""

import pytest
from msgspec import structs

from detectors.core.detector import Text
from monitor.protection.processing import HEADINGS, LOGIC, RIGHTS, Facts
from monitor.protection.register import markdown, parts, register, text_of

FACTS = Facts(
    events=91,
    details=31,
    incidents=366,
    accounts=367,
    rejects=32,
    health=92,
    audit=1_096,
    orders=93,
    order_details=33,
    sources=(("crm", "ocsf"), ("idp", "keycloak")),
)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_period_and_source_of_the_settings_is_in_it(language: str) -> None:
    told = markdown(register(FACTS), language)
    for days in (91, 31, 366, 367, 32, 92, 1_096, 93, 33):
        assert f"{days} days" in told or f"{days} jours" in told
    assert "crm (ocsf)" in told
    assert "idp (keycloak)" in told
    assert told.count("\n## ") == 9


def test_every_entry_says_all_that_the_article_asks_for() -> None:
    for entry in register(FACTS).entries:
        told = {heading.en for heading, _ in parts(entry)}
        assert {HEADINGS[n].en for n in HEADINGS if n != "logic"} <= told


def test_what_only_a_controller_can_say_is_told_as_missing() -> None:
    assert "protection.controller" in register(FACTS).controller.en
    said = register(structs.replace(FACTS, controller="Confluent\nDigital SAS", contact="a@b.c"))
    assert said.controller == Text("Confluent Digital SAS", "Confluent Digital SAS")
    assert "a@b.c" in markdown(said, "fr")


def test_whoever_gets_something_from_outside_is_named_only_where_it_is_so() -> None:
    plain = markdown(register(FACTS), "en")
    assert "k-anonymity" not in plain
    assert "fetched whole" not in plain
    more = structs.replace(
        FACTS, fetches=True, asks=True, provider="https://id.example", database="postgresql"
    )
    told = markdown(register(more), "en")
    for words in ("k-anonymity", "fetched whole", "https://id.example", "database server"):
        assert words in told


def test_all_of_it_is_in_two_languages() -> None:
    made = register(FACTS)
    texts = [*made.measures, *RIGHTS, *LOGIC, *HEADINGS.values()]
    texts += [one for entry in made.entries for _, told in parts(entry) for one in told]
    assert len(texts) > 50
    for one in texts:
        assert text_of(one, "en")
        assert (
            text_of(one, "fr") != text_of(one, "en")
            or "Contact" in one.en
            or one.en == "Recipients"
        )

"""Telling: sentences in both languages, from any facts whatever."""

import re
import unicodedata
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from alerts.correlation import correlate
from alerts.incident import Category, Hypothesis
from alerts.telling import (
    describe,
    innocent_of,
    label_of,
    name_of,
    reason_of,
    sentence_of,
    value_of,
)
from detectors.core import registry
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Fact, Finding, Severity, Theme
from detectors.core.identity import SubjectKind
from tests.alerts.evidence import findings, found, health, many


class Facts(Struct, frozen=True):
    """What the made-up detector says."""

    place: Annotated[
        str,
        Meta(
            title="Town",
            extra={"fr": "Ville", "values": {"home": Text("at home", "à la maison")}},
        ),
    ]
    distance_km: int
    minutes: float
    idle_ms: int
    known: bool


JOURNEY = About(
    name="journey",
    title=Text("Journey", "Trajet"),
    aup=("6",),
    attack=("T1078",),
    keyed_by=SubjectKind.ACCOUNT,
    state_version=1,
    state_ttl=DAY,
    facts=Facts,
    sentence=Text(
        "In {place}, {distance_km} km away {minutes} minutes later, idle {idle_ms}, "
        "known: {known}.",
        "À {place}, à {distance_km} km {minutes} minutes plus tard, inactif {idle_ms}, "
        "connu : {known}.",
    ),
    innocent=Text("Perhaps {place} is wrong.", "Peut-être que {place} est faux."),
    runbook="runbooks/journey",
)
ABOUTS = {"journey": JOURNEY}
FACTS: dict[str, Fact] = {
    "place": "Tokyo (JP)",
    "distance_km": 9712,
    "minutes": 65.0,
    "idle_ms": 2 * HOUR,
    "known": False,
}


def journey(facts: dict[str, Fact], **weights: float) -> Finding:
    return found(detector="journey", facts=facts, **(weights or {"shared": 6.0}))


def test_a_sentence_is_filled_with_facts() -> None:
    assert sentence_of(journey(FACTS), "en", ABOUTS) == (
        "In Tokyo (JP), 9,712 km away 1 hour 5 minutes later, idle 2 hours, known: no."
    )
    assert sentence_of(journey(FACTS), "fr", ABOUTS) == (
        "À Tokyo (JP), à 9\u202f712 km 1 heure 5 minutes plus tard, inactif 2 heures, connu : non."
    )


def test_the_harmless_explanation_is_filled_too() -> None:
    assert innocent_of(journey(FACTS), "en", ABOUTS) == "Perhaps Tokyo (JP) is wrong."
    assert innocent_of(journey(FACTS), "fr", ABOUTS) == "Peut-être que Tokyo (JP) est faux."


def test_what_is_missing_is_unknown() -> None:
    nothing = journey({"place": None, "minutes": None})
    assert sentence_of(nothing, "en", ABOUTS) == (
        "In an unknown place, an unknown number of km away an unknown time later, "
        "idle an unknown time, known: unknown."
    )
    assert sentence_of(nothing, "fr", ABOUTS) == (
        "À un lieu inconnu, à un nombre inconnu de km une durée inconnue plus tard, "
        "inactif une durée inconnue, "
        "connu : inconnu."
    )


def test_a_text_where_a_time_span_is_expected_keeps_its_unit() -> None:
    told = sentence_of(journey({**FACTS, "minutes": "about 5", "idle_ms": True}), "en", ABOUTS)
    assert "about 5 minutes later, idle an unknown time" in told


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [
        (0, "0 addresses, 0 odd things", "0 adresse"),
        (1, "1 address, 1 odd things", "1 adresse"),
        (2, "2 addresses, 2 odd things", "2 adresses"),
        (True, "yes addresses, yes odd things", "oui adresses"),
        ("1", "1 addresses, 1 odd things", "1 adresses"),
        (
            None,
            "an unknown number of addresses, an unknown number of odd things",
            "un nombre inconnu d'adresses",
        ),
    ],
)
def test_a_common_noun_agrees_with_its_count(count: Fact, english: str, french: str) -> None:
    counting = msgspec.structs.replace(
        JOURNEY, sentence=Text("{n} addresses, {n} odd things", "{n} adresses")
    )
    one = journey({"n": count})
    assert sentence_of(one, "en", {"journey": counting}) == english
    assert sentence_of(one, "fr", {"journey": counting}) == french


ODD: tuple[Fact, ...] = (None, "", "?", 0, 1, 1.0, 2, 1_234_567, True, "Firefox / Windows")
ENGLISH_ONE = re.compile(r"(?<![\d,.])1 (?!less|address\b)[a-z-]+s\b")
FRENCH_ONE = re.compile(
    r"(?<![\d,.\u202f])[01] (?!refus|fois|dans|sans|ces|puis)[a-zé]+[sx]\b", re.IGNORECASE
)


@pytest.mark.parametrize("name", sorted(registry.classes()))
@pytest.mark.parametrize("value", ODD)
def test_every_sentence_bears_odd_values(name: str, value: Fact) -> None:
    """No hole, no bracket about nothing, no count that its noun does not agree with."""
    about = registry.classes()[name].about
    facts = dict.fromkeys(about.facts.__struct_fields__, value)
    for language in ("en", "fr"):
        told = sentence_of(found(detector=name, facts=facts, shared=4.0), language)
        assert told[:1] == told[:1].upper() or told.startswith(
            ("unknown", "an ", "un ", "yes", "oui")
        )
        assert not re.search(r"\(\)|\( |, \)|\?|  |None|[{}]", told), told
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert not (ENGLISH_ONE if language == "en" else FRENCH_ONE).search(told), told
        assert not re.search(r"\bde une?\b", told), told


@pytest.mark.parametrize(
    ("template", "facts", "english"),
    [
        ("A ({ip}), b.", {"ip": None}, "A, b."),
        ("A ({ip}), b.", {"ip": "192.0.2.1"}, "A (192.0.2.1), b."),
        ("A (first {ip}).", {"ip": "?"}, "A."),
        (
            "At {place} ({device}, {network}).",
            {"device": "?", "network": "Orange"},
            "At an unknown place (Orange).",
        ),
        ("{device} came.", {"device": None}, "An unknown device came."),
        ("From {ip}.", {"ip": ""}, "From an unknown address."),
        ("{place} (x).", {"place": "Lyon (FR)"}, "Lyon (FR) (x)."),
        ("For {days} days.", {"days": 0}, "For less than a day."),
        ("In {minutes} minutes.", {"minutes": "?"}, "In an unknown time."),
        ("{n} requests.", {"n": 1}, "1 request."),
        ("{n} sign-ons.", {"n": 1}, "1 sign-on."),
    ],
)
def test_what_is_not_said_leaves_no_hole(
    template: str, facts: dict[str, Fact], english: str
) -> None:
    about = msgspec.structs.replace(JOURNEY, sentence=Text(template, template))
    assert sentence_of(journey(facts), "en", {"journey": about}) == english


@pytest.mark.parametrize(
    ("template", "facts", "french"),
    [
        ("Passée de {device} à {place}.", {}, "Passée d'un appareil inconnu à un lieu inconnu."),
        ("{n} adresses.", {}, "un nombre inconnu d'adresses."),
        ("{n} comptes.", {}, "un nombre inconnu de comptes."),
        ("{n} échecs.", {"n": 1}, "1 échec."),
        ("{n} échecs.", {"n": 0}, "0 échec."),
        ("En {minutes} minutes.", {"minutes": 0}, "En moins d'une minute."),
    ],
)
def test_what_is_not_said_in_french(template: str, facts: dict[str, Fact], french: str) -> None:
    about = msgspec.structs.replace(JOURNEY, sentence=Text(template, template))
    assert sentence_of(journey(facts), "fr", {"journey": about}) == french


def test_a_brace_in_a_fact_is_only_a_brace() -> None:
    told = sentence_of(
        journey({**FACTS, "place": "{minutes} {0.__class__} {{}} \\1"}), "en", ABOUTS
    )
    assert told.startswith("In {minutes} {0.__class__} {{}} \\1, 9,712 km")


def test_a_hostile_fact_is_kept_as_text_on_one_line() -> None:
    told = sentence_of(journey({**FACTS, "place": "<b>\x1b[2J\u202e\nX"}), "en", ABOUTS)
    assert told.startswith("In <b>[2J X, ")


def test_of_an_unknown_detector_the_facts_are_listed() -> None:
    stranger = found(detector="of_yesterday", facts={"b": 1234, "a": None, "c\n": "x\x00y"})
    assert sentence_of(stranger, "en", ABOUTS) == (
        "The detector “of_yesterday” found something: a = unknown, b = 1,234, c = xy."
    )
    assert sentence_of(stranger, "fr", ABOUTS) == (
        "Le détecteur «\u00a0of_yesterday\u00a0» a relevé quelque chose\u00a0: "
        "a = inconnu, b = 1\u202f234, c = xy."
    )
    assert sentence_of(found(detector="bare"), "en", ABOUTS) == (
        "The detector “bare” found something."
    )
    assert "harmless" in innocent_of(stranger, "en", ABOUTS)
    assert "anodine" in innocent_of(stranger, "fr", ABOUTS)


def test_the_failure_of_a_detector_is_told() -> None:
    assert sentence_of(health(), "en") == "The detector x failed on an event: ValueError: y."
    assert sentence_of(health(), "fr") == (
        "Le détecteur x a échoué sur un événement\u00a0: ValueError: y."
    )
    assert "Vigie" in innocent_of(health(), "en")
    assert "Vigie" in innocent_of(health(), "fr")


def test_the_detectors_there_are_are_known() -> None:
    for name, detector in registry.classes().items():
        one = found(detector=name)
        for language in ("en", "fr"):
            assert "{" not in sentence_of(one, language)
            assert innocent_of(one, language)
        assert sentence_of(one, "en") == sentence_of(one, "en", {name: detector.about})


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=300), st.binary()
)


@given(
    st.sampled_from(["journey", "of_yesterday", "detector_failure", "\x00{x}"]),
    st.dictionaries(
        st.one_of(st.sampled_from([*FACTS, "detector", "error"]), st.text(max_size=20)),
        anything,
        max_size=20,
    ),
    st.sampled_from(["en", "fr", "de", ""]),
)
def test_it_never_fails_and_is_always_plain(
    detector: str, facts: dict[str, Fact], language: str
) -> None:
    one = found(detector=detector, facts=facts, shared=6.0)
    [incident] = correlate([one])
    for told in (
        sentence_of(one, language, ABOUTS),
        innocent_of(one, language, ABOUTS),
        describe(incident, [one], language, ABOUTS),
        *(label_of(one, field, language, ABOUTS) or "-" for field in facts),
        *(value_of(one, field, language, ABOUTS) or "-" for field in facts),
    ):
        assert told
        assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in told)
        assert len(told) < 10_000


@given(st.data())
def test_the_order_of_facts_does_not_matter(data: st.DataObject) -> None:
    names = data.draw(st.permutations(list(FACTS)))
    other = found(detector="of_yesterday", facts={name: FACTS[name] for name in names})
    assert sentence_of(other, "en") == sentence_of(
        found(detector="of_yesterday", facts=FACTS), "en"
    )


# Facts one by one.


@pytest.mark.parametrize(
    ("field", "english", "french"),
    [
        ("place", "Town", "Ville"),
        ("distance_km", "Distance", "Distance"),
        ("idle_ms", "Idle", "Idle"),
        ("minutes", "Minutes", "Minutes"),
        ("of_tomorrow", "Of tomorrow", "Of tomorrow"),
    ],
)
def test_a_fact_is_called_as_its_detector_says(field: str, english: str, french: str) -> None:
    assert label_of(journey(FACTS), field, "en", ABOUTS) == english
    assert label_of(journey(FACTS), field, "fr", ABOUTS) == french


@pytest.mark.parametrize(
    ("field", "value", "english", "french"),
    [
        ("distance_km", 9712, "9,712\u00a0km", "9\u202f712\u00a0km"),
        ("speed_kmh", 900.0, "900\u00a0km/h", "900\u00a0km/h"),
        ("minutes", 65.0, "1 hour 5 minutes", "1 heure 5 minutes"),
        ("idle_ms", 2 * HOUR, "2 hours", "2 heures"),
        ("minutes", "some", "some", "some"),
        ("days", 3, "3", "3"),
        ("known", False, "no", "non"),
        ("place", "home", "at home", "à la maison"),
        ("place", "Tokyo", "Tokyo", "Tokyo"),
        ("place", None, "unknown", "inconnu"),
    ],
)
def test_a_facts_value_has_its_unit(field: str, value: Fact, english: str, french: str) -> None:
    assert value_of(journey({field: value}), field, "en", ABOUTS) == english
    assert value_of(journey({field: value}), field, "fr", ABOUTS) == french


def test_every_fact_of_a_detector_has_a_name_in_both_languages() -> None:
    for name, detector in registry.classes().items():
        for field in detector.about.facts.__struct_fields__:
            one = found(detector=name)
            # Only a title tells French from English: the readable name is the same in both.
            titled = msgspec.inspect.type_info(detector.about.facts)
            assert isinstance(titled, msgspec.inspect.StructType)
            (info,) = (f.type for f in titled.fields if f.name == field)
            assert isinstance(info, msgspec.inspect.Metadata), f"{name}.{field} has no title"
            assert info.extra is not None
            assert label_of(one, field, "fr") == info.extra["fr"]
            assert label_of(one, field, "en") == (info.extra_json_schema or {})["title"]


# Incidents.


def test_an_incident_is_told_by_its_conclusion_its_strongest_reason_and_how_much_more() -> None:
    strongest = journey(FACTS)
    weaker = [found(n, group="g", shared=2.0) for n in range(1, 3)]
    [incident] = correlate([*weaker, strongest])
    assert describe(incident, [*weaker, strongest], "en", ABOUTS) == (
        "Shared account (98% probable): In Tokyo (JP), 9,712 km away 1 hour 5 minutes later, "
        "idle 2 hours, known: no; 2 more pieces of evidence."
    )
    assert describe(incident, [strongest, *weaker], "fr", ABOUTS) == (
        "Compte partagé (probabilité 98\u202f%)\u00a0: À Tokyo (JP), à 9\u202f712 km 1 heure "
        "5 minutes plus tard, inactif 2 heures, connu : non\u202f; 2 autres indices."
    )


def test_the_reason_stands_without_the_conclusion() -> None:
    one = journey(FACTS)
    [incident] = correlate([one])
    assert reason_of(incident, [one], "en", ABOUTS) == sentence_of(one, "en", ABOUTS)
    assert reason_of(incident, [], "en", ABOUTS) == "1 more piece of evidence."


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [
        (1, "known: no.", "connu : non."),
        (2, "; 1 more piece of evidence.", "\u202f; 1 autre indice."),
        (1235, "; 1,234 more pieces of evidence.", "\u202f; 1\u202f234 autres indices."),
    ],
)
def test_more_evidence_is_counted(count: int, english: str, french: str) -> None:
    given_so = [journey(FACTS), *(found(n, shared=1.0) for n in range(1, count))]
    [incident] = correlate(given_so)
    assert describe(incident, given_so, "en", ABOUTS).endswith(english)
    assert describe(incident, given_so, "fr", ABOUTS).endswith(french)


@pytest.mark.parametrize(
    ("weights", "others"),
    [
        ({"taken_over": 6.0}, {"shared": 1.0, "taken_over": 1.0}),
        ({"shared": 6.0, "taken_over": 1.0}, {"shared": 1.0, "taken_over": 4.0}),
        ({"shared": 5.0}, {"shared": 3.0, "taken_over": 6.0, "roaming": -1.0}),
        ({"shared": 1.0}, {"shared": 0.5, "taken_over": 0.5, "roaming": 5.0}),
        ({"attack": 5.0}, {"attack": 4.0}),
    ],
)
def test_the_reason_is_what_speaks_most_for_the_conclusion(
    weights: dict[str, float], others: dict[str, float]
) -> None:
    strongest = found(1, detector="journey", group="a", facts=FACTS, **weights)
    other = found(0, detector="another", group="b", **others)
    [incident] = correlate([other, strongest])
    assert "Tokyo" in describe(incident, [other, strongest], "en", ABOUTS)


def test_a_model_s_opinion_comes_first_only_where_nothing_else_says_anything() -> None:
    seen = found(1, detector="journey", group="a", facts=FACTS, shared=2.0)
    opinion = found(0, detector="another", group="b", shared=5.0, learned=True)
    [incident] = correlate([seen, opinion])
    assert "Tokyo" in describe(incident, [seen, opinion], "en", ABOUTS)
    told = found(1, detector="journey", group="a", facts=FACTS, shared=5.0, learned=True)
    against = found(0, detector="another", group="b", shared=-1.0)
    [incident] = correlate([told, against])
    assert "Tokyo" in describe(incident, [told, against], "en", ABOUTS)


def test_without_its_findings_the_conclusion_stands_alone() -> None:
    one = journey(FACTS)
    [incident] = correlate([one])
    assert describe(incident, [], "en", ABOUTS) == (
        "Shared account (89% probable): 1 more piece of evidence."
    )


@given(many, findings)
def test_any_incident_can_be_told(given: list[Finding], stranger: Finding) -> None:
    for incident in correlate(given):
        for language in ("en", "fr"):
            told = describe(incident, [stranger, *given], language, ABOUTS)
            assert told.startswith(name_of(incident.category, language))
            assert told == describe(incident, [*given, stranger], language, ABOUTS)


@pytest.mark.parametrize("kind", [Category, Hypothesis, Severity, Theme])
def test_all_has_a_name_in_both_languages(
    kind: type[Category | Hypothesis | Severity | Theme],
) -> None:
    for language in ("en", "fr"):
        names = [name_of(value, language) for value in kind]
        assert all(names)
        assert len(set(names)) == len(names)
    assert name_of(Severity.HIGH, "fr") == "élevée"
    assert name_of(Category.CREDENTIAL_SHARING, "fr-BE") == "Compte partagé"


def test_telling_changes_nothing() -> None:
    one = journey(dict(FACTS))
    before = msgspec.msgpack.encode(one)
    sentence_of(one, "fr", ABOUTS)
    assert msgspec.msgpack.encode(one) == before


def test_a_sentence_tells_a_value_by_the_name_that_its_detector_gives_it() -> None:
    told = journey({**FACTS, "place": "home"})
    assert sentence_of(told, "en", ABOUTS).startswith("In at home, ")
    assert sentence_of(told, "fr", ABOUTS).startswith("À à la maison, ")
    assert innocent_of(told, "fr", ABOUTS) == "Peut-être que à la maison est faux."

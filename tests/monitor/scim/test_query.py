"""What is asked for is found, in order, in pages, and within limits."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import Meta, SCIMException

from monitor.scim import query
from monitor.scim.limits import (
    MAXIMUM_EXPRESSION,
    MAXIMUM_NAMES,
    MAXIMUM_RESULTS,
    MAXIMUM_TERMS,
    USUAL_RESULTS,
)
from monitor.scim.query import asked, count_of, pinned, selected, start_of
from monitor.scim.refusal import error_of
from monitor.scim.resources import Email, Group, Person

PEOPLE = [
    Person(
        id=str(number),
        user_name=name,
        external_id=f"X{number}",
        active=number % 2 == 0,
        display_name=None if number == 3 else name.title(),
        emails=[Email(value=f"{name}@acme.example", type="work")],
        meta=Meta(resource_type="User"),
    )
    for number, name in enumerate(["dora", "Ann", "ben", "cleo", "ann.b"])
]


def found(**told: Any) -> list[str]:
    """Names of the users that are found."""
    result = selected(asked(Person, told), PEOPLE)
    return [str(each.user_name) for each in result.resources]


def refused(model: Any = Person, **told: Any) -> str | None:
    with pytest.raises(SCIMException) as caught:
        asked(model, told)
    assert error_of(caught.value).status == 400
    return error_of(caught.value).scim_type


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('userName eq "ann"', ["Ann"]),
        ('USERNAME EQ "ANN"', ["Ann"]),
        ('externalId eq "X2"', ["ben"]),
        ('externalId eq "x2"', []),
        ("active eq true", ["dora", "ben", "ann.b"]),
        ('userName sw "ann" and active eq false', ["Ann"]),
        ('userName eq "ben" or userName eq "cleo"', ["ben", "cleo"]),
        ('not (userName sw "ann")', ["dora", "ben", "cleo"]),
        ("displayName pr", ["dora", "Ann", "ben", "ann.b"]),
        ('emails[type eq "work" and value sw "ben"]', ["ben"]),
        ('emails[type eq "work"].value eq "cleo@acme.example"', ["cleo"]),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName ew "o"', ["cleo"]),
        ('id eq "1"', ["Ann"]),
    ],
)
def test_filters(text: str, names: list[str]) -> None:
    assert found(filter=text) == names


def test_order_and_pages() -> None:
    assert found(sortBy="userName") == ["Ann", "ann.b", "ben", "cleo", "dora"]
    assert found(sortBy="userName", sortOrder="descending", count=2) == ["dora", "cleo"]
    assert found(sortBy="displayName")[-1] == "cleo"
    assert found(startIndex=2, count=2) == ["Ann", "ben"]
    assert found(startIndex="4", count="9") == ["cleo", "ann.b"]
    assert found(startIndex=99) == []


def test_the_total_is_of_all_pages() -> None:
    result = selected(asked(Person, {"startIndex": "2", "count": "1"}), PEOPLE)
    assert (result.total, result.start, len(result.resources)) == (5, 2, 1)
    assert selected(asked(Person, {"count": "0"}), PEOPLE).total == 5


def test_counts_and_starts_beyond_sense_are_brought_within_it() -> None:
    assert count_of(asked(Person, {})) == USUAL_RESULTS
    assert count_of(asked(Person, {"count": "-3"})) == 0
    assert count_of(asked(Person, {"count": "99999999999999999999"})) == MAXIMUM_RESULTS
    assert start_of(asked(Person, {"startIndex": "-3"})) == 1
    assert start_of(asked(Person, {"startIndex": "9" * 30})) == 2_000_000_000


def test_what_cannot_be_asked_for_says_why() -> None:
    assert refused(filter="userName eq") == "invalidFilter"
    assert refused(filter='userName eq "a" and') == "invalidFilter"
    assert refused(filter='password eq "a"') == "invalidFilter"
    assert refused(filter='active gt "a"') == "invalidFilter"
    assert refused(count="ten") == "invalidValue"
    assert refused(sortBy="name") == "invalidPath"
    assert refused(sortBy="nothing") == "invalidPath"
    assert refused(sortOrder="upwards") == "invalidValue"
    assert refused(attributes="userName", excludedAttributes="name") == "invalidValue"


def test_filters_have_an_end() -> None:
    assert refused(filter=f'userName eq "{"x" * MAXIMUM_EXPRESSION}"') == "invalidFilter"
    many = " or ".join(["id pr"] * (MAXIMUM_TERMS + 1))
    assert len(many) < MAXIMUM_EXPRESSION
    assert refused(filter=many) == "invalidFilter"
    assert refused(filter="not (" * 40 + "id pr" + ")" * 40) == "invalidFilter"
    assert refused(attributes=",".join(["id"] * (MAXIMUM_NAMES + 1))) == "invalidValue"


def test_a_name_to_look_up_is_found_in_the_filter() -> None:
    def pin(text: str) -> tuple[str, str] | None:
        return pinned(asked(Person, {"filter": text}))

    assert pin('userName eq "ann"') == ("userName", "ann")
    assert pin('active eq true and username Eq "ann"') == ("userName", "ann")
    assert pin('userName eq "ann" and id eq "7"') == ("id", "7")
    assert pin('userName eq "ann" or active eq true') is None
    assert pin('not (userName eq "ann")') is None
    assert pin('userName sw "ann"') is None
    assert pin("userName eq null") is None
    assert pinned(asked(Person, {})) is None


def test_a_search_over_both_types_finds_either() -> None:
    group = Group(id="9", display_name="Ann's crew", meta=Meta(resource_type="Group"))
    wanted = asked(Person | Group, {"filter": 'displayName sw "ann"'})
    result = selected(wanted, [*PEOPLE, group])
    assert [each.id for each in result.resources] == ["1", "4", "9"]


def test_no_more_is_looked_at_than_is_reasonable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "MAXIMUM_SCANNED", 3)
    with pytest.raises(SCIMException) as caught:
        selected(asked(Person, {"filter": "id pr"}), PEOPLE)
    assert error_of(caught.value).scim_type == "tooMany"


_WORDS = st.sampled_from(
    [
        *("userName", "active", "emails", "emails.type", "name.familyName", "id", "meta.created"),
        *(" eq ", " co ", " gt ", " pr", " and ", " or ", "not ", "(", ")", "[", "]", "."),
        *('"ann"', "true", "null", "12", '"', "\\", "urn:ietf:params:scim:schemas:core:2.0:User:"),
    ]
)


@settings(max_examples=400)
@given(text=st.lists(_WORDS, max_size=12).map("".join) | st.text(max_size=30))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    wanted = None
    status = 400
    try:
        wanted = asked(Person, {"filter": text, "sortBy": text[:5] or None})
    except SCIMException as error:
        status = error_of(error).status or 0
    assert status == 400
    if wanted is not None:
        total = selected(wanted, PEOPLE).total
        # What is looked up by a name is found by looking at all, too.
        pin = pinned(wanted)
        if pin is not None and pin[0] == "userName":
            some = [each for each in PEOPLE if (each.user_name or "").lower() == pin[1].lower()]
            assert selected(wanted, some).total == total

"""Every message can be said in both languages with whatever is known, and nothing escapes it."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.messages.message import Audience
from alerts.messages.rendering import MAXIMUM_ITEMS, MAXIMUM_SUBJECT, known, rendered, summary
from alerts.messages.values import FIELDS
from alerts.messages.words import Shape
from alerts.ports import Action, Order, Target

NOON = 1782907200000
EVIL = "<script>alert(1)</script>{until}[x]&amp;\r\nBcc: x@y.example https://evil.example"
GIVEN = {
    Shape.TIME: str(NOON),
    Shape.LINK: "https://vigie.example/x?a=1&b=2",
    Shape.COUNT: "3",
    Shape.CATEGORY: "brute_force",
    Shape.SEVERITY: "high",
    Shape.STEP: "suspend",
    Shape.OUTCOME: "shadow",
    Shape.CLOCK: "triage",
    Shape.ACTION: "disable",
    Shape.ARTICLES: "6,9",
}

ALLOWED = frozenset(
    "html head meta title body p b br table tr th td blockquote a small ul li".split()  # noqa: SIM905
)


def order(template: str, values: dict[str, str] | None = None, **kwargs: object) -> Order:
    return Order(
        key="k",
        action=Action.NOTIFY,
        issued=NOON,
        tenant="acme",
        target=Target(tenant="acme", account="u1", names=("bob",), email="bob@acme.example"),
        template=template,
        values=values or {},
        **kwargs,  # type: ignore[arg-type]
    )


def full(text: str = "words") -> dict[str, str]:
    return {name: GIVEN.get(field.shape, text) for name, field in FIELDS.items()}


class Tags(HTMLParser):
    """The elements and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}

    def handle_data(self, data: str) -> None:
        self.text += data


def tags(page: str) -> Tags:
    found = Tags()
    found.feed(page)
    return found


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", sorted(known()))
def test_each_is_said_with_all_values_and_with_none(name: str, language: str) -> None:
    for one in (order(name, full()), order(name)):
        said = rendered(one, language)
        for text in (said.subject, said.text, summary(one, language)):
            assert text.strip()
            assert not re.search(r"[{}\[\]]|  |None", text), text
        assert said.subject.count("\n") == 0
        assert len(said.subject) <= MAXIMUM_SUBJECT
        assert f'lang="{language}"' in said.html


@pytest.mark.parametrize("name", sorted(known()))
def test_the_two_languages_are_not_one(name: str) -> None:
    message = known()[name]
    assert message.body != ()
    assert rendered(order(name), "en").text != rendered(order(name), "fr").text


@pytest.mark.parametrize("name", sorted(known()))
def test_no_value_becomes_markup_a_header_or_a_link(name: str) -> None:
    said = rendered(order(name, full(EVIL)), "en")
    assert "\n" not in said.subject
    assert "\r" not in said.subject + said.text
    page = tags(said.html)
    assert "script" not in page.names
    assert page.links <= {GIVEN[Shape.LINK]}
    assert "//evil" not in said.text.replace("[:]//evil", "")
    # What looks like a value's name within a value is words.
    assert "2026" not in "".join(part for part in said.subject.split("[x]")[1:])


def test_what_a_person_is_told_of_a_decision_is_its_grounds_and_how_to_contest_it() -> None:
    for name in ("revoke", "suspend", "deactivate"):
        values = {"grounds": "Two people at once", "contest": "https://vigie.example/appeal/t"}
        said = rendered(order(name, values, aup=("6", "9"), reason="Shared"), "fr")
        assert "articles 6 et 9" in said.text
        assert "Two people at once" in said.text
        assert "Shared" in said.text
        assert "https://vigie.example/appeal/t" in said.text
        assert "https://vigie.example/appeal/t" in tags(said.html).links
        assert not known()[name].waits


def test_without_a_link_people_are_told_whom_to_write_to() -> None:
    said = rendered(order("deactivate"), "en", given={"contact": "security@acme.example"})
    assert "To contest it, write to security@acme.example." in said.text
    linked = rendered(
        order("deactivate", {"contest": "https://v.example/a", "contact": "c@x.example"}), "en"
    )
    assert "write to" not in linked.text


def test_a_rule_that_acted_alone_says_so_and_a_person_is_named() -> None:
    assert (
        "no person has decided it" in rendered(order("revoke", {"rule": "taken-over"}), "en").text
    )
    by_person = rendered(order("revoke", {"rule": "taken-over", "decider": "Anne"}), "en").text
    assert "Decided by Anne." in by_person
    assert "no person" not in by_person


def test_a_suspension_says_when_it_ends_in_the_readers_zone() -> None:
    said = rendered(order("suspend", until=NOON), "en", "Asia/Tokyo")
    assert "Wednesday 1 July 2026, 21:00 (Asia/Tokyo)" in said.text


def test_an_orders_own_values_stand_before_what_it_says_otherwise() -> None:
    assert "robert" in rendered(order("restore", {"account": "robert"}), "en").subject
    assert "bob" in rendered(order("restore"), "en").subject


def test_a_message_that_nobody_wrote_says_its_values() -> None:
    said = rendered(order("no_such", {"why": "because", "link": "https://v.example/"}), "fr")
    assert said.subject == "Vigie : écrire à l'utilisateur, bob"
    assert "because" in said.text
    assert "https://v.example/" in said.text


def test_a_digest_says_a_line_for_each_and_how_many_more_there_are() -> None:
    values = {"count": "60"}
    for index in range(1, 61):
        values |= {f"{index}.template": "incident", f"{index}.category": "brute_force"}
        values |= {f"{index}.account": f"user{index}", f"{index}.severity": "low"}
    lines = rendered(order("digest", values), "en").text.splitlines()
    assert "- Incident: Brute force (low), user1" in lines
    assert "- Incident: Brute force (low), user50" in lines
    assert f"- and {60 - MAXIMUM_ITEMS} more" in lines
    assert not any("user51" in one for one in lines)


def test_users_and_the_team_have_their_own_messages() -> None:
    assert {one.audience for one in known().values()} == set(Audience)
    assert all(not known()[name].waits for name in ("approve", "guardrail", "unfinished", "dead"))


@given(
    st.dictionaries(st.one_of(st.sampled_from(sorted(FIELDS)), st.text(max_size=8)), st.text()),
    st.sampled_from(sorted(known())),
    st.sampled_from(["en", "fr", "de", ""]),
)
@settings(max_examples=60, deadline=None)
def test_no_values_break_a_message(values: dict[str, str], name: str, language: str) -> None:
    said = rendered(order(name, values), language)
    assert said.subject
    assert "\n" not in said.subject
    assert tags(said.html).names <= ALLOWED

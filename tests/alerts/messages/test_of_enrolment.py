"""What is told of factors and recoveries is whole in both languages; no mail sets up a first
factor, and each that tells of a recovery lets its owner stop it."""

import pytest

from alerts.messages.message import Ask, Audience
from alerts.messages.of_enrolment import MESSAGES
from alerts.messages.rendering import rendered
from alerts.ports import Action, Order, Target
from monitor.services.enrolment_keys import MAILED

BY_NAME = {message.name: message for message in MESSAGES}
LINK = "https://vigie.example/enrol#key"
VALUES = {
    "mine": "https://vigie.example/me",
    "recover": LINK,
    "stop": f"{LINK}2",
    "reason": "not recognised",
    "requester": "Ann",
    "expires": "1800000000000",
    "link": "https://vigie.example/recoveries/1",
}


def order(template: str, **values: str) -> Order:
    is_user = BY_NAME[template].audience is Audience.USER
    return Order(
        key="k",
        action=Action.NOTIFY if is_user else Action.TELL,
        issued=1_800_000_000_000,
        tenant="acme",
        target=Target(tenant="acme", account="u-1", names=("jean",)),
        until=1_800_000_000_000,
        template=template,
        values=values,
    )


@pytest.mark.parametrize("name", sorted(BY_NAME))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_one_says_something_with_and_without_its_values(name: str, language: str) -> None:
    for values in (VALUES, {}):
        told = rendered(order(name, **values), language)
        assert "jean" in told.text or BY_NAME[name].audience is Audience.TEAM
        assert "{" not in told.text + told.subject
        assert told.subject == told.subject.strip(" :,")


def test_what_tells_of_a_recovery_under_way_lets_its_owner_stop_it() -> None:
    for name in ("recovery_requested", "recovery_agreed", "recovery_link"):
        asks = [block.name for block in BY_NAME[name].body if isinstance(block, Ask)]
        assert "stop" in asks, name
        assert VALUES["stop"] in rendered(order(name, **VALUES), "fr").text


def test_no_mail_sets_up_a_first_factor() -> None:
    links = {block.name for one in MESSAGES for block in one.body if isinstance(block, Ask)}
    assert links == {"mine", "link"} | {one.value for one in MAILED}

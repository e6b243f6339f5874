"""Whoever is acted on is told so in plain words, and that nobody asks for a password."""

from alerts.ladder import Step
from alerts.messages.message import Ask, Audience
from alerts.messages.to_users import MESSAGES, NOTICES


def test_every_step_that_meets_somebody_has_its_notice() -> None:
    names = {message.name for message in MESSAGES}
    assert set(NOTICES) == set(Step) - {Step.OBSERVE}
    assert set(NOTICES.values()) | {"restore"} <= names
    assert all(message.audience is Audience.USER for message in MESSAGES)


def test_what_weighs_on_somebody_can_be_contested_from_the_message_itself() -> None:
    by_name = {message.name: message for message in MESSAGES}
    for step in (Step.REVOKE, Step.SUSPEND, Step.DEACTIVATE):
        asks = [block.name for block in by_name[NOTICES[step]].body if isinstance(block, Ask)]
        assert "contest" in asks

"""What calls a person is never folded away, and everything leads to where it can be looked at."""

from alerts.messages.message import Ask, Audience
from alerts.messages.to_team import MESSAGES


def test_each_leads_to_vigie() -> None:
    for message in MESSAGES:
        assert message.audience is Audience.TEAM
        assert "link" in [block.name for block in message.body if isinstance(block, Ask)]


def test_what_waits_for_a_person_does_not_wait_for_a_digest() -> None:
    at_once = {message.name for message in MESSAGES if not message.waits}
    assert {"approve", "unfinished", "guardrail", "appeal", "dead", "digest"} <= at_once

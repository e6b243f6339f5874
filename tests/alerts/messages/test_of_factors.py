"""Who did not change it is told what to do, and nobody is asked for a code."""

from alerts.messages.message import Ask, Audience, Say
from alerts.messages.of_factors import CHANGED, MESSAGES


def test_it_says_how_to_say_that_it_was_not_you_and_never_waits() -> None:
    [message] = MESSAGES
    assert (message.name, message.audience) == (CHANGED, Audience.USER)
    assert not message.waits
    assert [block.name for block in message.body if isinstance(block, Ask)] == ["report"]
    said = " ".join(block.text.en for block in message.body if isinstance(block, Say))
    assert "Nobody will ever ask you for a code" in said

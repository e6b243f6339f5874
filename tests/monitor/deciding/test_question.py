"""What is asked has limits, and says itself what it is."""

import msgspec
import pytest

from monitor.deciding.question import Question, Standing, Told, answer_schema


@pytest.mark.parametrize(
    "told",
    [
        {"account": ""},
        {"account": "a\nb"},
        {"account": "a" * 257},
        {"session": "\x7f"},
        {"ip": "1.2.3.4, 5.6.7.8"},
        {"user_agent": "a" * 1_025},
        {"return_to": "//elsewhere.example"},
        {"return_to": "https://a b"},
        {"language": "fr-" + "x" * 9},
        {"verdict": "allow"},
    ],
)
def test_what_is_too_long_or_no_line_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(told, Question)


def test_whatever_can_be_in_a_name_is_taken() -> None:
    told = {"account": "Zoë Ünal/ürün:7", "ip": "2001:db8::1", "return_to": "https://app.example/"}
    question = msgspec.convert(told, Question)
    assert question.account == "Zoë Ünal/ürün:7"


@pytest.mark.parametrize("kind", [Told, Standing])
def test_answers_describe_themselves_without_pointing_elsewhere(kind: type) -> None:
    schema = answer_schema(kind)
    assert "$ref" not in msgspec.json.encode(schema).decode()
    assert {"handle", "verdict", "risk"} <= set(schema["required"])

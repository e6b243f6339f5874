"""The monthly report in a mail: the score, what to do first, nobody's name, how to stop it."""

from alerts.messages.rendering import known, rendered
from alerts.messages.to_contacts import PART, REPORT
from alerts.ports import Action, Order, Target

VALUES = {
    "tenant": "Atlas",
    "month.en": "October 2026",
    "month.fr": "octobre 2026",
    "score.en": "71.5 of 100",
    "score.fr": "71,5 sur 100",
    "accounts": "40",
    "text.en": "First:",
    "text.fr": "D'abord :",
    "1.template": PART,
    "1.title.en": "Dormant",
    "1.title.fr": "Dormant",
    "1.count": "3",
    "1.accounts": "40",
    "1.text.en": "Close it.",
    "1.text.fr": "Le clore.",
}
ORDER = Order(
    key="k",
    action=Action.NOTIFY,
    issued=0,
    tenant="t",
    target=Target(tenant="t", account="ann@a.example", email="ann@a.example"),
    template=REPORT,
    values=VALUES,
)


def test_it_says_what_to_do_first() -> None:
    told = rendered(ORDER, "en")
    assert told.subject == "Access hygiene of Atlas, October 2026: 71.5 of 100"
    assert "- Dormant: 3 of 40. Close it." in told.text
    assert "<li>Dormant: 3 of 40. Close it.</li>" in told.html
    assert "The month before" not in told.text
    assert "tell whoever keeps Vigie" in told.text
    assert "ann@a.example" not in told.text + told.html


def test_in_french_with_somebody_to_write_to() -> None:
    told = rendered(ORDER, "fr", given={"contact": "secu@a.example"})
    assert "Dormant\u00a0: 3 sur 40. Le clore." in told.text
    assert "secu@a.example" in told.text
    assert "aux personnes qui tiennent" not in told.text


def test_it_never_waits_for_a_digest() -> None:
    assert not known()[REPORT].waits

"""What was given up, what waits for a person and who does not answer stand until somebody acted."""

from monitor.health.rule import ENGINE, Orders, Running
from monitor.health.rules.outbox import judge_dead, judge_parked, judge_silent
from monitor.health.telling import sentence_of

NOW = 1_800_000_000_000
NOBODY: frozenset[str] = frozenset()


def running(orders: Orders | None) -> Running:
    return Running(begun=0, orders=orders)


def test_what_was_given_up_stands_until_nobody_has_to_look_any_more() -> None:
    found = judge_dead(running(Orders(3, 0)), NOW, NOBODY)[ENGINE]
    assert found.stands
    assert "3" in sentence_of("orders_given_up", found.facts, "fr")
    for nothing in (None, Orders(0, 9)):
        assert judge_dead(running(nothing), NOW, NOBODY)[ENGINE].stands is False


def test_what_came_back_with_a_backup_stands_until_it_was_let_go() -> None:
    found = judge_parked(running(Orders(0, 2)), NOW, NOBODY)[ENGINE]
    assert "2" in sentence_of("orders_parked", found.facts, "en")
    assert judge_parked(running(Orders(2, 0)), NOW, NOBODY)[ENGINE].stands is False


def test_a_responder_that_answers_again_is_well() -> None:
    told = Orders(0, 0, (("idp", "HTTP 503"),))
    found = judge_silent(running(told), NOW, frozenset(("responder:hook",)))
    assert found["responder:idp"].stands
    assert "HTTP 503" in sentence_of("responder_silent", found["responder:idp"].facts, "en")
    assert found["responder:hook"].stands is False

"""A Vigie that is away costs each sign-in nothing, and is found again by itself."""

from vigie_client.resting import Breaker, Rest


def test_it_is_asked_until_so_many_questions_in_a_row_failed() -> None:
    breaker = Breaker(Rest(failures=2, seconds=5))
    breaker.failed(0.0)
    breaker.answered()
    breaker.failed(1.0)
    assert breaker.may_ask(1.0)
    breaker.failed(2.0)
    assert not breaker.may_ask(2.0)
    assert not breaker.may_ask(6.9)


def test_after_the_rest_one_asks_and_the_others_wait_for_what_becomes_of_it() -> None:
    breaker = Breaker(Rest(failures=1, seconds=5))
    breaker.failed(0.0)
    assert [breaker.may_ask(5.0) for _ in range(3)] == [True, False, False]
    breaker.answered()
    assert [breaker.may_ask(5.1) for _ in range(3)] == [True, True, True]


def test_one_who_asks_and_never_comes_back_does_not_close_it_for_ever() -> None:
    breaker = Breaker(Rest(failures=1, seconds=5))
    breaker.failed(0.0)
    assert breaker.may_ask(5.0)
    assert not breaker.may_ask(9.0)
    assert breaker.may_ask(10.0)


def test_it_is_left_alone_for_as_long_as_it_asks_within_reason() -> None:
    breaker = Breaker(Rest(failures=1, seconds=5, longest=60))
    breaker.failed(0.0, 20.0)
    assert not breaker.may_ask(19.0)
    assert breaker.may_ask(20.0)
    breaker.failed(20.0, 1e9)
    assert breaker.may_ask(80.0)


def test_it_never_rests_where_the_application_does_not_want_it() -> None:
    breaker = Breaker(Rest(failures=0))
    for second in range(100):
        breaker.failed(float(second))
    assert breaker.may_ask(100.0)

"""Waits grow, are spread and end; a responder that is down is left in peace and tried with one;
and what is not wanted any more is not done."""

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from alerts.outbox import (
    CLOSED,
    LANED,
    LONGEST_ASKED,
    OPPOSITE,
    WANTED,
    Because,
    Breaker,
    Fuse,
    Pace,
    Patience,
    State,
    after_failure,
    failed,
    is_otherwise,
    leased_until,
    obstacle,
    reason_of,
    wait,
)
from alerts.ports import AccountState, Action, Order
from detectors.core.event import DAY, HOUR, MINUTE, SECOND

NOW = 1_800_000_000_000
PATIENCE = Patience()
FUSE = Fuse(failures=3, rest=10 * SECOND, most=MINUTE)


def test_each_wait_is_about_twice_the_one_before_up_to_the_longest() -> None:
    for attempts in range(1, 30):
        step = min(PATIENCE.most, PATIENCE.first * 2 ** (attempts - 1))
        assert step / 2 <= wait("key", attempts, PATIENCE) <= step


def test_orders_that_failed_together_do_not_come_back_together() -> None:
    waits = [wait(f"order-{n}", 6, PATIENCE) for n in range(200)]
    assert len(set(waits)) > 190
    assert max(waits) - min(waits) > PATIENCE.first * 2**5 * 0.4


def test_the_same_order_waits_the_same_in_every_process() -> None:
    # A number on purpose: a wait that came of a process's own hash would differ in the next one.
    assert [wait("order", n, PATIENCE) for n in (1, 2, 3)] == [1807, 3793, 5184]


@examples(max_examples=200)
@given(
    st.text(max_size=40),
    st.integers(1, 10_000),
    st.integers(0, 10 * DAY),
    st.none() | st.integers(-DAY, 100 * DAY),
)
def test_an_order_is_waited_for_or_given_up_and_never_lost(
    key: str, attempts: int, age: int, asked: int | None
) -> None:
    after = after_failure(key, attempts, NOW - age, NOW, PATIENCE, asked)
    if after.state is State.WAITING:
        assert attempts < PATIENCE.attempts
        assert NOW + PATIENCE.first // 2 <= after.due <= NOW - age + PATIENCE.lifetime
        assert after.due >= NOW + min(asked or 0, LONGEST_ASKED)
    else:
        assert after.state is State.DEAD


def test_a_responder_is_waited_for_as_long_as_it_asks() -> None:
    assert after_failure("key", 1, NOW, NOW, PATIENCE, 2 * HOUR).due == NOW + 2 * HOUR
    # Not for ever: one who asks for a month, by mistake or not, is tried before.
    assert after_failure("key", 1, NOW, NOW, PATIENCE, 30 * DAY).due == NOW + LONGEST_ASKED


def test_it_is_given_up_at_the_last_attempt_and_at_the_end_of_its_life() -> None:
    last = PATIENCE.attempts
    assert after_failure("key", last - 1, NOW, NOW, PATIENCE).state is State.WAITING
    assert after_failure("key", last, NOW, NOW, PATIENCE).state is State.DEAD
    old = NOW - PATIENCE.lifetime
    assert after_failure("key", 1, old, NOW, PATIENCE).state is State.DEAD


def tripped() -> Breaker:
    breaker = CLOSED
    for _ in range(FUSE.failures):
        breaker = failed(breaker, NOW, FUSE)
    return breaker


def test_a_responder_that_fails_in_a_row_is_left_in_peace_and_then_tried_with_one() -> None:
    breaker = failed(failed(CLOSED, NOW, FUSE), NOW, FUSE)
    assert not breaker.is_open
    assert breaker.room(NOW) is None
    breaker = failed(breaker, NOW, FUSE)
    assert breaker.is_open
    assert breaker.room(NOW + FUSE.rest - 1) == 0
    assert breaker.room(NOW + FUSE.rest) == 1


def test_the_rest_doubles_while_it_does_not_come_back() -> None:
    breaker, now, rests = tripped(), NOW, []
    for _ in range(6):
        rests.append((breaker.until - now) // SECOND)
        now = breaker.until
        breaker = failed(breaker, now, FUSE)
    assert rests == [10, 20, 40, 60, 60, 60]


def test_what_was_on_its_way_when_it_tripped_does_not_make_the_rest_longer() -> None:
    breaker = tripped()
    assert failed(breaker, NOW + SECOND, FUSE).until == breaker.until


def test_a_lease_outlives_what_the_order_may_take() -> None:
    assert leased_until(NOW, 10 * SECOND) > NOW + 10 * SECOND
    assert leased_until(NOW, 10 * DAY) < NOW + 2 * HOUR


def test_no_more_are_given_in_a_minute_than_the_settings_say() -> None:
    for per_minute in (1, 2, 60, 6_000):
        pace, given = Pace(per_minute), []
        for now in range(NOW, NOW + 10 * MINUTE, 50):
            while pace.is_free(now):
                pace = pace.given(now)
                given.append(now)
        for at in given[:: max(1, len(given) // 50)]:
            within = sum(at <= one < at + MINUTE for one in given)
            assert within <= per_minute + per_minute // 6 + 1
        assert len(given) >= 9 * per_minute


def order(action: Action, until: int | None = None) -> Order:
    return Order(key="k", action=action, issued=NOW, tenant="acme", until=until)


def test_what_gives_back_is_done_whatever_holds_unless_the_contrary_was_ordered_since() -> None:
    for action in (Action.ENABLE, Action.RELEASE):
        given = order(action, until=NOW - 1)
        assert obstacle(given, NOW, restricted=True, overtaken=False) is None
        assert obstacle(given, NOW, restricted=True, overtaken=True) is Because.OVERTAKEN


def test_nothing_is_done_about_who_is_restricted_nor_after_its_end() -> None:
    for action in (Action.DISABLE, Action.CHALLENGE):
        assert obstacle(order(action), NOW, restricted=False, overtaken=False) is None
        assert obstacle(order(action), NOW, restricted=True, overtaken=False) is Because.RESTRICTED
        late = obstacle(order(action, NOW), NOW, restricted=False, overtaken=False)
        assert late is Because.PAST
    # A message may be told after the end of what it tells of.
    told = obstacle(order(Action.NOTIFY, NOW), NOW, restricted=False, overtaken=False)
    assert told is None


def test_opposites_are_each_others_and_change_accounts() -> None:
    assert all(OPPOSITE[other] is action for action, other in OPPOSITE.items())
    assert OPPOSITE.keys() <= LANED
    assert WANTED.keys() <= OPPOSITE.keys()


def test_an_account_that_is_read_back_otherwise_is_told_from_one_that_is_not_read() -> None:
    assert is_otherwise(Action.DISABLE, AccountState.ACTIVE)
    assert is_otherwise(Action.ENABLE, AccountState.ABSENT)
    assert not is_otherwise(Action.DISABLE, AccountState.ABSENT)
    assert not is_otherwise(Action.DISABLE, None)
    assert not is_otherwise(Action.DISABLE, AccountState.UNKNOWN)
    assert not is_otherwise(Action.REVOKE, AccountState.ACTIVE)


def test_every_reason_of_ours_is_said_in_both_languages_and_others_words_stay() -> None:
    for one in Because:
        assert reason_of(one.word) == one.text
        assert one.text.en != one.text.fr
    assert reason_of("HTTP 503").fr == "HTTP 503"
    assert reason_of(None).en == ""

"""What the engine tells of itself comes back as it was, or not at all."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from monitor.health.pulse import (
    ALIVE,
    BUCKETS,
    Durations,
    Fed,
    Pulse,
    Spent,
    decode,
    encode,
    ourselves,
    resident,
)

NOW = 1_800_000_000_000


def test_it_comes_back_as_it_was() -> None:
    pulse = Pulse(
        time=NOW,
        who=ourselves(NOW),
        caught_up=NOW - 5,
        detectors={"third": Spent(12_000, 3)},
        sources={"ssh": Fed("no such file", {"not JSON": 2})},
    )
    assert decode(encode(pulse)) == pulse


def test_there_is_none_before_the_first() -> None:
    assert decode(None) is None


@given(st.binary(max_size=60))
def test_what_cannot_be_read_is_none(noted: bytes) -> None:
    read = decode(noted)
    assert read is None or isinstance(read, Pulse)


def test_a_later_version_may_tell_more_and_an_earlier_one_less() -> None:
    told = msgspec.to_builtins(Pulse(time=NOW, who=ourselves(NOW)))
    told["mood"] = "fine"
    del told["state"]
    read = decode(msgspec.msgpack.encode(told))
    assert read is not None
    assert read.state.cells == 0


def test_an_engine_that_tells_nothing_is_gone() -> None:
    pulse = Pulse(time=NOW, who=ourselves(NOW))
    assert pulse.is_alive(NOW + ALIVE - 1)
    assert not pulse.is_alive(NOW + ALIVE)


@given(st.lists(st.floats(0, 100), max_size=50))
def test_every_duration_is_in_one_bucket_that_fits_it(seconds: list[float]) -> None:
    durations = Durations()
    for one in seconds:
        durations.add(one)
    assert sum(durations.counts) == len(seconds)
    for index, bound in enumerate(BUCKETS):
        assert sum(durations.counts[: index + 1]) == sum(one <= bound for one in seconds)


def test_this_process_takes_memory_and_has_a_name() -> None:
    who = ourselves(NOW)
    assert who.host
    assert who.process > 1
    assert who.version
    assert resident() > 1 << 20

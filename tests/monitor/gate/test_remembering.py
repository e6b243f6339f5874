"""What was found is kept for its time, in a bounded room, and by no token itself."""

from monitor.gate.remembering import Remembering


def test_it_holds_until_its_end() -> None:
    kept: Remembering[str | None] = Remembering()
    one, other = kept.digest(b"token"), kept.digest(b"other")
    kept.put(one, 100, "a")
    kept.put(other, 100, None)
    assert kept.get(one, 99) == ("a",)
    assert kept.get(other, 99) == (None,)
    assert kept.get(one, 100) is None
    assert kept.get(kept.digest(b"third"), 0) is None
    assert len(kept) == 1


def test_what_nobody_asked_for_the_longest_goes_first() -> None:
    kept: Remembering[int] = Remembering(most=2)
    digests = [kept.digest(bytes([number])) for number in range(3)]
    kept.put(digests[0], 9, 0)
    kept.put(digests[1], 9, 1)
    assert kept.get(digests[0], 1) == (0,)
    kept.put(digests[2], 9, 2)
    assert len(kept) == 2
    assert kept.get(digests[1], 1) is None
    assert kept.get(digests[0], 1) == (0,)


def test_no_token_is_kept_and_digests_are_of_this_memory_alone() -> None:
    kept, other = Remembering[int](), Remembering[int]()
    assert len(kept.digest(b"secret")) == 16
    assert kept.digest(b"secret") != other.digest(b"secret")

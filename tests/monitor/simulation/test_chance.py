"""The same words open the same sequence."""

from monitor.simulation.chance import dice


def test_the_same_words_give_the_same_numbers_on_every_python() -> None:
    rng = dice(7, "day", 3)
    assert [rng.randrange(1_000) for _ in range(4)] == PINNED


def test_other_words_give_others() -> None:
    assert dice(1, "a").random() != dice(1, "b").random()


PINNED = [529, 763, 339, 44]

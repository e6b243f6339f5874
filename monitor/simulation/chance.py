"""The only door to randomness: the same words open the same sequence, on every Python."""

from random import Random


def dice(*words: object) -> Random:
    """A generator seeded by the text of `words`; never the process's own."""
    return Random("/".join(map(str, words)))  # noqa: S311 - a simulation keeps no secrets

"""What can go wrong that somebody can put right, wherever it goes wrong."""


class Trouble(Exception):  # noqa: N818 - what it is to whoever reads of it
    """Something outside of the program is not as it must be; the text says what, and what to do.

    A command tells it in a line and exits with 1.
    """


class MisuseError(ValueError):
    """The program was set up or called wrongly; a command tells it in a line and exits with 2."""

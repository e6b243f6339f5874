"""The command line."""


def main() -> None:
    """Run `vigie`."""
    raise SystemExit("not yet")

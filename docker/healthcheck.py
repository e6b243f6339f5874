"""Exits 0 when this container's console answers that it is ready, else 1 with the reason."""

import os
import sys
import urllib.error
import urllib.request


def main() -> int:
    """Ask `/readyz` on the loopback address."""
    port = os.environ.get("VIGIE_WEB__PORT", "8320")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=4) as answer:
            return int(answer.status != 200)
    except (urllib.error.URLError, OSError, ValueError) as error:
        sys.stderr.write(f"not ready: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""One small simulated world on disk, with its labels; made once a test run."""

import atexit
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from monitor.simulation.simulation import simulate
from monitor.simulation.writing import ndjson

START = 1_767_254_400_000


@cache
def world(seed: int = 5, accounts: int = 40, days: float = 3) -> tuple[Path, Path]:
    """The log and the folder of labels."""
    folder = Path(mkdtemp(prefix="vigie-world-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    made = simulate(seed, days=days, accounts=accounts, start=START)
    labels = folder / "labels"
    labels.mkdir()
    with (
        (folder / f"seed{seed}.ndjson").open("wb") as log,
        (labels / "events.ndjson").open("wb") as told,
    ):
        for line, label in made.records():
            log.write(line + b"\n")
            told.writelines(ndjson((label,)))
    (labels / "accounts.ndjson").write_bytes(b"".join(ndjson(made.accounts())))
    (labels / "incidents.ndjson").write_bytes(b"".join(ndjson(made.incidents)))
    return folder / f"seed{seed}.ndjson", labels


def rba(path: Path, rows: int = 400) -> Path:
    """A log as the RBA data set writes it, with a takeover of account 3 near its end."""
    head = (
        "index,Login Timestamp,User ID,Round-Trip Time [ms],IP Address,Country,Region,City,ASN,"
        "User Agent String,Browser Name and Version,OS Name and Version,Device Type,"
        "Login Successful,Is Attack IP,Is Account Takeover"
    )
    lines = [head]
    for n in range(rows):
        user, taken = n % 10, n == rows - 7
        ip = "192.0.2.200" if taken else f"10.0.0.{user}"
        stamp = f"2020-02-{3 + n // 40:02} {n % 24:02}:{n % 60:02}:30.{n:03}"
        agent = '"curl/7, or so"' if taken else '"Mozilla/5.0 (X11, Linux) Firefox/78.0"'
        lines.append(
            f"{n},{stamp},{user},,{ip},NO,-,-,29695,{agent},Firefox,Linux,desktop,"
            f"True,{taken},{taken}"
        )
    path.write_text("\n".join(lines) + "\nrubbish\n")
    return path

"""`vigie demo`: a simulated SaaS, judged as it happens, on a page to open."""

import socket
import tempfile
from base64 import b64encode
from pathlib import Path
from secrets import token_bytes
from typing import Annotated

import typer
from msgspec import convert

from monitor.cli.console import stderr
from monitor.cli.playing import Playing, hand_off_secret
from monitor.cli.serving import serve_until
from monitor.clock import now_ms
from monitor.companion import Companion
from monitor.daemon import Stopping, stopped_by_signals
from monitor.instance import KEY_BYTES
from monitor.settings import (
    Accounts,
    Engine,
    Hygiene,
    Log,
    Mfa,
    Secrets,
    Settings,
    SignIn,
    Source,
    Web,
)
from monitor.simulation.demonstration import SOURCE, Demonstration
from monitor.simulation.directory import kinds_of


def command(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the console; 0 is any free one.")
    ] = 8_320,
    accounts: Annotated[int, typer.Option(min=20, max=5_000, help="How many people.")] = 300,
    seed: Annotated[int, typer.Option(help="Which world.")] = 2026,
    keep: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep the log and the database there.")
    ] = None,
) -> None:
    """See it work: a month of simulated sign-ins with shared and stolen accounts, then live ones.

    It prints a link to the console, and what a subscriber sees: their pages and a challenge to try.
    Nothing of it touches your data; without --keep it is gone when you stop it.

    Examples:

        vigie demo

        vigie demo --port 0 --keep /tmp/vigie-demo
    """
    stopping = Stopping()
    # Heard from the beginning: whoever ends it while it starts finds no folder of it either.
    with stopped_by_signals(stopping):
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True, mode=0o700)
            _demonstrate(stopping, keep, port, accounts, seed, Secrets())
            return
        with tempfile.TemporaryDirectory(prefix="vigie-demo-") as folder:
            # Of what ends with it there is no key to keep a copy of.
            once = Secrets(key=b64encode(token_bytes(KEY_BYTES)).decode())
            _demonstrate(stopping, Path(folder), port, accounts, seed, once)


def _demonstrate(
    stopping: Stopping, folder: Path, port: int, accounts: int, seed: int, secrets: Secrets
) -> None:
    log = folder.absolute() / "sign-ins.ndjson"
    served = _free_port(port)
    beside = _free_port(served + 1 if served < 65_535 else 0)
    application = f"http://127.0.0.1:{beside}"
    people = Demonstration(now_ms(), seed, accounts).world.people
    settings = Settings(
        data=folder.absolute(),
        sources=(Source(name=SOURCE, path=str(log), format="ocsf"),),
        # The list that is imported while the history is read holds from then on alone.
        accounts=convert(kinds_of(people), Accounts),
        # Whoever looks while the history is read waits for a short batch at most.
        engine=Engine(batch=1_500),
        hygiene=Hygiene(every_hours=0.1),
        # By its name: a page that is opened by a number makes and asks for no passkeys.
        web=Web(port=served, public_url=f"http://localhost:{served}", tour=True),
        mfa=Mfa(
            hand_off_secret=hand_off_secret(),
            hand_off_url=f"{application}/hand-off",
            return_to=(application,),
        ),
        log=Log(format="console"),
        # The link that it prints opens it, for as long as a day's work.
        sign_in=SignIn(require_administrator=False, operator_minutes=12 * 60),
        secrets=secrets,
        # The only thing outside that it changes is the gate's list, in its own database.
        responders={"gate": {"kind": "gate"}},
    )
    stage = Companion(
        "the simulation",
        "monitor.simulation.staging",
        [str(log), "--seed", str(seed), "--accounts", str(accounts)],
    )
    stderr.print(f"A simulated SaaS of {accounts:,} accounts writes to {log}")
    playing = Playing(settings, beside, seed, accounts)
    serve_until(stopping, settings, [stage], opened=playing)


def _free_port(wanted: int) -> int:
    """The port, or another when it is taken."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", wanted))
        except OSError:
            tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port

"""Runs the console's web server, on the loopback unless told otherwise, until told to stop."""

import argparse
import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import IO

import uvicorn
from sqlalchemy.exc import DBAPIError

from alerts.responders.roster import Roster
from alerts.ticket import Limits as TicketLimits
from detectors.core.context import AccountKind
from detectors.core.finding import Severity
from detectors.core.identity import Subject
from monitor import instance, logs
from monitor.assembly import open_judge, sealing_keys_of, terms_of
from monitor.backup.noted import TAKEN, taken
from monitor.chain.checkpoints import Checkpoints
from monitor.chain.sealing import Sealer
from monitor.deciding.judge import Judge
from monitor.deciding.verdict import Terms as Decisions
from monitor.effective import Told, from_console, sections_of, untold
from monitor.gate.terms import Terms as GateTerms
from monitor.listening import listen, shared
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.placing import located
from monitor.protection.processing import Facts
from monitor.scim.rules import PushRules
from monitor.sealing_keys import SealingKeys
from monitor.services.effective import SectionView
from monitor.services.entrance import Terms
from monitor.services.hand_offs import HandOffTerms
from monitor.services.machinery import Machine
from monitor.services.measures import LAPSES
from monitor.services.reports import ReportTerms
from monitor.services.sessions import Limits
from monitor.settings import Settings
from monitor.signing import checkpoints_of, sealer_of
from monitor.store.connection import explain
from monitor.store.watching import Watching
from monitor.web.app import CHALLENGES, DEFAULT_REPORTS, NO_HAND_OFF, create_app
from monitor.web.client import TrustedProxies
from monitor.web.connection import BoundedConnection

GRACE_S = 5
"""How long requests under way may take to end."""
_LIMIT_CONCURRENCY = 500
_TURN_S = 0.0005
"""How long one thread keeps others from the interpreter: a sign-in that is decided passes through
several, and would wait for Python's own 5 ms at each."""


class NotLoopbackError(ValueError):
    """The console was asked to listen beyond this machine without being told that it may."""


def serve(
    database_url: str,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    public_url: str | None = None,
    beyond_loopback: bool = False,
    metrics_token: str | None = None,
    pepper: bytes = b"",
    maxmind: bool = False,
    proxies: TrustedProxies | None = None,
    provisioning: PushRules | None = None,
    terms: Terms | None = None,
    address: str | None = None,
    facts: Facts | None = None,
    reports: ReportTerms = DEFAULT_REPORTS,
    kinds: Mapping[Subject, AccountKind] | None = None,
    sealer: Sealer | None = None,
    checkpoints: Sequence[Checkpoints] = (),
    roster: Roster | None = None,
    lapses: int = LAPSES,
    clocks: Mapping[Severity, TicketLimits] | None = None,
    judging: Callable[[], Judge] | None = None,
    decisions: Decisions | None = None,
    tenant: str = "",
    gate: GateTerms | None = None,
    sealing: SealingKeys | None = None,
    asking: ChallengeTerms = CHALLENGES,
    hand_off: HandOffTerms = NO_HAND_OFF,
    enrolment: EnrolmentTerms | None = None,
    patience: int | None = None,
    settings: Settings | None = None,
    sections: Sequence[SectionView] = (),
    machine: Machine | None = None,
    listener: socket.socket | None = None,
    watched: IO[bytes] | None = None,
    ready: Callable[[str, int], None] | None = None,
) -> None:
    """Serve the console until SIGTERM or SIGINT, or until `watched` ends.

    `listener` is listened on already, in place of one of its own at `host` and `port`.
    `watched` is the reading end of a pipe whose other end only the parent holds: when the parent
    dies, however it does, the console ends too. `ready` is called with the address and port once
    connections are accepted; port 0 takes any free one. Raises NotLoopbackError, StoreUrlError
    for `database_url`, ValueError for `public_url`, and OSError when the port is taken.
    """
    if not (beyond_loopback or is_loopback(host)):
        raise NotLoopbackError(
            f"{host} is not a loopback address: the console would be open to the network"
        )
    app = create_app(
        database_url,
        public_url=public_url,
        metrics_token=metrics_token,
        pepper=pepper,
        maxmind=maxmind,
        proxies=proxies,
        provisioning=provisioning,
        terms=terms,
        address=address or f"http://{host}:{port}",
        facts=facts,
        reports=reports,
        kinds=kinds,
        sealer=sealer,
        checkpoints=checkpoints,
        roster=roster,
        lapses=lapses,
        limits=clocks,
        judging=judging,
        decisions=decisions,
        tenant=tenant,
        gate=gate,
        sealing=sealing,
        asking=asking,
        hand_off=hand_off,
        enrolment=enrolment,
        patience=patience,
        settings=settings,
        sections=sections,
        machine=machine,
    )
    with listener or listen(host, port) as listening:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=BoundedConnection,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_S,
                limit_concurrency=_LIMIT_CONCURRENCY,
                lifespan="off",
            )
        )
        if watched is not None:
            threading.Thread(target=_end_with, args=(watched, server), daemon=True).start()
        if ready is not None:
            bound = listening.getsockname()
            ready(bound[0], bound[1])
        server.run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _end_with(watched: IO[bytes], server: uvicorn.Server) -> None:
    while os.read(watched.fileno(), 4_096):
        pass
    server.should_exit = True


def main(arguments: list[str]) -> None:
    """`python -m monitor.web.serve [DATABASE_URL]`: serve until standard input ends.

    Without an address, the first line of standard input is the settings in JSON, so that no
    secret is seen among the arguments of processes. With `--announce` it says `HOST PORT` on
    standard output once it can be reached.
    """
    parser = argparse.ArgumentParser(prog="python -m monitor.web.serve")
    parser.add_argument("database_url", nargs="?")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--public-url")
    parser.add_argument("--beyond-loopback", action="store_true")
    parser.add_argument("--fd", type=int, help="a socket that is listened on already")
    parser.add_argument("--announce", action="store_true")
    parser.add_argument(
        "--by-link", action="store_true", help="a link opens it before there is an administrator"
    )
    given = parser.parse_args(arguments)
    sys.setswitchinterval(_TURN_S)
    watched = sys.stdin.buffer
    try:
        if given.database_url is None:
            _serve_as(from_console(_first_line(watched)), given.fd, watched, given.announce)
            return
        serve(
            given.database_url,
            given.host,
            given.port,
            public_url=given.public_url,
            beyond_loopback=given.beyond_loopback,
            terms=Terms(Limits(needs_administrator=not given.by_link)),
            watched=watched,
            ready=_announce if given.announce else None,
        )
    except (ValueError, OSError, instance.InstanceKeyError) as error:
        logs.end(f"the console cannot be served: {error}")
    except DBAPIError as error:
        logs.end(f"the console cannot be served: {explain(error)}")


def _serve_as(settings: Told, number: int | None, watched: IO[bytes], announced: bool) -> None:
    logs.configure(settings.log.format, settings.log.level, "web")
    web = settings.web
    serve(
        settings.database_url,
        web.host,
        web.port,
        public_url=web.public_url,
        beyond_loopback=web.beyond_loopback,
        metrics_token=settings.metrics.token,
        pepper=instance.verified(settings.secrets.key, settings.data, settings.database_url),
        maxmind=settings.geo.is_maxmind,
        proxies=TrustedProxies(web.trusted_proxies, web.forwarded),
        provisioning=settings.provisioning,
        terms=terms_of(settings),
        address=web.address,
        facts=settings.processing(),
        reports=_report_terms(settings),
        kinds=settings.kinds(),
        sealer=sealer_of(settings),
        checkpoints=checkpoints_of(settings),
        roster=settings.roster,
        lapses=settings.responding.lapses,
        clocks=settings.tickets.limits,
        judging=partial(open_judge, settings),
        decisions=settings.decisions,
        tenant=settings.tenant,
        gate=settings.gate,
        sealing=sealing_keys_of(settings),
        asking=settings.challenges,
        hand_off=HandOffTerms(secret=settings.mfa.hand_off_secret, url=settings.mfa.hand_off_url),
        enrolment=settings.enrolment,
        patience=web.patience_ms,
        settings=untold(settings),
        sections=sections_of(settings, settings.said_by),
        machine=Machine(data=settings.data, located=partial(located, settings), backup=_backed_up),
        listener=None if number is None else shared(number),
        watched=watched,
        ready=_announce if announced else None,
    )


def _backed_up(watching: Watching) -> int | None:
    last = taken(watching.note(TAKEN))
    return None if last is None else last.made


def _report_terms(settings: Settings) -> ReportTerms:
    given = settings.reports
    return ReportTerms(form=given.form, per_hour=given.per_hour, secret=given.webhook_secret)


def _first_line(watched: IO[bytes]) -> bytes:
    """Unbuffered, so that what comes after it is still there to be seen."""
    told = bytearray()
    while not told.endswith(b"\n") and (part := os.read(watched.fileno(), 1 << 16)):
        told += part
    return bytes(told)


def _announce(host: str, port: int) -> None:
    sys.stdout.write(f"{host} {port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

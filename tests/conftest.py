"""What holds for every test: what is missing is said, and with VIGIE_REQUIRE_ALL it fails."""

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from monitor.store.migration import upgrade
from tests.axe import axe as barriers
from tests.databases import TEMPLATE, Databases, Server
from tests.idp.provider import Provider, installed
from tests.logged import logging_as_before

# Tables are told as wide as a reader without a terminal has them, whoever runs the tests.
os.environ.pop("COLUMNS", None)

NEEDED = {
    "browser": ("chromium", "Chromium is not installed (Debian: apt install chromium)"),
    "debootstrap": (
        "debootstrap",
        "debootstrap is not installed (Debian: apt install debootstrap)",
    ),
    "journal": (
        "/lib/systemd/systemd-journal-remote",
        "systemd-journal-remote is not installed (Debian: apt install systemd-journal-remote)",
    ),
    "idp": ("npm", "node and npm are not installed (Debian: apt install nodejs npm)"),
    "nginx": ("nginx", "nginx is not installed (Debian: apt install nginx)"),
    "caddy": ("caddy", "caddy is not installed (Debian: apt install caddy)"),
    "rsyslog": (
        "rsyslogd",
        "rsyslog is not installed (Debian: apt install rsyslog rsyslog-gnutls)",
    ),
}

# A busy machine is no fault of the code; the time limit of each test holds what hangs.
settings.register_profile("searching", deadline=None, print_blob=True)
settings.register_profile("repeatable", settings.get_profile("searching"), derandomize=True)
settings.load_profile("searching")


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """What a test sets up for its whole process is undone: any other may be the next."""
    with logging_as_before():
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server for all tests of this process, with a migrated database to copy."""
    server = Server()
    server.start()
    server.run(f"CREATE DATABASE {TEMPLATE}")
    upgrade(server.url_of(TEMPLATE))
    yield server
    server.remove()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated database, to copy."""
    path: Path = tmp_path_factory.mktemp("template") / "vigie.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def provider(pytestconfig: pytest.Config) -> Iterator[Provider]:
    """A real OpenID provider; a test that asks for it is marked `idp`."""
    assert pytestconfig.cache is not None
    with Provider(installed(pytestconfig.cache)) as made:
        yield made


@pytest.fixture(scope="session")
def axe(pytestconfig: pytest.Config) -> Path:
    """What looks for barriers in pages; a test that asks for it is marked `idp` (npm)."""
    assert pytestconfig.cache is not None
    return barriers.installed(pytestconfig.cache)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path
) -> Iterator[Databases]:
    """New databases of either kind: the test runs once with each."""
    kind = request.param
    server = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    made = Databases(kind, tmp_path, migrated_file, server)
    yield made
    made.close()


@pytest.fixture
def database(databases: Databases) -> Engine:
    """A new database of either kind, with its tables."""
    return databases.new()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of tests marked `one_on_postgresql`, keep the first case on that database."""
    met: set[str] = set()
    kept, dropped = [], []
    for item in items:
        asked = getattr(item, "callspec", None)
        name = item.nodeid.partition("[")[0]
        is_one = (
            item.get_closest_marker("one_on_postgresql") is not None
            and asked is not None
            and asked.params.get("databases") == "postgresql"
        )
        (dropped if is_one and name in met else kept).append(item)
        if is_one:
            met.add(name)
    items[:] = kept
    config.hook.pytest_deselected(items=dropped)


def pytest_collection_finish() -> None:
    """What is there by now stays: nobody need look for garbage in it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine has no program for."""
    for marker, (program, reason) in NEEDED.items():
        if item.get_closest_marker(marker) is not None and shutil.which(program) is None:
            pytest.skip(reason)
    if item.get_closest_marker("browser") is not None:
        _wait_for_browsers()


@cache
def _wait_for_browsers() -> None:
    """A page that takes longer than five seconds is a busy machine's, and no fault either."""
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skip is a failure where everything must run."""
    report = yield
    if not hasattr(report, "wasxfail"):
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """So is the skip of a whole file."""
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and os.environ.get("VIGIE_REQUIRE_ALL"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"VIGIE_REQUIRE_ALL is set, and this was skipped: {reason}"

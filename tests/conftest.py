"""What holds for every test: what is missing is said, and with VIGIE_REQUIRE_ALL it fails."""

import os
import shutil
from collections.abc import Generator

import pytest
from hypothesis import settings

NEEDED = {
    "browser": ("chromium", "Chromium is not installed (Debian: apt install chromium)"),
    "nginx": ("nginx", "nginx is not installed (Debian: apt install nginx)"),
}

# A busy machine is no fault of the code; the time limit of each test holds what hangs.
settings.register_profile("vigie", deadline=None, print_blob=True)
settings.load_profile("vigie")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine has no program for."""
    for marker, (program, reason) in NEEDED.items():
        if item.get_closest_marker(marker) is not None and shutil.which(program) is None:
            pytest.skip(reason)


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

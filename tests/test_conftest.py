"""A skip is seen, and fails where everything must run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = {
    "a test": "import pytest\ndef test_it(): pytest.skip('not here')\n",
    "a file": "import pytest\npytest.skip('not here', allow_module_level=True)\n",
    "a marker": "import pytest\n@pytest.mark.nginx\ndef test_it(): pass\n",
}


def run(folder: Path, content: str, *, require: bool) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_bytes((Path(__file__).parent / "conftest.py").read_bytes())
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n nginx: needs nginx\n")
    (folder / "test_one.py").write_text(content)
    environment = {
        "PATH": "/nowhere",
        "PYTHONPATH": os.pathsep.join(sys.path),
        **({"VIGIE_REQUIRE_ALL": "1"} if require else {}),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "."]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("case", CASES)
def test_a_skip_is_said(case: str, tmp_path: Path) -> None:
    done = run(tmp_path, CASES[case], require=False)
    assert "1 skipped" in done.stdout
    assert "not here" in done.stdout or "nginx is not installed" in done.stdout


@pytest.mark.parametrize("case", CASES)
def test_a_skip_fails_where_everything_must_run(case: str, tmp_path: Path) -> None:
    done = run(tmp_path, CASES[case], require=True)
    assert done.returncode != 0
    assert "VIGIE_REQUIRE_ALL is set, and this was skipped" in done.stdout


def test_what_is_expected_to_fail_is_no_skip(tmp_path: Path) -> None:
    content = "import pytest\n@pytest.mark.xfail(reason='yet')\ndef test_it(): assert False\n"
    done = run(tmp_path, content, require=True)
    assert done.returncode == 0
    assert "1 xfailed" in done.stdout

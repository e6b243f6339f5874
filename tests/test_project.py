"""The rules of the house, as far as a program can hold them."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-dev.lock")
OURS = ("monitor", "alerts", "detectors")
CLIENT = Path("clients/python")

IGNORED = re.compile(
    r"(^|/)(\.git|\.venv|var|dist|build|node_modules|__pycache__|\.[a-z_]+_cache|\.hypothesis)(/|$)"
)
# Split, so that this file does not hold what it looks for.
UNWANTED = re.compile(
    "|".join(
        (
            r"(?<![\w.~-])/(?:wo" + r"rk|ro" + r"ot)/",
            "/opt/" + "(?:wheels|pypi)",
            "python" + r"hosted\.org",
            r"pypi\.org/" + "simple",
            "registry" + r"\.npmjs",
            "deb" + r"\.debian\.org",
        )
    )
)

# Why a source file has no test file of its own.
UNTESTED = {
    "alerts/incident.py": "values without behaviour",
    "alerts/messages/message.py": "values without behaviour",
    "alerts/responders/surroundings.py": "values and protocols without behaviour",
    "alerts/responders/terms.py": "values without behaviour, read by the tests of kind.py",
    "detectors/core/place.py": "values without behaviour",
    "detectors/core/detector.py": "the contract: values and a protocol",
    "monitor/oidc/refusal.py": "values without behaviour",
    "monitor/trouble.py": "two names for errors, told by monitor/cli/failures.py",
    "monitor/services/refusal.py": "names for errors, told by monitor/web/app.py",
    "monitor/__main__.py": "one line, run by the tests of the command",
    "monitor/formats/whence.py": "values and protocols without behaviour",
    "monitor/store/migrations/env.py": "run by the tests of monitor/store/migration.py",
    "clients/python/vigie_client/trouble.py": "values without behaviour",
}

# Compared with each other, statement for statement, by the tests of monitor/store/migration.py.
MADE_OF_TABLES = (Path("monitor/store/tables"), Path("monitor/store/migrations/versions"))


def files(*patterns: str) -> Iterator[Path]:
    """The project's files, without what was made from them."""
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = sorted(d for d in folders if not IGNORED.search((here / d).as_posix()))
        for name in sorted(set(names) - {".git"}):  # a work tree of another checkout
            if not patterns or any((here / name).match(pattern) for pattern in patterns):
                yield here / name


def read(path: str | Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Markdown without its blocks of code."""
    return re.sub(r"(?ms)^```.*?^```", "", text)


def locked(name: str) -> dict[str, str]:
    """Version by package of a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", read(name), re.MULTILINE))


def test_no_file_names_a_path_of_a_machine_or_a_host_of_a_registry() -> None:
    found = [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path in files()
        if b"\0" not in (raw := (ROOT / path).read_bytes())
        for text in [raw.decode("utf-8", "replace")]
        for match in UNWANTED.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_versions_and_hashes_and_no_address(name: str) -> None:
    text = read(name)
    assert not re.search(r"://|--(?:extra-)?index|find-links|file:| @ ", text)
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^ *#.*\n", "", text).strip())
    line = re.compile(
        r"[a-z0-9-]+==[^\s;]+(?: ; [^\\\n]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+"
    )
    assert [entry for entry in entries if not line.fullmatch(entry)] == []
    assert len(entries) == len(locked(name)) > 20


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_fits_what_the_project_asks_for(name: str) -> None:
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *extras["build"]]
    if name == "requirements-dev.lock":
        asked += extras["dev"]
    versions = locked(name)
    for requirement in map(Requirement, asked):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_the_design_says_why_each_dependency_is_there() -> None:
    section = read("docs/design.md").partition("\n## 11. Dependencies\n")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", section, re.MULTILINE))
    told.pop("package", None)
    assert set(told) == {Requirement(each).name for each in PROJECT["dependencies"]}
    assert all(len(reason) > 15 for reason in told.values())
    for each in (
        *PROJECT["optional-dependencies"]["dev"],
        *PROJECT["optional-dependencies"]["build"],
    ):
        assert Requirement(each).name in section


def test_only_declared_packages_are_imported() -> None:
    declared = {canonicalize_name(Requirement(each).name) for each in PROJECT["dependencies"]}
    distributions = packages_distributions()
    undeclared = {
        (str(path), module)
        for path in files("*.py")
        if path.parts[0] in OURS
        for module in imported(path)
        if module not in sys.stdlib_module_names and module not in OURS
        if not declared & {canonicalize_name(d) for d in distributions.get(module, ())}
    }
    assert undeclared == set()


def test_the_client_needs_nothing_but_what_it_declares() -> None:
    project = tomllib.loads(read(CLIENT / "pyproject.toml"))["project"]
    assert [Requirement(each).name for each in project["dependencies"]] == ["httpx2"]
    modules = {
        module for path in files("*.py") if CLIENT in path.parents for module in imported(path)
    }
    assert modules - sys.stdlib_module_names == {"httpx2", "vigie_client"}


def imported(path: Path) -> Iterator[str]:
    """Top-level names of the modules that a file imports."""
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def test_imports_run_one_way() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ]
    done = subprocess.run(
        [*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", done.stdout)


def test_every_source_file_has_its_test_file() -> None:
    missing = [
        str(path)
        for path in files("*.py")
        if path.parts[0] in (*OURS, CLIENT.parts[0]) and path.name != "__init__.py"
        if path.parent not in MADE_OF_TABLES and path.as_posix() not in UNTESTED
        if not (ROOT / "tests" / path.parent / f"test_{path.name}").is_file()
    ]
    assert missing == []


def test_what_needs_no_test_file_is_there_and_has_none() -> None:
    for name in UNTESTED:
        path = Path(name)
        assert (ROOT / path).is_file(), name
        assert not (ROOT / "tests" / path.parent / f"test_{path.name}").exists(), name


def test_every_module_says_what_it_promises() -> None:
    silent = [
        str(path)
        for path in files("*.py")
        if not (ast.get_docstring(ast.parse(read(path))) or "").strip()
    ]
    assert silent == []


def test_documents_link_to_files_that_are_there() -> None:
    broken = [
        f"{path}: {target}"
        for path in files("*.md")
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", prose(read(path)))
        if "://" not in target and not target.startswith("mailto:")
        if not (ROOT / path.parent / target).exists()
    ]
    assert broken == []


def test_documents_name_make_targets_that_are_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = {
        target
        for document in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")
        for target in re.findall(r"(?m)(?:^|`)make ([a-z]+)", read(document))
    }
    assert {"demo", "test"} <= named <= targets


def test_make_says_which_python_it_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "-f", str(ROOT / "Makefile"), ".venv/bin/python", "PYTHON=false"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Vigie needs Python 3.11, 3.12 or 3.13; 'false' is not there" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_make_tells_what_there_is() -> None:
    # A make that runs these tests must not tell this one where it is.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, env=alone
    )
    targets = re.findall(r"^\.PHONY: (\w+)$", read("Makefile"), re.MULTILINE)
    assert [line.split()[1] for line in done.stdout.splitlines()] == targets


def test_the_licence_is_there_in_full() -> None:
    text = read("LICENSE")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License\n" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_client_is_a_wheel_with_its_types(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT / CLIENT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("vigie_client-*.whl")
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
    package = CLIENT / "vigie_client"
    assert held == {p.relative_to(CLIENT).as_posix() for p in files() if package in p.parents}
    assert "vigie_client/py.typed" in held


def test_the_wheel_holds_all_that_the_program_needs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
    ours = {path.as_posix() for path in files() if path.parts[0] in OURS}
    shipped = {
        f"monitor/shipped/{folder.name}/{path.relative_to(folder)}"
        for folder in (Path("data/examples"), Path("data/geo"), Path("docs/runbooks"))
        for path in files()
        if folder in path.parents
    }
    assert held == {name for name in ours if not name.endswith(".pyc")} | shipped

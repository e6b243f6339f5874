"""What the source never does, as far as a program can read it: run text, trust bytes, roll its own
cryptography, or keep anything in a browser."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from monitor.web.app import STATIC
from monitor.web.rendering import TEMPLATES
from tests.test_project import OURS, files, read

RUNS = {"eval", "exec", "compile", "__import__"}
SHELLS = {"system", "popen", "getoutput", "getstatusoutput", "spawnl", "spawnlp"}
UNSAFE = re.compile(
    r"^(pickle|dill|shelve|marshal|jsonpickle|yaml|xml|lxml|defusedxml|xmlrpc|telnetlib|ftplib)(\.|$)"
)
GUESSABLE = {"random", "uuid"}
FOR_CHANCE = ("monitor/simulation/", "monitor/evaluation/", "monitor/models/", "monitor/geodata/")
"""Where seeded chance makes worlds and samples, and nothing that must not be guessed."""
HASHES = {"sha256", "sha512", "blake2b", "file_digest", "new"}
CRYPTOGRAPHY = {
    "monitor/mfa/sealing.py": "AES-256-GCM",
    "monitor/chain/sealing.py": "Ed25519",
    "monitor/mfa/passwords.py": "Argon2id",
    "monitor/mfa/recovery.py": "Argon2id",
}
SHA1 = {"monitor/mfa/breaches.py": "what the list of stolen passwords is asked by"}


@cache
def modules() -> tuple[tuple[str, ast.AST], ...]:
    found = [path for path in files("*.py") if path.parts[0] in OURS]
    return tuple((path.as_posix(), ast.parse(read(path))) for path in found)


def called(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """The names of what is called, with what stands before the dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_no_shell_is_called() -> None:
    for path, tree in modules():
        for name, call in called(tree):
            assert not (name.startswith("os.") and name[3:] in SHELLS), path
            told = {word.arg: word.value for word in call.keywords}
            assert "shell" not in told, path
            if name.startswith("subprocess.") and call.args:
                assert not isinstance(call.args[0], ast.Constant | ast.JoinedStr), path


def test_nothing_is_evaluated_or_unpickled() -> None:
    for path, tree in modules():
        assert not [name for name, _ in called(tree) if name in RUNS], path
        assert not [name for name in imported(tree) if UNSAFE.match(name)], path


def test_chance_is_the_system_s() -> None:
    """Where somebody could gain by guessing, `secrets` and `os.urandom` alone."""
    for path, tree in modules():
        if not path.startswith(FOR_CHANCE):
            assert not GUESSABLE & set(imported(tree)), path


def test_no_cryptography_of_our_own() -> None:
    for path, tree in modules():
        for name in imported(tree):
            if name.startswith(("cryptography.hazmat.primitives.ciphers", "argon2", "Crypto")):
                assert path in CRYPTOGRAPHY, (path, name)
            assert not name.startswith(("cryptography.hazmat.decrepit", "hashlib.md5")), path
        for name, call in called(tree):
            if not name.startswith("hashlib."):
                continue
            kind = name.split(".")[1].partition("(")[0]
            assert kind in HASHES or (kind == "sha1" and path in SHA1), (path, name)
            if kind == "new":
                assert "sha256" in ast.unparse(call), path


def test_pages_keep_nothing_in_the_browser() -> None:
    scripts = [*STATIC.glob("*.js")]
    assert len(scripts) >= 4
    for path in scripts:
        text = path.read_text(encoding="utf-8")
        kept = r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.|serviceWorker"
        assert not re.search(
            rf"{kept}|postMessage|\beval\b|new Function|\.innerHTML|document\.write", text
        ), path


def test_fields_of_passwords_hide_and_are_pasted_into() -> None:
    found = 0
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for field in re.findall(r"<input\b[^>]*>", text):
            if re.search(r'name="[a-z_]*(password|repeated)', field):
                found += 1
                assert 'type="password"' in field, path
                assert re.search(r'autocomplete="(current|new)-password"', field), path
    assert found >= 2
    for script in STATIC.glob("*.js"):
        assert "paste" not in script.read_text(encoding="utf-8"), script


def test_no_address_takes_a_secret() -> None:
    """Of the description, and of what pages link to: no key, token or password in a query."""
    secret = re.compile(r"[?&](key|token|password|secret|session|code)=", re.IGNORECASE)
    for path in [*TEMPLATES.rglob("*.html"), *Path(STATIC).glob("*.js")]:
        assert not secret.search(path.read_text(encoding="utf-8")), path
    for path, tree in modules():
        if path.startswith("monitor/web/"):
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    assert not secret.search(node.value), path

"""Takes a Dockerfile's own steps in bare folders: what an engine would do, without an engine.

Knows the instructions that ours uses and refuses all others. A stage is a folder; `RUN` is `sh -c`
in it by chroot, `USER` is setpriv, and the image is run on a file system that cannot be written.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MOUNTED = ("proc", "dev")
HANDED_DOWN = ("PIP_CERT", "PIP_DEFAULT_TIMEOUT", "SSL_CERT_FILE")
"""What a builder brings from its own surroundings: how to reach the registries."""


# Found by our own path, not by the one inside.
_CHROOT = shutil.which("chroot", path="/usr/sbin:/sbin:/usr/bin:/bin") or "chroot"


@dataclass
class Stage:
    """A folder with what was said of it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    directory: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)


def instructions(text: str) -> list[tuple[str, str]]:
    """Every instruction with its rest, comments and continued lines taken out."""
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(kept))
    found = []
    for line in filter(str.strip, joined.splitlines()):
        name, _, rest = line.strip().partition(" ")
        found.append((name.upper(), rest.strip()))
    return found


class Rehearsal:
    """Builds the stages of one Dockerfile under a folder."""

    def __init__(self, context: Path, folder: Path, base: Path) -> None:
        """`base` is an unpacked Debian that stands for every image that is not a stage."""
        self._context = context
        self._folder = folder
        self._base = base
        self._stages: dict[str, Stage] = {}
        self._global: dict[str, str] = {}
        self.last: Stage | None = None

    def build(self, text: str) -> Stage:
        """Take every step; the last stage is the image."""
        for name, rest in instructions(text):
            step = getattr(self, f"_{name.lower()}", None)
            if step is None:
                raise NotImplementedError(f"{name} {rest}")
            step(rest)
        assert self.last is not None
        return self.last

    @property
    def _stage(self) -> Stage:
        assert self.last is not None, "FROM comes first"
        return self.last

    def _from(self, rest: str) -> None:
        image, _, name = self._expanded(rest).partition(" AS ")
        root = self._folder / (name or f"stage{len(self._stages)}")
        former = self._stages.get(image)
        source = self._base if former is None else former.root
        subprocess.run(["cp", "-a", "--reflink=auto", source, root], check=True)
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        inherited = {} if former is None else dict(former.environment)
        self.last = Stage(root, inherited)
        self._stages[name or root.name] = self.last

    def _arg(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        where = self._global if self.last is None else self._stage.arguments
        where[name] = value

    def _run(self, rest: str) -> None:
        stage = self._stage
        with mounted(stage.root):
            self._certificates(stage.root)
            inside(stage, ["/bin/sh", "-c", rest], extra=stage.arguments | self._handed_down())

    def _copy(self, rest: str) -> None:
        parts = shlex.split(rest)
        source = self._context
        if parts[0].startswith("--from="):
            source = self._stages[parts.pop(0).removeprefix("--from=")].root
        target = self._stage.root / self._absolute(parts.pop()).lstrip("/")
        for part in parts:
            given = source / part.lstrip("/")
            into = target / given.name if given.is_file() and target.is_dir() else target
            into.parent.mkdir(parents=True, exist_ok=True)
            if given.is_dir():
                subprocess.run(["cp", "-a", f"{given}/.", _made(into)], check=True)
            else:
                shutil.copy(given, into)

    def _env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self._stage.environment[name] = value

    def _workdir(self, rest: str) -> None:
        self._stage.directory = self._absolute(rest)
        _made(self._stage.root / self._stage.directory.lstrip("/"))

    def _user(self, rest: str) -> None:
        self._stage.user = rest

    def _volume(self, rest: str) -> None:
        self._stage.volumes.append(rest)

    def _expose(self, rest: str) -> None:
        self._stage.ports.append(int(rest))

    def _healthcheck(self, rest: str) -> None:
        self._stage.health = json.loads(rest[rest.index("CMD ") + 4 :])

    def _entrypoint(self, rest: str) -> None:
        self._stage.entrypoint = json.loads(rest)

    def _cmd(self, rest: str) -> None:
        self._stage.command = json.loads(rest)

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._stage.directory, path))

    def _expanded(self, text: str) -> str:
        return re.sub(r"\$\{(\w+)\}", lambda found: self._global[found[1]], text)

    def _certificates(self, root: Path) -> None:
        own = Path("/etc/ssl/certs/ca-certificates.crt")
        if own.is_file() and (root / "etc/ssl/certs").is_dir():
            shutil.copy(own, root / "etc/ssl/certs/ca-certificates.crt")

    def _handed_down(self) -> dict[str, str]:
        return {name: os.environ[name] for name in HANDED_DOWN if name in os.environ}


class mounted:  # noqa: N801 - reads as a statement
    """The kernel's folders in a root, while in the block."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __enter__(self) -> None:
        for name in MOUNTED:
            place = _made(self._root / name)
            subprocess.run(["mount", "--rbind", f"/{name}", place], check=True)
            subprocess.run(["mount", "--make-rslave", place], check=True)

    def __exit__(self, *_: object) -> None:
        for name in reversed(MOUNTED):
            subprocess.run(["umount", "--recursive", "--lazy", self._root / name], check=True)


def inside(
    stage: Stage, command: Sequence[str], *, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as the stage has it; fails with what it said."""
    done = subprocess.run(
        entered(stage, command),
        env=surroundings(stage, extra),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"{shlex.join(command)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    )
    return done


def entered(stage: Stage, command: Sequence[str]) -> list[str]:
    """How to run a command in the stage, as its user, in its folder."""
    user, _, group = stage.user.partition(":")
    inner = ["/bin/sh", "-c", f'cd {shlex.quote(stage.directory)} && exec "$@"', "sh", *command]
    dropped = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
    before = [] if user == "0" else dropped
    return [_CHROOT, str(stage.root), *before, *inner]


def surroundings(stage: Stage, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in the stage."""
    start = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
    }
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    return start | quiet | stage.environment | dict(extra or {})


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder

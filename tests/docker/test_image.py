"""The image is built by its own steps in bare folders, and runs as it is meant to be run.

No container engine is needed: a Debian of debootstrap stands for the base image, chroot for the
engine, a read-only bind mount for the read-only file system. What an engine adds (networks,
seccomp, the registry's own base image) is not tried.
"""

import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docker.rehearsal import (
    Rehearsal,
    Stage,
    entered,
    inside,
    instructions,
    mounted,
    surroundings,
)
from tests.monitor.faults.running import lines_read, wait_until, world_lines, write
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8")
RELEASE = "trixie"
PORT = 8_320
OWNER = 10_001

pytestmark = [pytest.mark.debootstrap, pytest.mark.timeout(900), pytest.mark.xdist_group("image")]


def context(folder: Path) -> Path:
    """What `.dockerignore` lets through: a step that copies anything else fails."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("!"):
            source, target = ROOT / line[1:], folder / line[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
    assert "*" in lines
    return folder


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    if os.geteuid() != 0:
        pytest.skip("building in bare folders needs root")
    folder = tmp_path_factory.mktemp("image")
    base = folder / "debian"
    subprocess.run(
        ["debootstrap", "--variant=minbase", RELEASE, base], check=True, capture_output=True
    )
    stages = folder / "stages"
    stages.mkdir()
    yield Rehearsal(context(folder / "context"), stages, base).build(DOCKERFILE)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    image: Stage, folder: Path, settings: str, port: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """The image's own command on a file system that cannot be written but for its volume."""
    place = folder / "root"
    place.mkdir()
    with mounted(image.root):
        subprocess.run(["mount", "--rbind", image.root, place], check=True)
        subprocess.run(["mount", "--make-rslave", place], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        inner = [place / "tmp", place / image.volumes[0].lstrip("/")]
        for one, options in zip(
            inner, ("mode=1777", f"uid={OWNER},gid={OWNER},mode=0700"), strict=True
        ):
            subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", one], check=True)
        (inner[1] / "vigie.toml").write_text(settings)
        stage = Stage(place, image.environment, user=image.user, directory=image.directory)
        told = (folder / "told").open("ab")
        process = subprocess.Popen(
            entered(stage, [*image.entrypoint, *image.command]),
            env=surroundings(stage, port),
            stdout=told,
            stderr=told,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            told.close()
            subprocess.run(["umount", "--recursive", "--lazy", place], check=True)


def answers(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_the_steps_ship_what_runs_and_no_more(image: Stage) -> None:
    assert image.user == f"{OWNER}:{OWNER}"
    assert image.volumes == ["/var/lib/vigie"]
    assert image.ports == [PORT]
    for absent in ("build", "opt/vigie/bin/pip", "usr/bin/gcc", "opt/vigie/lib/tests"):
        assert not (image.root / absent).exists(), absent
    version = inside(
        image, ["/opt/vigie/bin/python", "-c", "import sqlite3; print(sqlite3.sqlite_version)"]
    ).stdout.strip()
    pinned = dict(rest.split("=", 1) for name, rest in instructions(DOCKERFILE) if name == "ARG")
    assert pinned["SQLITE"].startswith(f"{version}-")
    owned = inside(image, ["find", "/opt/vigie", "-writable", "-not", "-type", "l"]).stdout
    assert owned == ""


def test_it_runs_as_nobody_on_a_read_only_file_system(image: Stage, tmp_path: Path) -> None:
    settings = '[[sources]]\nname = "idp"\npath = "idp.ndjson"\n'
    lines = world_lines(days=1, accounts=10)
    number = free_port()
    port = {"VIGIE_WEB__PORT": str(number)}
    told = tmp_path / "told"
    with running(image, tmp_path, settings, port) as process:
        root = tmp_path / "root"
        data = root / "var/lib/vigie"
        write(data / "idp.ndjson", lines)
        stage = Stage(root, image.environment, user=image.user)

        def is_healthy() -> bool:
            done = subprocess.run(
                entered(stage, image.health),
                env=surroundings(stage, port),
                capture_output=True,
                check=False,
            )
            return done.returncode == 0

        wait_until(is_healthy, "it is healthy")
        assert answers(number, "/healthz") == 200
        assert answers(number, "/") == 401
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert f"Uid:\t{OWNER}\t{OWNER}" in status
        assert "NoNewPrivs:\t1" in status
        wait_until(lambda: lines_read(data / "vigie.db") == len(lines), "the log is read")
        denied = subprocess.run(
            entered(stage, ["touch", "/opt/vigie/x"]), capture_output=True, check=False, text=True
        )
        assert "Read-only file system" in denied.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(240) == 0, told.read_text()
        assert (data / "vigie.key").stat().st_mode & 0o777 == 0o600
        assert not is_healthy()

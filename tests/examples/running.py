"""The example as its README has it: Vigie, the application and Debian's nginx, on free ports."""

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.monitor.faults.running import environment, stop, wait_until
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/fastapi"
_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx;
    proxy_temp_path {folder}/nginx;
    fastcgi_temp_path {folder}/nginx;
    uwsgi_temp_path {folder}/nginx;
    scgi_temp_path {folder}/nginx;
    include {folder}/nginx.conf;
}}
"""


class Example:
    """All of it in a folder of its own: the example's files, with free ports in place of theirs."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        """`migrated` is a database's file, which saves making one."""
        self.folder = folder
        (folder / "var").mkdir()
        shutil.copy(migrated, folder / "var/vigie.db")
        ports = {"8080": free_port(), "8000": free_port(), "8320": free_port()}
        for name in ("nginx.conf", "vigie.toml", "policy.toml"):
            text = (EXAMPLE / name).read_text(encoding="utf-8")
            told = re.sub(r"\b(8080|8000|8320)\b", lambda found: str(ports[found[0]]), text)
            (folder / name).write_text(told, encoding="utf-8")
        self.url = f"http://127.0.0.1:{ports['8080']}"
        self.vigie = f"http://localhost:{ports['8320']}"
        self._application = ports["8000"]
        self._secrets = {
            "GATE_SECRET": secrets.token_hex(32),
            "HAND_OFF_SECRET": secrets.token_hex(32),
        }

    @property
    def config(self) -> Path:
        """Vigie's settings."""
        return self.folder / "vigie.toml"

    @contextmanager
    def alone(self) -> Iterator["Example"]:
        """The same, and Vigie is away."""
        with self._web("a-key-of-nobody"), self._nginx():
            self._answers(f"{self.url}/sign-in")
            yield self

    @contextmanager
    def running(self) -> Iterator["Example"]:
        """All of it, until the end of the block."""
        key = self._set_up()
        with self._vigie(), self._web(key), self._nginx():
            self._answers(f"{self.vigie}/readyz")
            self._answers(f"{self.url}/sign-in")
            yield self

    @contextmanager
    def _vigie(self) -> Iterator[None]:
        command = ["-m", "monitor", "run", "--config", str(self.config)]
        env = environment() | {"PYTHONPATH": str(ROOT)} | self._own()
        with self._process("vigie", [sys.executable, *command], env):
            yield

    def _own(self) -> dict[str, str]:
        return {
            "VIGIE_GATE__COOKIE_SECRET": self._secrets["GATE_SECRET"],
            "VIGIE_MFA__HAND_OFF_SECRET": self._secrets["HAND_OFF_SECRET"],
        }

    def _set_up(self) -> str:
        for command in (
            ("policy", "import", "policy.toml", "--reason", "the example", "--yes"),
            ("key", "create", "example", "--scope", "sign-ins:decide", "--tenant", "default"),
        ):
            done = subprocess.run(
                [sys.executable, "-m", "monitor", *command, "--config", str(self.config)],
                cwd=self.folder,
                env=environment() | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        return str(done.stdout).strip()

    @contextmanager
    def _web(self, key: str) -> Iterator[None]:
        env = {
            **self._secrets,
            "VIGIE": self.vigie,
            "VIGIE_KEY": key,
            "APP_ADDRESS": self.url,
            "SIGN_IN_LOG": str(self.folder / "sign-ins.ndjson"),
            "PYTHONPATH": f"{EXAMPLE}:{ROOT / 'clients/python'}",
        }
        port = str(self._application)
        command = [sys.executable, "-m", "uvicorn", "app:app", "--port", port]
        with self._process("application", command, os.environ | env):
            yield

    @contextmanager
    def _nginx(self) -> Iterator[None]:
        main = self.folder / "main.conf"
        main.write_text(_NGINX.format(folder=self.folder))
        command = [
            "nginx",
            "-c",
            str(main),
            "-p",
            str(self.folder),
            "-e",
            str(self.folder / "e.log"),
        ]
        with self._process("server", command, dict(os.environ)):
            yield

    @contextmanager
    def _process(self, name: str, command: list[str], env: dict[str, str]) -> Iterator[None]:
        with (self.folder / f"{name}.log").open("ab") as told:
            process = subprocess.Popen(command, cwd=self.folder, env=env, stdout=told, stderr=told)
        try:
            yield
        finally:
            stop(process)

    def _answers(self, address: str) -> None:
        def is_there() -> bool:
            try:
                return httpx2.get(address).is_success
            except httpx2.TransportError:
                return False

        wait_until(is_there, f"{address} answers")

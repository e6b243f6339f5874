"""The lock: one engine at a time, and none that outlives its process."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.store.lock import EngineRunningError, only_engine

HOLD = """
import sys, time
from monitor.store.lock import only_engine
with only_engine(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_engine_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(EngineRunningError, match=str(holder.pid)), only_engine(url):
            pytest.fail("two engines at once")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with only_engine(url):
        pass


def test_a_database_in_memory_needs_none(tmp_path: Path) -> None:
    with only_engine("sqlite://"), only_engine("sqlite://"):
        assert list(tmp_path.iterdir()) == []

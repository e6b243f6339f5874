"""The manual's example of a sender does what it says, against a web process that is killed."""

import re
import subprocess
import sys
import time
from pathlib import Path

from monitor.store.connection import connect
from monitor.store.inbox import Inbox, Terms
from monitor.store.migration import upgrade
from tests.docs.manual import blocks
from tests.monitor.faults.pushing import key_of, serving

PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
SENDS = "send([b'{\"n\":%d}' % n for n in range(20)])\n"


def test_the_example_sends_until_it_is_durable_and_nothing_twice(tmp_path: Path) -> None:
    (example,) = [
        one.text for one in blocks(PAGE) if one.kind == "python" and "def send" in one.text
    ]
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    key = tmp_path / "crm.key"
    key.write_text(key_of(database) + "\n")
    with serving(url, tmp_path) as web:
        told = re.sub(r"https://vigie\.example\.com", f"http://127.0.0.1:{web.port}", example)
        told = told.replace("/etc/vigie/crm.key", str(key))
        # No engine has begun, and then there is no server either: 503, and no answer.
        sender = subprocess.Popen([sys.executable, "-c", told + SENDS])
        time.sleep(0.5)
        web.kill()
        web.start()
        Inbox(database).announce(Terms(("crm",)))
        assert sender.wait(240) == 0
    (arrived,) = Inbox(database).after("crm", 0, 10, 1 << 20)
    assert len(arrived.parcel.lines) == 20
    database.dispose()

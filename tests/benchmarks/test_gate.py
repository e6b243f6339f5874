"""What is measured is what is said: both sides in turns, and suspensions that bite and end."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.gate import WAYS, header_of, measured, provider, settings_of
from monitor.clock import now_ms
from monitor.gate.opening import knower


@pytest.mark.parametrize("way", WAYS)
def test_what_is_sent_is_a_session_that_the_gate_knows(way: str, tmp_path: Path) -> None:
    with provider() as issuer:
        settings = settings_of(way, tmp_path, issuer)
        name, _, value = header_of(way, issuer).partition(": ")
        made = knower(settings.gate, "acme", now_ms)

        async def ask() -> str:
            found = await made.know([(name.lower().encode(), value.encode())])
            if hasattr(made, "close"):
                await made.close()
            assert found is not None
            return found.account

        assert asyncio.run(ask()) == "u-bench"


@pytest.mark.soak
def test_both_sides_answer_in_turns_and_a_suspension_bites() -> None:
    found = measured("cookie", 4, 10, 1)
    # How many times the endpoint it is depends on what else the machine does.
    assert found.ratio > 0
    assert 0 < found.empty_p50 <= found.empty_p99
    assert 0 < found.gate_p50 <= found.gate_p99
    assert 0 < found.bites_p50 <= found.bites_most

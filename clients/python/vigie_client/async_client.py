"""`AsyncVigie`: the same under asyncio."""

import asyncio
import json
import ssl
import time
from types import TracebackType
from typing import Self

import httpx2

from vigie_client.asking import BREAKS, PATH, Asking, Ring, Way, broken, path_of, whole, write_down
from vigie_client.decision import Decision, Standing, read, read_standing
from vigie_client.exchange import MOST, Answer, Attempt, Document, Failure, Met, exchange
from vigie_client.fallback import Fallback
from vigie_client.patience import Patience
from vigie_client.resting import Rest
from vigie_client.sign_in import Outcome, SignIn
from vigie_client.trouble import Cause, Trouble, VigieError

_DEFAULT_PATIENCE, _DEFAULT_FALLBACK, _DEFAULT_REST = Patience(), Fallback(), Rest()


class AsyncVigie:
    """Asks one Vigie by one API key (scope `sign-ins:decide`). Make one for each event loop and
    keep it: it keeps its connections. Raises ValueError for an address or a key that cannot be."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        fallback: Fallback = _DEFAULT_FALLBACK,
        on_alarm: Ring = write_down,
        patience: Patience = _DEFAULT_PATIENCE,
        rest: Rest = _DEFAULT_REST,
        verify: ssl.SSLContext | bool = True,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._asking = Asking(Way(url, key), patience, fallback, rest, on_alarm)
        self._client = httpx2.AsyncClient(
            headers=self._asking.way.headers, verify=verify, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def decide(self, sign_in: SignIn, *, case: str | None = None) -> Decision:
        """What to answer a user, within the deadline, whatever becomes of Vigie.

        Where it gives no decision, the fallback's for `case` holds, `decision.trouble` says why,
        and the alarm is rung. Raises ValueError for a case that the fallback does not name.
        """
        self._asking.fallback.verdict(case)
        try:
            return await self.ask(sign_in)
        except VigieError as error:
            return self._asking.fall_back(sign_in, case, error.trouble)

    async def ask(self, sign_in: SignIn) -> Decision:
        """The same without a fallback. Raises VigieError where there is no decision."""
        return read(await self._send("POST", PATH, sign_in.document()), sign_in.uid)

    async def tell(self, decision: Decision, outcome: Outcome) -> Standing | None:
        """Say how a sign-in ended that was asked about, where no log tells it. Of a fallback's
        decision Vigie knows nothing: None. Raises VigieError where it could not be told."""
        if decision.is_fallback:
            return None
        path = f"{path_of(decision.handle)}/outcome"
        return read_standing(await self._send("POST", path, outcome.document()))

    async def standing(self, handle: str) -> Standing:
        """How a question stands, by the decision's `handle`: whether its challenge was passed, for
        one. Raises VigieError."""
        return read_standing(await self._send("GET", path_of(handle), None))

    async def _send(self, method: str, path: str, told: Document | None) -> Document:
        body = b"" if told is None else json.dumps(told).encode()
        if (trouble := self._asking.resting(time.monotonic())) is not None:
            raise VigieError(trouble)
        return self._asking.met(await self._exchanged(method, path, body), time.monotonic())

    async def _exchanged(self, method: str, path: str, body: bytes) -> Document | Trouble:
        steps = exchange(self._asking.patience, time.monotonic)
        met: Met = None
        try:
            while True:
                step = steps.send(met)
                if isinstance(step, Attempt):
                    met = await self._attempt(method, path, body, step.limit)
                else:
                    await asyncio.sleep(step.seconds)
                    met = None
        except StopIteration as ended:
            found: Document | Trouble = ended.value
            return found

    async def _attempt(self, method: str, path: str, body: bytes, limit: float) -> Answer | Failure:
        try:
            async with asyncio.timeout(limit):
                return await self._answered(method, path, body, limit)
        except TimeoutError:
            return Failure(Cause.TOO_SLOW, f"no answer within {limit:.3g} s")
        except BREAKS as error:
            return broken(error)

    async def _answered(
        self, method: str, path: str, body: bytes, limit: float
    ) -> Answer | Failure:
        url = self._asking.way.base + path
        async with self._client.stream(method, url, content=body, timeout=limit) as answer:
            taken = bytearray()
            async for part in answer.aiter_raw():
                taken += part
                if len(taken) > MOST:
                    break
            return whole(answer.status_code, answer.headers, taken)

"""`Vigie`: asks for decisions and waits for them, from any number of threads."""

import json
import ssl
import time
from types import TracebackType
from typing import Self

import httpx2

from vigie_client.asking import BREAKS, PATH, Asking, Ring, Way, broken, path_of, whole, write_down
from vigie_client.bounded import Bounded
from vigie_client.decision import Decision, Standing, read, read_standing
from vigie_client.exchange import MOST, Answer, Attempt, Document, Failure, Met, exchange
from vigie_client.fallback import Fallback
from vigie_client.patience import Patience
from vigie_client.resting import Rest
from vigie_client.sign_in import Outcome, SignIn
from vigie_client.trouble import Cause, Trouble, VigieError

_DEFAULT_PATIENCE, _DEFAULT_FALLBACK, _DEFAULT_REST = Patience(), Fallback(), Rest()


class Vigie:
    """Asks one Vigie by one API key (scope `sign-ins:decide`). Make one for each process and keep
    it: it keeps its connections. Raises ValueError for an address or a key that cannot be."""

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
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._asking = Asking(Way(url, key), patience, fallback, rest, on_alarm)
        self._bounded = Bounded()
        self._client = httpx2.Client(
            headers=self._asking.way.headers, verify=verify, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def decide(self, sign_in: SignIn, *, case: str | None = None) -> Decision:
        """What to answer a user, within the deadline, whatever becomes of Vigie.

        Where it gives no decision, the fallback's for `case` holds, `decision.trouble` says why,
        and the alarm is rung. Raises ValueError for a case that the fallback does not name.
        """
        self._asking.fallback.verdict(case)
        try:
            return self.ask(sign_in)
        except VigieError as error:
            return self._asking.fall_back(sign_in, case, error.trouble)

    def ask(self, sign_in: SignIn) -> Decision:
        """The same without a fallback. Raises VigieError where there is no decision."""
        return read(self._send("POST", PATH, sign_in.document()), sign_in.uid)

    def tell(self, decision: Decision, outcome: Outcome) -> Standing | None:
        """Say how a sign-in ended that was asked about, where no log tells it. Of a fallback's
        decision Vigie knows nothing: None. Raises VigieError where it could not be told."""
        if decision.is_fallback:
            return None
        path = f"{path_of(decision.handle)}/outcome"
        return read_standing(self._send("POST", path, outcome.document()))

    def standing(self, handle: str) -> Standing:
        """How a question stands, by the decision's `handle`: whether its challenge was passed, for
        one. Raises VigieError."""
        return read_standing(self._send("GET", path_of(handle), None))

    def _send(self, method: str, path: str, told: Document | None) -> Document:
        body = b"" if told is None else json.dumps(told).encode()
        if (trouble := self._asking.resting(time.monotonic())) is not None:
            raise VigieError(trouble)
        return self._asking.met(self._exchanged(method, path, body), time.monotonic())

    def _exchanged(self, method: str, path: str, body: bytes) -> Document | Trouble:
        steps = exchange(self._asking.patience, time.monotonic)
        met: Met = None
        try:
            while True:
                step = steps.send(met)
                if isinstance(step, Attempt):
                    met = self._attempt(method, path, body, step.limit)
                else:
                    time.sleep(step.seconds)
                    met = None
        except StopIteration as ended:
            found: Document | Trouble = ended.value
            return found

    def _attempt(self, method: str, path: str, body: bytes, limit: float) -> Answer | Failure:
        try:
            return self._bounded.run(lambda: self._answered(method, path, body, limit), limit)
        except TimeoutError as error:
            return Failure(Cause.TOO_SLOW, str(error))
        except BREAKS as error:
            return broken(error)

    def _answered(self, method: str, path: str, body: bytes, limit: float) -> Answer | Failure:
        url = self._asking.way.base + path
        with self._client.stream(method, url, content=body, timeout=limit) as answer:
            taken = bytearray()
            for part in answer.iter_raw():
                taken += part
                if len(taken) > MOST:
                    break
            return whole(answer.status_code, answer.headers, taken)

"""Asks one server over HTTP, behind the wall: verified, bounded in time and size, led nowhere else.

Certificates are verified. A redirect is followed for GET only, and only within the same server.
The environment's proxies, certificates and passwords are not heeded. Each question has its own
connection, so that its address is looked at. What goes wrong is told without what was sent, and
of the address without more than its server: paths of webhooks are secrets.
"""

import ipaddress
import ssl
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx2

from alerts.egress.wall import Standing, Wall

LONGEST_PAUSE: Final = 3_600.0
"""Seconds that a server may ask us to stay away."""
MAXIMUM_REDIRECTS: Final = 3
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_PORTS: Final = {"https": 443, "http": 80}
_NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_TELLABLE: Final = (httpx2.ConnectError, httpx2.ReadError, httpx2.WriteError)
"""Whose words are the system's; others' may repeat what was sent."""


class EgressError(Exception):
    """A question that got no answer: `why` in words, without secrets. `passes`: it may be better
    when it is asked again; `was_sent`: the server may have had it, and done it. `status` is that of
    an answer that could not be read."""

    def __init__(
        self, why: str, *, passes: bool, was_sent: bool, status: int | None = None
    ) -> None:
        super().__init__(why)
        self.why = why
        self.passes = passes
        self.was_sent = was_sent
        self.status = status


class Answer(NamedTuple):
    """What a server answered, whatever its status; headers' names in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def retry_after_s(self) -> float | None:
        """Seconds that the server wants to be left alone (RFC 9110, section 10.2.3): a number, or
        a date by its own clock; None where it does not say."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit() and len(text) < 10:
            return min(float(text), LONGEST_PAUSE)
        until, now = _date(text), _date(self.headers.get("date", ""))
        if until is None or now is None:
            return None
        return min(max(0.0, (until - now).total_seconds()), LONGEST_PAUSE)


class Client:
    """Asks what lies below `base`. Safe between threads; to be closed."""

    def __init__(
        self, wall: Wall, base: str, *, ca: str | None = None, insecure_http: bool = False
    ) -> None:
        """`ca`: authorities (PEM) trusted besides the system's and the settings'. Plain http is
        for this machine, or where it is called safe. Raises ValueError, which tells no secret."""
        self.server = server_of(base, insecure_http=insecure_http)
        self._base = base.rstrip("/")
        self._wall = wall
        is_tls = base.lower().startswith("https:")
        # Without TLS there is nothing to verify, and reading the system's authorities takes long.
        verify = authorities(wall.outbound.ca, ca) if is_tls else False
        transport = httpx2.HTTPTransport(
            verify=verify, trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0)
        )
        self._http = httpx2.Client(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=wall.outbound.step_seconds,
            headers={"Accept-Encoding": "identity", "User-Agent": "vigie"},
        )

    def close(self) -> None:
        """Ends what it holds."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to one question. `path` is put behind the base, quoted by whoever gives it;
        a `form` is sent as one. Raises EgressError."""
        if path and not path.startswith("/"):
            raise ValueError("a path begins with a slash")
        with self._wall.standing() as standing:
            try:
                request = self._http.build_request(
                    method,
                    self._base + path,
                    params=None if query is None else dict(query),
                    content=body,
                    data=None if form is None else dict(form),
                    headers=dict(headers or {}),
                )
                answer = self._asked(request)
            except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
                raise self._failure(error, standing) from None
            finally:
                self._http.cookies.clear()
            if standing.is_late:  # cut, an answer without a length seems whole
                raise self._late(was_sent=True)
        return answer

    def _asked(self, request: httpx2.Request) -> Answer:
        for _ in range(MAXIMUM_REDIRECTS + 1):
            response = self._http.send(request, stream=True)
            try:
                if response.status_code not in _REDIRECTS:
                    body = self._body(response)
                    return Answer(response.status_code, response.headers, body)
                url = self._elsewhere(request, response)
            finally:
                response.close()
            request = self._http.build_request("GET", url, headers=request.headers)
        raise EgressError(
            f"{self.server} sends us on and on; give the address it really has",
            passes=False,
            was_sent=False,
        )

    def _elsewhere(self, request: httpx2.Request, response: httpx2.Response) -> str:
        try:
            url = urljoin(str(request.url), response.headers.get("location", ""))
        except ValueError:  # an address that is none
            url = ""
        if request.method != "GET" or _site(url) != _site(str(request.url)):
            raise EgressError(
                f"{self.server} sends us elsewhere (HTTP {response.status_code}), which is not "
                "followed; give the address it really has",
                passes=False,
                was_sent=False,
            )
        return url

    def _body(self, response: httpx2.Response) -> bytes:
        most = self._wall.outbound.answer_kib << 10
        body = bytearray()
        try:
            for part in _unpacked(response, most + 1):
                body += part
                if len(body) > most:
                    raise self._unusable(response, f"is larger than {most >> 10:,} KiB")
        except zlib.error:
            raise self._unusable(response, "is not packed as it says") from None
        except NotImplementedError:
            raise self._unusable(response, "is packed in a way that was not asked for") from None
        return bytes(body)

    def _unusable(self, response: httpx2.Response, why: str) -> EgressError:
        status = response.status_code
        told = f"an answer of {self.server} {why}"
        return EgressError(told, passes=False, was_sent=True, status=status)

    def _failure(self, error: Exception, standing: Standing) -> EgressError:
        was_sent = not isinstance(error, (*_NOT_SENT, httpx2.InvalidURL))
        if standing.is_late or isinstance(error, httpx2.TimeoutException):
            return self._late(was_sent=was_sent)
        if standing.refused and not was_sent:
            why = f"{self.server}: connecting to {standing.refused[-1]} is refused; name it in "
            return EgressError(f"{why}outbound.allow if it is meant", passes=False, was_sent=False)
        if isinstance(error, (httpx2.LocalProtocolError, httpx2.InvalidURL)):
            why = f"what was to be sent to {self.server} cannot be sent ({type(error).__name__})"
            return EgressError(why, passes=False, was_sent=False)
        return self._unreachable(error, was_sent=was_sent)

    def _late(self, *, was_sent: bool) -> EgressError:
        return EgressError(f"{self.server} does not answer in time", passes=True, was_sent=was_sent)

    def _unreachable(self, error: Exception, *, was_sent: bool) -> EgressError:
        told = str(error) if isinstance(error, _TELLABLE) else ""
        name = type(error).__name__
        advice = ""
        if "CERTIFICATE_VERIFY_FAILED" in told:
            advice = "; if its certificate is of an authority of your own, name that in ca_file"
        shown = "".join(c if c.isprintable() else " " for c in told[:200])
        why = f"{self.server} cannot be reached or broke off ({name}{shown and f': {shown}'})"
        return EgressError(why + advice, passes=True, was_sent=was_sent)


def server_of(base: str, *, insecure_http: bool) -> str:
    """The scheme and the host of an address that may be asked. Raises ValueError."""
    try:
        parts = urlsplit(base)
        _ = parts.port
    except ValueError:
        raise ValueError("expected an address such as https://idp.example/path") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("expected an address such as https://idp.example/path")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("an address has no user, password, query or fragment")
    if parts.scheme == "http" and not (insecure_http or _is_this_machine(parts.hostname)):
        raise ValueError(
            f"what is sent to {parts.hostname} would go unencrypted: use https://, or set "
            "insecure_http = true where the way there is safe"
        )
    return f"{parts.scheme}://{parts.netloc}"


def check_url(base: str, key: str = "url", *, insecure_http: bool) -> None:
    """Raises ValueError, with the setting's key, for an address that may not be asked."""
    try:
        server_of(base, insecure_http=insecure_http)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _site(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None


def authorities(*given: str | None) -> ssl.SSLContext:
    """The system's authorities and those given (PEM). Raises ValueError."""
    context = ssl.create_default_context()
    for text in filter(None, given):
        try:
            context.load_verify_locations(cadata=text)
        except (ssl.SSLError, ValueError):
            raise ValueError("expected certificates in PEM") from None
    return context


def check_authorities(given: str | None) -> None:
    """Raises ValueError for what are no certificates in PEM; the system's are not read."""
    if given is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=given)
    except (ssl.SSLError, ValueError):
        raise ValueError("ca: expected certificates in PEM (ca_file reads a file)") from None


def _unpacked(response: httpx2.Response, most: int) -> Iterator[bytes]:
    """What came, unpacked in pieces of `most` bytes at the utmost: a few bytes can be made to
    unpack to gigabytes. Servers pack what nobody asked them to."""
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing in ("identity", ""):
        yield from response.iter_raw()
        return
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise NotImplementedError
    unpack = zlib.decompressobj(wbits=47)
    for part in response.iter_raw():
        yield unpack.decompress(part, most)
        while unpack.unconsumed_tail:
            yield unpack.decompress(unpack.unconsumed_tail, most)
    if not unpack.eof:
        raise zlib.error


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None

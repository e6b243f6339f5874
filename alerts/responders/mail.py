"""Mail by SMTP (RFC 5321): to the users of accounts, and to the team.

A message has the same Message-ID at every attempt, so that a mail program shows one that came twice
once. What a server refuses for good (5xx) is refused; what it puts off (4xx, as greylisting does)
is tried again. TLS is verified, and asked for unless the settings say that there is none.
"""

import re
import smtplib
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from hashlib import blake2b
from typing import Annotated, Final, Literal

from msgspec import Meta

from alerts.egress.client import authorities, check_authorities
from alerts.egress.wall import Standing
from alerts.messages.values import line
from alerts.ports import AccountState, Action, Order, Receipt, RefusedError, RetryError, Target
from alerts.responders.surroundings import Surroundings
from alerts.responders.writing import Writing

KIND: Final = "mail"
ACTIONS: Final = frozenset((Action.NOTIFY, Action.TELL))

PORTS: Final = {"starttls": 587, "implicit": 465, "none": 25}
_ADDRESS = re.compile(
    r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,255}"
)
_NAME = re.compile(r"[^<>@\x00-\x1f\x7f]*")
Mailbox = Annotated[str, Meta(max_length=320)]


class Terms(Writing, frozen=True, kw_only=True):
    """The server (`host`, `port`; `security` is `starttls`, `implicit` TLS or `none`), who signs in
    there (`username`, `password`), and from whom mail comes (`sender`, as `Vigie <v@example.com>`
    or the address alone). `to` are the team's addresses. `ca` (PEM) is trusted besides the system's
    authorities.
    """

    host: Annotated[str, Meta(pattern=r"^[^\s@/]{1,255}\Z")]
    port: Annotated[int, Meta(ge=1, le=65_535)] | None = None
    security: Literal["starttls", "implicit", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    ca: str | None = None
    sender: Mailbox
    reply_to: Mailbox | None = None
    to: Annotated[tuple[Mailbox, ...], Meta(max_length=50)] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for key, text in (("sender", self.sender), ("reply_to", self.reply_to)):
            if text is not None and mailbox(text) is None:
                raise ValueError(f"{key}: expected an address such as vigie@example.com")
        if any(mailbox(one) is None for one in self.to):
            raise ValueError("to: expected addresses such as security@example.com")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together (password_file reads a file)")
        if self.password is not None and self.security == "none":
            raise ValueError(
                "security: the password would go unencrypted: use starttls or implicit"
            )
        if Action.TELL in (self.actions or ACTIONS) and not self.to:
            raise ValueError('to: name the addresses of the team, or set actions = ["notify"]')
        check_authorities(self.ca)


def mailbox(text: str) -> Address | None:
    """A name and an address (RFC 5322, section 3.4: `NAME <ADDRESS>`, or the address); None for
    what is none."""
    name, _, rest = text.rpartition("<") if text.endswith(">") else ("", "", text)
    found = rest.removesuffix(">").strip()
    if _ADDRESS.fullmatch(found) is None or not _NAME.fullmatch(name):
        return None
    user, _, host = found.partition("@")
    try:
        # A mail server is asked for a name of the DNS.
        domain = host.encode("idna").decode()
        return Address(name.strip().strip('"'), username=user, domain=domain)
    except (ValueError, IndexError):
        return None


def open_responder(_name: str, terms: Terms, surroundings: Surroundings) -> "Mail":
    """Nothing is connected to yet. Raises ValueError."""
    return Mail(terms, surroundings)


class Mail:
    """One server; a connection for each message."""

    def __init__(self, terms: Terms, surroundings: Surroundings) -> None:
        self._terms = terms
        self._surroundings = surroundings
        self._context = authorities(surroundings.wall.outbound.ca, terms.ca)

    def close(self) -> None:
        """Nothing is kept open."""

    def state(self, target: Target) -> AccountState | None:
        """Mail knows no accounts."""
        return None

    def deliver(self, order: Order) -> Receipt:
        """Hand the message over to the server; in which mailbox it ends up is not known."""
        if order.action not in ACTIONS:
            raise RefusedError(f"mail cannot {order.action}")
        message = self._message(order, self._recipients(order))
        with self._surroundings.wall.standing(self._terms.timeout_seconds) as standing:
            try:
                refused = self._sent(message)
            except (OSError, smtplib.SMTPException) as error:
                raise self._failure(error, standing) from None
        if standing.is_late:
            raise RetryError(f"{self._terms.host} does not answer in time")
        detail = f"accepted by {self._terms.host}"
        if refused:
            detail += f", not for {len(refused)} of the recipients"
        return Receipt(reference=str(message["Message-ID"]), detail=detail)

    def _recipients(self, order: Order) -> list[Address]:
        if order.action is Action.TELL:
            found = [box for text in self._terms.to if (box := mailbox(text)) is not None]
            if not found:
                raise RefusedError("the settings name nobody to tell: set `to` of this responder")
            return found
        given = "" if order.target is None else order.target.email or ""
        box = None if "<" in given else mailbox(given)
        if box is None:
            why = "has no mail address" if not given else "has a mail address that cannot be"
            raise RefusedError(f"the account {why}: correct it in the directory")
        return [box]

    def _message(self, order: Order, to: list[Address]) -> EmailMessage:
        said = self._terms.said(order, self._surroundings.address)
        sender = mailbox(self._terms.sender)
        domain = sender.domain if sender is not None else "vigie.invalid"
        message = EmailMessage(policy=POLICY)
        message["Subject"] = said.subject
        message["From"] = sender
        message["To"] = to
        if self._terms.reply_to:
            message["Reply-To"] = mailbox(self._terms.reply_to)
        message["Date"] = datetime.fromtimestamp(self._surroundings.now() // 1_000, UTC)
        message["Message-ID"] = f"<{_digest(order.key)}@{domain}>"
        if order.ticket is not None and order.action is Action.TELL:
            message["References"] = f"<ticket-{order.ticket}@{domain}>"
        # RFC 3834: no out-of-office note comes back.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(said.text)
        message.add_alternative(said.html, subtype="html")
        return message

    def _sent(self, message: EmailMessage) -> dict[str, tuple[int, bytes]]:
        terms = self._terms
        port = terms.port or PORTS[terms.security]
        with _connected(terms, port, self._context) as smtp:
            if terms.security == "starttls":
                smtp.starttls(context=self._context)
            if terms.username is not None and terms.password is not None:
                smtp.login(terms.username, terms.password)
            return smtp.send_message(message)

    def _failure(self, error: Exception, standing: Standing) -> RetryError | RefusedError:
        host = self._terms.host
        if standing.refused:
            why = f"{host}: connecting to {standing.refused[-1]} is refused"
            return RefusedError(f"{why}; name it in outbound.allow if it is meant")
        if standing.is_late or isinstance(error, TimeoutError):
            return RetryError(f"{host} does not answer in time")
        if isinstance(error, smtplib.SMTPAuthenticationError):
            # It may be corrected there or here; the message is as good as before.
            return RetryError(f"{host} does not accept username and password ({_reply(error)})")
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return _of_recipients(host, error)
        if isinstance(error, smtplib.SMTPResponseException):
            told = f"{host} answered {_reply(error)}"
            return RefusedError(told) if 500 <= error.smtp_code < 600 else RetryError(told)
        return _of_connection(host, error)


def _connected(terms: Terms, port: int, context: ssl.SSLContext) -> smtplib.SMTP:
    # The wall is there first, and knows what it was.
    timeout = terms.timeout_seconds + 1
    if terms.security == "implicit":
        return smtplib.SMTP_SSL(terms.host, port, timeout=timeout, context=context)
    return smtplib.SMTP(terms.host, port, timeout=timeout)


def _of_recipients(host: str, error: smtplib.SMTPRecipientsRefused) -> RetryError | RefusedError:
    code, text = max(error.recipients.values(), key=lambda reply: reply[0] < 500)
    told = f"{host} does not take the recipient ({code} {_shown(text)})"
    # Greylisting (RFC 6647) answers 4xx at first.
    return RetryError(told) if code < 500 else RefusedError(told)


def _of_connection(host: str, error: Exception) -> RetryError | RefusedError:
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = "if its certificate is of an authority of your own, name that in ca_file"
        return RetryError(
            f"{host}: its certificate is not valid ({error.verify_message}); {advice}"
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        told = str(error)
        if "SMTPUTF8" in told:
            return RefusedError(f"{host} takes no addresses that are not ASCII")
        return RetryError(f"{host}: {line(told)}")
    shown = f": {line(error.strerror)}" if isinstance(error, OSError) and error.strerror else ""
    return RetryError(f"{host} cannot be reached or broke off ({type(error).__name__}{shown})")


def _reply(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_shown(error.smtp_error)}"


def _shown(text: bytes | str) -> str:
    return line(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)


def _digest(key: str) -> str:
    return blake2b(key.encode(), digest_size=16).hexdigest()

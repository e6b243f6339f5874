"""A real mail server (aiosmtpd) on a socket of this machine, as strict or as stubborn as asked."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER, PASSWORD = "vigie", "s3cret-of-mail"


class MailServer:
    """What came; and what is answered to a recipient or to a message, `""` to take it."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.recipient_answers: dict[str, list[str]] = {}
        self.data_answers: list[str] = []
        self.signed_in: list[bool] = []
        self.answers_nothing = False
        self.breaks_off = False
        self.fails_after = False
        self.port = 0
        self.ca = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Some recipients are put off or refused, as often as it was said."""
        if self.breaks_off:
            server.transport.close()
        if self.answers_nothing:
            await asyncio.sleep(30)
        answers = self.recipient_answers.get(address, [])
        if answers:
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """A message is kept when it is taken."""
        answer = self.data_answers.pop(0) if self.data_answers else ""
        if answer:
            return answer
        assert isinstance(envelope.content, bytes)
        parsed: Any = BytesParser(policy=policy.SMTP).parsebytes(envelope.content)
        self.messages.append(parsed)
        self.envelopes.append(envelope)
        return "451 4.3.0 something is wrong" if self.fails_after else "250 taken"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """One user, one password."""
        is_one = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.signed_in.append(is_one)
        return AuthResult(success=is_one, handled=is_one)


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(security: str = "none", *, signs_in: bool = False) -> Iterator[MailServer]:
    """A server while in the block: plain, or with `starttls` or `implicit` TLS of an authority of
    its own (`ca`, PEM) for the name `localhost`."""
    server = MailServer()
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.ca = authority.cert_pem.bytes().decode()
    options: dict[str, Any] = {}
    if security == "starttls":
        options = {"tls_context": context, "require_starttls": True}
    if signs_in:
        options |= {
            "authenticator": server.authenticate,
            # The server does not know of a TLS that was there before it.
            "auth_required": security == "starttls",
            "auth_require_tls": security == "starttls",
        }
    controller = _AnyPort(
        server,
        hostname="127.0.0.1",
        port=0,
        server_hostname="mail.example",
        ssl_context=context if security == "implicit" else None,
        **options,
    )
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        controller.stop()

"""How connections are encrypted: TLS 1.2 or newer, with keys that touch no disk of ours."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager


class CertificateError(ValueError):
    """A certificate, key or authority that cannot be used; says which."""


def context_of(certificate: str, key: str, authority: str | None) -> ssl.SSLContext:
    """What connections are wrapped with, of texts in PEM. Raises CertificateError.

    With an `authority`, a sender must hold a certificate of it (RFC 5425, 4.2).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    # Senders read nothing. What we sent and they did not read makes their close a reset, and a
    # reset takes with it what they sent last and we have not read.
    context.num_tickets = 0
    try:
        with _as_file(certificate) as of_certificate, _as_file(key) as of_key:
            context.load_cert_chain(of_certificate, of_key, password=_refuse_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise CertificateError(f"the certificate and its key cannot be used: {error}") from None
    if authority is not None:
        try:
            context.load_verify_locations(cadata=authority)
        except (ssl.SSLError, ValueError) as error:
            raise CertificateError(f"client_ca cannot be used: {error}") from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


# OpenSSL would ask for it on the terminal.
def _refuse_password() -> str:
    raise CertificateError(
        "the key is encrypted; give it without a passphrase, readable by us only"
    )


@contextmanager
def _as_file(text: str) -> Iterator[str]:
    """A file in memory only: Python's OpenSSL reads certificates and keys from nothing else."""
    descriptor = os.memfd_create("vigie-tls", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "w", encoding="ascii", errors="replace", closefd=False) as opened:
            opened.write(text + "\n")
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)

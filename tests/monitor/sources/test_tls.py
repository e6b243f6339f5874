"""TLS: what cannot be used is said, and nothing older than 1.2 is spoken."""

import ssl

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from monitor.sources.tls import CertificateError, context_of
from tests.monitor.receiving.served import pem_options

AUTHORITY = trustme.CA()
GOOD = pem_options(AUTHORITY)


def test_without_an_authority_anybody_may_connect() -> None:
    context = context_of(GOOD["certificate"], GOOD["key"], None)
    assert context.verify_mode is ssl.CERT_NONE
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_with_one_only_those_that_hold_a_certificate_of_it() -> None:
    authority = AUTHORITY.cert_pem.bytes().decode()
    context = context_of(GOOD["certificate"], GOOD["key"], authority)
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"key": pem_options(AUTHORITY)["key"]}, "certificate and its key.*(?i:mismatch)"),
        ({"key": "-----BEGIN NOTHING-----"}, "certificate and its key"),
        ({"certificate": "é"}, "certificate and its key"),
        ({"authority": "-----BEGIN CERTIFICATE-----\nx"}, "client_ca"),
    ],
)
def test_what_cannot_be_used_is_said(changed: dict[str, str], reason: str) -> None:
    with pytest.raises(CertificateError, match=reason):
        context_of(**({"authority": None} | GOOD | changed))


def test_an_encrypted_key_is_refused_and_not_asked_for() -> None:
    key = serialization.load_pem_private_key(GOOD["key"].encode(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )
    with pytest.raises(CertificateError, match="the key is encrypted"):
        context_of(GOOD["certificate"], encrypted.decode(), None)

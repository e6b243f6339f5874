"""Passkeys as WebAuthn Level 3 has them: asked for, taken up and checked. Nothing is kept here.

Discoverable, the user always verified, attestation neither asked for nor believed. What a browser
sends is a stranger's: whatever is wrong with it is a PasskeyError, and nothing else.
"""

import binascii
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from msgspec import Struct, field
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    parse_attestation_object,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AttestationObject,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from monitor.mfa.party import RelyingParty

__all__ = [
    "CHALLENGE_BYTES",
    "MOST",
    "USER_BYTES",
    "Fault",
    "Passkey",
    "PasskeyError",
    "RelyingParty",
    "Said",
    "checked",
    "creation",
    "credential_of",
    "goes_on",
    "request",
    "taken_up",
]

TIMEOUT_MS: Final = 300_000
"""How long an authenticator may take; what the specification recommends for verified users."""
MOST: Final = 16 << 10
"""Characters of what a browser sends of one credential."""
LONGEST_CREDENTIAL: Final = 1_023
"""Bytes of a credential's id (7.1 of the specification)."""
CHALLENGE_BYTES: Final = 32
USER_BYTES: Final = 32
_ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_TRANSPORTS = {one.value: one for one in AuthenticatorTransport}
_FAULTS = (
    # What the library raises for what is not of its form, besides its own exceptions.
    WebAuthnException,
    InvalidSignature,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    binascii.Error,
)


class Fault(StrEnum):
    """What is wrong with a credential that was sent."""

    MALFORMED = "malformed"
    WRONG = "wrong"
    ATTESTATION = "attestation"
    FRAMED = "framed"
    NOT_ITS_USER = "not_its_user"
    ELIGIBILITY = "eligibility"


class PasskeyError(ValueError):
    """What was sent is not taken; the text is for logs, and repeats nothing of it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"no passkey: {fault.value}")
        self.fault = fault


class Passkey(Struct, frozen=True, array_like=True):
    """What is kept of one. `user` is the random name under which authenticators keep it; `eligible`
    says whether it may be copied to other devices, which never changes."""

    credential: bytes
    public_key: bytes
    user: bytes
    rp_id: str
    eligible: bool = False
    transports: tuple[str, ...] = ()


class Said(Struct, frozen=True):
    """What an authenticator says of one besides: how often it was used (0 where that is not
    counted), and whether it lies on other devices, too."""

    count: int
    backed_up: bool


class _Response(Struct, rename="camel"):
    client_data: str = field(name="clientDataJSON")
    user_handle: str | None = None
    transports: list[str] | None = None


class _Credential(Struct):
    id: str
    response: _Response


_decode = msgspec.json.Decoder(_Credential).decode


def creation(
    party: RelyingParty,
    user: bytes,
    name: str,
    shown_name: str,
    challenge: bytes,
    known: Iterable[Passkey] = (),
) -> str:
    """What a page asks an authenticator for a new passkey with (JSON for
    `navigator.credentials.create`); `known` are those that it need not make again."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=user,
        user_name=name,
        user_display_name=shown_name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(known),
        supported_pub_key_algs=_ALGORITHMS,
    )
    return options_to_json(options)


def request(party: RelyingParty, challenge: bytes, known: Iterable[Passkey] = ()) -> str:
    """What a page asks for a proof with (JSON for `navigator.credentials.get`): by one of the
    `known`, by any of this relying party where none is named."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def taken_up(party: RelyingParty, user: bytes, challenge: bytes, text: str) -> tuple[Passkey, Said]:
    """The new passkey of what a browser sent (7.1 of the specification). Raises PasskeyError."""
    sent = _read(text)
    try:
        credential = parse_registration_credential_json(text)
        _check_frame(credential.response.client_data_json)
        _check_attestation(parse_attestation_object(credential.response.attestation_object))
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
    except PasskeyError:
        raise
    except _FAULTS:
        raise PasskeyError(Fault.WRONG) from None
    if len(verified.credential_id) > LONGEST_CREDENTIAL:
        raise PasskeyError(Fault.MALFORMED)
    made = Passkey(
        credential=verified.credential_id,
        public_key=verified.credential_public_key,
        user=user,
        rp_id=party.id,
        eligible=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        transports=_transports(sent.response.transports or ()),
    )
    return made, Said(verified.sign_count, verified.credential_backed_up)


def credential_of(text: str) -> bytes:
    """The id of the credential that a browser sent a proof by. Raises PasskeyError."""
    try:
        found = base64url_to_bytes(_read(text).id)
    except _FAULTS:
        raise PasskeyError(Fault.MALFORMED) from None
    if not 0 < len(found) <= LONGEST_CREDENTIAL:
        raise PasskeyError(Fault.MALFORMED)
    return found


def checked(
    party: RelyingParty, challenge: bytes, text: str, passkey: Passkey, *, is_known: bool
) -> Said:
    """What an authenticator says by a passkey that was asked for (7.2 of the specification);
    `is_known` where it was known whose it would be. Whether its count went on is for whoever keeps
    that. Raises PasskeyError."""
    sent = _read(text)
    try:
        verified = verify_authentication_response(
            credential=text,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            # Judged once the signature is known to be right: what strangers send is no clone.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        _check_frame(base64url_to_bytes(sent.response.client_data))
    except PasskeyError:
        raise
    except _FAULTS:
        raise PasskeyError(Fault.WRONG) from None
    _check_user(sent.response.user_handle, passkey.user, is_known=is_known)
    is_eligible = verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    if is_eligible is not passkey.eligible:
        raise PasskeyError(Fault.ELIGIBILITY)
    return Said(verified.new_sign_count, verified.credential_backed_up)


def goes_on(kept: int, shown: int) -> bool:
    """Whether a count of uses is the next one; always where it is not counted. Where it is not,
    there may be two of one passkey."""
    return shown > kept or shown == kept == 0


def _read(text: str) -> _Credential:
    if len(text) > MOST:
        raise PasskeyError(Fault.MALFORMED)
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise PasskeyError(Fault.MALFORMED) from None


def _check_frame(client_data: bytes) -> None:
    """A page of another origin that has ours in a frame asks for nothing."""
    if parse_client_data_json(client_data).cross_origin:
        raise PasskeyError(Fault.FRAMED)


def _check_attestation(made: AttestationObject) -> None:
    """None was asked for; what an authenticator says of itself is all that may come instead."""
    is_own = made.fmt == AttestationFormat.PACKED and not made.att_stmt.x5c
    if made.fmt != AttestationFormat.NONE and not is_own:
        raise PasskeyError(Fault.ATTESTATION)


def _check_user(sent: str | None, user: bytes, *, is_known: bool) -> None:
    if sent is None:
        if not is_known:
            raise PasskeyError(Fault.NOT_ITS_USER)
        return
    try:
        found = base64url_to_bytes(sent)
    except _FAULTS:
        raise PasskeyError(Fault.MALFORMED) from None
    if found != user:
        raise PasskeyError(Fault.NOT_ITS_USER)


def _transports(sent: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in sent if one in _TRANSPORTS))


def _described(known: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.credential,
            transports=[_TRANSPORTS[way] for way in one.transports if way in _TRANSPORTS] or None,
        )
        for one in known
    ]

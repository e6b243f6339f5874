"""An authenticator in software: makes and uses passkeys as a browser would send them."""

import base64
import hashlib
import json
import os
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One device with one passkey. Whatever it says can be set, as attackers and odd devices do."""

    def __init__(self, origin: str = "https://vigie.example.com") -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential = os.urandom(16)
        self.user = b""
        self.rp_id = ""
        self.count = 0
        self.counts = True
        self.flags = UP | UV
        self.fmt = "none"
        self.statement: dict[str, Any] = {}
        self.client: dict[str, Any] = {}

    def make(self, options: str) -> str:
        """The answer to `navigator.credentials.create`."""
        asked = json.loads(options)
        self.user, self.rp_id = bytes_of(asked["user"]["id"]), asked["rp"]["id"]
        client = self._client("webauthn.create", asked["challenge"])
        data = self._data(AT) + bytes(16) + len(self.credential).to_bytes(2, "big")
        data += self.credential + self._public()
        made = cbor2.dumps({"fmt": self.fmt, "attStmt": self.statement, "authData": data})
        told = {"clientDataJSON": text_of(client), "attestationObject": text_of(made)}
        return self._credential({**told, "transports": ["internal", "hybrid"]})

    def prove(self, options: str, *, user: bool = True) -> str:
        """The answer to `navigator.credentials.get`."""
        asked = json.loads(options)
        self.count += self.counts
        client = self._client("webauthn.get", asked["challenge"])
        data = self._data(0)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        told = {
            "clientDataJSON": text_of(client),
            "authenticatorData": text_of(data),
            "signature": text_of(signed),
        }
        if user:
            told["userHandle"] = text_of(self.user)
        return self._credential(told)

    def _client(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, **self.client}
        return json.dumps(told).encode()

    def _data(self, more: int) -> bytes:
        party = hashlib.sha256(self.rp_id.encode()).digest()
        return party + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _credential(self, response: dict[str, Any]) -> str:
        name = text_of(self.credential)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )

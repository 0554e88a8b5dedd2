"""Free text under a person's key: AES-256-GCM, deterministic, unreadable once the key is gone."""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.people import PersonDetails
from contracts.values import SealedText

KEY_BYTES, NONCE_BYTES = 32, 12


def new_key() -> str:
    """A fresh key for a person's record: base64 of 32 random bytes."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def seal(person: PersonDetails, text: str, salt: str) -> SealedText:
    """`text` sealed for the person. `salt`: the id of the message that carries it.

    The nonce is an HMAC of salt and text under the key (a synthetic IV, as in RFC 5297), so that a decision repeated gives the same bytes
    and no two texts share a nonce.
    """
    key = base64.b64decode(person.sealing_key)
    plain = text.encode()
    nonce = hmac.new(key, salt.encode() + b"\0" + plain, hashlib.sha256).digest()[:NONCE_BYTES]
    sealed = nonce + AESGCM(key).encrypt(nonce, plain, person.person_id.encode())
    return SealedText(person_id=person.person_id, sealed=base64.b64encode(sealed).decode())


def unseal(person: PersonDetails | None, text: SealedText) -> str | None:
    """The text in the clear; None when the person is erased or the key is not the one it was sealed under."""
    if person is None or person.person_id != text.person_id:
        return None
    try:
        key, sealed = base64.b64decode(person.sealing_key), base64.b64decode(text.sealed)
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], person.person_id.encode()).decode()
    except (InvalidTag, ValueError):
        return None

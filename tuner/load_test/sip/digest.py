"""A challenge in, the proof of a password out (RFC 2617 with MD5, as SIP servers ask for it)."""

from __future__ import annotations

import hashlib

from tuner.lazy_patterns import lazy_pattern

_PARAMETER = lazy_pattern(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


def authorization(
    challenge: str, method: str, uri: str, username: str, password: str, nonce: str
) -> str:
    """The value of Authorization or Proxy-Authorization; `nonce` is the client's own.

    Raises:
        ValueError: the challenge wants an algorithm other than MD5.
    """
    asked = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(challenge)}
    if asked.get("algorithm", "MD5").upper() != "MD5":
        raise ValueError(f"digest with {asked['algorithm']}")
    secret = _md5(f"{username}:{asked.get('realm', '')}:{password}")
    request = _md5(f"{method}:{uri}")
    has_qop = "auth" in asked.get("qop", "").split(",")
    middle = f"00000001:{nonce}:auth:" if has_qop else ""
    response = _md5(f"{secret}:{asked.get('nonce', '')}:{middle}{request}")
    parts = {
        "username": username,
        "realm": asked.get("realm", ""),
        "nonce": asked.get("nonce", ""),
        "uri": uri,
        "response": response,
        "algorithm": "MD5",
    } | ({"opaque": asked["opaque"]} if "opaque" in asked else {})
    text = ", ".join(f'{name}="{value}"' for name, value in parts.items() if name != "algorithm")
    more = f', qop=auth, nc=00000001, cnonce="{nonce}"' if has_qop else ""
    return f"Digest {text}, algorithm=MD5{more}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

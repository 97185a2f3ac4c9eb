"""Claims become a signed JSON Web Token (RFC 7519), and a token its claims again, if it is genuine and not too old."""

from __future__ import annotations

from typing import Any

from interpreter.diagnostic import Fault
from interpreter.security.keys import PAIRED, algorithm_named, signing_key, unusable
from interpreter.values import Moment, absent, plain_value, preview

LIFETIME = 3600.0
"""Seconds after which a token expires that says nothing else: every token does."""
LONGEST = 64 * 1024
"""Characters of a token that is looked at."""
_TIMES = ("exp", "nbf", "iat")
_OURS = ("alg", "crit", "b64")
"""Header fields that would change how a token is checked."""
UNAUTHORIZED = 401


def create_token(
    claims: dict[str, Any],
    key: Any,
    now: float,
    *,
    algorithm: Any = "HS256",
    lifetime: float | None = None,
    headers: dict[str, Any] | None = None,
) -> str:
    """A token of these claims, with ``iat`` and, unless the claims say when, with ``exp``.

    Faults: run/unusable-key, run/wrong-value.
    """
    import jwt

    chosen = algorithm_named(algorithm)
    secret = signing_key(key, chosen)
    refused = [name for name in headers or {} if name.lower() in _OURS]
    if refused:
        raise Fault("run/wrong-value", f'the header "{refused[0]}" cannot be set', 'use "algorithm" for the signature')
    try:
        return jwt.encode(_complete(claims, now, lifetime), secret, chosen, plain_value(headers) or None)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise unusable(f"the key does not fit {chosen}: {error}") from None


def _complete(claims: dict[str, Any], now: float, lifetime: float | None) -> dict[str, Any]:
    times = {name: _seconds(name, claims[name]) for name in _TIMES if not absent(claims.get(name))}
    told = {name: value for name, value in plain_value(claims).items() if name not in _TIMES}
    if isinstance(told.get("sub"), int):
        told["sub"] = str(told["sub"])  # RFC 7519 asks for a text
    if lifetime is not None or "exp" not in times:
        times["exp"] = int(now + (LIFETIME if lifetime is None else lifetime))
    return {"iat": int(now), **told, **times}


def _seconds(name: str, given: Any) -> int:
    moment = Moment.parse(given) if isinstance(given, str) else given
    if isinstance(moment, Moment):
        return int(moment.seconds)
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return int(given)
    raise Fault("run/wrong-value", f'the claim "{name}" is {preview(given)}, expected a time')


def read_token(
    token: Any,
    key: Any,
    *,
    algorithms: list[Any],
    audience: Any = None,
    issuer: Any = None,
    required: list[str],
    leeway: float = 0,
) -> dict[str, Any]:
    """The claims of a token that one of these algorithms and this key have signed.

    Faults: run/token-expired and run/token-invalid, both of status 401; run/unusable-key, run/wrong-value.
    """
    import jwt

    allowed = [algorithm_named(each) for each in algorithms]
    if len({each in PAIRED for each in allowed}) != 1:
        message = "the algorithms of a shared secret and those of a pair of keys do not go together"
        raise Fault("run/wrong-value", message, "name the ones that the key is made for")
    secret = signing_key(key, min(allowed, key=lambda each: each[-3:]))
    try:
        return jwt.decode(
            _bare(token),
            secret,
            allowed,
            audience=plain_value(audience) or None,
            issuer=plain_value(issuer) or None,
            leeway=leeway,
            options={"require": required, "verify_sub": False, "verify_jti": False},
        )
    except jwt.ExpiredSignatureError:
        raise Fault("run/token-expired", "the token has expired", status=UNAUTHORIZED) from None
    except jwt.InvalidKeyError as error:
        raise unusable(f"the key does not fit {' or '.join(allowed)}: {error}") from None
    except jwt.PyJWTError as error:
        raise _invalid(_REASONS.get(type(error).__name__) or _told(error)) from None
    except (ValueError, TypeError, RecursionError):
        raise _invalid("it cannot be read") from None


def _bare(token: Any) -> str:
    """The token of an Authorization header, or as it is."""
    if not isinstance(token, str) or not token.strip():
        raise _invalid("there is none")
    bare = token.strip()
    if bare[:7].lower() == "bearer ":
        bare = bare[7:].strip()
    if len(bare) > LONGEST:
        raise _invalid(f"it is longer than {LONGEST:,} characters")
    return bare


_REASONS = {
    "InvalidSignatureError": "its signature is not by this key",
    "InvalidAlgorithmError": "it is signed by an algorithm that is not allowed",
    "InvalidAudienceError": "it is meant for another audience",
    "InvalidIssuerError": "it comes from another issuer",
    "ImmatureSignatureError": "it is not valid yet",
    "InvalidIssuedAtError": "it was issued in the future",
    "DecodeError": "it is no JSON Web Token",
}


def _told(error: Exception) -> str:
    claim = getattr(error, "claim", None)
    return f'it lacks the claim "{claim}"' if claim else "it is no JSON Web Token"


def _invalid(why: str) -> Fault:
    return Fault("run/token-invalid", f"the token is not valid: {why}", status=UNAUTHORIZED)

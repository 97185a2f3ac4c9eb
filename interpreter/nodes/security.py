"""Nodes that handle secrets; their adapter belongs to a later version."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.nodes.adapter import no_adapter


@action("hash_password")
def hash_password(context: Context, **parameters: Any) -> Any:
    """A password's hash."""
    raise no_adapter("hash_password")


@action("verify_password")
def verify_password(context: Context, **parameters: Any) -> Any:
    """Whether a password belongs to a hash."""
    raise no_adapter("verify_password")


@action("generate_jwt_token")
def generate_jwt_token(context: Context, **parameters: Any) -> Any:
    """A signed JSON web token."""
    raise no_adapter("generate_jwt_token")


@action("validate_jwt_token")
def validate_jwt_token(context: Context, **parameters: Any) -> Any:
    """A token's claims, if it is valid."""
    raise no_adapter("validate_jwt_token")


@action("verify_signature")
def verify_signature(context: Context, **parameters: Any) -> Any:
    """Whether a signature belongs to a payload."""
    raise no_adapter("verify_signature")

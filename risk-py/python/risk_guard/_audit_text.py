"""Anything as text or JSON for the audit line and the state file, without ever raising."""

from __future__ import annotations

import json
import math
from typing import Any

from risk_guard._shapes import PortfolioState


def text_of(value: Any) -> str:
    """Text of anything, without ever raising."""
    try:
        return str(value)[:500]
    except Exception:
        return f"a {type(value).__name__}"


def order_shown(order: Any) -> str:
    """An order that could not be read, as a JSON object, without ever raising."""
    names = ("symbol", "side", "size", "price", "client_order_id")
    text = json.dumps({name: _attribute(order, name) for name in names}, default=text_of, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode()


def _attribute(value: Any, name: str) -> Any:
    try:
        return plain(getattr(value, name, None))
    except Exception as problem:
        return f"a {type(value).__name__}: {text_of(problem)}"


def plain(value: Any) -> Any:
    """A value as JSON can hold it: what is not finite, or too long for a line, becomes text."""
    if isinstance(value, PortfolioState):
        return plain(value.to_dict())
    if isinstance(value, dict):
        return {text_of(key): plain(part) for key, part in list(value.items())[:10_000]}
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and abs(value) < 1 << 64:
        return value
    if value is None or isinstance(value, bool):
        return value
    return text_of(getattr(value, "value", value))

"""Anything as text or JSON for the audit line and for reasons, without ever raising."""

from __future__ import annotations

import math
from typing import Any

from risk_guard._shapes import PortfolioState


def reading_of(why: Any) -> dict[str, Any]:
    return {
        "code": why.code,
        "gate": why.gate,
        "level": why.level,
        "measured": None if why.measured is None else str(why.measured),
        "limit": None if why.limit is None else str(why.limit),
        "unit": why.unit,
    }


def text_of(value: Any) -> str:
    """Text of anything, without ever raising."""
    try:
        return str(value)[:500]
    except Exception:
        return f"a {type(value).__name__}"


def shown_of(value: Any, name: str) -> Any:
    """An attribute of anything as JSON can hold it, without ever raising."""
    try:
        return plain(getattr(value, name, None))
    except Exception as problem:
        return f"a {type(value).__name__}: {text_of(problem)}"


def plain(value: Any) -> Any:
    """A value as JSON can hold it: what is not finite becomes text."""
    if isinstance(value, PortfolioState):
        return plain(value.to_dict())
    if isinstance(value, dict):
        return {text_of(key): plain(part) for key, part in list(value.items())[:10_000]}
    if isinstance(value, float) and math.isfinite(value):
        return value
    if value is None or isinstance(value, bool | str | int):
        return value
    return text_of(getattr(value, "value", value))

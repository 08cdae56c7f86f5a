"""The shapes the existing trader relies on: orders, limits, portfolio, results."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any


class OrderSide(Enum):
    """Buy or sell."""

    BUY = "buy"
    SELL = "sell"


class RiskDecision(Enum):
    """The four answers."""

    APPROVE = "approve"
    REJECT = "reject"
    REDUCE_SIZE = "reduce_size"
    EMERGENCY_STOP = "emergency_stop"


@dataclass
class StandardOrderRequest:
    """An order. ``size`` is in units of the symbol, ``price`` in its quote currency, ``timestamp`` in seconds."""

    symbol: str
    side: OrderSide
    size: float
    price: float | None = None
    order_type: str = "market"
    client_order_id: str | None = None
    strategy_id: str = "default"
    timestamp: float = field(default_factory=time.time)

    def to_dict(self) -> dict[str, Any]:
        """Its fields, the side by its value."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        values["side"] = getattr(self.side, "value", self.side)
        return values


class _Watched:
    """Counts assignments to its fields, so that the guard sees a change without looking at every field."""

    __slots__ = ("_version",)

    _version: int

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        object.__setattr__(self, "_version", getattr(self, "_version", 0) + 1)


@dataclass(slots=True)
class RiskLimits(_Watched):
    """The limits. A value that is no number refuses every order whose judgement needs it; ``None`` is no number."""

    kill_switch_active: bool = False
    max_daily_loss_usd: float = 5000.0
    max_daily_loss_percent: float = 5.0
    max_drawdown_percent: float = 10.0
    max_position_count: int = 10
    max_single_position_usd: float = 50000.0
    max_total_exposure_usd: float = 100000.0
    max_correlation_exposure: float = 0.7
    min_data_completeness: float = 0.95
    max_data_age_minutes: float = 5

    def to_dict(self) -> dict[str, Any]:
        """Its fields."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


@dataclass(slots=True)
class PortfolioState(_Watched):
    """What the host says it has. ``max_drawdown_from_peak`` is in percent and positive, ``last_update`` in seconds."""

    total_value_usd: float = 100000.0
    daily_pnl_usd: float = 0.0
    max_drawdown_from_peak: float = 0.0
    position_count: int = 0
    total_exposure_usd: float = 0.0
    positions: dict[str, dict[str, Any]] = field(default_factory=dict)
    last_update: float = field(default_factory=time.time)

    def to_dict(self) -> dict[str, Any]:
        """Its fields."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

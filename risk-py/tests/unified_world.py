"""What the tests of the drop-in share: a fresh guard, an order, market data and a portfolio."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from risk_guard.unified import OrderSide, PortfolioState, RiskDecision, StandardOrderRequest, UnifiedRiskGuard

BUY, SELL = OrderSide.BUY, OrderSide.SELL
APPROVE, REJECT = RiskDecision.APPROVE, RiskDecision.REJECT
REDUCE, STOP = RiskDecision.REDUCE_SIZE, RiskDecision.EMERGENCY_STOP


def data(price: Any = 2000.0, **more: Any) -> dict[str, Any]:
    return {"price": price, "volume": 1000.0, "timestamp": time.time()} | more


def order(symbol: str = "ETH-USD", side: Any = BUY, size: Any = 1.0, price: Any = None, **more: Any) -> Any:
    return StandardOrderRequest(symbol, side, size, price, **more)


@pytest.fixture(name="guard")
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UnifiedRiskGuard]:
    monkeypatch.chdir(tmp_path)
    UnifiedRiskGuard._instance = None
    yield UnifiedRiskGuard()
    UnifiedRiskGuard._instance = None


def state(guard: UnifiedRiskGuard, **figures: Any) -> None:
    guard.update_portfolio_state(PortfolioState(**figures))


def code(result: Any) -> str:
    return str(result.reason).partition(":")[0]


def long_eth(**more: Any) -> dict[str, Any]:
    return {"ETH-USD": {"symbol": "ETH-USD", "value_usd": 20_000.0} | more}

"""The drop-in: bad values of every kind in every field of order, market data, limits and portfolio."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from risk_guard.unified import OrderSide, RiskLimits, StandardOrderRequest, UnifiedRiskGuard
from unified_world import APPROVE, BUY, REDUCE, REJECT, SELL, STOP, code, data, fresh, long_eth, order, state

__all__ = ["fresh"]


BAD_NUMBERS = [
    float("nan"),
    float("inf"),
    float("-inf"),
    True,
    None,
    "",
    "abc",
    "１",
    b"1",
    [],
    {},
    object(),
    1 + 1j,
    -1.0,
    10**400,
]


def unchanged(guard: UnifiedRiskGuard) -> Callable[[], bool]:
    def held() -> Any:
        return guard._held, guard.approvals_count

    before = held()
    return lambda: held() == before


def refused(guard: UnifiedRiskGuard, asked: Any, market: Any) -> str:
    same = unchanged(guard)
    result = guard.evaluate_order(asked, market)
    assert result.decision in (REJECT, STOP) and result.adjusted_size is None
    assert same(), "a refusal holds nothing"
    return code(result)


@pytest.mark.parametrize("value", [*BAD_NUMBERS, 0, 0.0, 1e-9, 1e16], ids=lambda v: repr(v)[:20])
def test_bad_sizes(guard: UnifiedRiskGuard, value: Any) -> None:
    assert refused(guard, order(size=value), data()) == "INVALID_ORDER"


@pytest.mark.parametrize(
    "value", [v for v in [*BAD_NUMBERS, 0, 1e-13, 1e13] if v is not None], ids=lambda v: repr(v)[:20]
)
@pytest.mark.parametrize("kind", ["market", "limit"])
def test_bad_prices(guard: UnifiedRiskGuard, value: Any, kind: str) -> None:
    assert refused(guard, order(price=value, order_type=kind), data()) == "INVALID_ORDER"


BAD_TEXTS = [None, "", 1, True, float("nan"), b"x", [], {}, object(), "two\nlines", "x" * 65, "\ud800"]


@pytest.mark.parametrize("value", BAD_TEXTS, ids=lambda v: repr(v)[:20])
def test_bad_symbols(guard: UnifiedRiskGuard, value: Any) -> None:
    assert refused(guard, order(symbol=value), data()) in ("INVALID_ORDER", "EVALUATION_ERROR")


@pytest.mark.parametrize("value", [None, "", 1, True, b"buy", [], object(), "hold", float("nan")], ids=repr)
@pytest.mark.parametrize("name", ["side", "order_type", "client_order_id", "strategy_id", "timestamp"])
def test_bad_fields_of_an_order(guard: UnifiedRiskGuard, name: str, value: Any) -> None:
    fine = {("order_type", "hold"), ("client_order_id", "hold"), ("strategy_id", "hold"), ("client_order_id", None)}
    if (name, value if isinstance(value, str) else None if value is None else 0) in fine or (
        name == "timestamp" and value == 1 and value is not True
    ):
        assert guard.evaluate_order(order(**{name: value}), data()).decision is APPROVE
        return
    assert refused(guard, order(**{name: value}), data()) == "INVALID_ORDER"


@pytest.mark.parametrize("value", [None, 1, "order", [], {}, object(), float("nan"), OrderSide, StandardOrderRequest])
def test_what_is_no_order(guard: UnifiedRiskGuard, value: Any) -> None:
    assert refused(guard, value, data()) == "INVALID_ORDER"


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")


def test_hostile_objects_are_an_answer(guard: UnifiedRiskGuard) -> None:
    for asked, market in ((Hostile(), data()), (order(), Hostile()), (order(size=Hostile()), data())):
        assert refused(guard, asked, market) in ("EVALUATION_ERROR", "INVALID_ORDER", "DATA_GAP")


@pytest.mark.parametrize("value", [*BAD_NUMBERS, 0], ids=lambda v: repr(v)[:20])
def test_bad_market_prices(guard: UnifiedRiskGuard, value: Any) -> None:
    assert refused(guard, order(), data(price=value)) == "INCOMPLETE_DATA"
    assert refused(guard, order(price=2000.0), data(price=value)) == "INCOMPLETE_DATA"


@pytest.mark.parametrize("value", BAD_NUMBERS, ids=lambda v: repr(v)[:20])
def test_bad_volumes_and_volatilities(guard: UnifiedRiskGuard, value: Any) -> None:
    assert refused(guard, order(), data(volume=value)) == "INCOMPLETE_DATA"
    if value is not None:
        assert refused(guard, order(), data(volatility=value)) == "INCOMPLETE_DATA"


@pytest.mark.parametrize("value", [*BAD_NUMBERS, 0, 1_700_000_000_000.0, 1.0], ids=lambda v: repr(v)[:20])
def test_bad_market_times(guard: UnifiedRiskGuard, value: Any) -> None:
    assert refused(guard, order(), data(timestamp=value)) == "STALE_DATA"
    assert refused(guard, order(), data(timestamp=time.time() + 6)) == "STALE_DATA"
    assert refused(guard, order(), data(timestamp=time.time() * 1000)) == "STALE_DATA"


@pytest.mark.parametrize("value", [None, {}, [], "data", 1, object(), [("price", 1)]], ids=repr)
def test_no_market_data(guard: UnifiedRiskGuard, value: Any) -> None:
    assert refused(guard, order(), value) == "DATA_GAP"


LIMIT_FIELDS = [name for name in RiskLimits().to_dict() if name != "kill_switch_active"]


@pytest.mark.parametrize("value", BAD_NUMBERS, ids=lambda v: repr(v)[:20])
@pytest.mark.parametrize("name", LIMIT_FIELDS)
def test_bad_limits(guard: UnifiedRiskGuard, name: str, value: Any) -> None:
    state(guard, positions=long_eth())
    assert guard.evaluate_order(order(size=0.01), data()).decision is APPROVE
    setattr(guard.limits, name, value)
    same = unchanged(guard)
    result = guard.evaluate_order(order(), data())
    assert (result.decision, code(result)) == (REJECT, "EVALUATION_ERROR") and name in result.reason
    assert same()
    assert guard.evaluate_order(order(side=SELL, size=0.5), data()).decision is APPROVE, "an exit does not need it"


@pytest.mark.parametrize("value", [None, 0, 1, "", "false", float("nan"), [], object()], ids=repr)
def test_bad_kill_flags(guard: UnifiedRiskGuard, value: Any) -> None:
    state(guard, positions=long_eth())
    guard.limits.kill_switch_active = value
    for side in (BUY, SELL):
        assert refused(guard, order(side=side), data()) == "EVALUATION_ERROR"
    assert not guard.is_operational()


FIGURES = [
    "total_value_usd",
    "daily_pnl_usd",
    "max_drawdown_from_peak",
    "position_count",
    "total_exposure_usd",
    "last_update",
]


@pytest.mark.parametrize("value", BAD_NUMBERS, ids=lambda v: repr(v)[:20])
@pytest.mark.parametrize("name", FIGURES)
def test_bad_figures(guard: UnifiedRiskGuard, name: str, value: Any) -> None:
    if (name, value) in (("daily_pnl_usd", -1.0),):
        return
    state(guard, positions=long_eth())
    assert guard.evaluate_order(order(size=0.01), data()).decision is APPROVE
    setattr(guard.portfolio_state, name, value)
    expected = "STALE_DATA" if name == "last_update" else "EVALUATION_ERROR"
    expected = "NO_EQUITY" if (name, value) == ("total_value_usd", -1.0) else expected
    assert refused(guard, order(), data()) == expected
    assert guard.evaluate_order(order(side=SELL, size=0.5), data()).decision is APPROVE, "an exit does not need it"


@pytest.mark.parametrize("value", [v for v in BAD_NUMBERS if v != -1.0], ids=lambda v: repr(v)[:20])
def test_bad_positions(guard: UnifiedRiskGuard, value: Any) -> None:
    state(guard, positions={"ETH-USD": {"value_usd": value}, "SOL-USD": {"value_usd": 100.0, "price": 10.0}})
    assert refused(guard, order(), data()) == "EVALUATION_ERROR"
    assert refused(guard, order(side=SELL), data()) == "EVALUATION_ERROR", "its own position cannot be read"
    assert guard.evaluate_order(order("SOL-USD", SELL, 10.0), data(10.0)).decision is APPROVE
    guard.portfolio_state.positions = value or object()
    assert refused(guard, order(), data()) == "EVALUATION_ERROR"
    state(guard, positions={"ETH-USD": value})
    assert refused(guard, order(), data()) == "EVALUATION_ERROR"


@pytest.mark.parametrize("name", ["limits", "portfolio_state"])
@pytest.mark.parametrize("value", [None, {}, object(), 1, "x"], ids=repr)
def test_what_is_no_limits_and_no_portfolio(guard: UnifiedRiskGuard, name: str, value: Any) -> None:
    setattr(guard, name, value)
    assert refused(guard, order(), data()) == "EVALUATION_ERROR"


def test_exact_numbers_are_read_exactly(guard: UnifiedRiskGuard) -> None:
    import decimal

    import numpy as np

    guard.limits.max_single_position_usd = 2000
    for size in (decimal.Decimal("0.1"), np.float64(0.1), np.float32(0.1), "0.1", 0.1):
        assert guard.evaluate_order(order(size=size), data(np.float64(2000.0))).decision is APPROVE
    result = guard.evaluate_order(order(size=np.int64(1)), data(decimal.Decimal(2000)))
    assert (result.decision, result.adjusted_size) == (REDUCE, 0.5)

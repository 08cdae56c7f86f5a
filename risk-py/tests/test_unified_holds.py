"""The drop-in: exits, holds, positions, repeats and prices."""

from __future__ import annotations

from typing import Any

import pytest
from risk_guard.exceptions import RiskError
from risk_guard.unified import UnifiedRiskGuard
from unified_world import APPROVE, BUY, REDUCE, REJECT, SELL, code, data, fresh, long_eth, order, state

__all__ = ["fresh"]


@pytest.mark.parametrize(
    "breach",
    [
        {"daily_pnl_usd": -9000.0},
        {"max_drawdown_from_peak": 50.0},
        {"position_count": 99},
        {"total_exposure_usd": 1e9},
        {"total_value_usd": 0.0},
        {"total_value_usd": float("nan")},
        {"daily_pnl_usd": None},
        {"position_count": "many"},
    ],
)
def test_exits_pass_what_stops_entries(guard: UnifiedRiskGuard, breach: dict[str, Any]) -> None:
    state(guard, positions=long_eth(), **breach)
    assert guard.evaluate_order(order(side=BUY), data()).decision is REJECT
    assert guard.evaluate_order(order(side=SELL, size=10.0), data()).decision is APPROVE
    rest = guard.evaluate_order(order(side=SELL, size=1.0), data())
    assert rest.decision is REJECT, "the position is sold already"


def test_a_flip_under_a_breach_is_reduced_to_its_exit(guard: UnifiedRiskGuard) -> None:
    state(guard, positions=long_eth(), daily_pnl_usd=-9000.0)
    result = guard.evaluate_order(order(side=SELL, size=200.0), data())
    assert (result.decision, result.adjusted_size, code(result)) == (REDUCE, 10.0, "EXPOSURE_SIZE_REDUCED")


def test_an_exit_without_market_data_uses_the_last_mark(guard: UnifiedRiskGuard) -> None:
    state(guard, positions=long_eth())
    guard.evaluate_order(order(size=0.1), data())
    assert guard.evaluate_order(order(side=SELL, size=5.0), None).decision is APPROVE
    assert code(guard.evaluate_order(order(side=BUY, size=5.0), None)) == "DATA_GAP"


def test_a_short_position_is_closed_by_buying(guard: UnifiedRiskGuard) -> None:
    state(guard, positions=long_eth(side="short"), daily_pnl_usd=-9000.0)
    assert guard.evaluate_order(order(side=SELL), data()).decision is REJECT
    assert guard.evaluate_order(order(side=BUY, size=10.0), data()).decision is APPROVE


def test_approvals_reserve(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 4000.0
    assert guard.evaluate_order(order(size=2.0), data()).decision is APPROVE
    assert code(guard.evaluate_order(order(size=2.0), data())) == "POSITION_SIZE_LIMIT"


def test_position_limits_count_what_is_held(guard: UnifiedRiskGuard) -> None:
    state(guard, positions={"ETH-USD": {"value_usd": 45_000.0}})
    result = guard.evaluate_order(order(size=10.0), data())
    assert (result.decision, result.adjusted_size) == (REDUCE, 2.5)


def test_groups_count_the_order_and_do_not_net(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = guard.limits.max_total_exposure_usd = 1e9
    state(guard, positions={"ETHUSDT": {"value_usd": 30_000.0}, "ETH-EUR": {"value_usd": -30_000.0, "price": 2000}})
    result = guard.evaluate_order(order("ETH/USD", size=10.0), data())
    assert (result.decision, result.adjusted_size) == (REDUCE, 5.0)
    assert result.breach_details["code"] == "CORRELATION_LIMIT"
    assert guard.evaluate_order(order("ETHFI-USD", size=10.0), data()).decision is APPROVE, "another group"


def test_a_hold_ends_with_the_refresh_that_must_have_seen_it(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 4000.0
    guard.hold_settle_seconds["market"] = 3600.0
    assert guard.evaluate_order(order(size=2.0), data()).decision is APPROVE
    state(guard)
    assert guard.evaluate_order(order(size=2.0), data()).decision is REJECT, "too early to know"
    guard.hold_settle_seconds["market"] = 0.0
    assert guard.evaluate_order(order(size=2.0), data()).decision is REJECT, "no refresh"
    guard.portfolio_state.daily_pnl_usd = 1.0
    assert guard.evaluate_order(order(size=2.0), data()).decision is REJECT, "a field is no refresh"
    state(guard)
    assert guard.evaluate_order(order(size=2.0), data()).decision is APPROVE


def test_a_fill_is_not_counted_twice(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 6000.0
    assert guard.evaluate_order(order(size=2.0), data()).decision is APPROVE
    state(guard, positions={"ETH-USD": {"value_usd": 4000.0}})
    assert guard.evaluate_order(order(size=1.0), data()).decision is APPROVE
    assert guard.evaluate_order(order(size=0.001), data()).decision is REJECT
    assert guard.evaluate_order(order(side=SELL, size=2.0), data()).decision is APPROVE, "what was filled can be sold"


def test_cancelled_and_filled(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 4000.0
    assert guard.evaluate_order(order(size=2.0, client_order_id="a"), data()).decision is APPROVE
    assert guard.cancelled("a") and not guard.cancelled("a") and not guard.cancelled("never")
    assert guard.evaluate_order(order(size=2.0, client_order_id="b"), data()).decision is APPROVE
    assert guard.filled("b", 1.0) and not guard.filled("never", 1)
    assert guard.evaluate_order(order(size=0.001), data()).decision is REJECT, "it counts on, as position"
    assert guard.evaluate_order(order(side=SELL, size=1.0), data()).decision is APPROVE
    for wrong in (0, -1, float("nan"), None, True):
        with pytest.raises(RiskError):
            guard.filled("b", wrong)


def test_an_approved_id_is_taken(guard: UnifiedRiskGuard) -> None:
    assert guard.evaluate_order(order(client_order_id="a b"), data()).decision is APPROVE
    assert code(guard.evaluate_order(order(client_order_id="a b"), data())) == "DUPLICATE_ORDER"
    guard.cancelled("a b")
    assert code(guard.evaluate_order(order(client_order_id="a b"), data())) == "DUPLICATE_ORDER"


def test_identical_orders_end(guard: UnifiedRiskGuard) -> None:
    guard.max_identical_orders = 3
    codes = [code(guard.evaluate_order(order(size=0.01), data())) for _ in range(5)]
    assert codes == ["APPROVED"] * 3 + ["REPEATED_ORDER"] * 2


def test_the_price_is_judged_whatever_the_type(guard: UnifiedRiskGuard) -> None:
    assert code(guard.evaluate_order(order("BTC-USD", price=50_000.0), data())) == "PRICE_COLLAR"
    assert code(guard.evaluate_order(order(price=2200.0, order_type="limit"), data())) == "APPROVED"
    assert code(guard.evaluate_order(order(price=2200.01, order_type="limit"), data())) == "PRICE_COLLAR"
    assert code(guard.evaluate_order(order(side=SELL, price=1799.9), data())) == "PRICE_COLLAR"
    assert code(guard.evaluate_order(order(), data(symbol="BTC-USD"))) == "DATA_GAP"
    guard.limits.max_single_position_usd = 2100.0
    result = guard.evaluate_order(order("SOL-USD", size=1.0, price=2200.0), data())
    assert (result.decision, result.adjusted_size) == (REDUCE, 0.95454545), "valued at the order's own worse price"


def test_what_growth_has_taken_comes_back_when_the_value_falls(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 4000.0
    assert guard.evaluate_order(order(size=2.0), data()).decision is APPROVE
    state(guard, positions={"ETH-USD": {"value_usd": 4000.0}})
    assert guard.evaluate_order(order(size=0.5), data()).decision is REJECT, "it is filled: a position at its limit"
    state(guard, positions={"ETH-USD": {"value_usd": 0.0}})
    assert guard.evaluate_order(order(size=0.5), data()).decision is REJECT, "it was not, and is held as before"
    state(guard, positions={"ETH-USD": {"value_usd": 2000.0}})
    assert guard.evaluate_order(order(size=0.5), data()).decision is REJECT, "half a fill and half a hold"
    assert guard.evaluate_order(order(side=SELL, size=1.0), data()).decision is APPROVE
    assert guard._held[0] == 2


def test_without_positions_growth_of_the_exposure_comes_off_once(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_total_exposure_usd = 10_000.0
    for symbol in ("ETH-USD", "SOL-USD"):
        assert guard.evaluate_order(order(symbol, size=2.0), data()).decision is APPROVE
    state(guard, total_exposure_usd=4000.0)
    result = guard.evaluate_order(order("ADA-USD", size=2.0), data())
    assert (result.decision, result.adjusted_size) == (REDUCE, 1.0), "8,000 are stated and held, not 4,000"


def test_a_fill_that_is_reported_and_shows_in_the_value_is_one_fill(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 6000.0
    assert guard.evaluate_order(order(size=2.0, client_order_id="a"), data()).decision is APPROVE
    state(guard, positions={"ETH-USD": {"value_usd": 4000.0}})
    assert guard.filled("a", 2.0)
    assert guard.evaluate_order(order(size=1.0), data()).decision is APPROVE
    assert guard.evaluate_order(order(size=0.001), data()).decision is REJECT


def test_a_fill_counts_until_the_refresh_after_it(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 4000.0
    assert guard.evaluate_order(order(size=2.0, client_order_id="a"), data()).decision is APPROVE
    assert guard.filled("a", 2.0)
    assert guard.evaluate_order(order(size=1.0), data()).decision is REJECT
    state(guard)
    assert guard.evaluate_order(order(size=1.0), data()).decision is APPROVE, "the trader knows better by now"


def test_what_was_filled_of_a_cancelled_order_stays_a_position(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 4000.0
    assert guard.evaluate_order(order(size=2.0, client_order_id="a"), data()).decision is APPROVE
    assert guard.filled("a", 1.0) and guard.cancelled("a") and not guard.cancelled("a")
    result = guard.evaluate_order(order(size=2.0), data())
    assert (result.decision, result.adjusted_size) == (REDUCE, 1.0)
    assert guard.evaluate_order(order(side=SELL, size=1.0), data()).decision is APPROVE


def test_an_exit_that_cannot_be_counted_opens(guard: UnifiedRiskGuard) -> None:
    state(guard, positions=long_eth())
    assert code(guard.evaluate_order(order(side=SELL), None)) == "DATA_GAP", "no price was ever seen"
    state(guard, positions=long_eth(price=2000.0))
    assert guard.evaluate_order(order(side=SELL, size=10.0), None).decision is APPROVE, "its own price counts it"


def test_positions_are_counted_by_the_dearer_of_two_prices(guard: UnifiedRiskGuard) -> None:
    guard.evaluate_order(order(size=0.001), data(2500.0))
    state(guard, positions=long_eth(), daily_pnl_usd=-9000.0)
    result = guard.evaluate_order(order(side=SELL, size=10.0), data(2000.0))
    assert (result.decision, result.adjusted_size) == (REDUCE, 8.0), "20,000 at 2,500, the price before the refresh"


def test_what_is_stated_twice_is_one_portfolio(guard: UnifiedRiskGuard) -> None:
    state(guard, positions=long_eth())
    assert guard.evaluate_order(order(size=0.5), data()).decision is APPROVE
    guard.portfolio_state.positions["ETH-USD"]["value_usd"] = 49_900.0
    result = guard.evaluate_order(order(size=1.0), data())
    assert result.decision is REJECT, "a field of a position is seen when it is changed in place"
    del guard.portfolio_state.positions["ETH-USD"]
    assert guard.evaluate_order(order(size=1.0), data()).decision is APPROVE


def test_registered_increments_are_exact(guard: UnifiedRiskGuard) -> None:
    guard.register_increments("ETH-USD", "0.5", "0.01")
    assert guard.evaluate_order(order(size=0.01), data()).decision is APPROVE
    assert code(guard.evaluate_order(order(size=0.015), data())) == "QUANTITY_INCREMENT"
    assert code(guard.evaluate_order(order(size=0.01, price=2000.25), data())) == "PRICE_INCREMENT"
    for wrong in (("ETH-USD", 1, 1), ("X", 0, 1), ("X", 1, -1), ("X", float("nan"), 1), ("X", True, 1)):
        with pytest.raises(RiskError):
            guard.register_increments(*wrong)

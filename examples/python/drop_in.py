"""The drop-in: the trader's own calls, another import line. Run: python examples/python/drop_in.py"""

import os
import tempfile
import time

from risk_guard.unified import (
    NotSentError,
    OrderSide,
    PortfolioState,
    RiskViolationError,
    StandardOrderRequest,
    UnifiedRiskGuard,
    mandatory_unified_risk_check,
)


@mandatory_unified_risk_check
def send(order: StandardOrderRequest, market_data: dict) -> str:
    if order.symbol == "DOWN-USD":
        raise NotSentError("the venue refused the connection")
    return f"sent {order.side.value} {order.size} {order.symbol}"


def main() -> None:
    guard = UnifiedRiskGuard()
    guard.limits.max_single_position_usd = 20_000.0
    eth = {"symbol": "ETH-USD", "value_usd": 15_000.0}
    guard.update_portfolio_state(PortfolioState(total_exposure_usd=15_000.0, positions={"ETH-USD": eth}))

    def market() -> dict:
        return {"price": 2000.0, "volume": 1000.0, "timestamp": time.time()}

    print(send(StandardOrderRequest("ETH-USD", OrderSide.BUY, 1.0), market()))
    print(send(StandardOrderRequest("ETH-USD", OrderSide.BUY, 10.0), market()), "(10 were asked for)")
    for symbol, size in (("ETH-USD", 1.0), ("ETH-USD", float("nan"))):
        try:
            print(send(StandardOrderRequest(symbol, OrderSide.BUY, size), market()))
        except Exception as refused:
            print("not sent:", refused)

    guard.portfolio_state.daily_pnl_usd = -6000.0
    try:
        send(StandardOrderRequest("SOL-USD", OrderSide.BUY, 1.0), market())
    except RiskViolationError as refused:
        print("not sent:", refused.code)
    print(send(StandardOrderRequest("ETH-USD", OrderSide.SELL, 7.5), market()), "(an exit)")

    guard.activate_kill_switch("end of the example")
    print(guard.evaluate_order(StandardOrderRequest("ETH-USD", OrderSide.SELL, 0.1), market()).reason)
    guard.deactivate_kill_switch("end of the example")
    print(guard.get_performance_metrics())


if __name__ == "__main__":
    # The state file and the audit log of an example belong nowhere near a trader's own.
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RISK_GUARD_HOME"] = folder
        main()

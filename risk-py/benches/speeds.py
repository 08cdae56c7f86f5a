"""Speeds beside a peer and a plain-Python guard, in one run.

    pip install ./risk-py openpit pyperf pyarrow
    python risk-py/benches/speeds.py --fast

The plain guard has eight gates and appends a line to a file under its lock, as many a trader's own guard does. openpit is
asked for one check of size and value. Times are per order, of the calling thread's processor: what other programs do
beside it does not count.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyperf
import risk_guard as rg
from risk_guard.unified import OrderSide, StandardOrderRequest, UnifiedRiskGuard

HERE = Path(tempfile.mkdtemp(prefix="risk-guard-bench-"))


ROWS_OF_A_TABLE = 4096
# Orders between two looks at the clock, which costs as much as an order.
ROUND = 256


def world(clock: rg.ManualClock | None = None) -> tuple[rg.Guard, rg.Instrument, rg.Strategy]:
    limits = {
        "gross_exposure_max": "1e9",
        "order_notional_max": "1e6",
        "daily_loss_max": "1e6",
        "position_count_max": 50,
        "leverage_max": 1000,
    }
    config = {
        "firm": {"currency": "USD", "limits": {"collar_bps": 500, "order_quantity_max": 1000}},
        "assets": [{"code": "USD", "digits": 2}],
        "instruments": [
            {
                "symbol": "X",
                "quote": "USD",
                "price_scale": 3,
                "quantity_scale": 4,
                "price_increment": "0.01",
                "quantity_increment": "0.0001",
            }
        ],
        "accounts": [{"name": "main", "currency": "USD", "limits": limits, "strategies": [{"name": "grid"}]}],
    }
    guard = rg.Guard(config, clock=clock or rg.ManualClock(time.time_ns()))
    account, instrument = guard.account("main"), guard.instrument("X")
    guard.balance(account, 10_000_000)
    guard.quote(instrument, 99, 101)
    return guard, instrument, guard.strategy(account, "grid")


def evaluate(quantity: Any, price: Any) -> Callable[[int], float]:
    def run(loops: int) -> float:
        guard, instrument, grid = world()
        ask = guard.evaluate_new
        took, number = 0.0, 0
        while number < loops:
            end = min(number + ROUND, loops)
            ids = [f"a{one}" for one in range(number, end)]
            begin = time.thread_time()
            decisions = [ask(instrument, "buy", quantity, price=price, id=name, strategy=grid) for name in ids]
            took += time.thread_time() - begin
            for decision in decisions:
                decision.permit.release()  # type: ignore[union-attr]
            number = end
        return took

    return run


def table(loops: int) -> float:
    """Tables through Arrow: text for symbols, sides and ids, floats for quantities and prices."""
    import pyarrow as pa

    clock = rg.ManualClock(time.time_ns())
    guard, _, grid = world(clock)
    took = 0.0
    for number in range(loops):
        orders = pa.table(
            {
                "symbol": ["X"] * ROWS_OF_A_TABLE,
                "side": ["buy", "sell"] * (ROWS_OF_A_TABLE // 2),
                "quantity": [0.5 + row % 7 / 4 for row in range(ROWS_OF_A_TABLE)],
                "price": [100.25 - row % 5 / 100 for row in range(ROWS_OF_A_TABLE)],
                "id": [f"t{number}:{row}" for row in range(ROWS_OF_A_TABLE)],
            }
        )
        begin = time.thread_time()
        columns, permits = guard.evaluate_table(orders, grid)
        took += time.thread_time() - begin
        if number == 0 and set(pa.record_batch(columns).column("verdict").to_pylist()) != {"approved"}:
            raise RuntimeError("not every order of the table was approved")
        del permits
        clock.advance_ms(60_000)
        guard.tick()
    return took


def drop_in(loops: int) -> float:
    os.chdir(HERE)
    UnifiedRiskGuard._instance = None
    guard = UnifiedRiskGuard()
    guard.max_identical_orders = 10**9
    guard.limits.max_total_exposure_usd = guard.limits.max_single_position_usd = 1e15
    guard.limits.max_correlation_exposure = 1000
    took = 0.0
    for number in range(loops):
        order = StandardOrderRequest("ETH-USD", OrderSide.BUY, 0.01, client_order_id=f"b{number}")
        data = {"price": 2000.0, "volume": 10.0, "timestamp": time.time()}
        begin = time.thread_time()
        result = guard.evaluate_order(order, data)
        took += time.thread_time() - begin
        if result.decision.value != "approve":
            raise RuntimeError(result.reason)
        guard.cancelled(order.client_order_id or "")
    return took


class PlainGuard:
    """Eight gates in floats, and a log that is opened for every line."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kill = False
        self.history: list[dict[str, Any]] = []
        self.state = {"pnl": 0.0, "total": 100_000.0, "drawdown": 0.0, "count": 0, "exposure": 0.0, "group": 0.0}

    def evaluate(self, order: StandardOrderRequest, data: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            reason = self.judge(order, data)
            entry = {"at": time.time(), "order": order.to_dict(), "reason": reason}
            self.history.append(entry)
            with open(HERE / "plain.log", "a") as log:
                log.write(json.dumps(entry) + "\n")
            return entry

    def judge(self, order: StandardOrderRequest, data: dict[str, Any]) -> str:
        state, value = self.state, order.size * data["price"]
        if self.kill:
            return "KILL_SWITCH_ACTIVE"
        if time.time() - data["timestamp"] > 300:
            return "STALE_DATA"
        if state["pnl"] <= -5000.0:
            return "DAILY_LOSS_LIMIT"
        if -state["pnl"] / state["total"] * 100 >= 5.0:
            return "DAILY_LOSS_PERCENT"
        if state["drawdown"] >= 10.0:
            return "MAX_DRAWDOWN"
        if state["count"] >= 10:
            return "POSITION_COUNT_LIMIT"
        if state["exposure"] + value > 100_000.0:
            return "TOTAL_EXPOSURE_LIMIT"
        if (state["group"] + value) / state["total"] > 0.7:
            return "CORRELATION_LIMIT"
        return "APPROVED"


def plain(loops: int) -> float:
    guard = PlainGuard()
    took = 0.0
    for number in range(loops):
        order = StandardOrderRequest("ETH-USD", OrderSide.BUY, 0.01, client_order_id=f"b{number}")
        data = {"price": 2000.0, "volume": 10.0, "timestamp": time.time()}
        begin = time.thread_time()
        guard.evaluate(order, data)
        took += time.thread_time() - begin
    return took


def peer(loops: int) -> float:
    import openpit
    from openpit.param import AccountId, Price, Quantity, Side, TradeAmount, Volume
    from openpit.pretrade.policies import OrderSizeBrokerBarrier, OrderSizeLimit, build_order_size_limit

    limit = OrderSizeLimit(max_quantity=Quantity("1000"), max_notional=Volume("1000000"))
    policy = build_order_size_limit().broker_barrier(OrderSizeBrokerBarrier(limit=limit))
    engine = openpit.Engine.builder().no_sync().builtin(policy).build()
    instrument, account = openpit.Instrument("X", "USD"), AccountId.from_int(1)
    took = 0.0
    for _ in range(loops):
        begin = time.thread_time()
        order = openpit.Order(
            operation=openpit.OrderOperation(
                instrument=instrument,
                account_id=account,
                side=Side.BUY,
                trade_amount=TradeAmount.quantity("1.5"),
                price=Price("100.25"),
            )
        )
        result = engine.execute_pre_trade(order=order)
        took += time.thread_time() - begin
        if not result.ok:
            raise RuntimeError(str(result.rejects))
        result.reservation.rollback()
    return took


def floor(loops: int) -> float:
    """What the measuring itself costs."""
    took = 0.0
    for _ in range(loops):
        begin = time.thread_time()
        took += time.thread_time() - begin
    return took


ROWS: list[tuple[str, Callable[[int], float]]] = [
    ("floor: nothing", floor),
    ("Guard.evaluate_new, str", evaluate("1.5", "100.25")),
    ("Guard.evaluate_new, float", evaluate(1.5, 100.25)),
    ("Guard.evaluate_new, Decimal", evaluate(Decimal("1.5"), Decimal("100.25"))),
    ("openpit, one check, str", peer),
    ("drop-in evaluate_order, with audit", drop_in),
    ("plain guard, with its log", plain),
]

if __name__ == "__main__":
    runner = pyperf.Runner()
    for name, run in ROWS:
        runner.bench_time_func(name, run)
    runner.bench_time_func("Guard.evaluate_table, per order", table, inner_loops=ROWS_OF_A_TABLE)
    sys.exit(0)

"""The drop-in: the fourteen behaviours that the trader's own tests look at."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from risk_guard.unified import UnifiedRiskGuard, register_unified_risk_enforcement
from unified_world import APPROVE, BUY, REDUCE, REJECT, SELL, STOP, code, data, fresh, order, state

__all__ = ["fresh"]


def test_singleton_enforcement(guard: UnifiedRiskGuard) -> None:
    assert UnifiedRiskGuard() is guard is register_unified_risk_enforcement()
    made: list[Any] = []
    UnifiedRiskGuard._instance = None
    threads = [threading.Thread(target=lambda: made.append(UnifiedRiskGuard())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 16 and len(set(map(id, made))) == 1 and made[0] is not guard


def test_kill_switch_blocks_all_orders(guard: UnifiedRiskGuard) -> None:
    guard.activate_kill_switch("a test")
    for side in (BUY, SELL):
        result = guard.evaluate_order(order(side=side), data())
        assert (result.decision, code(result), result.risk_score) == (STOP, "KILL_SWITCH_ACTIVE", 1.0)
    assert guard.limits.kill_switch_active is True and guard.kill_switch_reason == "a test"
    assert not guard.is_operational()
    guard.deactivate_kill_switch("over")
    assert guard.limits.kill_switch_active is False and guard.kill_switch_triggered_at is None
    assert guard.evaluate_order(order(), data()).decision is APPROVE


def test_one_consistent_interface(guard: UnifiedRiskGuard) -> None:
    result = guard.evaluate_order(order(), data())
    assert set(result.to_dict()) == {
        "decision",
        "reason",
        "adjusted_size",
        "risk_score",
        "evaluation_time_ms",
        "breach_details",
        "timestamp",
    }
    assert result.to_dict()["decision"] == "approve" and 0 <= result.risk_score <= 1
    json.dumps(result.to_dict(), allow_nan=False)
    assert order().to_dict()["side"] == "buy"


def test_mandatory_data_quality_gate(guard: UnifiedRiskGuard) -> None:
    asked = order(client_order_id="same")
    assert code(guard.evaluate_order(asked, None)) == "DATA_GAP"
    assert code(guard.evaluate_order(asked, data(timestamp=time.time() - 600))) == "STALE_DATA"
    assert code(guard.evaluate_order(asked, {"price": 2000.0, "timestamp": time.time()})) == "INCOMPLETE_DATA"
    assert guard.evaluate_order(asked, data()).decision is APPROVE


@pytest.mark.parametrize(
    ("pnl", "expected"),
    [
        (-5000.0, "DAILY_LOSS_LIMIT"),
        (-4999.99999999, "APPROVED"),
        (-6000.0, "DAILY_LOSS_LIMIT"),
        (6000.0, "APPROVED"),
    ],
)
def test_daily_loss_limits(guard: UnifiedRiskGuard, pnl: float, expected: str) -> None:
    state(guard, daily_pnl_usd=pnl)
    assert code(guard.evaluate_order(order(), data())) == expected


def test_daily_loss_in_percent_is_of_the_total_value(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_daily_loss_usd = 1e9
    state(guard, total_value_usd=100_000.0, daily_pnl_usd=-5000.0)
    assert code(guard.evaluate_order(order(), data())) == "DAILY_LOSS_PERCENT"
    guard.portfolio_state.daily_pnl_usd = -4999.0
    assert guard.evaluate_order(order(), data()).decision is APPROVE


def test_exposure_limits_with_size_reduction(guard: UnifiedRiskGuard) -> None:
    state(guard, total_exposure_usd=90_000.0)
    result = guard.evaluate_order(order(size=10.0), data())
    assert (result.decision, result.adjusted_size) == (REDUCE, 5.0)
    assert code(result) == "EXPOSURE_SIZE_REDUCED" and result.breach_details["code"] == "TOTAL_EXPOSURE_LIMIT"
    assert (guard.approvals_count, guard.rejections_count) == (1, 0)


def test_a_reduction_below_a_tenth_is_a_rejection(guard: UnifiedRiskGuard) -> None:
    state(guard, total_exposure_usd=99_000.0)
    result = guard.evaluate_order(order(size=10.0), data())
    assert (result.decision, code(result)) == (REJECT, "TOTAL_EXPOSURE_LIMIT")
    assert result.breach_details["old_code"] == "EXPOSURE_REDUCTION_TOO_SMALL"


def test_position_count_limits(guard: UnifiedRiskGuard) -> None:
    state(guard, position_count=10)
    assert code(guard.evaluate_order(order(), data())) == "POSITION_COUNT_LIMIT"
    state(guard, position_count=10, positions={"ETH-USD": {"symbol": "ETH-USD", "value_usd": 1000.0}})
    assert guard.evaluate_order(order(), data()).decision is APPROVE, "a listed symbol is no new position"


def test_all_gates_pass(guard: UnifiedRiskGuard) -> None:
    result = guard.evaluate_order(order(), data())
    assert (result.decision, code(result), result.adjusted_size) == (APPROVE, "APPROVED", None)


def test_audit_trail_completeness(guard: UnifiedRiskGuard) -> None:
    guard.evaluate_order(order(client_order_id="one"), data())
    guard.evaluate_order(order(size=float("nan"), client_order_id="two"), data(price=float("inf")))
    guard.evaluate_order(object(), object())
    lines = [json.loads(line) for line in guard.audit_log_path.read_text().splitlines()]
    lines = [line for line in lines if "evaluation" in line]
    assert [line["decision"] for line in lines] == ["approve", "reject", "reject"]
    assert [line["order"]["client_order_id"] for line in lines] == ["one", "two", None]
    assert len(guard.decision_history[-2:]) == 2 and guard.get_recent_decisions(1)[0]["evaluation"] == 3


def test_performance_metrics(guard: UnifiedRiskGuard) -> None:
    guard.evaluate_order(order(), data())
    guard.evaluate_order(order(), None)
    metrics = guard.get_performance_metrics()
    assert set(metrics) == {
        "total_evaluations",
        "approvals",
        "rejections",
        "approval_rate",
        "rejection_rate",
        "avg_evaluation_time_ms",
        "kill_switch_active",
        "decision_history_size",
    }
    assert (metrics["total_evaluations"], metrics["approval_rate"], metrics["rejection_rate"]) == (2, 0.5, 0.5)


def test_errors_fall_back_to_reject(guard: UnifiedRiskGuard, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(order: Any, market_data: Any = None) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(guard, "_execute_unified_risk_gates", broken)
    result = guard.evaluate_order(order(), data())
    assert result.decision is REJECT and result.reason.startswith("EVALUATION_ERROR") and "broken" in result.reason


def test_thread_safety(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 20_000.0
    results: list[Any] = []

    def run(thread: int) -> None:
        for number in range(5):
            asked = order(client_order_id=f"{thread}-{number}")
            results.append(guard.evaluate_order(asked, data()))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.decision for r in results].count(APPROVE) == 10 and guard.evaluation_count == 50
    assert len(guard.decision_history) == 50 == guard.approvals_count + guard.rejections_count


def test_emergency_state_persistence(guard: UnifiedRiskGuard) -> None:
    guard.activate_kill_switch("a test")
    saved = json.loads(guard.emergency_state_file.read_text())
    assert (saved["kill_switch_active"], saved["reason"]) == (True, "a test")
    assert saved["triggered_at"].startswith("20") and saved["portfolio_state"]["total_value_usd"] == 100000.0
    guard.deactivate_kill_switch("over")
    assert json.loads(guard.emergency_state_file.read_text())["kill_switch_active"] is False


def test_zero_bypass(guard: UnifiedRiskGuard, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = guard._execute_unified_risk_gates
    earlier: list[Any] = []

    def keep(asked: Any, market_data: Any = None) -> Any:
        earlier.append(genuine(asked, market_data))
        return earlier[0]

    monkeypatch.setattr(guard, "_execute_unified_risk_gates", keep)
    assert guard.evaluate_order(order(client_order_id="a"), data()).decision is APPROVE
    again = guard.evaluate_order(order(client_order_id="b", size=9.0), data())
    assert (again.decision, code(again)) == (REJECT, "EVALUATION_ERROR"), "the answer to another order"
    monkeypatch.setattr(guard, "_execute_unified_risk_gates", lambda o, m=None: genuine(order(size=0.01), data()))
    assert code(guard.evaluate_order(order(size=9.0), data())) == "EVALUATION_ERROR"
    fake = type(earlier[0])(APPROVE, "APPROVED")
    monkeypatch.setattr(guard, "_execute_unified_risk_gates", lambda o, m=None: fake)
    assert code(guard.evaluate_order(order(), data())) == "EVALUATION_ERROR"
    assert guard._held == (1, 1), "what will not be sent is not held"

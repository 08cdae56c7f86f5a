"""The drop-in: the behaviours the trader's own tests look at, restart by a new process, holds, files and threads."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from risk_guard.exceptions import RiskError
from risk_guard.unified import (
    OrderSide,
    PortfolioState,
    RiskDecision,
    RiskLimits,
    StandardOrderRequest,
    UnifiedRiskGuard,
    register_unified_risk_enforcement,
)

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


# ---- the fourteen -------------------------------------------------------------------------------------------------------


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
    assert [hold.handle for hold in guard._holds] and len(guard._holds) == 1, "what will not be sent is not held"


# ---- exits, holds, positions --------------------------------------------------------------------------------------------


def long_eth(**more: Any) -> dict[str, Any]:
    return {"ETH-USD": {"symbol": "ETH-USD", "value_usd": 20_000.0} | more}


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


# ---- state file, audit, restart -----------------------------------------------------------------------------------------

PROCESS = """
import json, sys, time
from risk_guard.unified import UnifiedRiskGuard, StandardOrderRequest, OrderSide
guard = UnifiedRiskGuard()
for command in sys.argv[1:]:
    getattr(guard, command)("by a process")
data = {"price": 2000.0, "volume": 1.0, "timestamp": time.time()}
result = guard.evaluate_order(StandardOrderRequest("ETH-USD", OrderSide.BUY, 1.0), data)
print(json.dumps([result.decision.value, result.reason, guard.limits.kill_switch_active]))
"""


def process(folder: Path, *commands: str) -> list[Any]:
    run = [sys.executable, "-W", "error", "-c", PROCESS, *commands]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=True)
    answer: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_a_new_process_remembers_the_kill_switch(tmp_path: Path) -> None:
    assert process(tmp_path)[0] == "approve"
    assert process(tmp_path, "activate_kill_switch")[0] == "emergency_stop"
    decision, reason, active = process(tmp_path)
    assert (decision, active) == ("emergency_stop", True) and "by a process" in reason
    assert process(tmp_path, "deactivate_kill_switch")[0] == "approve"
    assert process(tmp_path)[0] == "approve"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "false",
        "{}",
        '{"kill_switch_active": true}',
        '{"kill_switch_active": "false"}',
        '{"kill_switch_active": 0}',
        '{"kill_switch_active": null}',
        '{"KILL_SWITCH_ACTIVE": false}',
        "\x00",
        '{"kill_switch_active": false',
    ],
)
def test_a_state_file_that_does_not_say_false_starts_halted(tmp_path: Path, text: str) -> None:
    (tmp_path / "emergency_unified_risk_state.json").write_text(text)
    decision, reason, active = process(tmp_path)
    assert (decision, active) == ("emergency_stop", True) and reason.startswith("KILL_SWITCH_ACTIVE")
    assert process(tmp_path, "deactivate_kill_switch")[0] == "approve"


def test_a_state_file_that_cannot_be_read_starts_halted(tmp_path: Path) -> None:
    (tmp_path / "emergency_unified_risk_state.json").mkdir()
    assert process(tmp_path)[0] == "emergency_stop"


def test_a_fresh_guard_does_not_read_the_file(guard: UnifiedRiskGuard) -> None:
    guard.activate_kill_switch("a test")
    UnifiedRiskGuard._instance = None
    again = UnifiedRiskGuard()
    assert again is not guard and again.is_operational()
    with pytest.raises(TypeError):
        UnifiedRiskGuard._instance = "something"


def test_the_files_have_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISK_GUARD_HOME", str(tmp_path / "home"))
    UnifiedRiskGuard._instance = None
    guard = UnifiedRiskGuard()
    assert guard.emergency_state_file == tmp_path / "home" / "emergency_unified_risk_state.json"
    monkeypatch.chdir("/")
    assert guard.evaluate_order(order(), data()).decision is APPROVE
    assert (tmp_path / "home" / "logs" / "unified_risk_audit.log").is_file()
    UnifiedRiskGuard._instance = None


def test_what_cannot_be_audited_is_refused(guard: UnifiedRiskGuard, tmp_path: Path) -> None:
    guard.limits.max_single_position_usd = 2000.0
    guard.audit_log_path = tmp_path
    result = guard.evaluate_order(order(), data())
    assert result.decision is REJECT and "audit" in result.reason
    guard.audit_log_path = tmp_path / "audit.log"
    assert guard.evaluate_order(order(), data()).decision is APPROVE, "and it holds nothing"
    guard.audit_log_path.unlink()
    guard.evaluate_order(order(), data())
    assert guard.audit_log_path.is_file(), "a log that was moved away swallows nothing"


def test_a_halt_that_cannot_be_saved_is_a_halt_and_a_resume_is_none(guard: UnifiedRiskGuard, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    guard.emergency_state_file = tmp_path / "file" / "below.json"
    guard.activate_kill_switch("a test")
    assert guard.evaluate_order(order(), data()).decision is STOP
    with pytest.raises(RiskError):
        guard.deactivate_kill_switch("over")
    assert guard.evaluate_order(order(), data()).decision is STOP


def test_the_flag_halts_and_lifts_nothing(guard: UnifiedRiskGuard) -> None:
    guard.limits.kill_switch_active = True
    assert guard.evaluate_order(order(), data()).decision is STOP
    guard.limits.kill_switch_active = False
    assert guard.evaluate_order(order(), data()).decision is STOP
    assert guard.limits.kill_switch_active is True, "the field reads the truth"
    guard.limits = RiskLimits()
    assert guard.evaluate_order(order(), data()).decision is STOP and guard.limits.kill_switch_active is True
    assert json.loads(guard.emergency_state_file.read_text())["kill_switch_active"] is True


def test_limits_take_effect_at_the_next_order(guard: UnifiedRiskGuard) -> None:
    guard.limits.max_single_position_usd = 10.0
    assert guard.evaluate_order(order(), data()).decision is REJECT
    guard.limits = RiskLimits(max_total_exposure_usd=1.0)
    assert guard.evaluate_order(order(), data()).decision is REJECT
    guard.limits = RiskLimits()
    assert guard.evaluate_order(order(), data()).decision is APPROVE


def test_a_stale_portfolio_opens_nothing(guard: UnifiedRiskGuard) -> None:
    guard.portfolio_state.last_update = time.time() - 86_401
    assert code(guard.evaluate_order(order(), data())) == "STALE_DATA"
    result = UnifiedRiskGuard().evaluate_order(order(), None)
    assert result.decision is REJECT


def test_default_figures_are_named(guard: UnifiedRiskGuard) -> None:
    assert "never replaced" in guard.evaluate_order(order(), data()).breach_details["portfolio"]
    state(guard)
    assert guard.evaluate_order(order(), data()).breach_details is None


# ---- bad values of every kind in every field ----------------------------------------------------------------------------

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
        tables = {name: used for name, used, _ in guard._core.metrics()["utilisation"]}
        return len(guard._holds), tables["live_orders"], guard.approvals_count

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

"""The drop-in: state file, restart by a new process, audit log and history, what is read when."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from risk_guard import _core
from risk_guard.exceptions import RiskError
from risk_guard.unified import RiskEvaluationResult, RiskLimits, UnifiedRiskGuard
from unified_world import APPROVE, BUY, REJECT, STOP, code, data, fresh, order, state

__all__ = ["fresh"]


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


@pytest.mark.parametrize(
    "name", ['a"b', "a\\b", "two\nlines", "nul\x00", "\ud800", "日本", "x" * 200, "\x7f"], ids=repr
)
def test_every_line_is_json_and_names_its_order(guard: UnifiedRiskGuard, name: str) -> None:
    result = guard.evaluate_order(order(client_order_id=name, strategy_id=name), data())
    assert result.decision is APPROVE
    guard.evaluate_order(order(symbol=name, client_order_id=name), data())
    first, second = [json.loads(line) for line in guard.audit_log_path.read_text().splitlines()[-2:]]
    shown = name.encode("utf-8", "replace").decode("utf-8", "replace")
    assert first["order"]["client_order_id"] in (name, shown) or "\ud800" in name
    assert first["order_id"].startswith("blake3:") and first["decision"] == "approve"
    assert second["decision"] == "reject" and first["evaluation"] + 1 == second["evaluation"]


def test_a_line_says_all_of_the_answer(guard: UnifiedRiskGuard) -> None:
    state(guard, total_exposure_usd=90_000.0)
    result = guard.evaluate_order(order(size="10", price=2000, client_order_id="a"), data())
    line = json.loads(guard.audit_log_path.read_text().splitlines()[-1])
    assert line == guard.decision_history[-1] == guard.get_recent_decisions(1)[0]
    assert line["order"] == {
        "symbol": "ETH-USD",
        "side": "buy",
        "size": "10",
        "price": "2000",
        "client_order_id": "a",
    }
    for name in ("reason", "adjusted_size", "risk_score", "breach_details"):
        assert line[name] == getattr(result, name), name
    assert line["decision"] == result.decision.value and line["order_id"] == "a"
    at = datetime.fromisoformat(line["timestamp"])
    assert abs(at.timestamp() - result.timestamp) < 1e-5 and at.tzinfo is not None
    assert 0 < line["evaluation_time_ms"] <= result.evaluation_time_ms


@pytest.mark.parametrize("seconds", [0.5, 951_782_400, 951_868_799.999, 1_709_164_800, 4_102_444_799, 253_402_300_799])
def test_dates_of_lines_are_those_of_the_calendar(seconds: float) -> None:
    assert _core._stamp(seconds) == datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def test_the_history_is_a_bounded_list_of_dicts(guard: UnifiedRiskGuard) -> None:
    history = guard.decision_history
    assert len(history) == 0 and not history and history == [] and list(history) == []
    for number in range(1100):
        guard.evaluate_order(order(client_order_id=f"n{number}"), None)
    assert len(history) == 1000 and guard.evaluation_count == 1100
    assert history[-1]["evaluation"] == 1100 and history[0]["evaluation"] == 101
    assert [entry["evaluation"] for entry in history[-3:]] == [1098, 1099, 1100]
    assert [entry["evaluation"] for entry in history][:2] == [101, 102]
    assert guard.get_recent_decisions(0) == [] and len(guard.get_recent_decisions()) == 100
    with pytest.raises(IndexError):
        history[1000]
    history.clear()
    assert len(guard.decision_history) == 0


def test_a_result_can_be_built_copied_and_pickled(guard: UnifiedRiskGuard) -> None:
    result = guard.evaluate_order(order(), data())
    again = pickle.loads(pickle.dumps(result))
    assert again.to_dict() == result.to_dict() == copy.copy(result).to_dict()
    made = RiskEvaluationResult(REJECT, "X: y", risk_score=0.5)
    assert made.to_dict()["decision"] == "reject" and made.adjusted_size is None and "X: y" in repr(made)
    assert result.breach_details is result.breach_details
    monkey = UnifiedRiskGuard()
    monkey._execute_unified_risk_gates = lambda o, m=None: again  # type: ignore[method-assign]
    assert code(monkey.evaluate_order(order(), data())) == "EVALUATION_ERROR", "a copy is not the answer"


def test_a_log_that_was_moved_away_is_opened_again(guard: UnifiedRiskGuard, tmp_path: Path) -> None:
    guard.evaluate_order(order(client_order_id="first"), data())
    guard.audit_log_path.rename(tmp_path / "old.log")
    deadline = time.monotonic() + 30
    while not guard.audit_log_path.exists() and time.monotonic() < deadline:
        guard.evaluate_order(order(client_order_id="again"), data())
        time.sleep(0.05)
    lines = (tmp_path / "old.log").read_text().splitlines() + guard.audit_log_path.read_text().splitlines()
    assert len([line for line in lines if "evaluation" in line]) == guard.evaluation_count, "no line is lost"


def test_an_interrupt_is_no_answer(guard: UnifiedRiskGuard) -> None:
    class Interrupting:
        @property
        def symbol(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guard.evaluate_order(Interrupting(), data())
    assert guard.evaluate_order(order(), data()).decision is APPROVE


def test_an_order_that_asks_the_guard_while_it_is_read(guard: UnifiedRiskGuard) -> None:
    class Asking:
        side, price, order_type, strategy_id, client_order_id = BUY, None, "market", "s", None
        symbol, timestamp = "ETH-USD", time.time()

        @property
        def size(self) -> float:
            guard.evaluate_order(order("SOL-USD", client_order_id="inner"), data())
            return 1.0

    assert guard.evaluate_order(Asking(), data()).decision is APPROVE
    assert guard._held == (2, 2)

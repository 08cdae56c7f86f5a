"""Configuration, inputs and everything else a guard does."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import risk_guard as rg
from conftest import NOW_NS, config

TOML = """
[firm]
currency = "USD"
limits.collar_bps = 500

[[assets]]
code = "USD"
digits = 2
"""


def test_one_configuration_in_four_spellings(tmp_path: Path) -> None:
    wanted = {"firm": {"currency": "USD", "limits": {"collar_bps": 500}}, "assets": [{"code": "USD", "digits": 2}]}
    (tmp_path / "limits.toml").write_text(TOML)
    (tmp_path / "limits.json").write_text(json.dumps(wanted))
    guards = [
        rg.Guard(wanted),
        rg.Guard.from_text(TOML),
        rg.Guard.from_text(json.dumps(wanted), "json"),
        rg.Guard.from_file(tmp_path / "limits.toml"),
        rg.Guard.from_file(str(tmp_path / "limits.json")),
    ]
    assert {guard.digest() for guard in guards} == {guards[0].digest()}
    assert all(guard.limits()["collar_bps"] == 500 for guard in guards)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c.pop("firm"), "firm"),
        (lambda c: c.update(unknown=1), "unknown"),
        (lambda c: c["firm"].pop("unlimited"), "no limits"),
        (lambda c: c["accounts"][0]["limits"].update(gross_exposure_max=-1), "gross_exposure_max"),
        (lambda c: c["accounts"][0]["limits"].update(gross_exposure_max=True), "gross_exposure_max"),
        (lambda c: c["accounts"][0]["limits"].update(gross_exposure_max=float("nan")), "gross_exposure_max"),
        (lambda c: c["accounts"][0]["limits"].update(collar_bps=1.5), "collar_bps"),
        (lambda c: c["accounts"][0]["limits"].update(drawdown_percent_max=101), "drawdown_percent_max"),
        (lambda c: c["instruments"].append(c["instruments"][0]), "twice"),
        (lambda c: c["instruments"][0].update(quote="EUR"), "EUR"),
        (lambda c: c["instruments"][0].update({1: 2}), "key"),
        (lambda c: c["accounts"][0].update(name=object()), "name"),
    ],
)
def test_a_bad_configuration_is_named_and_makes_no_guard(change: Any, says: str) -> None:
    wrong = config()
    change(wrong)
    with pytest.raises((rg.ConfigError, rg.InvalidValueError), match=says):
        rg.Guard(wrong)


def test_a_bad_file_is_named_with_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    file.write_text(TOML.replace("500", "2000000"))
    with pytest.raises(rg.ConfigError, match=r"limits\.toml:4: firm\.limits\.collar_bps"):
        rg.Guard.from_file(file)
    with pytest.raises(rg.ConfigError):
        rg.Guard.from_file(tmp_path / "absent.toml")
    (tmp_path / "limits.txt").write_text(TOML)
    with pytest.raises(rg.ConfigError, match="neither"):
        rg.Guard.from_file(tmp_path / "limits.txt")


def test_names_are_found_or_refused(world: Any) -> None:
    w = world()
    assert (w.btc.name, w.grid.name, w.guard.venue("X").name, w.guard.asset("USD").name) == (
        "BTC-USD",
        "grid",
        "X",
        "USD",
    )
    for look in (w.guard.instrument, w.guard.account, w.guard.venue, w.guard.asset):
        with pytest.raises(rg.UnknownNameError):
            look("nobody")
    with pytest.raises(LookupError):
        w.guard.strategy(w.account, "nobody")


def test_handles_of_another_guard_name_nothing(world: Any) -> None:
    w, other = world(), world()
    assert w.btc != other.btc
    assert w.guard.evaluate_new(other.btc, "buy", 1, strategy=w.grid, id="a").reason == "UNKNOWN_INSTRUMENT"
    assert w.guard.evaluate_new(w.btc, "buy", 1, strategy=other.grid, id="a").reason == "UNKNOWN_ACCOUNT"
    with pytest.raises(rg.InputError):
        w.guard.quote(other.btc, 1, 2)


def test_registration_at_run_time(world: Any) -> None:
    w = world()
    spec = {"symbol": "SOL-USD", "quote": "USD", "price_scale": 2, "quantity_scale": 2}
    spec |= {"price_increment": Decimal("0.01"), "quantity_increment": 0.01}
    sol = w.guard.add_instrument(spec, {"order_quantity_max": 5})
    w.guard.quote(sol, 19, 21)
    assert w.guard.evaluate_new(sol, "buy", 6, strategy=w.grid, id="s1", reducible=False).reason == "ORDER_QUANTITY_MAX"
    second = w.guard.add_account({"name": "second", "currency": "USD", "unlimited": "a test"})
    fast = w.guard.add_strategy(second, {"name": "fast", "limits": {"order_quantity_max": 1}})
    assert w.guard.evaluate_new(sol, "buy", 2, strategy=fast, id="f1", reducible=False).reason == "ORDER_QUANTITY_MAX"
    for wrong in ({}, {"symbol": "X"}, spec | {"colour": "red"}, spec):
        with pytest.raises(rg.ConfigError):
            w.guard.add_instrument(wrong)


def test_an_orders_life_moves_the_position(world: Any) -> None:
    w = world()
    outbound = w.buy(3, price=100).permit_or_raise().redeem()
    assert w.guard.order_state(outbound.handle) == "sent"
    w.guard.accepted(outbound.handle)
    assert w.guard.order_state("a1", w.account) == "working"
    w.guard.fill("a1", "x1", 1, 100, fee="0.1", account=w.account)
    assert w.guard.fill("a1", "x1", 1, 100, account=w.account)["repeated"] is True
    held = w.guard.position(w.account, w.btc)
    assert (held["quantity"], held["buying"]) == (1, 2)
    w.guard.done(outbound.handle, "cancelled")
    assert w.guard.position(w.account, w.btc)["buying"] == 0
    assert w.guard.order_state(outbound.handle) == "ended"
    late = w.guard.fill("zz", "x2", 1, 100, account=w.account, strategy=w.grid, instrument=w.btc, side="buy")
    assert late["anomaly"] == "unknown_order"


def test_money_and_statements(world: Any) -> None:
    w = world(leverage_max=2)
    assert w.buy(1).reason == "NO_EQUITY"
    w.guard.balance(w.account, "1000")
    w.guard.flow(w.account, 500)
    assert w.guard.account_sums(w.account)["equity"] == 1500
    w.guard.snapshot(w.account, {w.eth: (-2, 10)}, balance=1000)
    assert w.guard.position(w.account, w.eth)["quantity"] == -2
    w.guard.host_figures(w.account, equity=100, position_count=3)
    assert w.buy(3, reducible=False, id="a2").reason == "LEVERAGE_LIMIT"
    w.guard.day_roll()
    for wrong in ({w.eth: 1}, {"ETH-USD": (1, 1)}, {w.eth: (float("nan"), 1)}):
        with pytest.raises(rg.InvalidValueError):
            w.guard.snapshot(w.account, wrong)
    with pytest.raises(rg.InvalidValueError):
        w.guard.host_figures(w.account, position_count=-1)


def test_limits_change_by_name_and_a_bad_one_changes_nothing(world: Any) -> None:
    w = world(gross_exposure_max=10)
    before = w.guard.limits(w.account)
    for wrong in ({"gross_exposure_max": -5}, {"colour": 1}, {"gross_exposure_max": float("inf")}):
        with pytest.raises(rg.RiskError):
            w.guard.set_limits(w.account, wrong, by="ops", reason="a test")
    assert w.guard.limits(w.account) == before
    assert isinstance(w.buy(1), rg.Rejected)
    w.guard.set_limits(w.account, {"gross_exposure_max": 200}, by="ops", reason="a test")
    assert isinstance(w.buy(1), rg.Approved)
    w.guard.set_status(w.btc, "blocked", by="ops")
    assert w.buy(1, id="a2").reason == "INSTRUMENT_RESTRICTED"


def test_modify_and_cancel(world: Any) -> None:
    w = world(gross_exposure_max=500)
    outbound = w.buy(1, price=100).permit_or_raise().redeem()
    w.guard.accepted(outbound.handle)
    refused = w.guard.modify(outbound.handle, quantity=50)
    assert isinstance(refused, rg.Rejected) and refused.reason == "TOTAL_EXPOSURE_LIMIT"
    replaced = w.guard.modify("a1", quantity=2, id="a1-2", account=w.account).permit_or_raise().redeem()
    assert (replaced.message, replaced.quantity) == ("replace", 2)
    assert w.guard.cancel(outbound.handle).message == "cancel"
    with pytest.raises(rg.InvalidValueError):
        w.guard.cancel("a1")


def test_lists_are_all_or_none(world: Any) -> None:
    w = world(gross_exposure_max=250)
    order = lambda number: rg.Order(w.btc, "buy", 1, strategy=w.grid, id=f"l{number}")
    refused = w.guard.evaluate_list([order(n) for n in range(3)])
    assert isinstance(refused, rg.ListRejected) and refused.rejection.code == "TOTAL_EXPOSURE_LIMIT"
    assert (refused.order, refused.reasons) == (2, [("TOTAL_EXPOSURE_LIMIT", 1)])
    with pytest.raises(rg.RiskViolationError):
        refused.permit_or_raise()
    match w.guard.evaluate_list([order(n) for n in range(2)]):
        case rg.ListApproved(permit):
            assert [outbound.id for outbound in permit.redeem()] == ["l0", "l1"]
            with pytest.raises(rg.RiskViolationError):
                permit.redeem()
        case other:
            pytest.fail(repr(other))


def test_explain_headroom_coverage_metrics(world: Any) -> None:
    w = world(gross_exposure_max=500)
    order = rg.Order(w.btc, "buy", 10, strategy=w.grid, id="e1")
    seen = w.guard.explain(order)
    assert (seen["verdict"], seen["quantity"], seen["risk_score"]) == ("reduced", Decimal("4.95"), 1)
    assert seen["rejection"].code == "TOTAL_EXPOSURE_LIMIT" and seen["readings"][0]["level"] == "account"
    quantity, bound = w.guard.headroom(w.grid, w.btc, "buy")
    assert quantity == Decimal("4.95") and bound.code == "TOTAL_EXPOSURE_LIMIT"
    assert w.guard.position(w.account, w.btc)["buying"] == 0, "looking holds nothing"
    uncovered = {(line["gate"], line["level"]) for line in w.guard.coverage()}
    assert ("gross_exposure", "firm") in uncovered and ("gross_exposure", "account") not in uncovered
    w.guard.evaluate(order)
    metrics = w.guard.metrics()
    assert dict(map(tuple, metrics["decisions"]))["reduced"] == 1
    assert rg.lint(config()), "limits with gaps are pointed out"


def test_records_replay_to_the_same_state(world: Any) -> None:
    w = world(gross_exposure_max=500)
    for number in range(20):
        w.buy(1, id=f"r{number}")
    w.guard.halt(w.btc, reason="a test", by="ops")
    assert w.guard.replay() == w.guard.digest()
    records = w.guard.records(3)
    assert [record["seq"] for record in records] == [w.guard.seq - 2, w.guard.seq - 1, w.guard.seq]
    assert records[0]["event"]["evaluated"]["order"]["id"] == "r18"


CRASH = """
import os, sys
import risk_guard as rg
sys.path.insert(0, sys.argv[2])
from conftest import config
guard = rg.Guard(config(), journal=sys.argv[1])
btc = guard.instrument("BTC-USD")
guard.quote(btc, 99, 101)
grid = guard.strategy(guard.account("main"), "grid")
guard.evaluate_new(btc, "buy", 1, strategy=grid, id="a1").permit_or_raise().redeem()
guard.halt(reason="before the crash", by="ops")
os._exit(1)
"""


def test_a_new_process_remembers(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    run = [sys.executable, "-c", CRASH, str(folder), str(Path(__file__).parent)]
    assert subprocess.run(run, check=False).returncode == 1
    guard = rg.Guard(config(), journal=folder)
    assert "records" in guard.recovery
    assert guard.trading_state() == "halted"
    assert guard.latches()[0]["reason"] == "before the crash"
    account, btc = guard.account("main"), guard.instrument("BTC-USD")
    assert guard.position(account, btc)["buying"] == 1, "what may have been sent is held"
    seq, digest = rg.replay_journal(folder)
    assert (seq, digest) == (guard.seq, guard.digest())
    assert rg.read_journal(folder, count=2)[0]["seq"] == 1
    with pytest.raises(rg.JournalError):
        rg.Guard(config(), journal=folder)
    with pytest.raises(rg.JournalError):
        guard.records()


def test_settings_that_contradict_are_refused(tmp_path: Path) -> None:
    for wrong in (
        {"durability": "always"},
        {"records": 0},
        {"journal": tmp_path / "j", "records": 5},
        {"journal": tmp_path / "j", "durability": "never"},
    ):
        with pytest.raises(rg.ConfigError):
            rg.Guard(config(), **wrong)


def test_a_dead_clock_refuses(world: Any) -> None:
    w = world()
    w.clock.fail()
    assert w.clock.now_ns is None
    assert w.buy(1).reason == "CLOCK_UNAVAILABLE"
    with pytest.raises(rg.InputError):
        w.guard.quote(w.btc, 1, 2)
    w.clock.set(NOW_NS + 1)
    assert isinstance(w.buy(1, id="a2"), rg.Approved)


def with_rules(**rules: Any) -> tuple[rg.Guard, rg.Order]:
    wanted = config() | {"house_rules": [{"name": name} for name in rules]}
    guard = rg.Guard(wanted, clock=rg.ManualClock(NOW_NS), house_rules=rules)
    btc = guard.instrument("BTC-USD")
    guard.quote(btc, 99, 101)
    grid = guard.strategy(guard.account("main"), "grid")
    return guard, rg.Order(btc, "buy", 2, price=100, strategy=grid, id="a1")


def test_a_house_rule_sees_the_order_and_can_only_refuse() -> None:
    guard, order = with_rules(fat=lambda view: rg.Measurement.at_most(view.notional("account"), 199))
    assert guard.evaluate(order).reason == "HOUSE_RULE"
    guard, order = with_rules(fat=lambda view: rg.Measurement.at_most(view.notional("account"), 200))
    assert guard.evaluate(order).verdict == "approved"
    assert guard.take_rule_errors() == []


@pytest.mark.parametrize("answer", [True, 1, "yes", (1, 2)])
def test_a_house_rule_that_answers_anything_else_refuses(answer: Any) -> None:
    guard, order = with_rules(odd=lambda _: answer)
    assert guard.evaluate(order).reason == "HOUSE_RULE"
    [(name, error)] = guard.take_rule_errors()
    assert name == "odd" and isinstance(error, rg.InvalidValueError)


def test_a_house_rule_that_raises_or_calls_the_guard_refuses() -> None:
    made: list[rg.Guard] = []
    guard, order = with_rules(asks=lambda _: made[0].metrics())
    made.append(guard)
    assert guard.evaluate(order).reason == "HOUSE_RULE"
    [(name, error)] = guard.take_rule_errors()
    assert name == "asks" and "must not call a guard" in str(error)
    assert guard.metrics()["records"] == guard.seq


def test_house_rules_of_many_threads_do_not_lock_each_other_out() -> None:
    guard, order = with_rules(slow=lambda _: time.sleep(0.001))
    found: list[str] = []
    ask = lambda: found.extend(guard.evaluate(order).verdict for _ in range(10))
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80 and found.count("approved") == 1


def test_a_house_rule_without_a_function_and_a_function_without_a_rule_make_no_guard() -> None:
    with pytest.raises(rg.ConfigError):
        rg.Guard(config() | {"house_rules": [{"name": "x"}]})
    with pytest.raises(rg.ConfigError):
        rg.Guard(config(), house_rules={"x": lambda _: None})

"""The four answers, what they carry, and what cannot be done with them."""

from __future__ import annotations

import copy
import pickle
import threading
from decimal import Decimal
from typing import Any

import pytest
import risk_guard as rg


def test_approved_is_sent_through_its_permit(world: Any) -> None:
    w = world()
    match w.buy("1.5", price=100):
        case rg.Approved(permit):
            assert (permit.quantity, permit.spent) == (Decimal("1.5"), False)
            outbound = permit.redeem()
            assert (outbound.message, outbound.id, outbound.quantity) == ("new", "a1", Decimal("1.5"))
            assert outbound.order.price == Decimal(100)
            assert permit.spent
        case other:
            pytest.fail(repr(other))


def test_reduced_says_what_bound_it(world: Any) -> None:
    w = world(gross_exposure_max=500)
    match w.buy(10):
        case rg.Reduced(permit, binding):
            assert permit.quantity == binding.approved == Decimal("4.95")  # at the far side, 101
            assert (binding.asked, binding.code, binding.level) == (Decimal(10), "TOTAL_EXPOSURE_LIMIT", "account")
            assert (binding.measured, binding.limit, binding.unit) == (Decimal(1010), Decimal(500), "USD")
        case other:
            pytest.fail(repr(other))


def test_rejected_names_gate_measured_and_limit(world: Any) -> None:
    w = world(order_quantity_max=2)
    decision = w.buy(50)
    match decision:
        case rg.Rejected(why):
            assert why.code == decision.reason == "ORDER_QUANTITY_MAX"
            assert (why.measured, why.limit, why.level) == (Decimal(50), Decimal(2), "account")
            assert "ORDER_QUANTITY_MAX" in str(why) and "send less" in why.advice
        case other:
            pytest.fail(repr(other))
    with pytest.raises(rg.RiskViolationError) as caught:
        decision.permit_or_raise()
    error = caught.value
    assert (error.code, error.measured, error.limit) == ("ORDER_QUANTITY_MAX", Decimal(50), Decimal(2))
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, str(again)) == (error.code, str(error))


def test_a_halt_stops_and_only_resume_lifts_it(world: Any) -> None:
    w = world()
    held = w.buy(1).permit_or_raise()
    latch, orders = w.guard.halt(reason="a test", by="ops")
    assert orders == [] and w.guard.trading_state() == "halted"
    stopped = w.buy(1, id="a2")
    assert isinstance(stopped, rg.EmergencyStop) and stopped.reason == "KILL_SWITCH_ACTIVE"
    with pytest.raises(rg.EmergencyStopError):
        stopped.permit_or_raise()
    with pytest.raises(rg.EmergencyStopError):
        held.redeem()
    with pytest.raises(rg.ResumeError):
        w.guard.resume(latch=latch + 1, reason="wrong latch", by="ops")
    assert w.guard.latches()[0]["reason"] == "a test"
    w.guard.resume(latch=latch, reason="over", by="ops")
    assert isinstance(w.buy(1, id="a3"), rg.Approved)


def test_a_permit_is_spent_once(world: Any) -> None:
    permit = world().buy(1).permit_or_raise()
    permit.redeem()
    for again in (permit.redeem, permit.release):
        with pytest.raises(rg.RiskViolationError) as caught:
            again()
        assert caught.value.code == "PERMIT_SPENT"


def test_a_permit_expires_and_is_only_good_where_it_was_issued(world: Any) -> None:
    w, other = world(), world()
    late, foreign = w.buy(1).permit_or_raise(), w.buy(1, id="a2").permit_or_raise()
    with pytest.raises(rg.RiskViolationError) as caught:
        other.guard.redeem(foreign)
    assert caught.value.code == "PERMIT_FOREIGN"
    w.clock.advance_ms(1_000)
    with pytest.raises(rg.RiskViolationError) as caught:
        late.redeem()
    assert caught.value.code == "PERMIT_EXPIRED"


def test_a_block_releases_what_it_did_not_redeem_and_hides_nothing(world: Any) -> None:
    w = world(gross_exposure_max=101)
    with w.buy(1).permit_or_raise():
        assert isinstance(w.buy(1, id="a2"), rg.Rejected)
    with pytest.raises(KeyError), w.buy(1, id="a3").permit_or_raise():
        raise KeyError("the caller's own")
    with w.buy(1, id="a4").permit_or_raise() as permit:
        permit.redeem()
    assert isinstance(w.buy(1, id="a5"), rg.Rejected), "what was redeemed is held until a report"


def test_abandon_is_the_proof_that_nothing_was_sent(world: Any) -> None:
    w = world(gross_exposure_max=101)
    outbound = w.buy(1).permit_or_raise().redeem()
    w.guard.abandon(outbound)
    assert isinstance(w.buy(1, id="a2"), rg.Approved)
    with pytest.raises(rg.RiskEvaluationError):
        w.guard.abandon(outbound)


@pytest.mark.parametrize("kind", [rg.Approved, rg.Reduced, rg.Rejected, rg.EmergencyStop, rg.Permit, rg.Outbound])
def test_what_the_guard_makes_nobody_else_makes(kind: type) -> None:
    for build in (lambda: kind(), lambda: kind.__new__(kind), lambda: object.__new__(kind)):
        with pytest.raises(TypeError):
            build()
    with pytest.raises(TypeError):
        type("Mine", (kind,), {})
    with pytest.raises(TypeError):
        kind.redeem = lambda self: None  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        kind.quantity = 1
    with pytest.raises(TypeError):
        del kind.__init__


def test_what_the_guard_made_stays_one(world: Any) -> None:
    decision = world().buy(1)
    permit = decision.permit
    for thing in (decision, permit, permit.redeem()):
        for attempt in (copy.copy, copy.deepcopy, pickle.dumps, hash):
            with pytest.raises(TypeError):
                attempt(thing)
        for name in ("quantity", "permit", "anything"):
            with pytest.raises((AttributeError, TypeError)):
                setattr(thing, name, 1)
        assert not hasattr(thing, "__dict__")
    with pytest.raises(TypeError):
        bool(decision)


def test_a_panic_poisons_the_guard_and_is_an_answer(world: Any) -> None:
    w = world()
    held = w.buy(1).permit_or_raise()
    rg._core._panic_next(w.guard)
    for number in range(2):
        decision = w.buy(1, id=f"b{number}")
        assert isinstance(decision, rg.Rejected) and decision.reason == "GUARD_POISONED"
    with pytest.raises(rg.RiskViolationError) as caught:
        held.redeem()
    assert caught.value.code == "GUARD_POISONED"
    with pytest.raises(rg.InputError):
        w.guard.quote(w.btc, 99, 101)
    assert w.guard.trading_state() == "halted"
    w.guard.cancel("b1", w.account)


def test_a_panic_elsewhere_is_an_ordinary_exception(world: Any) -> None:
    w = world()
    rg._core._panic_next(w.guard)
    with pytest.raises(rg.RiskViolationError) as caught:
        w.guard.tick()
    assert caught.value.code == "GUARD_POISONED"
    assert w.buy(1).reason == "GUARD_POISONED"


def test_threads_cannot_use_the_same_headroom_twice(world: Any) -> None:
    w = world(gross_exposure_max=10 * 101)
    answers: list[str] = []

    def run(thread: int) -> None:
        for number in range(10):
            answers.append(w.buy(1, id=f"t{thread}-{number}", reducible=False).verdict)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count("approved"), answers.count("rejected")) == (10, 70)


def test_a_permit_is_redeemed_by_one_thread(world: Any) -> None:
    permit = world().buy(1).permit_or_raise()
    sent: list[Any] = []

    def run() -> None:
        try:
            sent.append(permit.redeem())
        except rg.RiskViolationError:
            pass

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 1


def test_a_trader_has_permissions_and_can_be_halted(world: Any) -> None:
    w = world()
    guard = w.guard
    anna, ben = guard.add_trader({"name": "anna"}), guard.add_trader({"name": "ben", "may_trade": ["ETH-USD"]})
    assert guard.trader("anna") == anna != ben and anna.ordinal == 0
    assert isinstance(w.buy(1, trader=anna), rg.Approved)
    refused = w.buy(1, id="a2", trader=ben)
    assert isinstance(refused, rg.Rejected) and refused.reason == "INSTRUMENT_RESTRICTED"
    guard.halt(anna, reason="a test", by="ops")
    assert isinstance(w.buy(1, id="a3", trader=anna), rg.EmergencyStop)
    assert isinstance(guard.evaluate(rg.Order(w.btc, "buy", 1, strategy=w.grid, id="a4")), rg.Approved)
    assert isinstance(w.buy(1, id="a5", trader=world().guard.add_trader({"name": "anna"})), rg.Rejected)
    with pytest.raises(rg.ConfigError, match="anna"):
        guard.add_trader({"name": "anna"})

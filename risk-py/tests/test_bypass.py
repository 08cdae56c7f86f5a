"""Attempts to get round the guard from Python. Each either fails or stands in SECURITY.md as beyond what one process can
promise. An attempt succeeds if it ends with an ``Outbound`` that the guard did not approve, or with more headroom."""

from __future__ import annotations

import copy
import gc
import pickle
import types
import weakref
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import risk_guard as rg
from risk_guard import _core
from risk_guard.unified import RiskDecision, StandardOrderRequest, UnifiedRiskGuard

Attempt = Callable[[Any], Any]
ATTEMPTS: list[tuple[str, Attempt]] = []


def attempt(work: Attempt) -> Attempt:
    ATTEMPTS.append((work.__name__, work))
    return work


def permit(w: Any) -> rg.Permit:
    return w.buy(1).permit_or_raise()  # type: ignore[no-any-return]


def order(w: Any, **more: Any) -> rg.Order:
    return rg.Order(w.btc, "buy", more.pop("quantity", 1), strategy=w.grid, id="z1", **more)


# ---- building -----------------------------------------------------------------------------------------------------------


@attempt
def build_a_permit(w: Any) -> Any:
    return rg.Permit()  # type: ignore[call-arg]


@attempt
def build_a_permit_with_arguments(w: Any) -> Any:
    return rg.Permit(5, quantity=5)  # type: ignore[call-arg]


@attempt
def build_an_outbound(w: Any) -> Any:
    return rg.Outbound()


@attempt
def build_a_decision(w: Any) -> Any:
    return rg.Approved(permit(w))  # type: ignore[call-arg]


@attempt
def object_new_a_permit(w: Any) -> Any:
    return object.__new__(rg.Permit)


@attempt
def object_new_an_outbound(w: Any) -> Any:
    return object.__new__(rg.Outbound)


@attempt
def type_call_an_outbound(w: Any) -> Any:
    return type.__call__(rg.Outbound)


@attempt
def build_a_handle(w: Any) -> Any:
    return rg.Instrument()  # type: ignore[call-arg]


# ---- copying, pickling --------------------------------------------------------------------------------------------------


@attempt
def copy_a_permit(w: Any) -> Any:
    return copy.copy(permit(w)).redeem()


@attempt
def deepcopy_a_permit(w: Any) -> Any:
    return copy.deepcopy(permit(w)).redeem()


@attempt
def deepcopy_a_list_with_a_permit(w: Any) -> Any:
    return copy.deepcopy([permit(w)])


@attempt
def replace_a_permit(w: Any) -> Any:
    return copy.replace(permit(w), quantity=100) if hasattr(copy, "replace") else permit(w).__replace__()  # type: ignore[attr-defined]


@attempt
def pickle_a_permit(w: Any) -> Any:
    return pickle.loads(pickle.dumps(permit(w)))


@attempt
def pickle_a_decision(w: Any) -> Any:
    return pickle.dumps(w.buy(1))


@attempt
def pickle_an_outbound(w: Any) -> Any:
    return pickle.dumps(permit(w).redeem())


@attempt
def pickle_by_protocol_zero(w: Any) -> Any:
    return permit(w).__reduce_ex__(0)


@attempt
def pickle_by_getstate(w: Any) -> Any:
    return permit(w).__setstate__({"quantity": 5})  # type: ignore[attr-defined]


@attempt
def copy_a_guard(w: Any) -> Any:
    return copy.deepcopy(w.guard)


@attempt
def pickle_a_guard(w: Any) -> Any:
    return pickle.dumps(w.guard)


# ---- changing -----------------------------------------------------------------------------------------------------------


@attempt
def change_the_quantity_of_a_permit(w: Any) -> Any:
    permit(w).quantity = Decimal(100)  # type: ignore[misc]


@attempt
def change_the_expiry_of_a_permit(w: Any) -> Any:
    object.__setattr__(permit(w), "expires_ns", 2**62)


@attempt
def mark_a_permit_unspent(w: Any) -> Any:
    spent = permit(w)
    spent.redeem()
    object.__setattr__(spent, "spent", False)
    return spent.redeem()


@attempt
def change_the_order_of_an_outbound(w: Any) -> Any:
    permit(w).redeem().order.quantity = 100  # type: ignore[misc]


@attempt
def change_an_order_after_it_was_made(w: Any) -> Any:
    order(w).quantity = Decimal(100)  # type: ignore[misc]


@attempt
def change_an_order_by_object(w: Any) -> Any:
    object.__setattr__(order(w), "quantity", Decimal(100))


@attempt
def change_a_handle(w: Any) -> Any:
    w.btc.ordinal = 1


@attempt
def give_a_permit_attributes(w: Any) -> Any:
    permit(w).__dict__["quantity"] = 100


@attempt
def change_the_class_of_an_object(w: Any) -> Any:
    permit(w).__class__ = types.SimpleNamespace  # type: ignore[assignment]


@attempt
def change_the_class_of_ones_own(w: Any) -> Any:
    class Mine:
        pass

    Mine().__class__ = rg.Outbound  # type: ignore[assignment]


# ---- monkeypatching, subclassing ----------------------------------------------------------------------------------------


@attempt
def patch_redeem(w: Any) -> Any:
    rg.Permit.redeem = lambda self: "sent"  # type: ignore[method-assign, assignment, return-value]


@attempt
def patch_evaluate(w: Any) -> Any:
    rg.Guard.evaluate = lambda self, order: "approved"  # type: ignore[method-assign, assignment, return-value]


@attempt
def patch_evaluate_of_one_guard(w: Any) -> Any:
    w.guard.evaluate = lambda order: "approved"


@attempt
def patch_spent(w: Any) -> Any:
    type.__setattr__(rg.Permit, "spent", False)


@attempt
def patch_by_deleting(w: Any) -> Any:
    del rg.Permit.__reduce__


@attempt
def patch_the_bases(w: Any) -> Any:
    rg.Permit.__bases__ = (dict,)


@attempt
def patch_the_dict_of_a_type(w: Any) -> Any:
    rg.Permit.__dict__["redeem"] = None  # type: ignore[index]


@attempt
def subclass_a_permit(w: Any) -> Any:
    return type("Mine", (rg.Permit,), {})


@attempt
def subclass_a_guard(w: Any) -> Any:
    return type("Mine", (rg.Guard,), {"evaluate": lambda self, order: None})


@attempt
def subclass_an_order(w: Any) -> Any:
    return type("Mine", (rg.Order,), {"quantity": 1})


# ---- duck typing --------------------------------------------------------------------------------------------------------


@attempt
def evaluate_what_looks_like_an_order(w: Any) -> Any:
    return w.guard.evaluate(types.SimpleNamespace(side="buy", quantity=1, instrument=w.btc))


@attempt
def redeem_what_looks_like_a_permit(w: Any) -> Any:
    return w.guard.redeem(types.SimpleNamespace(quantity=1, spent=False))


@attempt
def abandon_what_looks_like_an_outbound(w: Any) -> Any:
    return w.guard.abandon(types.SimpleNamespace(quantity=1))


@attempt
def send_what_looks_like_an_order(w: Any) -> Any:
    return rg.guarded(w.guard, lambda outbound: "sent")(types.SimpleNamespace(quantity=1))


@attempt
def send_an_outbound_again(w: Any) -> Any:
    return rg.guarded(w.guard, lambda outbound: "sent")(permit(w).redeem())


@attempt
def number_that_changes(w: Any) -> Any:
    class Twice:
        def __float__(self) -> float:
            return 1.0

        def __str__(self) -> str:
            return "1"

    return w.buy(Twice())


@attempt
def call_a_method_on_another_type(w: Any) -> Any:
    return rg.Permit.redeem(types.SimpleNamespace())  # type: ignore[arg-type]


# ---- spending twice, spending elsewhere ---------------------------------------------------------------------------------


@attempt
def redeem_twice(w: Any) -> Any:
    one = permit(w)
    one.redeem()
    return one.redeem()


@attempt
def redeem_after_release(w: Any) -> Any:
    one = permit(w)
    one.release()
    return one.redeem()


@attempt
def release_after_redeem(w: Any) -> Any:
    one = permit(w)
    one.redeem()
    return one.release()


@attempt
def redeem_by_guard_and_by_permit(w: Any) -> Any:
    one = permit(w)
    w.guard.redeem(one)
    return one.redeem()


@attempt
def redeem_after_a_block(w: Any) -> Any:
    with permit(w) as one:
        pass
    return one.redeem()


@attempt
def redeem_too_late(w: Any) -> Any:
    one = permit(w)
    w.clock.advance_ms(1_000)
    return one.redeem()


@attempt
def redeem_under_a_halt(w: Any) -> Any:
    one = permit(w)
    w.guard.halt(reason="a test", by="ops")
    return one.redeem()


@attempt
def redeem_in_another_guard(w: Any) -> Any:
    other = rg.Guard(w.config, records=10)
    return other.redeem(permit(w))


@attempt
def abandon_in_another_guard(w: Any) -> Any:
    outbound = permit(w).redeem()
    rg.Guard(w.config, records=10).abandon(outbound)
    held = w.guard.position(w.account, w.btc)["buying"]
    assert held == 1, "another guard frees nothing"
    raise rg.RiskError("nothing was gained")


@attempt
def abandon_twice(w: Any) -> Any:
    outbound = permit(w).redeem()
    w.guard.abandon(outbound)
    return w.guard.abandon(outbound)


@attempt
def keep_a_permit_of_a_guard_that_is_gone(w: Any) -> Any:
    guard = rg.Guard(w.config, clock=w.clock, records=10)
    btc, grid = guard.instrument("BTC-USD"), guard.strategy(guard.account("main"), "grid")
    guard.quote(btc, 99, 101)
    one = guard.evaluate_new(btc, "buy", 1, strategy=grid, id="a1").permit_or_raise()
    del guard
    gc.collect()
    w.clock.advance_ms(1_000)
    return one.redeem()


# ---- limits and halts ---------------------------------------------------------------------------------------------------


@attempt
def lift_a_halt_without_a_name(w: Any) -> Any:
    latch, _ = w.guard.halt(reason="a test", by="ops")
    return w.guard.resume(latch=latch, reason="over", by="")


@attempt
def lift_a_halt_by_new_limits(w: Any) -> Any:
    w.guard.halt(reason="a test", by="ops")
    w.guard.set_limits(w.account, {}, by="ops", reason="a test")
    return w.guard.evaluate(order(w)).permit_or_raise()


@attempt
def change_limits_by_the_dict_that_made_them(w: Any) -> Any:
    w.config["accounts"][0]["limits"]["gross_exposure_max"] = 10**9
    return w.buy(10, reducible=False).permit_or_raise()


@attempt
def change_limits_by_the_dict_that_shows_them(w: Any) -> Any:
    w.guard.limits(w.account)["gross_exposure_max"] = "1000000000"
    return w.buy(10, reducible=False).permit_or_raise()


@attempt
def an_enormous_quantity(w: Any) -> Any:
    return w.buy(2**63).permit_or_raise()


@attempt
def construct_again(w: Any) -> Any:
    w.guard.__init__(w.config)
    return w.buy(10, reducible=False).permit_or_raise()


@attempt
def finalise(w: Any) -> Any:
    return w.guard.__del__()


@attempt
def weak_references(w: Any) -> Any:
    return weakref.ref(permit(w))


@attempt
def hash_a_permit_into_a_set(w: Any) -> Any:
    return {permit(w)}


@attempt
def take_a_decision_for_true(w: Any) -> Any:
    return "sent" if w.buy(1) else "not sent"


class Fixed:
    """A world with little room, and the configuration it was made from."""

    def __init__(self, w: Any, config: Any) -> None:
        self.config = config
        self.__dict__.update({name: getattr(w, name) for name in ("guard", "clock", "account", "grid", "btc", "buy")})


def test_there_are_at_least_forty() -> None:
    assert len(ATTEMPTS) >= 40 and len({name for name, _ in ATTEMPTS}) == len(ATTEMPTS)


@pytest.mark.parametrize(("name", "work"), ATTEMPTS, ids=[name for name, _ in ATTEMPTS])
def test_attempt_fails(world: Any, name: str, work: Attempt) -> None:
    from conftest import config

    w = Fixed(world(gross_exposure_max=500), config(gross_exposure_max=500))
    with pytest.raises((TypeError, AttributeError, rg.RiskError, pickle.PicklingError)):
        work(w)


def test_the_drop_in_takes_no_answer_but_its_own(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    UnifiedRiskGuard._instance = None
    guard = UnifiedRiskGuard()
    asked = StandardOrderRequest("ETH-USD", "buy", 1.0)  # type: ignore[arg-type]
    result = guard.evaluate_order(asked, None)
    with pytest.raises((AttributeError, TypeError)):
        result.decision = RiskDecision.APPROVE  # type: ignore[misc]
    for attack in (lambda: copy.copy(guard), lambda: pickle.dumps(guard)):
        with pytest.raises(TypeError):
            attack()
    UnifiedRiskGuard._instance = None


def test_the_types_are_sealed() -> None:
    sealed = [kind for kind in vars(_core).values() if isinstance(kind, type)]
    assert len(sealed) >= 18
    for kind in sealed:
        assert kind.__flags__ & (1 << 8), f"{kind} is immutable"
        # The drop-in's class is made from one of them in Python; what it answers is looked at, whoever overrides what.
        assert not kind.__flags__ & (1 << 10) or kind is _core.UnifiedGuard, f"{kind} is final"


def test_what_one_process_cannot_promise_is_said() -> None:
    text = (Path(__file__).parents[2] / "SECURITY.md").read_text()
    for word in ("ctypes", "gc", "closure", "risk_guard"):
        assert f"`{word}`" in text or word in text.split("## Python")[1]

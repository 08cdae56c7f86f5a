"""Functions that send, behind the guard."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import inspect
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import risk_guard as rg
from risk_guard.unified import (
    EmergencyStopError,
    OrderSide,
    RiskEvaluationError,
    RiskViolationError,
    StandardOrderRequest,
    UnifiedRiskGuard,
    mandatory_unified_risk_check,
)


@pytest.fixture(name="guard", autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UnifiedRiskGuard]:
    monkeypatch.chdir(tmp_path)
    UnifiedRiskGuard._instance = None
    guard = UnifiedRiskGuard()
    guard.limits.max_single_position_usd = 10_000.0
    yield guard
    UnifiedRiskGuard._instance = None


def market(price: float = 2000.0) -> dict[str, Any]:
    return {"price": price, "volume": 1.0, "timestamp": time.time()}


class Named(NamedTuple):
    symbol: str
    side: str
    quantity: float


@dataclasses.dataclass
class Plain:
    symbol: str
    side: str
    qty: float


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    symbol: str
    side: str
    amount: Decimal


class Slots:
    __slots__ = ("side", "size", "symbol")

    def __init__(self, symbol: str, side: str, size: float) -> None:
        self.symbol, self.side, self.size = symbol, side, size


class ReadOnly(Slots):
    __slots__ = ()

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "size" and hasattr(self, "size"):
            raise AttributeError(name)
        object.__setattr__(self, name, value)


SHAPES = [
    StandardOrderRequest("ETH-USD", OrderSide.BUY, 8.0),
    {"symbol": "ETH-USD", "side": "buy", "size": 8.0},
    collections.OrderedDict(symbol="ETH-USD", side="BUY", quantity="8.0"),
    Named("ETH-USD", "long", 8.0),
    Plain("ETH-USD", "b", 8.0),
    Frozen("ETH-USD", "buy_to_open", Decimal(8)),
    Slots("ETH-USD", "buy", 8.0),
    SimpleNamespace(symbol="ETH-USD", side="open long", size=8.0),
]


def size_of(order: Any) -> Any:
    for name in ("size", "quantity", "qty", "amount"):
        value = order.get(name) if isinstance(order, dict) else getattr(order, name, None)
        if value is not None:
            return value
    raise AssertionError(order)


@pytest.mark.parametrize("order", SHAPES, ids=lambda order: type(order).__name__)
@pytest.mark.parametrize("how", ["positional", "keyword"])
def test_a_reduced_size_reaches_the_call(order: Any, how: str) -> None:
    sent: list[Any] = []

    @mandatory_unified_risk_check
    def send(order: Any, market_data: Any = None) -> str:
        sent.append(order)
        return "sent"

    answer = send(order, market()) if how == "positional" else send(market_data=market(), order=order)
    assert answer == "sent" and Decimal(str(size_of(sent[0]))) == 5
    assert type(sent[0]) is type(order) and type(size_of(sent[0])) is type(size_of(order))
    assert Decimal(str(size_of(order))) == 8, "the caller's own is left as it was"


def test_parameters_of_their_own() -> None:
    sent: list[Any] = []

    @mandatory_unified_risk_check
    def send(market_data: Any, qty: float, side: str, symbol: str, price: float | None = None, **more: Any) -> None:
        sent.append((symbol, side, qty, price, more))

    send(market(), 8.0, "buy", "ETH-USD", note="x")
    send(market(), symbol="SOL-USD", side="buy", qty=1.0, price=2000.0)
    assert sent == [("ETH-USD", "buy", 5.0, None, {"note": "x"}), ("SOL-USD", "buy", 1.0, 2000.0, {})]

    @mandatory_unified_risk_check
    def anything(**order: Any) -> float:
        return float(order["size"])

    assert anything(symbol="BTC-USD", side="buy", size=8.0, market_data=market()) == 5.0


def test_methods_of_every_kind() -> None:
    class Venue:
        symbol, side, size = "ETH-USD", "buy", 1.0

        @mandatory_unified_risk_check
        def send(self, order: Any, market_data: Any) -> float:
            return float(order["size"])

        @mandatory_unified_risk_check
        def nothing(self) -> None:
            raise AssertionError("attributes of self are not the order")

        @mandatory_unified_risk_check
        @classmethod
        def of_class(cls, order: Any, market_data: Any) -> float:
            return float(order["size"])

        @classmethod
        @mandatory_unified_risk_check
        def of_class_too(cls, order: Any, market_data: Any) -> float:
            return float(order["size"])

        @mandatory_unified_risk_check
        @staticmethod
        def static(order: Any, market_data: Any) -> float:
            return float(order["size"])

    for symbol, send in zip(
        ("A-USD", "B-USD", "C-USD", "D-USD"),
        (Venue().send, Venue.of_class, Venue.of_class_too, Venue.static),
        strict=True,
    ):
        assert send({"symbol": symbol, "side": "buy", "size": 8.0}, market()) == 5.0
    with pytest.raises(RiskEvaluationError):
        Venue().nothing()


def test_async_is_judged_when_awaited(guard: UnifiedRiskGuard) -> None:
    @mandatory_unified_risk_check
    async def send(order: Any, market_data: Any) -> float:
        await asyncio.sleep(0)
        return float(order["size"])

    order = {"symbol": "ETH-USD", "side": "buy", "size": 8.0}

    async def run() -> float:
        waiting = send(order, market())
        assert guard.evaluation_count == 0
        return await waiting

    assert asyncio.run(run()) == 5.0
    assert inspect.iscoroutinefunction(send)


@pytest.mark.parametrize(
    "order",
    [
        None,
        1,
        "buy 1 ETH-USD",
        [],
        object(),
        {"symbol": "ETH-USD", "side": "buy"},
        {"symbol": "ETH-USD", "size": 1},
        {"side": "buy", "size": 1},
        {"symbol": "ETH-USD", "side": "perhaps", "size": 1},
        {"symbol": "ETH-USD", "side": 1, "size": 1},
        {"symbol": "ETH-USD", "side": "buy", "size": 1, "quantity": 2},
        {"symbol": "ETH-USD", "side": "buy", "size": None},
        {"symbol": "ETH-USD", "side": "buy", "size": float("nan")},
        {"symbol": "ETH-USD", "side": "buy", "size": True},
        {"symbol": "ETH-USD", "side": "buy", "size": -1},
        StandardOrderRequest,
        [{"symbol": "ETH-USD", "side": "buy", "size": 1}],
    ],
    ids=repr,
)
def test_what_is_not_recognised_is_refused(guard: UnifiedRiskGuard, order: Any) -> None:
    @mandatory_unified_risk_check
    def send(order: Any, market_data: Any = None) -> None:
        raise AssertionError("sent")

    with pytest.raises(RiskEvaluationError):
        send(order, market())
    assert guard._held[0] == 0


def test_two_orders_are_not_one() -> None:
    @mandatory_unified_risk_check
    def send(first: Any, second: Any, market_data: Any = None) -> None:
        raise AssertionError("sent")

    order = {"symbol": "ETH-USD", "side": "buy", "size": 1.0}
    with pytest.raises(RiskEvaluationError, match="2 orders"):
        send(order, order, market())


def test_an_extractor_says_where_the_order_is(guard: UnifiedRiskGuard) -> None:
    @mandatory_unified_risk_check(order=lambda text, market_data: {"symbol": text, "side": "sell", "size": 1.0})
    def send(text: str, market_data: Any) -> str:
        return text

    assert send("ETH-USD", market()) == "ETH-USD"
    guard.limits.max_single_position_usd = 3000.0
    with pytest.raises(RiskEvaluationError, match="cannot be changed"):
        send("ETH-USD", market())
    assert guard._held[0] == 1


def test_a_size_that_cannot_be_changed_is_not_sent(guard: UnifiedRiskGuard) -> None:
    @mandatory_unified_risk_check
    def send(order: Any, market_data: Any) -> None:
        raise AssertionError("sent")

    with pytest.raises(RiskEvaluationError, match="cannot be changed"):
        send(ReadOnly("ETH-USD", "buy", 8.0), market())
    assert guard._held[0] == 0


def test_refusals_are_exceptions_with_their_code(guard: UnifiedRiskGuard) -> None:
    @mandatory_unified_risk_check
    def send(order: Any, market_data: Any = None) -> None:
        raise AssertionError("sent")

    order = {"symbol": "ETH-USD", "side": "buy", "size": 1.0}
    with pytest.raises(RiskViolationError) as caught:
        send(order)
    assert caught.value.code == "DATA_GAP"
    guard.activate_kill_switch("a test")
    with pytest.raises(EmergencyStopError) as stopped:
        send(order, market())
    assert stopped.value.code == "KILL_SWITCH_ACTIVE"


@pytest.mark.parametrize(
    ("error", "held"),
    [
        (TimeoutError("?"), 1),
        (RuntimeError("after sending"), 1),
        (ConnectionResetError("?"), 1),
        (KeyboardInterrupt(), 1),
        (rg.RiskViolationError("the venue's"), 1),
        (rg.NotSentError("refused by the venue"), 0),
        (ConnectionRefusedError("nobody there"), 0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_functions_own_exception_passes(guard: UnifiedRiskGuard, error: BaseException, held: int) -> None:
    @mandatory_unified_risk_check
    def send(order: Any, market_data: Any) -> None:
        raise error

    @mandatory_unified_risk_check
    async def send_later(order: Any, market_data: Any) -> None:
        raise error

    order = {"symbol": "ETH-USD", "side": "buy", "size": 1.0}
    with pytest.raises(type(error)) as caught:
        send(order, market())
    assert caught.value is error and guard._held[0] == held
    if isinstance(error, Exception):
        with pytest.raises(type(error)) as caught:
            asyncio.run(send_later(order, market()))
        assert caught.value is error and guard._held[0] == 2 * held


def test_a_cancelled_task_keeps_its_hold(guard: UnifiedRiskGuard) -> None:
    @mandatory_unified_risk_check
    async def send(order: Any, market_data: Any) -> None:
        await asyncio.sleep(60)

    async def run() -> None:
        task = asyncio.create_task(send({"symbol": "ETH-USD", "side": "buy", "size": 1.0}, market()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert guard._held[0] == 1


def test_no_unguarded_function_is_reachable_by_attribute() -> None:
    def send(order: Any, market_data: Any = None) -> None:
        """Sends."""

    guarded = mandatory_unified_risk_check(send)
    assert not hasattr(guarded, "__wrapped__")
    assert (guarded.__name__, guarded.__doc__) == ("send", "Sends.")
    assert list(inspect.signature(guarded).parameters) == ["order", "market_data"]
    assert send not in vars(guarded).values()
    with pytest.raises(TypeError):
        guarded(1, 2, 3)
    for wrong in (StandardOrderRequest, 1, None.__class__):
        with pytest.raises(TypeError):
            mandatory_unified_risk_check(wrong)
    with pytest.raises(TypeError):

        @mandatory_unified_risk_check
        def stream(order: Any) -> Any:
            yield order


# ---- with a Guard of one's own ------------------------------------------------------------------------------------------


def test_guarded_passes_the_outbound(world: Any) -> None:
    w = world(order_quantity_max=2)
    sent: list[rg.Outbound] = []

    @rg.guarded(w.guard)
    def send(outbound: rg.Outbound) -> str:
        sent.append(outbound)
        return "sent"

    assert send(rg.Order(w.btc, "buy", 3, strategy=w.grid, id="a1")) == "sent"
    assert isinstance(sent[0], rg.Outbound) and sent[0].quantity == 2
    for wrong in ({"symbol": "BTC-USD"}, None, sent[0], sent[0].handle):
        with pytest.raises(rg.RiskEvaluationError):
            send(wrong)
    with pytest.raises(rg.RiskViolationError):
        send(rg.Order(w.btc, "buy", 3, strategy=w.grid, id="a1"))
    assert len(sent) == 1


def test_guarded_async_and_methods(world: Any) -> None:
    w = world(order_quantity_max=2)

    class Venue:
        @rg.guarded(w.guard)
        async def send(self, outbound: rg.Outbound, note: str = "") -> Any:
            return outbound.quantity, note

    order = rg.Order(w.btc, "buy", 1, strategy=w.grid, id="a1")
    assert asyncio.run(Venue().send(order, note="x")) == (1, "x")
    with pytest.raises(TypeError):
        rg.guarded(w.guard, lambda: None)


def test_guarded_releases_on_a_definite_failure_only(world: Any) -> None:
    w = world(gross_exposure_max=101)
    errors: list[BaseException] = [rg.NotSentError("no"), TimeoutError("?")]

    @rg.guarded(w.guard)
    def send(outbound: rg.Outbound) -> None:
        raise errors[0]

    with pytest.raises(rg.NotSentError):
        send(rg.Order(w.btc, "buy", 1, strategy=w.grid, id="a1"))
    errors.pop(0)
    with pytest.raises(TimeoutError):
        send(rg.Order(w.btc, "buy", 1, strategy=w.grid, id="a2"))
    with pytest.raises(rg.RiskViolationError):
        send(rg.Order(w.btc, "buy", 1, strategy=w.grid, id="a3"))

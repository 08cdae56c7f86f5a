"""Many orders in one call."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import risk_guard as rg
from conftest import NOW_NS


def orders(n: int, **more: Any) -> pa.Table:
    columns: dict[str, Any] = {"symbol": ["BTC-USD"] * n, "side": ["buy"] * n, "quantity": [1.0] * n}
    return pa.table(columns | more)


def read(columns: Any) -> list[dict[str, Any]]:
    return pa.record_batch(columns).to_pylist()


def test_a_table_is_answered_as_its_orders_would_be(world: Any) -> None:
    w, one = world(gross_exposure_max=500), world(gross_exposure_max=500)
    quantities, prices = [1.0, 0.5, 9.0, 3.0, 0.001], [100.0, 99.5, None, 101.0, 150.0]
    table = orders(5, quantity=quantities, price=prices, id=[f"a{n}" for n in range(5)])
    columns, permits = w.guard.evaluate_table(table, w.grid)
    singles = [
        one.buy(quantity, price=price, id=f"a{n}")
        for n, (quantity, price) in enumerate(zip(quantities, prices, strict=True))
    ]
    rows = read(columns)
    assert len(columns) == 5
    assert [row["verdict"] for row in rows] == [single.verdict for single in singles]
    assert [row["reason"] for row in rows] == [single.reason for single in singles]
    for row, permit, single in zip(rows, permits, singles, strict=True):
        approved = getattr(single, "permit", None)
        assert (permit is None) == (approved is None) == (row["approved"] is None)
        if permit is not None:
            assert Decimal(row["approved"]) == permit.quantity == approved.quantity
    assert permits[0].redeem().id == "a0"


@pytest.mark.parametrize(
    "column",
    [
        pa.array([0.1, 0.2]),
        pa.array(np.array([0.1, 0.2], dtype=np.float32)),
        pa.array([Decimal("0.100"), Decimal("0.200")]),
        pa.array(["0.1", "2e-1"]),
        pa.array(["0.1", "0.2"], type=pa.large_string()),
    ],
    ids=lambda column: str(column.type),
)
def test_numbers_of_every_type_are_exact(world: Any, column: Any) -> None:
    w = world()
    rows = read(w.guard.evaluate_table(orders(2, quantity=column), w.grid)[0])
    assert [row["approved"] for row in rows] == ["0.1", "0.2"]


def test_whole_numbers_and_dictionaries(world: Any) -> None:
    w = world()
    table = orders(
        2, quantity=np.array([1, 2], dtype=np.int16), symbol=pa.array(["BTC-USD", "ETH-USD"]).dictionary_encode()
    )
    assert [row["approved"] for row in read(w.guard.evaluate_table(table, w.grid)[0])] == ["1", "2"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", float("nan")),
        ("quantity", float("inf")),
        ("quantity", None),
        ("side", "hold"),
        ("side", None),
        ("price", float("nan")),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_alone(world: Any, field: str, value: Any) -> None:
    w = world()
    columns = {"quantity": [1.0, 1.0, 1.0], "side": ["buy"] * 3, "price": [100.0] * 3}
    columns[field][1] = value
    rows = read(w.guard.evaluate_table(orders(3, **columns), w.grid)[0])
    assert [row["verdict"] for row in rows] == ["approved", "rejected", "approved"]
    assert rows[1]["reason"] == "INVALID_ORDER"


def test_names_that_are_not_known_are_answered(world: Any) -> None:
    w = world()
    rows = read(w.guard.evaluate_table(orders(2, symbol=["NOBODY", None]), w.grid)[0])
    assert [row["reason"] for row in rows] == ["UNKNOWN_INSTRUMENT"] * 2


@pytest.mark.parametrize(
    "table",
    [None, 1, {"symbol": ["X"]}, pa.table({"symbol": ["X"]}), orders(1, quantity=[True]), orders(1).drop(["side"])],
    ids=lambda table: type(table).__name__,
)
def test_what_is_no_table_of_orders_is_refused(world: Any, table: Any) -> None:
    w = world()
    seq = w.guard.seq
    with pytest.raises(rg.InputError):
        w.guard.evaluate_table(table, w.grid)
    assert w.guard.seq == seq


def test_a_panic_inside_is_contained(world: Any) -> None:
    w = world()
    rg._core._panic_next(w.guard)
    with pytest.raises(rg.RiskViolationError):
        w.guard.evaluate_table(orders(3), w.grid)
    rows = read(w.guard.evaluate_table(orders(1), w.grid)[0])
    assert rows[0]["reason"] == "GUARD_POISONED"


def test_a_backtest_plays_quotes_and_orders_in_time(world: Any) -> None:
    w = world(gross_exposure_max=250)
    second = 1_000_000_000
    times = [NOW_NS + n * second for n in range(1, 5)]
    quotes = pa.table(
        {"symbol": ["BTC-USD"] * 4, "bid": [99, 109, 99, 99], "ask": [101, 111, 101, 101], "at_ns": times}
    )
    asked = orders(4, at_ns=times, quantity=["1", "1", "1", "2"], side=["buy", "buy", "buy", "sell"])
    rows = read(w.guard.backtest(quotes, asked, w.grid))
    assert [row["verdict"] for row in rows] == ["approved", "approved", "reduced", "approved"]
    assert [round(row["gross_exposure"]) for row in rows][:2] == [100, 220]
    assert w.clock.now_ns == times[-1]
    assert w.guard.position(w.account, w.btc)["quantity"] == Decimal(rows[2]["approved"])
    assert w.guard.replay() == w.guard.digest()


def test_a_backtest_needs_order_and_a_clock(world: Any) -> None:
    from conftest import config

    w = world()
    backwards = orders(2, at_ns=[NOW_NS + 2, NOW_NS + 1])
    quotes = pa.table({"symbol": ["BTC-USD"], "bid": [1.0], "ask": [2.0], "at_ns": [NOW_NS]})
    with pytest.raises(rg.InputError, match="order of time"):
        w.guard.backtest(quotes, backwards, w.grid)
    live = rg.Guard(config(), records=10)
    with pytest.raises(rg.InputError, match="ManualClock"):
        live.backtest(quotes, orders(1, at_ns=[NOW_NS]), live.strategy(live.account("main"), "grid"))

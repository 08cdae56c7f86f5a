"""Numbers cross exactly or not at all."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import risk_guard as rg
from conftest import NOW_NS, config
from hypothesis import given, settings
from hypothesis import strategies as st

GUARD = rg.Guard(config(), clock=rg.ManualClock(NOW_NS), records=10)
BTC = GUARD.instrument("BTC-USD")


def read(value: Any) -> Decimal:
    return rg.Order(BTC, "buy", value).quantity


class Text(str):
    def __str__(self) -> str:
        return "999"


class Whole(int):
    def __index__(self) -> int:
        return 999

    def __str__(self) -> str:
        return "999"


class Floating(float):
    def __repr__(self) -> str:
        return "999"

    __str__ = __repr__


class Exact(Decimal):
    def __str__(self, eng: bool = False, context: Any = None) -> str:
        return "999"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "1"),
        (-(2**62), str(-(2**62))),
        (2**90, str(2**90)),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1.5e20, "150000000000000000000"),
        (9007199254740993.0, "9007199254740992"),
        ("12.50", "12.5"),
        ("7.18e-06", "0.00000718"),
        ("-0.50", "-0.5"),
        ("-0", "0"),
        ("0000.000", "0"),
        ("00123.4500", "123.45"),
        ("123456789012345678", "123456789012345678"),
        ("1234567890123456789.25", "1234567890123456789.25"),
        (Decimal("1E+20"), "100000000000000000000"),
        (Decimal("0.0000000000000000000000000001"), "0.0000000000000000000000000001"),
        (np.float64(0.1), "0.1"),
        (np.float32(0.1), "0.1"),
        (np.float16(0.1), "0.1"),
        (np.int64(-7), "-7"),
        (np.uint64(2**63), str(2**63)),
        (np.int8(5), "5"),
        (Text("2"), "2"),
        (Whole(2), "2"),
        (Floating(2.5), "2.5"),
        (Exact("2.5"), "2.5"),
    ],
)
def test_taken_exactly(value: Any, expected: str) -> None:
    assert read(value) == Decimal(expected)


BAD = [
    True,
    False,
    np.True_,
    np.bool_(False),
    float("nan"),
    float("inf"),
    -float("inf"),
    np.float64("nan"),
    np.float32("inf"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    "nan",
    "inf",
    "",
    " 1",
    "1 ",
    "1_000",
    "1,000",
    "٣",
    "１",
    "0x10",
    "1e",
    "--1",
    "1e400",
    1e300,
    10**40,
    Decimal("0.00000000000000000000000000001"),
    None,
    b"1",
    [1],
    (1,),
    {"value": 1},
    1 + 0j,
    Fraction(1, 2),
    object(),
    np.array([1.0]),
    np.array(1.0),
    np.complex64(1),
    np.datetime64("2026-01-01"),
    int,
    "1\x00",
    "\ud800",
]


@pytest.mark.parametrize("value", BAD, ids=lambda value: repr(value)[:30])
@pytest.mark.parametrize("field", ["quantity", "price", "trigger", "parent_quantity"])
def test_refused_by_name(value: Any, field: str) -> None:
    if value is None and field != "quantity":
        return  # left out
    fields = {"quantity": 1} | {field: value}
    seq = GUARD.seq
    for ask in (rg.Order, GUARD.evaluate_new):
        with pytest.raises((rg.InvalidValueError, UnicodeEncodeError)) as caught:
            ask(BTC, "buy", **fields)
        if isinstance(caught.value, rg.InvalidValueError):
            assert caught.value.field == field and caught.value.code == "INVALID_ORDER"
            assert str(caught.value).startswith(f"{field}: ")
    assert GUARD.seq == seq, "what cannot be read is not evaluated"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=10))
def test_decimals_survive(value: Decimal) -> None:
    assert read(value) == read(str(value)) == value


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14).filter(
        lambda f: abs(f) > 1e-9 or f == 0
    )
)
@settings(max_examples=500)
def test_floats_are_their_shortest_text(value: float) -> None:
    try:
        assert read(value) == Decimal(repr(value))
    except rg.InvalidValueError:
        # More than 28 places: refused, not rounded.
        assert -Decimal(repr(value)).as_tuple().exponent > 28


@given(st.integers(min_value=-(2**95), max_value=2**95))
def test_ints_survive(value: int) -> None:
    assert read(value) == value


@pytest.mark.parametrize("side", ["Buy", "BUY", "b", "", 1, True, None, b"buy", object()])
def test_a_side_is_buy_or_sell(side: Any) -> None:
    with pytest.raises(rg.InvalidValueError):
        rg.Order(BTC, side, 1)


@pytest.mark.parametrize("when", [1.0, "1", True, float("nan"), 2**70, 1.5])
def test_times_are_whole_nanoseconds(when: Any) -> None:
    with pytest.raises(rg.InvalidValueError):
        rg.Order(BTC, "buy", 1, created_at_ns=when)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": 0}, "INVALID_ORDER"),
        ({"quantity": -1}, "INVALID_ORDER"),
        ({"quantity": "0.00001"}, "INVALID_ORDER"),
        ({"quantity": 1, "price": 0}, "INVALID_ORDER"),
        ({"quantity": 1, "price": -5}, "INVALID_ORDER"),
        ({"quantity": 10**20}, "INVALID_ORDER"),
        ({"quantity": 1, "id": "two words"}, "INVALID_ORDER"),
        ({"quantity": 1, "id": ""}, "INVALID_ORDER"),
        ({"quantity": 1, "id": "x" * 65}, "INVALID_ORDER"),
        ({"quantity": 1, "strategy": None, "id": "a"}, "UNKNOWN_ACCOUNT"),
    ],
)
def test_what_can_be_read_is_answered(world: Any, fields: dict[str, Any], code: str) -> None:
    w = world()
    fields = {"strategy": w.grid, "id": "a1"} | fields
    decision = w.guard.evaluate_new(w.btc, "buy", **fields)
    assert isinstance(decision, rg.Rejected) and decision.reason == code

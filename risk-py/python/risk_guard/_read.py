"""What the existing trader says, read once and exactly: an order, prices, times, amounts. What cannot be read is a
:class:`Refusal` that names the field and the value."""

from __future__ import annotations

import hashlib
import math
import re
from decimal import Decimal
from typing import Any, Literal

from risk_guard import _core
from risk_guard._shapes import OrderSide
from risk_guard.exceptions import InvalidValueError

number_of = _core._number

LOT = Decimal("1e-8")
"""The lot of a symbol without registered increments."""
ZERO = Decimal(0)
_PRICES = (Decimal("1e-12"), Decimal("1e12"))
_SIZE_MAX = Decimal("1e15")
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}").fullmatch


class Refusal(Exception):
    """An order that is refused before the core sees it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class ReadOrder:
    """An order as it was read, once: what is judged afterwards cannot be changed from outside."""

    __slots__ = ("id", "instrument", "known_as", "market", "price", "side", "size", "symbol")

    side: Literal["buy", "sell"]

    def __init__(self, order: Any) -> None:
        symbol = getattr(order, "symbol", None)
        if not isinstance(symbol, str) or not 0 < len(symbol) <= 64 or not symbol.isprintable() or not symbol.isascii():
            raise Refusal("INVALID_ORDER", f"symbol: {symbol!r:.80} is no symbol")
        self.symbol = symbol
        self.side = side_of(getattr(order, "side", None))
        size = number_of(getattr(order, "size", None), "size")
        if not 0 < size <= _SIZE_MAX or size < LOT:
            raise Refusal("INVALID_ORDER", f"size: {size} is not {LOT} to {_SIZE_MAX}")
        self.size = size
        price = getattr(order, "price", None)
        self.price = None if price is None else price_of(price, "price")
        kind = getattr(order, "order_type", "market")
        if not isinstance(kind, str) or not kind:
            raise Refusal("INVALID_ORDER", f"order_type: {kind!r:.80} is no text")
        self.market = kind.lower() == "market"
        strategy = getattr(order, "strategy_id", "default")
        if not isinstance(strategy, str) or not strategy:
            raise Refusal("INVALID_ORDER", f"strategy_id: {strategy!r:.80} is no text")
        seconds_of(getattr(order, "timestamp", None), "timestamp", "INVALID_ORDER")
        given = getattr(order, "client_order_id", None)
        if given is not None and (not isinstance(given, str) or not given):
            raise Refusal("INVALID_ORDER", f"client_order_id: {given!r:.80} is no text")
        self.known_as = given
        self.id = core_id(given)
        self.instrument: Any = None


def core_id(given: str | None) -> str | None:
    if given is None or _ID(given):
        return given
    return "sha256:" + hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()[:48]


def side_of(value: Any) -> Literal["buy", "sell"]:
    text = value.value if isinstance(value, OrderSide) else value
    if isinstance(text, str) and text.lower() == "buy":
        return "buy"
    if isinstance(text, str) and text.lower() == "sell":
        return "sell"
    raise Refusal("INVALID_ORDER", f"side: {value!r:.80} is neither buy nor sell")


def price_of(value: Any, name: str) -> Decimal:
    price = number_of(value, name)
    if not _PRICES[0] <= price <= _PRICES[1]:
        raise Refusal("INVALID_ORDER", f"{name}: {price} is not {_PRICES[0]} to {_PRICES[1]}")
    return price


def seconds_of(value: Any, name: str, code: str) -> float:
    if value.__class__ is float and 0.0 < value < 7_258_118_400.0:
        return float(value)
    try:
        seconds = float(number_of(value, name))
    except InvalidValueError as problem:
        raise Refusal(code, str(problem)) from None
    # Later than the year 2200 is milliseconds taken for seconds.
    if not 0 < seconds < 7_258_118_400:
        raise Refusal(code, f"{name}: {value!r:.80} is no time in seconds since the epoch")
    return seconds


def amount_of(value: Any, name: str, *, least: Decimal | None = None, most: Decimal | None = None) -> Decimal:
    try:
        amount = number_of(value, name)
    except InvalidValueError as problem:
        raise Refusal("EVALUATION_ERROR", str(problem)) from None
    if (least is not None and amount < least) or (most is not None and amount > most):
        raise Refusal("EVALUATION_ERROR", f"{name}: {amount} is out of range")
    return amount


def count_of(value: Any, name: str) -> int:
    count = amount_of(value, name, least=ZERO, most=Decimal(1_000_000))
    if count != int(count):
        raise Refusal("EVALUATION_ERROR", f"{name}: {count} is no whole number")
    return int(count)


def floor_of(value: Decimal) -> float:
    """The float whose shortest text is not more."""
    near = float(value)
    return math.nextafter(near, 0.0) if Decimal(repr(near)) > value else near

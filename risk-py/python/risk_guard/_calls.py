"""Calls of functions that send: the order is found in the arguments, judged, and passed on as it was allowed."""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from inspect import BoundArguments, Parameter, Signature
from typing import Any

from risk_guard import _core
from risk_guard.exceptions import RiskEvaluationError

__all__ = ["BoundArguments", "Door", "OrderInCall", "guarded_call"]

_SIZES = ("size", "quantity", "qty", "amount")
_SIDES = {
    **dict.fromkeys(
        ("buy", "b", "long", "bid", "open_long", "buy_to_open", "close_short", "buy_to_close", "cover"), "buy"
    ),
    **dict.fromkeys(("sell", "s", "short", "ask", "open_short", "sell_to_open", "sell_short"), "sell"),
    **dict.fromkeys(("close_long", "sell_to_close"), "sell"),
}
_OPTIONAL = ("price", "order_type", "client_order_id", "strategy_id", "timestamp")


class Door:
    """What stands before a function that sends."""

    def open(self, bound: BoundArguments) -> Any:
        """Judges the call, may change it, and returns a ticket; raises where nothing may be sent."""
        raise NotImplementedError

    def never_sent(self, ticket: Any) -> None:
        """Nothing has left: gives back what was held."""
        raise NotImplementedError


def guarded_call(function: Any, door_of: Callable[[Signature], Door], not_sent: tuple[type[BaseException], ...]) -> Any:
    """The function behind a door. Its own exceptions pass as they are."""
    if isinstance(function, staticmethod | classmethod):
        return type(function)(guarded_call(function.__func__, door_of, not_sent))
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"{function!r:.80} is no function that sends")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function!r:.80} is a generator: it is not known when it sends")
    signature = inspect.signature(function)
    door = door_of(signature)

    def enter(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[BoundArguments, Any]:
        # A call that the function itself would refuse is refused with the same words, and nothing is held for it.
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound, door.open(bound)

    wrapper: Any
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            bound, ticket = enter(args, kwargs)
            try:
                return await function(*bound.args, **bound.kwargs)
            except not_sent:
                door.never_sent(ticket)
                raise

    else:

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            bound, ticket = enter(args, kwargs)
            try:
                return function(*bound.args, **bound.kwargs)
            except not_sent:
                door.never_sent(ticket)
                raise

    functools.update_wrapper(wrapper, function, updated=())
    del wrapper.__wrapped__
    wrapper.__signature__ = signature
    return wrapper


def _wrong(text: str) -> RiskEvaluationError:
    return RiskEvaluationError(text, code="EVALUATION_ERROR")


class OrderInCall:
    """Finds the order in the arguments of a function, and changes its size there."""

    def __init__(self, signature: Signature, extract: Callable[..., Any] | None) -> None:
        self.extract = extract
        names = list(signature.parameters)
        # What a method belongs to is not the order.
        self.skipped = {names[0]} if names and names[0] in ("self", "cls") else set()
        self.by_name = {
            name: parameter
            for name, parameter in signature.parameters.items()
            if parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
        }
        self.catch_all = next((n for n, p in signature.parameters.items() if p.kind is Parameter.VAR_KEYWORD), None)

    def _arguments(self, bound: BoundArguments) -> dict[str, Any]:
        found = {name: value for name, value in bound.arguments.items() if name in self.by_name}
        if self.catch_all is not None:
            found.update(bound.arguments.get(self.catch_all, {}))
        return {name: value for name, value in found.items() if name not in self.skipped}

    def read(self, bound: BoundArguments) -> tuple[dict[str, Any], Any]:
        """The order of a call as the fields of a request, and the market data."""
        arguments = self._arguments(bound)
        market_data = arguments.get("market_data")
        if self.extract is not None:
            given = self.extract(*bound.args, **bound.kwargs)
            fields = _fields_of(given)
            if fields is None:
                raise _wrong(f"the order extractor returned {type(given).__name__}, which is no order")
            return _request(fields), market_data
        return _request(self._find(arguments)[1]), market_data

    def _find(self, arguments: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
        """Where the order is (``None``: in parameters of its own) and its fields."""
        found: list[tuple[str | None, dict[str, Any]]] = []
        for name, value in arguments.items():
            if name != "market_data":
                fields = _fields_of(value)
                if fields is not None:
                    found.append((name, fields))
        own = {name: arguments[name] for name in ("symbol", "side", *_SIZES, *_OPTIONAL) if name in arguments}
        if "symbol" in own and "side" in own and any(name in own for name in _SIZES):
            found.append((None, own))
        if len(found) != 1:
            raise _wrong(f"{len(found) or 'no'} orders were recognised among {', '.join(arguments) or 'no arguments'}")
        return found[0]

    def shrink(self, bound: BoundArguments, size: Any) -> None:
        """Puts a smaller size into the call."""
        if self.extract is not None:
            raise _wrong("the order was reduced, and an order that was extracted cannot be changed in the call")
        arguments = self._arguments(bound)
        where, fields = self._find(arguments)
        key = _size_key(fields)
        if where is None:
            self._put(bound, key, _like(fields[key], size))
        else:
            self._put(bound, where, _smaller(arguments[where], key, _like(fields[key], size)))
        # What the function will see is read again: a copy that lost the size must not be sent.
        again = self._find(self._arguments(bound))[1]
        if _core._number(again[_size_key(again)], "size") != _core._number(size, "size"):
            raise _wrong("the reduced size could not be put into the call")

    def _put(self, bound: BoundArguments, name: str, value: Any) -> None:
        if name in self.by_name:
            bound.arguments[name] = value
        elif self.catch_all is not None:
            bound.arguments[self.catch_all] = {**bound.arguments[self.catch_all], name: value}


def _like(before: Any, size: Any) -> Any:
    """The size in the type the caller used, where that holds it exactly."""
    exact = _core._number(size, "size")
    if type(before).__name__ == "Decimal":
        return exact
    if isinstance(before, str):
        return format(exact, "f")
    return size


def _fields_of(value: Any) -> dict[str, Any] | None:
    """The fields of something that looks like an order."""
    if value is None or isinstance(value, str | bytes | int | float | type) or callable(value):
        return None
    if isinstance(value, Mapping):
        fields = {name: value[name] for name in ("symbol", "side", *_SIZES, *_OPTIONAL) if name in value}
    else:
        fields = {}
        for name in ("symbol", "side", *_SIZES, *_OPTIONAL):
            part = inspect.getattr_static(value, name, None)
            if part is not None:
                fields[name] = getattr(value, name)
    whole = "symbol" in fields and "side" in fields and any(name in fields for name in _SIZES)
    return fields if whole else None


def _size_key(fields: dict[str, Any]) -> str:
    keys = [name for name in _SIZES if fields.get(name) is not None]
    if len(keys) != 1:
        raise _wrong(f"the order has {len(keys) or 'no'} sizes: {', '.join(keys)}")
    return keys[0]


def _request(fields: dict[str, Any]) -> dict[str, Any]:
    side = getattr(fields["side"], "value", fields["side"])
    known = _SIDES.get(side.strip().lower().replace("-", "_").replace(" ", "_")) if isinstance(side, str) else None
    if known is None:
        raise _wrong(f"side: {fields['side']!r:.80} is not known")
    request = {"symbol": fields["symbol"], "side": known, "size": fields[_size_key(fields)]}
    request.update({name: fields[name] for name in _OPTIONAL if fields.get(name) is not None})
    return request


def _smaller(order: Any, key: str, size: Any) -> Any:
    """A copy of an order with another size; the caller's own is left as it was."""
    try:
        if isinstance(order, Mapping):
            changed: Any = copy.copy(order)
            changed[key] = size
            return changed
        if isinstance(order, tuple) and hasattr(order, "_replace"):
            return typing.cast(Any, order)._replace(**{key: size})
        if dataclasses.is_dataclass(order) and not isinstance(order, type):
            return dataclasses.replace(order, **{key: size})
        changed = copy.copy(order)
        setattr(changed, key, size)
        return changed
    except Exception as problem:
        raise _wrong(f"the order was reduced and its size cannot be changed: {problem}") from problem

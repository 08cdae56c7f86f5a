"""Functions that send, behind the guard: they take an ``Outbound`` and cannot be called with anything else.

>>> import risk_guard as rg
>>> def send(outbound):
...     return f"sent {outbound.quantity}"
>>> guard = rg.Guard({"firm": {"currency": "USD", "unlimited": "an example"}, "assets": [{"code": "USD", "digits": 2}],
...     "instruments": [{"symbol": "X", "quote": "USD", "price_scale": 2, "quantity_scale": 0,
...                      "price_increment": "0.01", "quantity_increment": 1}],
...     "accounts": [{"name": "main", "currency": "USD", "limits": {"order_quantity_max": 2},
...                   "strategies": [{"name": "grid"}]}]})
>>> x, grid = guard.instrument("X"), guard.strategy(guard.account("main"), "grid")
>>> guard.quote(x, 9, 11)
>>> buy = guarded(guard, send)
>>> buy(rg.Order(x, "buy", 2, strategy=grid, id="a1"))
'sent 2'
>>> buy(rg.Order(x, "buy", 3, strategy=grid, id="a2"))
'sent 2'
>>> buy({"symbol": "X", "side": "buy", "quantity": 1})
Traceback (most recent call last):
risk_guard.exceptions.RiskEvaluationError: a dict is no risk_guard.Order
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import BoundArguments, Parameter, Signature
from typing import Any

from risk_guard import _core
from risk_guard._calls import Door, guarded_call
from risk_guard.exceptions import NotSentError, RiskEvaluationError

__all__ = ["guarded"]


class _GuardDoor(Door):
    def __init__(self, guard: _core.Guard, signature: Signature) -> None:
        self.guard = guard
        names = [
            name
            for name, parameter in signature.parameters.items()
            if parameter.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        ]
        if names and names[0] in ("self", "cls"):
            names = names[1:]
        if not names:
            raise TypeError("a function that sends takes the outbound message as its first parameter")
        self.name = names[0]

    def open(self, bound: BoundArguments) -> Any:
        order = bound.arguments.get(self.name)
        if not isinstance(order, _core.Order):
            raise RiskEvaluationError(f"a {type(order).__name__} is no risk_guard.Order", code="EVALUATION_ERROR")
        outbound = self.guard.evaluate(order).permit_or_raise().redeem()
        bound.arguments[self.name] = outbound
        return outbound

    def never_sent(self, ticket: Any) -> None:
        self.guard.abandon(ticket)


def guarded(
    guard: _core.Guard,
    send: Callable[..., Any] | None = None,
    *,
    not_sent: tuple[type[BaseException], ...] = (NotSentError, ConnectionRefusedError),
) -> Any:
    """A function that sends, behind a guard: called with an ``Order``, it is evaluated, and ``send`` is called with the
    ``Outbound`` in its place, the reduced quantity in it. As a decorator: ``@guarded(guard)``.

    Sync and async functions, methods, class and static methods; an async one is evaluated when it is awaited. Raises
    ``RiskViolationError`` or ``EmergencyStopError`` where nothing may be sent. An exception of ``send`` passes as it is and
    keeps the hold, because the order may have been sent; one of ``not_sent`` says that nothing has left.

    >>> send = guarded(guard, lambda outbound: f"sent {outbound.quantity}")
    >>> send(rg.Order(btc, "buy", 3, strategy=grid, id="a1"))
    'sent 1.9996'
    """
    if send is None:
        return lambda send: guarded(guard, send, not_sent=not_sent)
    return guarded_call(send, lambda signature: _GuardDoor(guard, signature), not_sent)

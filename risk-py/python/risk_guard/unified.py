"""The drop-in for a trader that calls a class ``UnifiedRiskGuard`` for every order: change the import line, nothing else.

>>> from risk_guard.unified import OrderSide, StandardOrderRequest, UnifiedRiskGuard

Orders are read, judged, held and written to the audit log by the compiled part. Here are the names that the trader
imports, the kill switch with its file, and the decorator.

When a hold ends
----------------
What was approved counts against every limit until the host is known to have seen it. A hold made at *t* ends by
``cancelled(id)``, by a definite failure to send, or by the first portfolio refresh whose ``last_update`` is at least
*t* + ``hold_settle_seconds`` (5 s for market orders, 60 s for others). An earlier refresh only moves: growth of the
symbol's signed value in the direction of its holds comes off them, oldest first, so that a fill is not counted twice,
and comes back where the value falls again. ``filled(id, size)`` says that a part was executed; it counts on, as position,
until the next refresh.

A resting order that is older than that and was never reported is not counted any more. That is weaker than the core,
which holds until a report: a trader that keeps orders resting should use ``risk_guard.Guard`` and its inputs.

How positions are valued
------------------------
A position is its ``quantity``, else its ``value_usd`` divided by the dearer of the market price and the last one before
the refresh, rounded down, and is valued at the market. Gross exposure starts from what the host says, where that is more.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from risk_guard import _core
from risk_guard._audit_text import plain, text_of
from risk_guard._calls import BoundArguments, Door, OrderInCall, guarded_call
from risk_guard._core import RiskEvaluationResult
from risk_guard._files import absolute, halted_by, write_whole
from risk_guard._shapes import OrderSide, PortfolioState, RiskDecision, RiskLimits, StandardOrderRequest
from risk_guard.exceptions import (
    EmergencyStopError,
    InvalidValueError,
    NotSentError,
    RiskError,
    RiskEvaluationError,
    RiskViolationError,
)

__all__ = [
    "EmergencyStopError",
    "OrderSide",
    "PortfolioState",
    "RiskDecision",
    "RiskEvaluationError",
    "RiskEvaluationResult",
    "RiskLimits",
    "RiskViolationError",
    "StandardOrderRequest",
    "UnifiedRiskGuard",
    "mandatory_unified_risk_check",
    "register_unified_risk_enforcement",
]

_log = logging.getLogger("risk_guard.unified")


class _OneOfAProcess(type):
    """Makes the class attribute ``_instance`` say that the next construction is fresh when ``None`` is assigned."""

    _current: UnifiedRiskGuard | None = None
    _read_file = True
    _making = threading.RLock()

    @property
    def _instance(cls) -> UnifiedRiskGuard | None:
        return _OneOfAProcess._current

    @_instance.setter
    def _instance(cls, value: UnifiedRiskGuard | None) -> None:
        if value is not None and not isinstance(value, UnifiedRiskGuard):
            raise TypeError("_instance is None or the guard")
        with _OneOfAProcess._making:
            _OneOfAProcess._current = value
            if value is None:
                _OneOfAProcess._read_file = False

    def __call__(cls) -> UnifiedRiskGuard:
        with _OneOfAProcess._making:
            if _OneOfAProcess._current is None:
                made = super().__call__(read_file=_OneOfAProcess._read_file)
                _OneOfAProcess._current = made
            return _OneOfAProcess._current


class UnifiedRiskGuard(_core.UnifiedGuard, metaclass=_OneOfAProcess):
    """The guard of a process. ``UnifiedRiskGuard()`` returns the same object every time, from any thread."""

    def __init__(self, read_file: bool = True) -> None:
        self.emergency_state_file: Path = absolute("emergency_unified_risk_state.json")
        self.audit_log_path: Path = absolute("logs/unified_risk_audit.log")
        self.limits: Any = RiskLimits()
        self.portfolio_state: Any = PortfolioState()
        self.hold_settle_seconds = {"market": 5.0, "other": 60.0}
        self.max_portfolio_age_minutes: float = 1440
        self.collar_percent: float = 10
        self.max_identical_orders = 100
        self.identical_orders_seconds: float = 60
        self.symbol_groups: dict[str, str] = {}
        self.kill_switch_reason: str | None = None
        self.kill_switch_triggered_at: datetime | None = None
        self._switch = threading.RLock()
        self._begin()
        why = halted_by(self.emergency_state_file) if read_file else None
        if not read_file:
            _log.warning("a fresh guard was asked for: %s was not read", self.emergency_state_file)
            self._note({"event": "fresh_guard", "state_file_read": False})
        if why is not None:
            _log.critical("trading starts halted: %s", why)
            self._halt(why, save=False)

    # ---- the kill switch --------------------------------------------------------------------------------------------

    def activate_kill_switch(self, reason: str) -> None:
        """Halts trading before it returns. The state file says so, for the next process."""
        self._halt(text_of(reason), save=True)

    def _halt(self, reason: str, save: bool) -> None:
        with self._switch:
            self._stop(reason[:200] or "no reason given")
            if self.kill_switch_triggered_at is None:
                self.kill_switch_triggered_at = datetime.now(UTC)
                self.kill_switch_reason = reason
            self._show_flag(True)
            if save:
                try:
                    self._save(True, reason)
                except OSError as problem:
                    self._critical(f"trading is halted, but {self.emergency_state_file} cannot be written: {problem}")
        self._note({"event": "kill_switch_activated", "reason": reason})

    def deactivate_kill_switch(self, reason: str) -> None:
        """Lifts the halt, once the state file says so. Raises ``RiskError`` and stays halted where it cannot be written."""
        text = text_of(reason)
        with self._switch:
            try:
                self._save(False, text)
            except OSError as problem:
                raise RiskError(
                    f"{self.emergency_state_file} cannot be written, trading stays halted: {problem}"
                ) from None
            self._go_on(text[:200] or "no reason given")
            self.kill_switch_reason = None
            self.kill_switch_triggered_at = None
            self._show_flag(self._halted)
        self._note({"event": "kill_switch_deactivated", "reason": text})

    def _sync_kill_flag(self) -> None:
        """The flag and the switch differ: setting it halts, and what else it says is put right."""
        with self._switch:
            if getattr(self.limits, "kill_switch_active", None) is True and not self._halted:
                self._halt("limits.kill_switch_active was set", save=True)
            else:
                self._show_flag(self._halted)

    def _show_flag(self, halted: bool) -> None:
        try:
            self.limits.kill_switch_active = halted
        except Exception as problem:
            self._critical(f"limits.kill_switch_active cannot be set: {text_of(problem)}")

    def _save(self, active: bool, reason: str) -> None:
        at = self.kill_switch_triggered_at
        state = {
            "kill_switch_active": active,
            "triggered_at": at.isoformat() if at is not None else None,
            "reason": reason,
            "portfolio_state": plain(self.portfolio_state),
        }
        write_whole(Path(self.emergency_state_file), json.dumps(state, indent=2, default=text_of, allow_nan=False))

    def _note(self, event: dict[str, Any]) -> None:
        line = {"timestamp": datetime.now(UTC).isoformat(), **event}
        try:
            self._write(json.dumps(line, default=text_of, allow_nan=False) + "\n")
        except OSError as problem:
            self._critical(f"the audit line cannot be written: {problem}")

    def _critical(self, text: str) -> None:
        _log.critical("%s", text)

    # ---- looking ----------------------------------------------------------------------------------------------------

    def update_portfolio_state(self, state: PortfolioState) -> None:
        """Replaces the portfolio, as of now."""
        if not isinstance(state, PortfolioState):
            raise InvalidValueError(f"state: {text_of(state):.80} is no PortfolioState", field="state", value=state)
        state.last_update = max(time.time(), math.nextafter(self._refreshed, math.inf))
        self.portfolio_state = state

    def is_operational(self) -> bool:
        """Whether orders can be approved at all."""
        return not self._halted and getattr(self.limits, "kill_switch_active", None) is False


def register_unified_risk_enforcement() -> UnifiedRiskGuard:
    """The guard of this process."""
    return UnifiedRiskGuard()


class _UnifiedDoor(Door):
    """Lets a call through with the size the guard allows."""

    def __init__(self, calls: OrderInCall) -> None:
        self.calls = calls

    def open(self, bound: BoundArguments) -> Any:
        guard = UnifiedRiskGuard()
        request, market_data = self.calls.read(bound)
        order = StandardOrderRequest(**request)
        result = guard.evaluate_order(order, market_data)
        details = result.breach_details or {}
        code = result.reason.partition(":")[0]
        if result.decision is RiskDecision.EMERGENCY_STOP:
            raise EmergencyStopError(result.reason, code=code)
        if result.decision is RiskDecision.REJECT:
            kind = RiskEvaluationError if code in ("EVALUATION_ERROR", "INVALID_ORDER") else RiskViolationError
            raise kind(result.reason, code=code, gate=details.get("gate"), level=details.get("level"))
        hold = guard._last_hold(order)
        if result.decision is RiskDecision.REDUCE_SIZE:
            try:
                self.calls.shrink(bound, result.adjusted_size)
            except BaseException:
                guard._take_back(hold)
                raise
        return guard, hold

    def never_sent(self, ticket: Any) -> None:
        guard, hold = ticket
        guard._take_back(hold)


def mandatory_unified_risk_check(
    function: Any = None,
    *,
    order: Callable[..., Any] | None = None,
    not_sent: tuple[type[BaseException], ...] = (NotSentError, ConnectionRefusedError),
) -> Any:
    """Decorates a function that sends an order: it is called with what the guard allows, or not at all.

    The order is found in the call, by the function's signature: a parameter that is an order (an object, dict, dataclass
    or named tuple with ``symbol``, ``side`` and ``size``, ``quantity``, ``qty`` or ``amount``), or parameters of these
    names. Market data is the parameter ``market_data``. What cannot be recognised is refused (``RiskEvaluationError``);
    ``order`` then is a function that takes the same arguments and returns the order, which is never reduced.

    An exception of the function passes as it is. It keeps the hold, because the order may have been sent; one of
    ``not_sent`` says that it was not.

    >>> @mandatory_unified_risk_check
    ... def send(symbol, side, size, market_data=None):
    ...     return size
    """
    if function is None:
        return lambda function: mandatory_unified_risk_check(function, order=order, not_sent=not_sent)
    return guarded_call(function, lambda signature: _UnifiedDoor(OrderInCall(signature, order)), not_sent)

"""The drop-in for a trader that calls a class ``UnifiedRiskGuard`` for every order: change the import line, nothing else.

>>> from risk_guard.unified import OrderSide, StandardOrderRequest, UnifiedRiskGuard

Limits are judged by the compiled core. This module reads what the host says, tells the core, and refuses what cannot be
read: it never approves anything by itself.

When a hold ends
----------------
What was approved counts against every limit until the host is known to have seen it. A hold made at *t* ends by
``cancelled(id)``, by a definite failure to send, or by the first portfolio refresh whose ``last_update`` is at least
*t* + ``hold_settle_seconds`` (5 s for market orders, 60 s for others). An earlier refresh only moves: growth of the
symbol's signed value in the direction of its holds comes off them, oldest first, so that a fill is not counted twice.
``filled(id, size)`` says that a part was executed; it counts on, as position, until the next refresh.

A resting order that is older than that and was never reported is not counted any more. That is weaker than the core,
which holds until a report: a trader that keeps orders resting should use ``risk_guard.Guard`` and its inputs.

How positions are valued
------------------------
A position is its ``quantity``, else its ``value_usd`` divided by the market price, rounded down, and is valued at the
market. Gross exposure starts from what the host says, where that is more.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from pathlib import Path
from typing import Any

from risk_guard import _core
from risk_guard._audit_text import plain, reading_of, shown_of, text_of
from risk_guard._calls import BoundArguments, Door, OrderInCall, guarded_call
from risk_guard._files import AuditLog, absolute, halted_by, write_whole
from risk_guard._read import (
    LOT,
    ZERO,
    ReadOrder,
    Refusal,
    amount_of,
    core_id,
    count_of,
    floor_of,
    number_of,
    price_of,
    seconds_of,
)
from risk_guard._shapes import (
    OrderSide,
    PortfolioState,
    RiskDecision,
    RiskEvaluationResult,
    RiskLimits,
    StandardOrderRequest,
)
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

_encode = json.JSONEncoder(default=lambda value: text_of(value), allow_nan=False).encode
_log = logging.getLogger("risk_guard.unified")

_AHEAD = 5.0
"""Seconds that market data may be ahead of this machine's clock."""
_HISTORY = 1000
_QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "USD", "EUR")


class _Hold:
    """What was approved and is not yet known to be in the host's figures."""

    __slots__ = (
        "base",
        "buy",
        "executed",
        "handle",
        "market",
        "moved",
        "name",
        "price",
        "size",
        "symbol",
        "taken",
        "time",
    )

    def __init__(self, read: ReadOrder, handle: Any, size: Decimal, price: Decimal, now: float, base: Decimal) -> None:
        self.symbol = read.symbol
        self.name = read.id or ""
        self.buy = read.side == "buy"
        self.market = read.market
        self.handle = handle
        self.size = size
        self.price = price
        self.time = now
        self.base = base
        self.executed = ZERO
        """Reported as filled since the last refresh."""
        self.taken = ZERO
        """What growth has taken off."""
        self.moved = 0

    @property
    def left(self) -> Decimal:
        return self.size - self.taken - self.executed


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


class UnifiedRiskGuard(metaclass=_OneOfAProcess):
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
        self.decision_history: list[dict[str, Any]] = []
        self.evaluation_count = 0
        self.approvals_count = 0
        self.rejections_count = 0
        self.kill_switch_reason: str | None = None
        self.kill_switch_triggered_at: datetime | None = None
        self._time_ms = 0.0
        self._lock = threading.RLock()
        self._audit = AuditLog()
        self._issued = threading.local()
        self._default_figures = self.portfolio_state
        self._instruments: dict[str, Any] = {}
        self._marks: dict[str, Decimal] = {}
        self._scales: dict[str, int] = {}
        self._holds: list[_Hold] = []
        self._by_id: dict[str, _Hold] = {}
        self._recent: dict[tuple[Any, ...], deque[float]] = {}
        self._serial = 0
        self._changes = 0
        """Of prices and positions in the core."""
        self._told_limits: Any = None
        self._told_quality: tuple[RiskLimits, int, tuple[float, Decimal]] | None = None
        self._told_figures: Any = None
        self._told_state: Any = None
        self._seen_update = 0.0
        self._filled: dict[str, Decimal] = {}
        self._figures: dict[str, Any] = {}
        self._core = self._make_core()
        self._account = self._core.account("trader")
        # What the host states belongs to nobody in particular, and so do the orders: one position, not two.
        self._strategy = self._core.strategy(self._account, "unassigned")
        why = halted_by(self.emergency_state_file) if read_file else None
        if not read_file:
            _log.warning("a fresh guard was asked for: %s was not read", self.emergency_state_file)
            self._note({"event": "fresh_guard", "state_file_read": False})
        if why is not None:
            _log.critical("trading starts halted: %s", why)
            self._halt(why, save=False)

    @staticmethod
    def _make_core() -> _core.Guard:
        limits = {"collar_bps": 1000, "position_notional_max": 0}
        return _core.Guard(
            {
                "firm": {"currency": "USD", "limits": limits},
                "assets": [{"code": "USD", "digits": 2}],
                "accounts": [
                    {
                        "name": "trader",
                        "currency": "USD",
                        "limits": {"gross_exposure_max": 0},
                    }
                ],
                "settings": {"host_age_ms_max": 1_000_000_000},
                "capacity": {
                    "instruments": 1024,
                    "books": 4096,
                    "live_orders": 8192,
                    "order_ids": 131_072,
                    "order_ids_for_exits": 16_384,
                },
            },
            records=16_384,
        )

    # ---- what the trader asks ---------------------------------------------------------------------------------------

    def evaluate_order(self, order: Any, market_data: Any = None) -> RiskEvaluationResult:
        """Judges an order, holds what it approves and writes the audit line. Never raises; what cannot be judged is
        rejected."""
        begin = time.perf_counter_ns()
        issued = self._issued
        issued.now = None
        try:
            result = self._execute_unified_risk_gates(order, market_data)
            mine = issued.now
            if mine is None or mine[0] is not result or mine[1] is not order:
                self._take_back(mine)
                raise RiskEvaluationError("the answer is not the one made for this order")
        except Exception as problem:
            result = self._result(
                RiskDecision.REJECT, f"EVALUATION_ERROR: {type(problem).__name__}: {text_of(problem)}"
            )
            mine = (result, order, None, None)
        finally:
            issued.now = None
        issued.last = (order, mine[2])
        return self._conclude(result, order, mine, begin)

    def _execute_unified_risk_gates(self, order: Any, market_data: Any = None) -> RiskEvaluationResult:
        """What ``evaluate_order`` delegates to."""
        with self._lock:
            result, hold, read = self._judge(order, market_data)
        self._issued.now = (result, order, hold, read)
        return result

    def _conclude(self, result: RiskEvaluationResult, order: Any, mine: Any, begin: int) -> RiskEvaluationResult:
        approved = result.decision in (RiskDecision.APPROVE, RiskDecision.REDUCE_SIZE)
        took = (time.perf_counter_ns() - begin) / 1e6
        object.__setattr__(result, "evaluation_time_ms", took)
        with self._lock:
            self.evaluation_count += 1
            number = self.evaluation_count
        entry = self._entry(number, result, order, mine)
        try:
            self._audit.write(self.audit_log_path, _encode(entry) + "\n")
        except Exception as problem:
            _log.critical("the audit line cannot be written: %s", problem)
            if approved:
                self._take_back(mine)
                approved = False
            text = f"EVALUATION_ERROR: the audit line cannot be written: {text_of(problem)}"
            result = self._result(RiskDecision.REJECT, text, evaluation_time_ms=took)
            entry = self._entry(number, result, order, mine)
        with self._lock:
            self._time_ms += took
            if approved:
                self.approvals_count += 1
            else:
                self.rejections_count += 1
            self.decision_history.append(entry)
            if len(self.decision_history) > 2 * _HISTORY:
                del self.decision_history[:-_HISTORY]
        return result

    def _entry(self, number: int, result: RiskEvaluationResult, order: Any, mine: Any) -> dict[str, Any]:
        read = mine[3] if mine is not None else None
        shown: dict[str, Any]
        if read is not None:
            shown = {
                "symbol": read.symbol,
                "side": read.side,
                "size": str(read.size),
                "price": None if read.price is None else str(read.price),
                "client_order_id": read.known_as,
            }
        else:
            shown = {name: shown_of(order, name) for name in ("symbol", "side", "size", "price", "client_order_id")}
        return {
            "evaluation": number,
            "timestamp": datetime.fromtimestamp(result.timestamp, UTC).isoformat(),
            "decision": result.decision.value,
            "reason": result.reason,
            "adjusted_size": result.adjusted_size,
            "risk_score": result.risk_score,
            "evaluation_time_ms": round(result.evaluation_time_ms, 6),
            "order": shown,
            "order_id": read.id if read is not None else None,
            "breach_details": result.breach_details,
        }

    def _result(
        self,
        decision: RiskDecision,
        reason: str,
        adjusted_size: float | None = None,
        risk_score: float = 1.0,
        details: dict[str, Any] | None = None,
        evaluation_time_ms: float = 0.0,
    ) -> RiskEvaluationResult:
        return RiskEvaluationResult(decision, reason, adjusted_size, risk_score, evaluation_time_ms, details)

    # ---- judging ----------------------------------------------------------------------------------------------------

    def _judge(self, order: Any, data: Any) -> tuple[RiskEvaluationResult, _Hold | None, ReadOrder | None]:
        """One order, under the lock: read, tell the core what changed, ask the core."""
        try:
            self._sync_kill_flag()
        except Refusal as refusal:
            return self._refuse(refusal), None, None
        if self._core.trading_state() != "active":
            reason = f"KILL_SWITCH_ACTIVE: {self.kill_switch_reason or 'trading is halted'}"
            return self._result(RiskDecision.EMERGENCY_STOP, reason), None, None
        try:
            read = ReadOrder(order)
        except Refusal as refusal:
            return self._refuse(refusal), None, None
        except InvalidValueError as invalid:
            return self._refuse(Refusal("INVALID_ORDER", str(invalid))), None, None
        now = time.time()
        # What only an opening needs: remembered, and asked again where it is known that the order opens.
        problem: Refusal | None = None
        price: Decimal | None = None
        try:
            if self.limits.__class__ is not RiskLimits and not isinstance(self.limits, RiskLimits):
                raise Refusal("EVALUATION_ERROR", f"limits: {self.limits!r:.80} is no RiskLimits")
            price = self._market_price(read, data, now)
        except Refusal as refusal:
            problem = refusal
        mark = price if price is not None else self._marks.get(read.symbol)
        try:
            read.instrument = self._instrument(read.symbol, mark or read.price, read.size)
            self._sync_portfolio(read, price, now)
        except Refusal as refusal:
            problem = problem or refusal
            if read.instrument is None:
                return self._refuse(problem), None, read
        if problem is None:
            try:
                self._sync_limits()
                self._figures_now(now)
                self._not_repeated(read, now)
            except Refusal as refusal:
                problem = refusal
        quantity = self._lots(read.symbol, read.size, ROUND_UP)
        if problem is not None:
            return self._exit_part_only(read, quantity, problem, mark, now)
        return self._ask(read, quantity, price, now)

    def _refuse(self, refusal: Refusal, details: dict[str, Any] | None = None) -> RiskEvaluationResult:
        return self._result(RiskDecision.REJECT, f"{refusal.code}: {refusal.text}", details=details)

    def _exit_part_only(
        self, read: ReadOrder, quantity: Decimal, problem: Refusal, mark: Decimal | None, now: float
    ) -> tuple[RiskEvaluationResult, _Hold | None, ReadOrder | None]:
        """Something that an opening needs is missing or wrong: only what reduces the position may pass."""
        part = min(quantity, self._reducible(read))
        if part <= 0:
            return self._refuse(problem), None, read
        result, hold, _ = self._ask(read, part, mark, now)
        if part < quantity and result.decision is RiskDecision.APPROVE:
            text = f"EXPOSURE_SIZE_REDUCED: to the exit part {part}, because {problem.code}: {problem.text}"
            details = {"code": problem.code, "asked": str(read.size), "approved": str(part)}
            score = result.risk_score
            result = self._result(RiskDecision.REDUCE_SIZE, text, floor_of(part), score, details)
        return result, hold, read

    def _reducible(self, read: ReadOrder) -> Decimal:
        if self._figures.get("unreadable") == read.symbol:
            return ZERO
        held = self._core.position(self._account, read.instrument)
        if read.side == "sell":
            return max(ZERO, held["quantity"] - held["selling"])
        return max(ZERO, -held["quantity"] - held["buying"])

    def _ask(
        self, read: ReadOrder, quantity: Decimal, price: Decimal | None, now: float
    ) -> tuple[RiskEvaluationResult, _Hold | None, ReadOrder | None]:
        if read.id is None:
            self._serial += 1
            read.id = f"unnamed:{self._serial}"
        limit = None if read.price is None else self._ticks(read.symbol, read.price)
        decision = self._core.evaluate_new(
            read.instrument, read.side, quantity, price=limit, id=read.id, strategy=self._strategy
        )
        if isinstance(decision, _core.Approved | _core.Reduced):
            outbound = decision.permit.redeem()
            held = outbound.quantity
            hold = _Hold(read, outbound.handle, held, read.price or price or ZERO, now, self._base(read.symbol))
            self._holds.append(hold)
            self._by_id[read.id] = hold
            self._remember(read, now)
            details = self._notes()
            score = self._score(held, price)
            if isinstance(decision, _core.Approved):
                text = f"APPROVED: {read.side} {read.size} {read.symbol}"
                return self._result(RiskDecision.APPROVE, text, None, score, details), hold, read
            why = decision.binding
            text = f"EXPOSURE_SIZE_REDUCED: {why}"
            details = {**(details or {}), **reading_of(why), "asked": str(read.size), "approved": str(held)}
            return self._result(RiskDecision.REDUCE_SIZE, text, floor_of(held), score, details), hold, read
        rejection = decision.rejection
        details = {**(self._notes() or {}), **reading_of(rejection)}
        if rejection.gate in ("gross_exposure", "position_notional", "group_exposure"):
            details["old_code"] = "EXPOSURE_REDUCTION_TOO_SMALL"
        if isinstance(decision, _core.EmergencyStop):
            return self._result(RiskDecision.EMERGENCY_STOP, str(rejection), details=details), None, read
        return self._result(RiskDecision.REJECT, str(rejection), details=details), None, read

    def _notes(self) -> dict[str, Any] | None:
        if self.portfolio_state is self._default_figures and self._told_state_is_default():
            return {"portfolio": "the default figures were never replaced"}
        return None

    def _told_state_is_default(self) -> bool:
        return getattr(self.portfolio_state, "_version", 0) == 7 and not self.portfolio_state.positions

    def _score(self, held: Decimal, price: Decimal | None) -> float:
        """How much of the exposure limit is used, 0 to 1."""
        with contextlib.suppress(Exception):
            limit = self._figures["gross_limit"]
            gross = self._core.account_sums(self._account)
            if limit > 0 and gross is not None:
                return min(1.0, max(0.0, float(gross["gross_exposure"] / limit)))
        return 1.0

    def _not_repeated(self, read: ReadOrder, now: float) -> None:
        times = self._recent.get((read.symbol, read.side, read.size, read.price)) or deque()
        while times and times[0] <= now - self.identical_orders_seconds:
            times.popleft()
        if len(times) >= self.max_identical_orders:
            text = f"{len(times)} identical orders in {self.identical_orders_seconds} s"
            raise Refusal("REPEATED_ORDER", text)

    def _remember(self, read: ReadOrder, now: float) -> None:
        key = (read.symbol, read.side, read.size, read.price)
        self._recent.setdefault(key, deque()).append(now)
        if len(self._recent) > 4096:
            old = [key for key, times in self._recent.items() if not times or times[-1] <= now - 60]
            for key in old:
                del self._recent[key]

    # ---- reading what the host says ---------------------------------------------------------------------------------

    def _market_price(self, read: ReadOrder, data: Any, now: float) -> Decimal:
        if not isinstance(data, dict) or not data:
            raise Refusal("DATA_GAP", "there is no market data")
        other = data.get("symbol", read.symbol)
        if other != read.symbol:
            raise Refusal("DATA_GAP", f"the market data is of {other!r:.80}")
        try:
            at = seconds_of(data.get("timestamp"), "timestamp", "STALE_DATA")
        except Refusal:
            if "timestamp" in data:
                raise
            raise Refusal("STALE_DATA", "the market data has no timestamp") from None
        age, wanted = self._quality()
        if at > now + _AHEAD:
            raise Refusal("STALE_DATA", f"timestamp: {at} is ahead of this machine's clock")
        if now - at > age * 60:
            raise Refusal("STALE_DATA", f"the market data is {now - at:.1f} s old, at most {age} minutes")
        price, present = None, 1
        with contextlib.suppress(InvalidValueError, Refusal):
            price = price_of(data.get("price"), "price")
            present += 1
        with contextlib.suppress(InvalidValueError):
            present += number_of(data.get("volume"), "volume") >= 0
        if present < wanted * 3:
            raise Refusal("INCOMPLETE_DATA", f"{present} of price, volume and timestamp are usable, at least {wanted}")
        if data.get("volatility") is not None:
            try:
                usable = number_of(data["volatility"], "volatility") >= 0
            except InvalidValueError:
                usable = False
            if not usable:
                raise Refusal("INCOMPLETE_DATA", f"volatility: {data['volatility']!r:.80} is none")
        if price is None:
            raise Refusal("DATA_GAP", "the market data has no price")
        return price

    def _quality(self) -> tuple[float, Decimal]:
        """How old market data may be, in minutes, and which share of it must be there."""
        limits = self.limits
        told = self._told_quality
        if told is not None and told[0] is limits and told[1] == limits._version:
            return told[2]
        age = amount_of(limits.max_data_age_minutes, "limits.max_data_age_minutes", least=ZERO)
        wanted = amount_of(limits.min_data_completeness, "limits.min_data_completeness", least=ZERO, most=Decimal(1))
        found = (float(age), wanted)
        self._told_quality = (limits, limits._version, found)
        return found

    def _instrument(self, symbol: str, price: Decimal | None, size: Decimal) -> Any:
        """The core's instrument of a symbol, made when the symbol is first seen. Its scales follow its first price."""
        found = self._instruments.get(symbol)
        if found is not None:
            return found
        digits = max(0, price.adjusted() + 1) if price is not None else 6
        price_scale = max(0, min(12, 16 - digits))
        lot = max(0, min(8, 17 - max(9, size.adjusted() + 1)))
        spec = {
            "symbol": symbol,
            "quote": "USD",
            "price_scale": price_scale,
            "quantity_scale": lot,
            "price_increment": str(Decimal(1).scaleb(-price_scale)),
            "quantity_increment": str(Decimal(1).scaleb(-lot)),
            "group": self._group(symbol),
            "mark_source": "input",
        }
        try:
            found = self._core.add_instrument(spec)
        except RiskError as problem:
            raise Refusal("EVALUATION_ERROR", f"symbol {symbol}: {problem}") from None
        self._scales[symbol] = lot
        self._figures.setdefault("price_scales", {})[symbol] = price_scale
        self._instruments[symbol] = found
        return found

    def _group(self, symbol: str) -> str:
        group = self.symbol_groups.get(symbol)
        if isinstance(group, str) and group:
            return group
        base = re.split(r"[-/_:]", symbol, maxsplit=1)[0]
        if base != symbol:
            return base or symbol
        for quote in _QUOTES:
            if symbol.endswith(quote) and len(symbol) > len(quote):
                return symbol[: -len(quote)]
        return symbol

    def _lots(self, symbol: str, size: Decimal, rounding: str) -> Decimal:
        return size.quantize(Decimal(1).scaleb(-self._scales[symbol]), rounding=rounding)

    def _ticks(self, symbol: str, price: Decimal) -> Decimal:
        return price.quantize(Decimal(1).scaleb(-self._figures["price_scales"][symbol]), rounding=ROUND_UP)

    def _mark(self, symbol: str, price: Decimal) -> None:
        if self._marks.get(symbol) != price:
            try:
                self._core.mark(self._instruments[symbol], self._ticks(symbol, price))
            except RiskError as problem:
                raise Refusal("INVALID_ORDER", f"price: {problem}") from None
            self._marks[symbol] = price
            self._changes += 1

    # ---- telling the core -------------------------------------------------------------------------------------------

    def _sync_kill_flag(self) -> None:
        flag = getattr(self.limits, "kill_switch_active", None)
        halted = self._core.trading_state() != "active"
        if flag is not True and flag is not False:
            raise Refusal("EVALUATION_ERROR", f"limits.kill_switch_active: {flag!r:.80} is neither True nor False")
        if flag and not halted:
            self._halt("limits.kill_switch_active was set", save=True)
        elif halted and not flag:
            self._show_flag(True)

    def _show_flag(self, halted: bool) -> None:
        with contextlib.suppress(Exception):
            self.limits.kill_switch_active = halted

    def _sync_limits(self) -> None:
        limits = self.limits
        told = (limits, getattr(limits, "_version", None), self.collar_percent)
        before = self._told_limits
        if before is not None and before[0] is limits and before[1:] == told[1:]:
            return
        self._told_limits = None
        money, percent = Decimal("0.00000001"), Decimal("0.0001")

        def limit(name: str, unit: Decimal, most: Decimal | None = None) -> str:
            value = amount_of(getattr(limits, name), f"limits.{name}", least=ZERO, most=most)
            return str(min(value, Decimal(10) ** 18).quantize(unit, rounding=ROUND_DOWN))

        hundred = Decimal(100)
        share = amount_of(limits.max_correlation_exposure, "limits.max_correlation_exposure", least=ZERO)
        collar = amount_of(self.collar_percent, "collar_percent", least=ZERO, most=Decimal(10_000))
        account = {
            "daily_loss_max": limit("max_daily_loss_usd", money),
            "daily_loss_percent_max": limit("max_daily_loss_percent", percent, hundred),
            "drawdown_percent_max": limit("max_drawdown_percent", percent, hundred),
            "position_count_max": count_of(limits.max_position_count, "limits.max_position_count"),
            "gross_exposure_max": limit("max_total_exposure_usd", money),
            "group_exposure_percent_max": str((share * 100).quantize(percent, rounding=ROUND_DOWN)),
        }
        firm = {
            "collar_bps": int(collar * 100),
            "position_notional_max": limit("max_single_position_usd", money),
        }
        try:
            self._core.set_limits(self._account, account, by="host", reason="limits")
            self._core.set_limits(None, firm, by="host", reason="limits")
        except RiskError as problem:
            raise Refusal("EVALUATION_ERROR", f"limits: {problem}") from None
        self._figures["gross_limit"] = Decimal(str(account["gross_exposure_max"]))
        self._told_limits = told

    def _base(self, symbol: str) -> Decimal:
        """The signed value the host stated for a symbol, or its exposure where it lists nothing."""
        values: dict[str, Decimal] = self._figures.get("values", {})
        if not values:
            total: Decimal = self._figures.get("exposure", ZERO)
            return total
        return values.get(symbol, ZERO)

    def _sync_portfolio(self, read: ReadOrder, price: Decimal | None, now: float) -> None:
        """Positions, as quantities. What only sums need is checked by ``_figures_now``."""
        state = self.portfolio_state
        if not isinstance(state, PortfolioState):
            raise Refusal("EVALUATION_ERROR", f"portfolio_state: {state!r:.80} is no PortfolioState")
        positions = state.positions
        if not isinstance(positions, dict):
            raise Refusal("EVALUATION_ERROR", f"portfolio_state.positions: {positions!r:.80} is no dict")
        update = state.last_update
        refreshed = type(update) in (int, float) and self._seen_update < update <= now + _AHEAD
        signature = (
            state,
            getattr(state, "_version", None),
            {symbol: dict(entry) if isinstance(entry, dict) else entry for symbol, entry in positions.items()},
        )
        before = self._told_state
        changed = before is None or before[0] is not state or before[1:] != signature[1:]
        if price is not None and self._marks.get(read.symbol) != price:
            changed = changed or read.symbol in positions
            if not changed:
                self._mark(read.symbol, price)
        if not changed and not refreshed:
            return
        self._told_state = None
        values, quantities, wrong = self._holdings(positions, read.symbol, price)
        if price is not None:
            self._mark(read.symbol, price)
        self._figures["values"] = values
        self._figures["wrong"] = wrong
        self._figures["unreadable"] = read.symbol if read.symbol in wrong else None
        if refreshed and not wrong:
            self._refresh(float(update), values, state)
        self._state_quantities(quantities)
        self._told_state = signature

    def _holdings(
        self, positions: dict[Any, Any], asked: str, price: Decimal | None
    ) -> tuple[dict[str, Decimal], dict[str, Decimal], dict[str, str]]:
        values: dict[str, Decimal] = {}
        quantities: dict[str, Decimal] = {}
        wrong: dict[str, str] = {}
        for symbol, entry in positions.items():
            name = f"portfolio_state.positions[{symbol!r:.40}]"
            try:
                if not isinstance(symbol, str) or not isinstance(entry, dict):
                    raise Refusal("EVALUATION_ERROR", f"{name}: {entry!r:.80} is no position")
                value = amount_of(entry.get("value_usd"), f"{name}.value_usd")
                side = entry.get("side")
                if side is not None:
                    text = getattr(side, "value", side)
                    word = text.lower() if isinstance(text, str) else ""
                    if word not in ("buy", "long", "sell", "short"):
                        raise Refusal("EVALUATION_ERROR", f"{name}.side: {side!r:.80} is no side")
                    value = abs(value) if word in ("buy", "long") else -abs(value)
                mark = self._marks.get(symbol)
                if symbol == asked and price is not None:
                    mark = max(mark, price) if mark is not None else price
                if mark is None and entry.get("price") is not None:
                    mark = price_of(entry["price"], f"{name}.price")
                given = next((k for k in ("quantity", "qty", "size", "amount") if k in entry), None)
                if given is not None:
                    quantity = abs(amount_of(entry[given], f"{name}.{given}")) * (-1 if value < 0 else 1)
                elif mark is not None:
                    quantity = (value / mark).quantize(LOT, rounding=ROUND_DOWN)
                else:
                    # Its price was never seen: it counts by its value, at a price of one, until it is.
                    quantity, mark = value, Decimal(1)
                instrument = self._instrument(symbol, mark, max(abs(quantity), LOT))
                if symbol not in self._marks and mark is not None and not (symbol == asked and price is not None):
                    self._core.mark(instrument, self._ticks(symbol, mark))
                values[symbol] = value
                quantities[symbol] = self._lots(symbol, quantity, ROUND_DOWN)
            except (Refusal, RiskError, ArithmeticError) as problem:
                wrong[symbol] = text_of(problem)
        return values, quantities, wrong

    def _state_quantities(self, quantities: dict[str, Decimal]) -> None:
        """States positions to the core: the host's, and what was reported as filled since it spoke."""
        self._changes += 1
        stated: dict[Any, tuple[Any, Any]] = {}
        for symbol in quantities.keys() | self._filled.keys():
            instrument = self._instruments.get(symbol)
            quantity = quantities.get(symbol, ZERO) + self._filled.get(symbol, ZERO)
            if instrument is not None and quantity:
                mark = self._marks.get(symbol, Decimal(1))
                stated[instrument] = (quantity, self._ticks(symbol, mark))
        try:
            self._core.snapshot(self._account, stated)
        except RiskError as problem:
            raise Refusal("EVALUATION_ERROR", f"portfolio_state.positions: {problem}") from None

    def _figures_now(self, now: float) -> None:
        """Equity, profit, drawdown, counts and sums, as the host states them: only openings need them."""
        state = self.portfolio_state
        wrong = self._figures.get("wrong")
        if wrong:
            raise Refusal("EVALUATION_ERROR", next(iter(wrong.values())))
        age = self.max_portfolio_age_minutes
        if age.__class__ is not int or age < 0:
            age = float(amount_of(age, "max_portfolio_age_minutes", least=ZERO))
        update = seconds_of(state.last_update, "portfolio_state.last_update", "STALE_DATA")
        if update > now + _AHEAD:
            raise Refusal("STALE_DATA", f"portfolio_state.last_update: {update} is ahead of this machine's clock")
        if now - update > float(age) * 60:
            raise Refusal("STALE_DATA", f"the portfolio is {now - update:.0f} s old, at most {age} minutes")
        # The core adds what happens after it was told: it is told again only when a figure or a price has changed.
        told = (state, state._version, self._changes)
        if self._told_figures is not None and self._told_figures[0] is state and self._told_figures[1:] == told[1:]:
            return
        self._told_figures = None
        most = Decimal(10) ** 18
        total = amount_of(state.total_value_usd, "portfolio_state.total_value_usd", least=-most, most=most)
        profit = amount_of(state.daily_pnl_usd, "portfolio_state.daily_pnl_usd", least=-most, most=most)
        drawdown = amount_of(state.max_drawdown_from_peak, "portfolio_state.max_drawdown_from_peak", least=ZERO)
        count = count_of(state.position_count, "portfolio_state.position_count")
        exposure = amount_of(state.total_exposure_usd, "portfolio_state.total_exposure_usd", least=ZERO, most=most)
        values: dict[str, Decimal] = self._figures.get("values", {})
        money = Decimal("0.00000001")
        gross = max(exposure, sum((abs(value) for value in values.values()), ZERO))
        gross += self._figures.get("given_back", ZERO)
        listed = sum(1 for value in values.values() if value)
        self._figures["exposure"] = exposure
        try:
            if self._figures.get("day_start") != total:
                self._core.balance(self._account, total.quantize(money, rounding=ROUND_DOWN))
                self._core.day_roll()
                self._figures["day_start"] = total
            self._core.host_figures(
                self._account,
                equity=total.quantize(money, rounding=ROUND_DOWN),
                day_profit=profit.quantize(money, rounding="ROUND_FLOOR"),
                drawdown_percent=min(drawdown, Decimal(100)).quantize(Decimal("0.0001"), rounding=ROUND_UP),
                position_count=max(count, listed),
                gross_exposure=gross.quantize(money, rounding=ROUND_UP),
            )
        except RiskError as problem:
            raise Refusal("EVALUATION_ERROR", f"portfolio_state: {problem}") from None
        self._told_figures = told

    # ---- holds ------------------------------------------------------------------------------------------------------

    def _refresh(self, update: float, values: dict[str, Decimal], state: PortfolioState) -> None:
        """The host has spoken: holds that are old enough end, growth comes off the others."""
        self._seen_update = update
        self._filled.clear()
        given_back = ZERO
        growth: dict[tuple[str, bool], Decimal] = {}
        alive: list[_Hold] = []
        for hold in self._holds:
            settle = self.hold_settle_seconds["market" if hold.market else "other"]
            if update >= hold.time + settle:
                self._end(hold, "expired")
                continue
            hold.taken += hold.executed
            hold.executed = ZERO
            key = (hold.symbol, hold.buy)
            if key not in growth:
                growth[key] = self._growth(hold, values, state)
            mark = self._marks.get(hold.symbol) or hold.price
            due = min(hold.size, growth[key] / mark if mark else ZERO)
            growth[key] -= due * mark
            due = self._lots(hold.symbol, due, ROUND_DOWN)
            if due > hold.taken:
                self._execute(hold, due - hold.taken)
                hold.taken = due
            elif due < hold.taken:
                given_back += (hold.taken - due) * max(mark, hold.price)
            alive.append(hold)
        self._holds = alive
        self._figures["given_back"] = given_back

    def _growth(self, hold: _Hold, values: dict[str, Decimal], state: PortfolioState) -> Decimal:
        """How far the symbol's value has moved in the direction of its holds since the oldest of them was made."""
        if values or self._figures.get("values_before"):
            grown = values.get(hold.symbol, ZERO) - hold.base
            return max(ZERO, grown if hold.buy else -grown)
        exposure = amount_of(state.total_exposure_usd, "portfolio_state.total_exposure_usd", least=ZERO)
        return max(ZERO, exposure - hold.base)

    def _execute(self, hold: _Hold, size: Decimal) -> None:
        hold.moved += 1
        self._changes += 1
        mark = self._marks.get(hold.symbol) or hold.price
        with contextlib.suppress(RiskError):
            execution = f"{id(hold):x}.{hold.moved}.{self.evaluation_count}"
            self._core.fill(hold.handle, execution, size, self._ticks(hold.symbol, mark))

    def _end(self, hold: _Hold, how: Any) -> None:
        self._core.done(hold.handle, how)
        if self._by_id.get(hold.name) is hold:
            del self._by_id[hold.name]

    def _take_back(self, mine: Any) -> None:
        """Ends the hold of an order that was approved and will not be sent."""
        if mine is None or mine[2] is None:
            return
        with self._lock:
            hold = mine[2]
            if hold in self._holds:
                self._holds.remove(hold)
                self._end(hold, "rejected")

    def _last_hold(self, order: Any) -> _Hold | None:
        """The hold of the order this thread has just had approved."""
        last = getattr(self._issued, "last", None)
        return last[1] if last is not None and last[0] is order else None

    def _hold_of(self, order_id: Any) -> _Hold | None:
        name = order_id if isinstance(order_id, str) else getattr(order_id, "client_order_id", None)
        return self._by_id.get(core_id(name) or "") if isinstance(name, str) else None

    def cancelled(self, order_id: str) -> bool:
        """The order was cancelled, or was never sent: what it held is free. Whether it was known."""
        with self._lock:
            hold = self._hold_of(order_id)
            if hold is None:
                return False
            self._holds.remove(hold)
            self._end(hold, "cancelled")
            return True

    def filled(self, order_id: str, size: Any) -> bool:
        """So much of the order was executed; it counts on as position until the next refresh. Whether it was known."""
        amount = number_of(size, "size")
        if amount <= 0:
            raise InvalidValueError(f"size: {amount} is not above zero", field="size", value=size)
        with self._lock:
            hold = self._hold_of(order_id)
            if hold is None:
                return False
            part = self._lots(hold.symbol, min(amount, hold.left), ROUND_DOWN)
            if part > 0:
                self._execute(hold, part)
                hold.executed += part
                signed = part if hold.buy else -part
                self._filled[hold.symbol] = self._filled.get(hold.symbol, ZERO) + signed
            return True

    # ---- the kill switch --------------------------------------------------------------------------------------------

    def activate_kill_switch(self, reason: str) -> None:
        """Halts trading before it returns. The state file says so, for the next process."""
        with self._lock:
            self._halt(text_of(reason), save=True)

    def _halt(self, reason: str, save: bool) -> None:
        self._core.halt(reason=reason[:200] or "no reason given", by="host")
        if self.kill_switch_triggered_at is None:
            self.kill_switch_triggered_at = datetime.now(UTC)
            self.kill_switch_reason = reason
        self._show_flag(True)
        if save:
            try:
                self._save(True, reason)
            except OSError as problem:
                _log.critical("trading is halted, but %s cannot be written: %s", self.emergency_state_file, problem)
        self._note({"event": "kill_switch_activated", "reason": reason})

    def deactivate_kill_switch(self, reason: str) -> None:
        """Lifts the halt, once the state file says so. Raises ``RiskError`` and stays halted where it cannot be written."""
        text = text_of(reason)
        with self._lock:
            try:
                self._save(False, text)
            except OSError as problem:
                raise RiskError(
                    f"{self.emergency_state_file} cannot be written, trading stays halted: {problem}"
                ) from None
            for latch in self._core.latches():
                with contextlib.suppress(RiskError):
                    self._core.resume(latch=latch["id"], reason=text[:200] or "no reason given", by="host")
            self.kill_switch_reason = None
            self.kill_switch_triggered_at = None
            self._show_flag(self._core.trading_state() != "active")
        self._note({"event": "kill_switch_deactivated", "reason": text})

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
            self._audit.write(self.audit_log_path, json.dumps(line, default=text_of, allow_nan=False) + "\n")
        except OSError as problem:
            _log.critical("the audit line cannot be written: %s", problem)

    # ---- looking ----------------------------------------------------------------------------------------------------

    def update_portfolio_state(self, state: PortfolioState) -> None:
        """Replaces the portfolio, as of now."""
        if not isinstance(state, PortfolioState):
            raise InvalidValueError(f"state: {state!r:.80} is no PortfolioState", field="state", value=state)
        with self._lock:
            state.last_update = max(time.time(), math.nextafter(self._seen_update, math.inf))
            self.portfolio_state = state

    def is_operational(self) -> bool:
        """Whether orders can be approved at all."""
        with self._lock:
            return self._core.trading_state() == "active" and getattr(self.limits, "kill_switch_active", None) is False

    def get_recent_decisions(self, limit: int = 100) -> list[dict[str, Any]]:
        """The last decisions, newest last."""
        with self._lock:
            return self.decision_history[-limit:] if limit > 0 else []

    def get_performance_metrics(self) -> dict[str, Any]:
        """Counts and times."""
        with self._lock:
            total = self.evaluation_count
            return {
                "total_evaluations": total,
                "approvals": self.approvals_count,
                "rejections": self.rejections_count,
                "approval_rate": self.approvals_count / total if total else 0.0,
                "rejection_rate": self.rejections_count / total if total else 0.0,
                "avg_evaluation_time_ms": self._time_ms / total if total else 0.0,
                "kill_switch_active": self._core.trading_state() != "active",
                "decision_history_size": len(self.decision_history),
            }

    def __reduce__(self) -> Any:
        raise TypeError("the guard cannot be copied or pickled: there is one state")

    def __copy__(self) -> Any:
        return self.__reduce__()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__reduce__()


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
                guard._take_back((None, None, hold))
                raise
        return guard, hold

    def never_sent(self, ticket: Any) -> None:
        guard, hold = ticket
        guard._take_back((None, None, hold))


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

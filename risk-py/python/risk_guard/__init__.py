"""Pre-trade risk: every order passes one door, ``Guard.evaluate``, before it may leave the process.

The answer is one of four: ``Approved``, ``Reduced``, ``Rejected``, ``EmergencyStop``. Only a redeemed ``Permit`` is an
``Outbound``, and only a guard makes permits: let the function that talks to the venue take an ``Outbound``.

>>> import risk_guard as rg
>>> clock = rg.ManualClock(1_700_000_000_000_000_000)  # a test's clock; leave it out for the machine's
>>> guard = rg.Guard({
...     "firm": {"currency": "USD", "limits": {"collar_bps": 500}},
...     "assets": [{"code": "USD", "digits": 2}],
...     "instruments": [{"symbol": "BTC-USD", "quote": "USD", "price_scale": 2, "quantity_scale": 8,
...                      "price_increment": "0.01", "quantity_increment": "0.0001"}],
...     "accounts": [{"name": "main", "currency": "USD", "limits": {"gross_exposure_max": 100_000},
...                   "strategies": [{"name": "grid"}]}],
... }, clock=clock)
>>> btc, usd, main = guard.instrument("BTC-USD"), guard.asset("USD"), guard.account("main")
>>> grid = guard.strategy(main, "grid")
>>> guard.balance(main, 100_000)
>>> guard.quote(btc, 49_990, 50_010)

Every example in this package begins with these lines. From here on every order asks first:

>>> order = rg.Order(btc, "buy", 3, price=50_010, strategy=grid, id="a1")
>>> match guard.evaluate(order):
...     case rg.Approved(permit) | rg.Reduced(permit, _):
...         outbound = permit.redeem()
...         print(outbound.quantity)
...     case rg.Rejected(why) | rg.EmergencyStop(why):
...         print(why)
1.9996

Numbers are ``Decimal``, ``int``, ``str``, ``float`` (by its shortest decimal form) and numpy's integers and floats.
``True`` is not a number, and neither is what is not finite: both raise ``InvalidValueError``. Times are integers,
nanoseconds since the epoch, and say so in their names.

The promise covers the process up to ``Outbound``, not the wire: credentials for the venue belong in the process that
holds the guard.
"""

from __future__ import annotations

from typing import TypeAlias

from risk_guard._core import (
    Account,
    Approved,
    Asset,
    Binding,
    Calendar,
    Columns,
    Difference,
    EmergencyStop,
    Guard,
    Instrument,
    ListApproved,
    ListPermit,
    ListRejected,
    ManualClock,
    Measurement,
    Order,
    OrderHandle,
    Outbound,
    Permit,
    Permits,
    Reduced,
    Rejected,
    Rejection,
    SessionCalendar,
    StatedOrder,
    Strategy,
    Trader,
    Venue,
    View,
    __version__,
    lint,
    read_journal,
    replay_journal,
)
from risk_guard.enforce import guarded
from risk_guard.exceptions import (
    ConfigError,
    EmergencyStopError,
    InputError,
    InvalidValueError,
    JournalError,
    NotSentError,
    ResumeError,
    RiskError,
    RiskEvaluationError,
    RiskViolationError,
    UnknownNameError,
)

Decision: TypeAlias = Approved | Reduced | Rejected | EmergencyStop
"""The answer to an order: one of four."""

ListDecision: TypeAlias = ListApproved | ListRejected
"""The answer to a list: all of it, or nothing."""

__all__ = [
    "Account",
    "Approved",
    "Asset",
    "Binding",
    "Calendar",
    "Columns",
    "ConfigError",
    "Decision",
    "Difference",
    "EmergencyStop",
    "EmergencyStopError",
    "Guard",
    "InputError",
    "Instrument",
    "InvalidValueError",
    "JournalError",
    "ListApproved",
    "ListDecision",
    "ListPermit",
    "ListRejected",
    "ManualClock",
    "Measurement",
    "NotSentError",
    "Order",
    "OrderHandle",
    "Outbound",
    "Permit",
    "Permits",
    "Reduced",
    "Rejected",
    "Rejection",
    "ResumeError",
    "RiskError",
    "RiskEvaluationError",
    "RiskViolationError",
    "SessionCalendar",
    "StatedOrder",
    "Strategy",
    "Trader",
    "UnknownNameError",
    "Venue",
    "View",
    "__version__",
    "guarded",
    "lint",
    "read_journal",
    "replay_journal",
]

"""A small world that the tests share: one firm, one account, two instruments, a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import risk_guard as rg

NOW_NS = 1_700_000_000_000_000_000


def config(**limits: Any) -> dict[str, Any]:
    """A configuration whose account has these limits."""
    instruments = [
        {
            "symbol": symbol,
            "quote": "USD",
            "price_scale": 2,
            "quantity_scale": 4,
            "price_increment": "0.01",
            "quantity_increment": "0.001",
            "venue": "X",
        }
        for symbol in ("BTC-USD", "ETH-USD")
    ]
    return {
        "firm": {"currency": "USD", "unlimited": "the account's limits hold"},
        "assets": [{"code": "USD", "digits": 2}],
        "instruments": instruments,
        "accounts": [
            {
                "name": "main",
                "currency": "USD",
                "limits": limits or {"gross_exposure_max": 1_000_000},
                "strategies": [{"name": "grid"}],
            }
        ],
        "capacity": {"live_orders": 1024, "order_ids": 4096, "order_ids_for_exits": 256, "books": 64},
    }


@dataclass(frozen=True)
class World:
    guard: rg.Guard
    clock: rg.ManualClock
    account: rg.Account
    grid: rg.Strategy
    btc: rg.Instrument
    eth: rg.Instrument

    def buy(self, quantity: Any, **fields: Any) -> rg.Decision:
        return self.guard.evaluate_new(self.btc, "buy", quantity, **{"strategy": self.grid, "id": "a1"} | fields)


@pytest.fixture
def world() -> Callable[..., World]:
    def make(**limits: Any) -> World:
        clock = rg.ManualClock(NOW_NS)
        guard = rg.Guard(config(**limits), clock=clock, records=2_000)
        account = guard.account("main")
        btc, eth = guard.instrument("BTC-USD"), guard.instrument("ETH-USD")
        guard.quote(btc, 99, 101)
        guard.quote(eth, 9, 11)
        return World(guard, clock, account, guard.strategy(account, "grid"), btc, eth)

    return make

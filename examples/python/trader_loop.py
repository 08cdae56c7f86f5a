"""A trader's loop: quotes come in, orders pass the guard, fills go back to it. Run: python examples/python/trader_loop.py"""

import random
import tempfile
from decimal import Decimal
from pathlib import Path

import risk_guard as rg

LIMITS = """
[firm]
currency = "USD"
limits.collar_bps = 200
limits.mark_age_ms_max = 2000

[[assets]]
code = "USD"
digits = 2

[[instruments]]
symbol = "ETH-USD"
quote = "USD"
price_scale = 3
quantity_scale = 3
price_increment = "0.01"
quantity_increment = "0.001"

[[accounts]]
name = "main"
currency = "USD"
limits.gross_exposure_max = 12000
limits.daily_loss_max = 150
limits.message_rate = { messages = 50, interval_ms = 1000, burst = 50 }

[[accounts.strategies]]
name = "mean-reversion"
"""


def trade(folder: Path, clock: rg.ManualClock) -> dict[str, Decimal]:
    dice = random.Random(7)  # nosec B311: makes prices up, keeps no secret
    guard = rg.Guard.from_text(LIMITS, clock=clock, journal=folder / "journal")
    account, eth = guard.account("main"), guard.instrument("ETH-USD")
    strategy = guard.strategy(account, "mean-reversion")
    guard.balance(account, 10_000)

    mid, sent, refused = Decimal(2000), 0, {}
    for step in range(400):
        clock.advance_ms(250)
        mid += Decimal(dice.randint(-300, 300)) / 100
        guard.quote(eth, mid - Decimal("0.05"), mid + Decimal("0.05"))
        side = "buy" if mid < 2000 else "sell"
        price = mid + (Decimal("0.05") if side == "buy" else Decimal("-0.05"))
        match guard.evaluate_new(eth, side, "0.8", price=price, strategy=strategy, id=f"o{step}"):
            case rg.Approved(permit) | rg.Reduced(permit, _):
                outbound = permit.redeem()
                # Here the order would go to the venue. This venue fills half of it at once, and the rest never.
                sent += 1
                guard.accepted(outbound.handle)
                half = (outbound.quantity / 2).quantize(Decimal("0.001"))
                if half:
                    guard.fill(outbound.handle, f"x{step}", half, price, fee=half * price / 2000)
                guard.cancel(outbound.handle)
                guard.done(outbound.handle, "cancelled")
            case rg.Rejected(why) | rg.EmergencyStop(why):
                refused[why.code] = refused.get(why.code, 0) + 1

    print(f"sent {sent}, refused {refused}")
    print("position", guard.position(account, eth)["quantity"], "sums", guard.account_sums(account))
    quantity, bound = guard.headroom(strategy, eth, "buy")
    print("a buy of", quantity, "would pass; more is stopped by", bound.code if bound else "nothing")

    return guard.position(account, eth)


def main(folder: Path) -> None:
    clock = rg.ManualClock(1_700_000_000_000_000_000)
    before = trade(folder, clock)
    # The next process goes on where this one ended.
    again = rg.Guard.from_text(LIMITS, clock=clock, journal=folder / "journal")
    after = again.position(again.account("main"), again.instrument("ETH-USD"))
    print("recovered:", again.recovery, "| the same position:", after == before)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder))

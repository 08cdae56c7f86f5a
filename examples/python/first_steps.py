"""First steps: a guard, a quote, an order, an answer. Run: python examples/python/first_steps.py"""

import risk_guard as rg

guard = rg.Guard(
    {
        "firm": {
            "currency": "USD",
            "limits": {"collar_bps": 500, "mark_age_ms_max": 5_000},
        },
        "assets": [{"code": "USD", "digits": 2}],
        "instruments": [
            {
                "symbol": "BTC-USD",
                "quote": "USD",
                "price_scale": 2,
                "quantity_scale": 8,
                "price_increment": "0.01",
                "quantity_increment": "0.0001",
            }
        ],
        "accounts": [
            {
                "name": "main",
                "currency": "USD",
                "limits": {"gross_exposure_max": 100_000},
                "strategies": [{"name": "grid"}],
            }
        ],
    }
)
btc = guard.instrument("BTC-USD")
grid = guard.strategy(guard.account("main"), "grid")
guard.quote(btc, 49_990, 50_010)

for number, quantity in enumerate(["1", "3", "0.00001", "5"]):
    order = rg.Order(btc, "buy", quantity, price="50010", strategy=grid, id=f"a{number}")
    match guard.evaluate(order):
        case rg.Approved(permit) | rg.Reduced(permit, _):
            outbound = permit.redeem()  # from here on it may be sent
            print(f"send {outbound.quantity} of {quantity}")
        case rg.Rejected(why) | rg.EmergencyStop(why):
            print(f"do not send {quantity}: {why}")

"""Many coroutines, one guard: each order is judged when its turn comes. Run: python examples/python/asyncio_orders.py"""

import asyncio

import risk_guard as rg

guard = rg.Guard(
    {
        "firm": {"currency": "USD", "unlimited": "the account's limits hold"},
        "assets": [{"code": "USD", "digits": 2}],
        "instruments": [
            {
                "symbol": "SOL-USD",
                "quote": "USD",
                "price_scale": 2,
                "quantity_scale": 2,
                "price_increment": "0.01",
                "quantity_increment": "0.01",
            }
        ],
        "accounts": [
            {
                "name": "main",
                "currency": "USD",
                "limits": {"gross_exposure_max": 1_000},
                "strategies": [{"name": "swarm"}],
            }
        ],
    }
)
sol = guard.instrument("SOL-USD")
swarm = guard.strategy(guard.account("main"), "swarm")
guard.quote(sol, 99, 101)


@rg.guarded(guard)
async def send(outbound: rg.Outbound) -> str:
    await asyncio.sleep(0.01)
    if outbound.id.endswith("3"):
        raise rg.NotSentError("no connection")  # nothing has left: what it held is free again
    return f"{outbound.id}: sent {outbound.quantity}"


async def main() -> None:
    orders = [rg.Order(sol, "buy", 2, strategy=swarm, id=f"task-{number}") for number in range(8)]
    for answer in await asyncio.gather(*map(send, orders), return_exceptions=True):
        print(answer if isinstance(answer, str) else f"not sent: {answer}")


asyncio.run(main())

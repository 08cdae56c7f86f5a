"""A backtest over tables, and a picture of exposure against its limit. Run: python examples/python/backtest.py [picture.png]"""

import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
import risk_guard as rg

LIMIT = 50_000
START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000


def tables(steps: int) -> tuple[pa.Table, pa.Table]:
    """A random walk of two instruments, and orders that follow its direction."""
    dice = np.random.default_rng(11)
    at = START + np.arange(1, steps + 1) * SECOND
    mid = 2000 + np.cumsum(dice.normal(0, 2, steps)).round(1)
    quotes = pa.table(
        {"symbol": np.repeat("ETH-USD", steps), "bid": (mid - 0.1).round(2), "ask": (mid + 0.1).round(2), "at_ns": at}
    )
    trend = np.sign(mid - np.concatenate([np.repeat(mid[0], 50), mid[:-50]]))
    sides = np.where(trend >= 0, "buy", "sell")
    quantity = dice.uniform(0.1, 3.0, steps).round(3)
    return quotes, pa.table(
        {"symbol": np.repeat("ETH-USD", steps), "side": sides, "quantity": quantity, "at_ns": at + 1}
    )


def main(picture: Path) -> None:
    guard = rg.Guard(
        {
            "firm": {"currency": "USD", "limits": {"mark_age_ms_max": 5_000}},
            "assets": [{"code": "USD", "digits": 2}],
            "instruments": [
                {
                    "symbol": "ETH-USD",
                    "quote": "USD",
                    "price_scale": 3,
                    "quantity_scale": 3,
                    "price_increment": "0.01",
                    "quantity_increment": "0.001",
                }
            ],
            "accounts": [
                {
                    "name": "test",
                    "currency": "USD",
                    "limits": {"gross_exposure_max": LIMIT},
                    "strategies": [{"name": "trend"}],
                }
            ],
        },
        clock=rg.ManualClock(START),
    )
    quotes, orders = tables(5_000)
    strategy = guard.strategy(guard.account("test"), "trend")
    answers = pa.record_batch(guard.backtest(quotes, orders, strategy))
    for row in answers["verdict"].value_counts().to_pylist():
        print(row["values"], row["counts"])

    exposure = answers["gross_exposure"].to_numpy(zero_copy_only=False)
    refused = np.asarray(answers["verdict"].to_pylist()) != "approved"
    figure, axis = plt.subplots(figsize=(10, 4), layout="constrained")
    axis.plot(exposure, linewidth=0.8, label="gross exposure")
    axis.axhline(LIMIT, color="tab:red", linewidth=1, label="limit")
    axis.scatter(np.flatnonzero(refused), exposure[refused], s=6, color="tab:orange", label="reduced or rejected")
    axis.set(xlabel="order", ylabel="USD", title="Exposure against its limit")
    axis.legend(loc="lower right")
    figure.savefig(picture, dpi=120)
    print("the largest exposure was", round(float(np.nanmax(exposure))), "of", LIMIT, "| saved", picture.name)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder) / "exposure.png")

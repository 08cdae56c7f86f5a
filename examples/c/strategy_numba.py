"""A strategy compiled by numba that asks the guard for every order: from compiled code, by integers and doubles alone.

Run: python3 strategy_numba.py path/to/librisk_guard.so
"""

import sys

import numpy
from numba import njit
from strategy import CONFIG, RG_ABI_VERSION, RG_BUY, RG_LIMIT, RG_OK, RG_TOML, U64, found, load

LIB = load(sys.argv[1])
# A call that numba is to make is a name of the module.
check, redeem, quote = LIB.rg_scalar_check, LIB.rg_scalar_redeem, LIB.rg_scalar_quote


@njit
def follow(guard, account, strategy, instrument, prices, quantity):
    """Buys each time the price has risen; how many orders were sent, how many refused, and the last answer."""
    sent, refused, answer = 0, 0, 0
    for number in range(1, len(prices)):
        quote(guard, instrument, prices[number] - 0.01, prices[number] + 0.01, 0)
        if prices[number] <= prices[number - 1]:
            continue
        answer = check(
            guard, account, strategy, instrument, RG_BUY, RG_LIMIT, quantity, prices[number], number
        )
        # Only a permit that redeems may be sent.
        if answer > 0 and redeem(guard, answer) > 0:
            sent += 1
        else:
            refused += 1
    return sent, refused, answer


def main():
    place = U64()
    guard = found(LIB.rg_guard_new(RG_ABI_VERSION, CONFIG, len(CONFIG), RG_TOML, None, None, place), place)
    account = found(LIB.rg_find_account(guard, b"main", place), place)
    strategy = found(LIB.rg_find_strategy(guard, account, b"s", place), place)
    instrument = found(LIB.rg_find_instrument(guard, b"ABC", place), place)
    prices = numpy.array([100.0, 100.25] * 20)
    sent, refused, answer = follow(guard, account, strategy, instrument, prices, 2.0)
    assert LIB.rg_guard_free(guard) == RG_OK
    assert follow.nopython_signatures, "it was not compiled"
    print(f"{sent} orders sent, {refused} refused, the last for {-answer}")


if __name__ == "__main__":
    main()

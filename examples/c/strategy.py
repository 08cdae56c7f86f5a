"""A strategy that asks the guard by integers and doubles alone, as one compiled by numba does.

The calls of `scalar` need no structure and no text: declare the same argument types to `numba` or `cffi` and call them
from compiled code. Run: python3 strategy.py path/to/librisk_guard.so
"""

import ctypes
import sys

CONFIG = b"""
[firm]
currency = "USD"
limits.collar_bps = 500
[[assets]]
code = "USD"
digits = 2
[[instruments]]
symbol = "ABC"
quote = "USD"
price_scale = 2
price_increment = "0.01"
quantity_scale = 0
quantity_increment = "1"
[[accounts]]
name = "main"
currency = "USD"
limits.gross_exposure_max = 1000
strategies = [{ name = "s" }]
"""

RG_OK, RG_BUY, RG_LIMIT, RG_TOML, RG_ABI_VERSION = 1, 1, 2, 1, 1
RG_SCALAR_STATUS = 100_000
TOTAL_EXPOSURE_LIMIT, INVALID_NUMBER, STALE_HANDLE = 61, 7, 8

U64, U32, I64, F64, TEXT = ctypes.c_uint64, ctypes.c_uint32, ctypes.c_int64, ctypes.c_double, ctypes.c_char_p


def load(path):
    """The calls with their types: ctypes takes every undeclared argument for an int of 32 bits."""
    lib = ctypes.CDLL(path)
    where = ctypes.POINTER(U64)
    for name, result, arguments in [
        ("rg_guard_new", U32, [U32, TEXT, ctypes.c_size_t, U32, TEXT, ctypes.c_void_p, where]),
        ("rg_guard_free", U32, [U64]),
        ("rg_find_account", U32, [U64, TEXT, where]),
        ("rg_find_strategy", U32, [U64, U64, TEXT, where]),
        ("rg_find_instrument", U32, [U64, TEXT, where]),
        ("rg_scalar_quote", U32, [U64, U64, F64, F64, I64]),
        ("rg_scalar_check", I64, [U64, U64, U64, U64, U32, U32, F64, F64, U64]),
        ("rg_scalar_redeem", I64, [U64, U64]),
    ]:
        call = getattr(lib, name)
        call.restype, call.argtypes = result, arguments
    return lib


def found(status, place):
    if status != RG_OK:
        raise SystemExit(f"status {status}")
    return place.value


def main():
    lib = load(sys.argv[1])
    place = U64()
    guard = found(lib.rg_guard_new(RG_ABI_VERSION, CONFIG, len(CONFIG), RG_TOML, None, None, place), place)
    account = found(lib.rg_find_account(guard, b"main", place), place)
    strategy = found(lib.rg_find_strategy(guard, account, b"s", place), place)
    instrument = found(lib.rg_find_instrument(guard, b"ABC", place), place)
    assert lib.rg_scalar_quote(guard, instrument, 99.99, 100.01, 0) == RG_OK

    sent = 0
    for number in range(20):
        permit = lib.rg_scalar_check(guard, account, strategy, instrument, RG_BUY, RG_LIMIT, 2.0, 100.0, number)
        if permit <= 0:  # never send
            assert permit == -TOTAL_EXPOSURE_LIMIT, permit
            continue
        outbound = lib.rg_scalar_redeem(guard, permit)
        assert outbound > 0, outbound
        assert lib.rg_scalar_redeem(guard, permit) == -RG_SCALAR_STATUS - STALE_HANDLE
        sent += 1
    assert sent == 5, sent
    nan = lib.rg_scalar_check(guard, account, strategy, instrument, RG_BUY, RG_LIMIT, float("nan"), 100.0, 99)
    assert nan == -RG_SCALAR_STATUS - INVALID_NUMBER, nan
    assert lib.rg_guard_free(guard) == RG_OK
    print(f"{sent} orders sent, 15 refused")


if __name__ == "__main__":
    main()

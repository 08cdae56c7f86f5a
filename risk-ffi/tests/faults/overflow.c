/* Wrong on purpose, to show that who looks for such things would find one: the structure says more than there is room for,
   and the library writes what it was told it may. */

#include <stdlib.h>

#include "risk_guard.h"

int main(void) {
    static const char CONFIG[] = "{\"firm\": {\"currency\": \"USD\", \"unlimited\": \"a fault\"}, \"assets\": [{\"code\": \"USD\", \"digits\": 2}]}";
    rg_guard guard = 0;
    if (rg_guard_new(RG_ABI_VERSION, CONFIG, sizeof CONFIG - 1, RG_JSON, NULL, NULL, &guard) != RG_OK) return 2;
    rg_order order = {.size = sizeof order, .side = RG_BUY, .kind = RG_MARKET, .time_in_force = RG_DAY};
    if (rg_decimal_from_int(1, 0, &order.quantity) != RG_OK) return 3;
    rg_decision *decision = malloc(sizeof *decision - 8);
    decision->size = sizeof *decision;
    const rg_status status = rg_evaluate(guard, &order, decision);
    free(decision);
    return status == RG_OK ? 0 : 4;
}

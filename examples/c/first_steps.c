/* First steps: a guard from a configuration in text, a quote, an order that is reduced, redeemed, filled and closed.

       cc first_steps.c -lrisk_guard -o first_steps && ./first_steps */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk_guard.h"

static const char CONFIG[] =
    "[firm]\n"
    "currency = \"USD\"\n"
    "limits.collar_bps = 500\n"
    "\n"
    "[[assets]]\n"
    "code = \"USD\"\n"
    "digits = 2\n"
    "\n"
    "[[instruments]]\n"
    "symbol = \"BTC-USD\"\n"
    "quote = \"USD\"\n"
    "price_scale = 2\n"
    "price_increment = \"0.01\"\n"
    "quantity_scale = 8\n"
    "quantity_increment = \"0.00000001\"\n"
    "\n"
    "[[accounts]]\n"
    "name = \"main\"\n"
    "currency = \"USD\"\n"
    "limits.gross_exposure_max = 100000\n"
    "[[accounts.strategies]]\n"
    "name = \"grid\"\n";

/* Anything but RG_OK ends this program, with the reason. */
static void must(const char *what, rg_status status) {
    char text[1024];
    if (status == RG_OK) return;
    rg_last_error(text, sizeof text);
    fprintf(stderr, "%s: status %" PRIu32 ": %s\n", what, status, text);
    exit(1);
}

static rg_decimal number(const char *text) {
    rg_decimal value = {0};
    must(text, rg_decimal_parse(text, &value));
    return value;
}

static const char *show(const rg_decimal *value, char text[32]) {
    size_t length;
    must("print", rg_decimal_print(value, text, 32, &length));
    return text;
}

int main(void) {
    const int64_t now = INT64_C(1700000000000000000);
    char text[1024], digits[32];

    rg_options options = {.size = sizeof options};
    options.clock = RG_CLOCK_MANUAL; /* a live program leaves the options out, and has the machine's clock */
    options.start_ns = now;
    options.journal = RG_JOURNAL_LAST;
    options.records = 1000;
    rg_guard guard = 0;
    must("guard", rg_guard_new(RG_ABI_VERSION, CONFIG, strlen(CONFIG), RG_TOML, "first_steps.toml", &options, &guard));

    rg_account account = 0;
    rg_strategy strategy = 0;
    rg_instrument instrument = 0;
    must("account", rg_find_account(guard, "main", &account));
    must("strategy", rg_find_strategy(guard, account, "grid", &strategy));
    must("instrument", rg_find_instrument(guard, "BTC-USD", &instrument));

    rg_quote quote = {.size = sizeof quote};
    quote.instrument = instrument;
    quote.bid = number("49990");
    quote.ask = number("50010");
    quote.at_ns = now;
    must("quote", rg_ingest_quote(guard, &quote, NULL));

    rg_order order = {.size = sizeof order};
    order.id = "a1";
    order.account = account;
    order.strategy = strategy;
    order.instrument = instrument;
    order.side = RG_BUY;
    order.kind = RG_LIMIT;
    order.time_in_force = RG_GOOD_TILL_CANCEL;
    order.quantity = number("3");
    order.price = number("50010");

    rg_decision decision = {.size = sizeof decision};
    must("evaluate", rg_evaluate(guard, &order, &decision));
    rg_last_refusal(text, sizeof text);
    if (decision.permit == 0) {
        printf("do not send: %s\n", text);
        return 1;
    }
    printf("%s: send %s\n", decision.verdict == RG_REDUCED ? text : "approved", show(&decision.quantity, digits));

    rg_outbound outbound = {.size = sizeof outbound};
    must("redeem", rg_redeem(guard, decision.permit, &outbound));
    printf("to the venue: %s, quantity %s", outbound.id, show(&outbound.quantity, digits));
    printf(" at %s\n", show(&outbound.price, digits));

    /* The permit was used: it opens nothing any more. */
    if (rg_redeem(guard, decision.permit, &outbound) != RG_STALE_HANDLE) return 1;

    rg_fill fill = {.size = sizeof fill};
    fill.order.handle = outbound.order;
    fill.execution = "x1";
    fill.quantity = outbound.quantity;
    fill.price = number("50010");
    must("fill", rg_ingest_fill(guard, &fill, NULL));

    rg_position position = {.size = sizeof position};
    must("position", rg_position_of_account(guard, account, instrument, &position));
    printf("position %s\n", show(&position.quantity, digits));

    order.id = "a2";
    must("evaluate", rg_evaluate(guard, &order, &decision));
    rg_last_refusal(text, sizeof text);
    printf("a second one: %s\n", text);
    if (decision.verdict != RG_REJECTED || decision.reason != RG_REASON_TOTAL_EXPOSURE_LIMIT) return 1;

    rg_scope firm = {.kind = RG_SCOPE_FIRM};
    uint64_t latch = 0;
    must("halt", rg_halt(guard, &firm, RG_HALTED, "end of the example", "ops", &latch, NULL, 0, NULL));
    must("evaluate", rg_evaluate(guard, &order, &decision));
    rg_last_refusal(text, sizeof text);
    printf("halted by latch %" PRIu64 ": %s\n", latch, text);
    if (decision.verdict != RG_EMERGENCY_STOP) return 1;

    must("free", rg_guard_free(guard));
    if (rg_evaluate(guard, &order, &decision) != RG_STALE_HANDLE) return 1;
    puts("done");
    return 0;
}

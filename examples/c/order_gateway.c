/* A small order gateway in C: strategies on threads of their own ask one guard, and what it approves is sent. The limit
   holds whoever is faster.

       cc -std=c11 order_gateway.c -lrisk_guard -pthread -o order_gateway && ./order_gateway */

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "risk_guard.h"

enum { STRATEGIES = 4, ORDERS = 100 };

static const int64_t NOW = INT64_C(1700000000000000000);

static const char CONFIG[] =
    "firm = { currency = \"USD\", limits = { collar_bps = 500 } }\n"
    "assets = [{ code = \"USD\", digits = 2 }]\n"
    "[[instruments]]\n"
    "symbol = \"ABC\"\n"
    "quote = \"USD\"\n"
    "price_scale = 2\n"
    "price_increment = \"0.01\"\n"
    "quantity_scale = 0\n"
    "quantity_increment = \"1\"\n"
    "[[accounts]]\n"
    "name = \"main\"\n"
    "currency = \"USD\"\n"
    "limits.gross_exposure_max = 100000\n"
    "strategies = [{ name = \"0\" }, { name = \"1\" }, { name = \"2\" }, { name = \"3\" }]\n";

/* Anything but RG_OK ends this program, with the reason. */
static void must(const char *what, rg_status status) {
    char text[1024];
    if (status == RG_OK) return;
    rg_last_error(text, sizeof text);
    fprintf(stderr, "%s: status %" PRIu32 ": %s\n", what, status, text);
    exit(1);
}

struct strategy {
    rg_guard guard;
    char name[2];
    int sent, refused;
};

/* The venue fills at once. Only what was redeemed comes here. */
static void send_order(rg_guard guard, const rg_outbound *message) {
    rg_fill fill = {.size = sizeof fill, .quantity = message->quantity, .price = message->price};
    fill.order.handle = message->order;
    fill.execution = message->id;
    must("fill", rg_ingest_fill(guard, &fill, NULL));
}

static void *trade(void *of) {
    struct strategy *self = of;
    rg_order order = {.size = sizeof order, .side = RG_BUY, .kind = RG_LIMIT, .time_in_force = RG_GOOD_TILL_CANCEL};
    must("account", rg_find_account(self->guard, "main", &order.account));
    must("strategy", rg_find_strategy(self->guard, order.account, self->name, &order.strategy));
    must("instrument", rg_find_instrument(self->guard, "ABC", &order.instrument));
    must("quantity", rg_decimal_from_int(7, 0, &order.quantity));
    must("price", rg_decimal_from_int(10000, 2, &order.price));
    for (int number = 0; number < ORDERS; number++) {
        char id[32];
        rg_decision decision = {.size = sizeof decision};
        rg_outbound message = {.size = sizeof message};
        snprintf(id, sizeof id, "%s-%d", self->name, number);
        order.id = id;
        if (rg_evaluate(self->guard, &order, &decision) != RG_OK || decision.permit == 0 ||
            rg_redeem(self->guard, decision.permit, &message) != RG_OK) {
            self->refused++;
            continue;
        }
        send_order(self->guard, &message);
        self->sent++;
    }
    return NULL;
}

int main(void) {
    rg_options options = {.size = sizeof options, .clock = RG_CLOCK_MANUAL, .start_ns = NOW, .journal = RG_JOURNAL_LAST,
                          .records = 10000};
    rg_guard guard = 0;
    must("guard", rg_guard_new(RG_ABI_VERSION, CONFIG, sizeof CONFIG - 1, RG_TOML, NULL, &options, &guard));
    rg_quote quote = {.size = sizeof quote, .at_ns = NOW};
    rg_account account;
    must("account", rg_find_account(guard, "main", &account));
    must("instrument", rg_find_instrument(guard, "ABC", &quote.instrument));
    must("bid", rg_decimal_parse("99.99", &quote.bid));
    must("ask", rg_decimal_parse("100.01", &quote.ask));
    must("quote", rg_ingest_quote(guard, &quote, NULL));

    pthread_t threads[STRATEGIES];
    struct strategy strategies[STRATEGIES] = {{0}};
    for (int n = 0; n < STRATEGIES; n++) {
        strategies[n] = (struct strategy){.guard = guard, .name = {(char)('0' + n), 0}};
        if (pthread_create(&threads[n], NULL, trade, &strategies[n]) != 0) return 1;
    }
    int sent = 0, refused = 0;
    for (int n = 0; n < STRATEGIES; n++) {
        pthread_join(threads[n], NULL);
        sent += strategies[n].sent;
        refused += strategies[n].refused;
    }

    char held[32];
    size_t length;
    rg_position position = {.size = sizeof position};
    must("position", rg_position_of_account(guard, account, quote.instrument, &position));
    must("print", rg_decimal_print(&position.quantity, held, sizeof held, &length));
    must("free", rg_guard_free(guard));
    /* 100,000 USD at a mark of 100 are 1,000, in orders of 7 and a last one that was reduced to 6. */
    printf("%d executions, %d refused, position %s\n", sent, refused, held);
    return 0;
}

/* Times rg_evaluate_at and rg_release from C: prints nanoseconds per pair, the median of batches. Run by border.rs. */

#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "risk_guard.h"

enum { BATCH = 20000, BATCHES = 15 };
static const int64_t NOW = INT64_C(1700000000000000000);
static char ids[BATCH][16];

static int order_of(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int main(int count, char **words) {
    static char config[65536];
    FILE *file = count > 1 ? fopen(words[1], "r") : NULL;
    if (!file) return 2;
    const size_t length = fread(config, 1, sizeof config, file);
    fclose(file);
    rg_options options = {.size = sizeof options, .clock = RG_CLOCK_MANUAL, .start_ns = NOW, .journal = RG_JOURNAL_LAST,
                          .records = 65536};
    rg_guard guard = 0;
    rg_order order = {.size = sizeof order, .side = RG_BUY, .kind = RG_LIMIT, .time_in_force = RG_GOOD_TILL_CANCEL};
    if (rg_guard_new(RG_ABI_VERSION, config, length, RG_TOML, words[1], &options, &guard) != RG_OK ||
        rg_find_account(guard, "main", &order.account) != RG_OK ||
        rg_find_strategy(guard, order.account, "s", &order.strategy) != RG_OK ||
        rg_find_instrument(guard, "ABC", &order.instrument) != RG_OK ||
        rg_scalar_quote(guard, order.instrument, 99.0, 101.0, NOW) != RG_OK ||
        rg_decimal_parse("1", &order.quantity) != RG_OK || rg_decimal_parse("101", &order.price) != RG_OK) {
        return 3;
    }
    for (int n = 0; n < BATCH; n++) snprintf(ids[n], sizeof ids[n], "order-%06d", n);
    double times[BATCHES];
    rg_decision decision = {.size = sizeof decision};
    for (int batch = 0; batch < BATCHES; batch++) {
        const double begin = seconds();
        for (int n = 0; n < BATCH; n++) {
            order.id = ids[n];
            if (rg_evaluate_at(guard, &order, NOW, &decision) != RG_OK || rg_release(guard, decision.permit) != RG_OK) {
                return 4;
            }
        }
        times[batch] = (seconds() - begin) * 1e9 / BATCH;
    }
    qsort(times, BATCHES, sizeof times[0], order_of);
    printf("%.1f\n", times[BATCHES / 2]);
    return rg_guard_free(guard) == RG_OK ? 0 : 5;
}

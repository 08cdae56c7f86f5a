/* Wrong on purpose, to show that who looks for such things would find one: two threads have the library write to one
   place. */

#include <pthread.h>

#include "risk_guard.h"

static rg_decimal shared;

static void *count(void *of) {
    for (int64_t n = 0; n < 1000; n++) rg_decimal_from_int(n, 0, &shared);
    return of;
}

int main(void) {
    pthread_t other;
    if (pthread_create(&other, NULL, count, NULL) != 0) return 2;
    count(NULL);
    return pthread_join(other, NULL) == 0 ? 0 : 3;
}

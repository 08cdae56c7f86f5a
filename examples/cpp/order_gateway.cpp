/* A small order gateway: strategies on threads of their own ask one guard, the gateway sends what was approved, and the
   venue answers. The limit holds whoever is faster.

       c++ -std=c++17 order_gateway.cpp -lrisk_guard -pthread -o order_gateway && ./order_gateway */

#include <atomic>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "risk_guard.hpp"

namespace {

constexpr std::int64_t NOW = 1700000000000000000;

constexpr char CONFIG[] = R"(
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
limits.gross_exposure_max = 100000
strategies = [{ name = "one" }, { name = "two" }, { name = "three" }, { name = "four" }]
)";

static_assert(!std::is_copy_constructible_v<risk_guard::permit> && std::is_move_constructible_v<risk_guard::permit>);
static_assert(!std::is_copy_constructible_v<risk_guard::outbound> && !std::is_copy_constructible_v<risk_guard::guard>);

/* The only thing that talks to the venue takes an outbound message, so it cannot be called with an order. */
class gateway {
public:
    explicit gateway(risk_guard::guard &guard) : guard_(guard) {}

    void send(risk_guard::outbound message) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const rg_outbound &order = message.order();
        /* The venue fills at once. */
        auto fill = risk_guard::detail::sized<rg_fill>();
        const std::string execution = "x" + std::to_string(++executions_);
        fill.order.handle = order.order;
        fill.execution = execution.c_str();
        fill.quantity = order.quantity;
        fill.price = order.price;
        guard_.fill(fill);
    }

    int executions() const { return executions_; }

private:
    risk_guard::guard &guard_;
    std::mutex mutex_;
    int executions_ = 0;
};

void trade(risk_guard::guard &guard, gateway &venue, const std::string &name, std::atomic<int> &refused) {
    auto order = risk_guard::order();
    order.account = guard.account("main");
    order.strategy = guard.strategy(order.account, name);
    order.instrument = guard.instrument("ABC");
    order.side = RG_BUY;
    order.kind = RG_LIMIT;
    order.time_in_force = RG_GOOD_TILL_CANCEL;
    order.quantity = risk_guard::decimal(7, 0);
    order.price = risk_guard::decimal("100.00");
    for (int n = 0; n < 100; ++n) {
        const std::string id = name + "-" + std::to_string(n);
        order.id = id.c_str();
        auto decision = guard.evaluate(order);
        if (auto permit = decision.take_permit()) {
            if (auto message = std::move(*permit).redeem()) {
                venue.send(std::move(*message));
                continue;
            }
        }
        ++refused;
    }
}

} // namespace

int main() {
    auto options = risk_guard::detail::sized<rg_options>();
    options.clock = RG_CLOCK_MANUAL;
    options.start_ns = NOW;
    options.journal = RG_JOURNAL_LAST;
    options.records = 10000;
    risk_guard::guard guard(CONFIG, RG_TOML, "order_gateway.toml", &options);
    guard.quote(guard.instrument("ABC"), risk_guard::decimal("99.99"), risk_guard::decimal("100.01"), NOW);

    gateway venue(guard);
    std::atomic<int> refused{0};
    std::vector<std::thread> strategies;
    for (const char *name : {"one", "two", "three", "four"}) {
        strategies.emplace_back([&, name] { trade(guard, venue, name, refused); });
    }
    for (auto &strategy : strategies) strategy.join();

    const auto position = guard.position(guard.account("main"), guard.instrument("ABC"));
    const std::string held = risk_guard::to_string(position.quantity);
    std::printf("%d executions, %d refused, position %s\n", venue.executions(), refused.load(), held.c_str());
    /* 100,000 USD at a mark of 100 are 1,000, in orders of 7 and a last one that was reduced to 6. */
    if (held != "1000" || venue.executions() != 143) return 1;

    try {
        guard.account("nobody");
        return 1;
    } catch (const risk_guard::error &problem) {
        std::printf("%s\n", problem.what());
        if (problem.status() != RG_UNKNOWN_NAME) return 1;
    }

    std::uint64_t latch = 0;
    const rg_scope firm{RG_SCOPE_FIRM, 0, 0};
    guard.halt(firm, "the end of the day", "ops", RG_HALTED, &latch);
    auto order = risk_guard::order();
    order.side = RG_SELL;
    order.kind = RG_MARKET;
    order.time_in_force = RG_DAY;
    order.quantity = risk_guard::decimal(1.0);
    if (auto decision = guard.evaluate(order); decision.verdict() != RG_EMERGENCY_STOP || decision.take_permit()) return 1;
    std::puts("done");
    return 0;
}

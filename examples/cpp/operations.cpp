/* What surrounds orders: the venue's truth in place of the ledger's, a statement that is not believed, a list, exits after a
   halt, and what the guard says of itself.

       c++ -std=c++17 operations.cpp -lrisk_guard -o operations && ./operations */

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "risk_guard.hpp"

namespace {

constexpr std::int64_t NOW = 1700000000000000000;

constexpr char CONFIG[] = R"(
firm = { currency = "USD", limits = { collar_bps = 500 } }
assets = [{ code = "USD", digits = 2 }]

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
limits = { gross_exposure_max = 10000, self_match_orders_max = 0 }
statements = { balance_jump_max = 5000 }
strategies = [{ name = "s" }, { name = "t" }]
)";

void must(bool is, const char *what) {
    if (is) return;
    std::fprintf(stderr, "not so: %s\n", what);
    std::exit(1);
}

} // namespace

int main() {
    using namespace risk_guard;
    check_config(CONFIG);
    auto options = detail::sized<rg_options>();
    options.clock = RG_CLOCK_MANUAL;
    options.start_ns = NOW;
    options.journal = RG_JOURNAL_LAST;
    options.records = 1024;
    guard guard(CONFIG, RG_TOML, "operations", &options);
    const rg_account account = guard.account("main");
    const rg_strategy s = guard.strategy(account, "s"), t = guard.strategy(account, "t");
    const rg_instrument abc = guard.instrument("ABC");
    guard.quote(abc, decimal("99.99"), decimal("100.01"), NOW);
    guard.balance(account, decimal("10000"));

    auto order = risk_guard::order();
    order.side = RG_BUY;
    order.account = account;
    order.strategy = s;
    order.instrument = abc;
    order.kind = RG_LIMIT;
    order.time_in_force = RG_GOOD_TILL_CANCEL;
    order.quantity = decimal("10");
    order.price = decimal("100");

    /* A list: all of it or nothing. */
    std::vector<rg_order> orders(2, order);
    orders[0].id = "l1";
    orders[1].id = "l2";
    auto list = guard.evaluate_list(orders);
    auto permit = list.take_permit();
    must(permit.has_value(), "the list is approved");
    auto sent = std::move(*permit).redeem();
    must(sent && sent->size() == 2 && (*sent)[1].id() == "l2", "both messages go out");
    auto ask = order;
    ask.id = "x1";
    ask.side = RG_SELL;
    must(guard.evaluate(ask).reason() == RG_REASON_SELF_MATCH, "an own order is in the way");
    must(last_refusal_parts().crossing.guard == guard.get(), "it is named, to cancel it by");
    must(guard.crossing_orders(ask) == "[\"l1\",\"l2\"]", "all of them are");

    /* The venue's truth: of one order it has half, of the other nothing, and a position that nobody knew. */
    auto held = detail::sized<rg_stated_position>();
    held.instrument = abc;
    held.quantity = decimal("7");
    held.price = decimal("100");
    auto working = detail::sized<rg_stated_order>();
    working.id = "l1";
    working.side = RG_BUY;
    working.instrument = abc;
    working.open = decimal("5");
    working.price = decimal("100");
    auto snapshot = detail::sized<rg_snapshot>();
    snapshot.account = account;
    snapshot.has_orders = 1;
    snapshot.positions = &held;
    snapshot.position_count = 1;
    snapshot.orders = &working;
    snapshot.order_count = 1;
    auto truth = guard.reconcile(snapshot);
    must(truth.differences.size() == 3, "position, what is open, and one not seen yet");
    for (const rg_difference &difference : truth.differences) {
        std::printf("difference %u: %s, %s\n", static_cast<unsigned>(difference.kind),
                    difference.known.present ? to_string(difference.known).c_str() : "-",
                    difference.stated.present ? to_string(difference.stated).c_str() : "-");
    }

    /* A comma too few in a statement: it halts the account, and a person decides. */
    must(guard.balance(account, decimal("1000")).withheld == 1, "it is not believed");
    const auto waiting = guard.withheld();
    must(waiting.size() == 1 && waiting[0].kind == RG_STATEMENT_BALANCE, "it waits");
    std::printf("withheld: %s\n", guard.withheld_text(waiting[0].number).c_str());
    guard.discard_statement(waiting[0].number, "ops");

    /* Stop, and flatten: what nobody's strategy held goes to one that may close it. */
    rg_scope firm{};
    firm.kind = RG_SCOPE_FIRM;
    std::uint64_t latch = 0;
    must(guard.halt(firm, "a drill", "ops", RG_HALTED, &latch).size() == 2, "both orders are to cancel");
    must(guard.trading_state(firm) == RG_HALTED, "halted");
    guard.done(rg_order_ref{(*sent)[0].order().order, 0, nullptr}, RG_END_CANCELLED);
    guard.done(rg_order_ref{(*sent)[1].order().order, 0, nullptr}, RG_END_CANCELLED);
    guard.resume(firm, latch, "flatten", "ops", RG_REDUCING);
    auto exits = guard.exits(firm);
    must(exits.size() == 1 && exits[0].side == RG_SELL, "one order flattens it");
    exits[0].id = "flat-1";
    must(guard.evaluate(exits[0]).take_permit().has_value(), "it passes while reducing");
    must(compare(guard.position(account, abc).quantity, decimal("7")) == 0, "seven are held");
    must(compare(guard.profit(t), decimal("0")) == 0, "who held nothing has made nothing");

    /* What was approved stands in the records, and they lead to the same state. */
    must(guard.replay().low == guard.digest().low, "the records replay");
    must(guard.durable_seq() == guard.seq(), "in memory nothing is pending");
    std::printf("%zu orders live, %zu trips\n", guard.live_orders(), guard.take_trips().size());
    return 0;
}

/* risk_guard.hpp: risk_guard.h for C++17, header only. Handles end by themselves, a permit can be moved but not copied,
   and what fails throws risk_guard::error; a refusal is not a failure but an answer.

       risk_guard::guard guard(config, RG_TOML, "limits.toml");
       auto decision = guard.evaluate(order);
       if (auto permit = decision.take_permit()) {
           if (auto sent = std::move(*permit).redeem()) send(*sent);
       } */

#ifndef RISK_GUARD_HPP
#define RISK_GUARD_HPP

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "risk_guard.h"

namespace risk_guard {

/* A call that failed: its status and what was wrong. An order it was about counts as refused. */
class error : public std::runtime_error {
public:
    error(rg_status status, const std::string &text) : std::runtime_error(text), status_(status) {}
    rg_status status() const noexcept { return status_; }

private:
    rg_status status_;
};

namespace detail {

inline std::string text(std::size_t (*call)(char *, std::size_t)) {
    std::string text(call(nullptr, 0) + 1, '\0');
    text.resize(call(text.data(), text.size()));
    return text;
}

inline void check(rg_status status) {
    if (status != RG_OK) throw error(status, text(rg_last_error));
}

/* A text of any length: asked for again with the room that it needs. */
template <class Call> std::string sized_text(Call call) {
    std::string text(4096, '\0');
    std::size_t length = 0;
    rg_status status = call(text.data(), text.size(), &length);
    while (status == RG_BUFFER_TOO_SMALL) {
        text.resize(length + 1);
        status = call(text.data(), text.size(), &length);
    }
    check(status);
    text.resize(length);
    return text;
}

/* A list of any length: asked for again with the room that it needs. `place` is what each place holds before. */
template <class T, class Call> std::vector<T> list(const T &place, Call call) {
    std::vector<T> found(16, place);
    std::size_t count = 0;
    rg_status status = call(found.data(), found.size(), &count);
    while (count > found.size() && (status == RG_OK || status == RG_BUFFER_TOO_SMALL)) {
        found.assign(count, place);
        status = call(found.data(), found.size(), &count);
    }
    check(status);
    found.resize(count, place);
    return found;
}

template <class T> T sized() {
    T value{};
    value.size = sizeof value;
    return value;
}

} // namespace detail

/* Why the last order of this thread was refused or reduced, in one sentence. */
inline std::string last_refusal() { return detail::text(rg_last_refusal); }

/* An exact decimal. */
inline rg_decimal decimal(const std::string &text) {
    rg_decimal value{};
    detail::check(rg_decimal_parse(text.c_str(), &value));
    return value;
}

/* The shortest decimal that reads back as the same double; throws for what is not finite. */
inline rg_decimal decimal(double number) {
    rg_decimal value{};
    detail::check(rg_decimal_from_double(number, &value));
    return value;
}

/* A whole number of 10^-scale. */
inline rg_decimal decimal(std::int64_t units, std::uint32_t scale) {
    rg_decimal value{};
    detail::check(rg_decimal_from_int(units, scale, &value));
    return value;
}

inline std::string to_string(const rg_decimal &value) {
    char text[64];
    std::size_t length = 0;
    detail::check(rg_decimal_print(&value, text, sizeof text, &length));
    return std::string(text, length);
}

/* The nearest double. */
inline double to_double(const rg_decimal &value) {
    double number = 0;
    detail::check(rg_decimal_to_double(&value, &number));
    return number;
}

/* Below 0, 0 or above 0 as `left` is less than, equal to or more than `right`. */
inline int compare(const rg_decimal &left, const rg_decimal &right) {
    std::int32_t order = 0;
    detail::check(rg_decimal_compare(&left, &right, &order));
    return order;
}

/* What last_refusal says, taken apart. */
inline rg_refusal last_refusal_parts() {
    auto parts = detail::sized<rg_refusal>();
    detail::check(rg_last_refusal_parts(&parts));
    return parts;
}

/* The code of a reason, such as "PRICE_COLLAR". */
inline std::string reason_text(std::uint32_t reason) {
    return detail::sized_text([&](char *to, std::size_t room, std::size_t *length) {
        return rg_reason_text(reason, to, room, length);
    });
}

/* Throws, with what is wrong where, unless a guard can be made from a configuration. */
inline void check_config(std::string_view config, std::uint32_t format = RG_TOML,
                         const std::string &origin = "the configuration") {
    detail::check(rg_config_check(config.data(), config.size(), format, origin.c_str()));
}

/* Limits that cannot work or are a trap, as a JSON array, the worst first. */
inline std::string lint_config(std::string_view config, std::uint32_t format = RG_TOML,
                               const std::string &origin = "the configuration") {
    return detail::sized_text([&](char *to, std::size_t room, std::size_t *length) {
        return rg_config_lint(config.data(), config.size(), format, origin.c_str(), to, room, length);
    });
}

/* The version of the library. */
inline std::string_view version() noexcept { return rg_version(); }

/* A message that may leave the process: send exactly `order()`, or abandon it as proof that nothing was sent. Dropped, it
   counts as sent. */
class [[nodiscard]] outbound {
public:
    outbound(outbound &&other) noexcept : guard_(other.guard_), order_(other.order_) { other.order_.handle = 0; }
    outbound &operator=(outbound &&other) noexcept {
        std::swap(guard_, other.guard_);
        std::swap(order_, other.order_);
        return *this;
    }
    outbound(const outbound &) = delete;
    outbound &operator=(const outbound &) = delete;

    const rg_outbound &order() const noexcept { return order_; }
    std::string_view id() const noexcept { return order_.id; }
    void abandon() && { detail::check(rg_abandon(guard_, std::exchange(order_.handle, 0))); }

private:
    friend class permit;
    friend class list_permit;
    friend class guard;
    outbound(rg_guard guard, const rg_outbound &order) : guard_(guard), order_(order) {}
    rg_guard guard_;
    rg_outbound order_;
};

/* The leave to send once. Given back by itself where it is not redeemed. */
class [[nodiscard]] permit {
public:
    permit(permit &&other) noexcept : guard_(other.guard_), permit_(std::exchange(other.permit_, 0)) {}
    permit &operator=(permit &&other) noexcept {
        std::swap(guard_, other.guard_);
        std::swap(permit_, other.permit_);
        return *this;
    }
    permit(const permit &) = delete;
    permit &operator=(const permit &) = delete;
    ~permit() {
        if (permit_ != 0) rg_release(guard_, permit_);
    }

    /* The message to send, or nothing where the permit is not good any more: last_refusal says why. Do not send then. */
    std::optional<outbound> redeem() && {
        auto order = detail::sized<rg_outbound>();
        const rg_status status = rg_redeem(guard_, std::exchange(permit_, 0), &order);
        if (status == RG_REFUSED) return std::nullopt;
        detail::check(status);
        return outbound(guard_, order);
    }

    /* Gives it back: nothing was sent and nothing will be. False where it was not good any more. */
    bool release() && {
        const rg_status status = rg_release(guard_, std::exchange(permit_, 0));
        if (status == RG_REFUSED) return false;
        detail::check(status);
        return true;
    }

private:
    friend class decision;
    permit(rg_guard guard, rg_permit permit) : guard_(guard), permit_(permit) {}
    rg_guard guard_;
    rg_permit permit_;
};

/* The answer to an order. */
class [[nodiscard]] decision {
public:
    std::uint32_t verdict() const noexcept { return answer_.verdict; }
    std::uint32_t reason() const noexcept { return answer_.reason; }
    std::uint32_t level() const noexcept { return answer_.level; }
    /* What may be sent; absent where nothing may. */
    const rg_decimal &quantity() const noexcept { return answer_.quantity; }
    /* The order, for reports and cancels. */
    const rg_order_handle &order() const noexcept { return answer_.order; }
    std::int64_t expires_ns() const noexcept { return answer_.expires_ns; }
    /* Why it was refused or reduced; empty for an approval. */
    const std::string &why() const noexcept { return why_; }
    /* The permit, once; nothing where there is none: do not send. */
    std::optional<permit> take_permit() { return std::exchange(permit_, std::nullopt); }

private:
    friend class guard;
    decision(rg_guard guard, const rg_decision &answer) : answer_(answer) {
        if (answer.permit != 0) permit_.emplace(permit(guard, answer.permit));
        if (answer.reason != 0) why_ = last_refusal();
    }
    rg_decision answer_;
    std::optional<permit> permit_;
    std::string why_;
};

/* The leave to send all orders of a list, once. Given back by itself where it is not redeemed. */
class [[nodiscard]] list_permit {
public:
    list_permit(list_permit &&other) noexcept
        : guard_(other.guard_), permit_(std::exchange(other.permit_, 0)), orders_(other.orders_) {}
    list_permit &operator=(list_permit &&other) noexcept {
        std::swap(guard_, other.guard_);
        std::swap(permit_, other.permit_);
        std::swap(orders_, other.orders_);
        return *this;
    }
    list_permit(const list_permit &) = delete;
    list_permit &operator=(const list_permit &) = delete;
    ~list_permit() {
        if (permit_ != 0) rg_release_list(guard_, permit_);
    }

    /* All messages to send, or nothing where the permit is not good any more: last_refusal says why. Send none then. */
    std::optional<std::vector<outbound>> redeem() && {
        std::vector<rg_outbound> orders(orders_, detail::sized<rg_outbound>());
        std::size_t count = 0;
        const rg_status status =
            rg_redeem_list(guard_, std::exchange(permit_, 0), orders.data(), orders.size(), &count);
        if (status == RG_REFUSED) return std::nullopt;
        detail::check(status);
        std::vector<outbound> messages;
        messages.reserve(count);
        for (const rg_outbound &order : orders) messages.push_back(outbound(guard_, order));
        return messages;
    }

    /* Gives it back: nothing was sent and nothing will be. False where it was not good any more. */
    bool release() && {
        const rg_status status = rg_release_list(guard_, std::exchange(permit_, 0));
        if (status == RG_REFUSED) return false;
        detail::check(status);
        return true;
    }

private:
    friend class list_decision;
    list_permit(rg_guard guard, rg_permit permit, std::size_t orders) : guard_(guard), permit_(permit), orders_(orders) {}
    rg_guard guard_;
    rg_permit permit_;
    std::size_t orders_;
};

/* The answer to a list: all of it or nothing. */
class [[nodiscard]] list_decision {
public:
    /* Verdict, reason, level, the order it is of, how many were refused. */
    const rg_list_decision &answer() const noexcept { return answer_; }
    /* Why it was refused; empty for an approval. */
    const std::string &why() const noexcept { return why_; }
    /* The permit, once; nothing where there is none: do not send. */
    std::optional<list_permit> take_permit() { return std::exchange(permit_, std::nullopt); }

private:
    friend class guard;
    list_decision(rg_guard guard, const rg_list_decision &answer) : answer_(answer) {
        if (answer.permit != 0) permit_.emplace(list_permit(guard, answer.permit, answer.orders));
        if (answer.reason != 0) why_ = last_refusal();
    }
    rg_list_decision answer_;
    std::optional<list_permit> permit_;
    std::string why_;
};

/* What would be answered, why, and every reading as a JSON array. */
struct explanation {
    rg_decision answer;
    std::string why;
    std::string readings;
};

/* The same of a list. */
struct list_explanation {
    rg_list_decision decision;
    std::string refusal;
    std::string orders;
};

/* What became of a snapshot, and what was different before it. */
struct reconciled {
    rg_ingested effect;
    std::vector<rg_difference> differences;
};

/* A guard. Moved, not copied; threads share one by reference. */
class guard {
public:
    /* From a configuration in text. Without options: the machine's clock, and records in memory. */
    explicit guard(std::string_view config, std::uint32_t format = RG_TOML, const std::string &origin = "the configuration",
                   const rg_options *options = nullptr) {
        detail::check(rg_guard_new(RG_ABI_VERSION, config.data(), config.size(), format, origin.c_str(), options, &guard_));
    }
    guard(guard &&other) noexcept : guard_(std::exchange(other.guard_, 0)) {}
    guard &operator=(guard &&other) noexcept {
        std::swap(guard_, other.guard_);
        return *this;
    }
    guard(const guard &) = delete;
    guard &operator=(const guard &) = delete;
    ~guard() { rg_guard_free(guard_); }

    /* The handle, for calls that are not here. */
    rg_guard get() const noexcept { return guard_; }

    rg_account account(const std::string &name) const { return find(rg_find_account, name); }
    rg_instrument instrument(const std::string &symbol) const { return find(rg_find_instrument, symbol); }
    rg_asset asset(const std::string &code) const { return find(rg_find_asset, code); }
    rg_venue venue(const std::string &name) const { return find(rg_find_venue, name); }
    rg_trader trader(const std::string &name) const { return find(rg_find_trader, name); }
    rg_strategy strategy(rg_account account, const std::string &name) const {
        rg_strategy found = 0;
        detail::check(rg_find_strategy(guard_, account, name.c_str(), &found));
        return found;
    }

    /* Registered later, written as in a configuration. */
    rg_account add_account(std::string_view text, std::uint32_t format = RG_TOML) {
        return made([&](std::uint64_t *to) { return rg_add_account(guard_, text.data(), text.size(), format, to); });
    }
    rg_strategy add_strategy(rg_account account, std::string_view text, std::uint32_t format = RG_TOML) {
        return made([&](std::uint64_t *to) {
            return rg_add_strategy(guard_, account, text.data(), text.size(), format, to);
        });
    }
    rg_trader add_trader(std::string_view text, std::uint32_t format = RG_TOML) {
        return made([&](std::uint64_t *to) { return rg_add_trader(guard_, text.data(), text.size(), format, to); });
    }
    rg_instrument add_instrument(std::string_view text, std::uint32_t format = RG_TOML) {
        return made([&](std::uint64_t *to) { return rg_add_instrument(guard_, text.data(), text.size(), format, to); });
    }

    decision evaluate(const rg_order &order) {
        auto answer = detail::sized<rg_decision>();
        detail::check(rg_evaluate(guard_, &order, &answer));
        return decision(guard_, answer);
    }
    /* At a given time: no clock is read. */
    decision evaluate_at(const rg_order &order, std::int64_t now_ns) {
        auto answer = detail::sized<rg_decision>();
        detail::check(rg_evaluate_at(guard_, &order, now_ns, &answer));
        return decision(guard_, answer);
    }
    /* All orders or none of them. */
    list_decision evaluate_list(const std::vector<rg_order> &orders) {
        auto answer = detail::sized<rg_list_decision>();
        detail::check(rg_evaluate_list(guard_, orders.data(), orders.size(), &answer));
        return list_decision(guard_, answer);
    }
    /* What would be answered, without a permit and without a hold. */
    explanation explain(const rg_order &order) const {
        auto answer = detail::sized<rg_decision>();
        std::string readings = text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_explain(guard_, &order, &answer, to, room, length);
        });
        return {answer, last_refusal(), std::move(readings)};
    }
    explanation explain_change(const rg_order_ref &order, const rg_change &change) const {
        auto answer = detail::sized<rg_decision>();
        std::string readings = text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_explain_change(guard_, &order, &change, &answer, to, room, length);
        });
        return {answer, last_refusal(), std::move(readings)};
    }
    /* The same for a list, with an object for each order in `orders`. */
    list_explanation explain_list(const std::vector<rg_order> &orders) const {
        auto answer = detail::sized<rg_list_decision>();
        std::string each = text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_explain_list(guard_, orders.data(), orders.size(), &answer, to, room, length);
        });
        return {answer, last_refusal(), std::move(each)};
    }
    /* Ids of the own orders that it could trade with, as a JSON array. */
    std::string crossing_orders(const rg_order &order) const {
        return text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_crossing_orders(guard_, &order, to, room, length);
        });
    }
    /* 0 to 1: how much of the limits is used with an order in it. */
    rg_decimal risk_score(const rg_order &order) const {
        return number([&](rg_decimal *to) { return rg_risk_score(guard_, &order, to); });
    }
    /* The largest market order that would pass, absent where nothing limits it. */
    rg_decimal headroom(rg_account account, rg_strategy strategy, rg_instrument instrument, rg_side side) const {
        return number([&](rg_decimal *to) { return rg_headroom(guard_, account, strategy, instrument, side, to); });
    }
    decision modify(const rg_order_ref &order, const rg_change &change) {
        auto answer = detail::sized<rg_decision>();
        detail::check(rg_modify(guard_, &order, &change, &answer));
        return decision(guard_, answer);
    }
    /* Never refused, in any state. */
    outbound cancel(const rg_order_ref &order) {
        auto message = detail::sized<rg_outbound>();
        detail::check(rg_cancel(guard_, &order, &message));
        return outbound(guard_, message);
    }

    /* What the outside tells: each says what became of it. */
    rg_ingested quote(const rg_quote &quote) { return told(rg_ingest_quote, &quote); }
    rg_ingested quote(rg_instrument instrument, const rg_decimal &bid, const rg_decimal &ask, std::int64_t at_ns) {
        auto sides = detail::sized<rg_quote>();
        sides.instrument = instrument;
        sides.bid = bid;
        sides.ask = ask;
        sides.at_ns = at_ns;
        return quote(sides);
    }
    rg_ingested mark(rg_instrument instrument, const rg_decimal &price, std::int64_t at_ns) {
        return told(rg_ingest_mark, instrument, &price, at_ns);
    }
    rg_ingested rate(rg_asset from, rg_asset to, const rg_decimal &rate) { return told(rg_ingest_rate, from, to, &rate); }
    rg_ingested daily_volume(rg_instrument instrument, const rg_decimal &quantity) {
        return told(rg_ingest_daily_volume, instrument, &quantity);
    }
    rg_ingested balance(rg_account account, const rg_decimal &balance) {
        return told(rg_ingest_balance, account, &balance);
    }
    rg_ingested flow(rg_account account, const rg_decimal &amount) { return told(rg_ingest_flow, account, &amount); }
    rg_ingested host(const rg_host_figures &figures) { return told(rg_ingest_host, &figures); }
    rg_ingested heartbeat() { return told(rg_ingest_heartbeat); }
    rg_ingested day_roll() { return told(rg_ingest_day_roll); }
    rg_ingested session(rg_instrument instrument, std::int64_t opens_ns, std::int64_t closes_ns) {
        return told(rg_ingest_session, instrument, opens_ns, closes_ns);
    }
    rg_ingested next_roll(std::int64_t at_ns) { return told(rg_ingest_next_roll, at_ns); }
    rg_ingested status(rg_instrument instrument, rg_instrument_status status, const std::string &by) {
        return told(rg_ingest_status, instrument, status, by.c_str());
    }
    rg_ingested limits(const rg_limits_change &change) { return told(rg_ingest_limits, &change); }
    rg_ingested fill(const rg_fill &fill) { return told(rg_ingest_fill, &fill); }
    rg_ingested report(const rg_report &report) { return told(rg_ingest_report, &report); }
    rg_ingested accepted(const rg_order_ref &order) { return told(rg_ingest_accepted, &order); }
    rg_ingested accepted(const rg_order_ref &order, const rg_decimal &quantity) {
        return told(rg_ingest_accepted_for, &order, &quantity);
    }
    rg_ingested done(const rg_order_ref &order, rg_end end) { return told(rg_ingest_done, &order, end); }
    rg_ingested adjustment(const rg_adjustment &adjustment) { return told(rg_ingest_adjustment, &adjustment); }
    rg_ingested transfer(const rg_transfer &transfer) { return told(rg_ingest_transfer, &transfer); }
    /* Positions, and a balance where there is one, without a report. */
    rg_ingested snapshot(rg_account account, const std::vector<rg_holding> &holdings, const rg_decimal *balance = nullptr) {
        return told(rg_ingest_snapshot, account, balance, holdings.data(), holdings.size());
    }
    /* The venue's truth, and what was different. */
    reconciled reconcile(const rg_snapshot &snapshot) {
        auto effect = detail::sized<rg_ingested>();
        auto differences = detail::list(
            detail::sized<rg_difference>(), [&](rg_difference *to, std::size_t room, std::size_t *count) {
                return rg_reconcile(guard_, &snapshot, &effect, to, room, count);
            });
        return {effect, std::move(differences)};
    }
    /* Statements that wait for a decision, oldest first; what one says, as a JSON object. */
    std::vector<rg_withheld> withheld() const {
        std::vector<rg_withheld> found;
        auto next = detail::sized<rg_withheld>();
        rg_status status = rg_next_withheld(guard_, 0, &next);
        for (; status == RG_OK; status = rg_next_withheld(guard_, next.number, &next)) found.push_back(next);
        if (status != RG_UNAVAILABLE) detail::check(status);
        return found;
    }
    std::string withheld_text(std::uint64_t statement) const {
        return text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_withheld_text(guard_, statement, to, room, length);
        });
    }
    rg_ingested accept_statement(std::uint64_t statement, const std::string &by) {
        return told(rg_accept_statement, statement, by.c_str());
    }
    rg_ingested discard_statement(std::uint64_t statement, const std::string &by) {
        return told(rg_discard_statement, statement, by.c_str());
    }
    rg_ingested believe_reference(rg_instrument instrument, const std::string &by) {
        return told(rg_believe_reference, instrument, by.c_str());
    }
    bool is_suspect(rg_instrument instrument) const {
        return word([&](std::uint32_t *to) { return rg_is_suspect(guard_, instrument, to); }) != 0;
    }

    /* Stops a scope; the orders at the venue to cancel. */
    std::vector<rg_order_handle> halt(const rg_scope &scope, const std::string &reason, const std::string &by,
                                      rg_trading_state state = RG_HALTED, std::uint64_t *latch = nullptr) {
        /* Only to have room: a halt is tried whatever this says. */
        std::size_t live = 0, count = 0;
        rg_live_orders(guard_, &live);
        std::vector<rg_order_handle> orders(live + 64);
        detail::check(rg_halt(guard_, &scope, state, reason.c_str(), by.c_str(), latch, orders.data(), orders.size(), &count));
        while (count > orders.size()) {
            orders.resize(count);
            detail::check(rg_open_orders(guard_, &scope, orders.data(), orders.size(), &count));
        }
        orders.resize(count);
        return orders;
    }
    /* The orders at the venue in a scope. */
    std::vector<rg_order_handle> open_orders(const rg_scope &scope) const {
        return detail::list(rg_order_handle{}, [&](rg_order_handle *to, std::size_t room, std::size_t *count) {
            return rg_open_orders(guard_, &scope, to, room, count);
        });
    }
    /* Orders that would flatten a scope: give each an id and show it to evaluate. */
    std::vector<rg_order> exits(const rg_scope &scope) const {
        return detail::list(detail::sized<rg_order>(), [&](rg_order *to, std::size_t room, std::size_t *count) {
            return rg_exits(guard_, &scope, to, room, count);
        });
    }
    void resume(const rg_scope &scope, std::uint64_t latch, const std::string &reason, const std::string &by,
                rg_trading_state to = RG_ACTIVE) {
        detail::check(rg_resume(guard_, &scope, latch, 0, to, reason.c_str(), by.c_str()));
    }

    std::uint32_t trading_state(const rg_scope &scope) const {
        return word([&](std::uint32_t *to) { return rg_trading_state_of(guard_, &scope, to); });
    }
    /* Every latch that holds, as a JSON array. */
    std::string latches() const { return text_of(rg_latches); }
    /* Trips and warnings since the last time this was asked, oldest first. */
    std::vector<rg_trip> take_trips() {
        std::vector<rg_trip> found;
        auto trip = detail::sized<rg_trip>();
        rg_status status = rg_take_trip(guard_, &trip);
        for (; status == RG_OK; status = rg_take_trip(guard_, &trip)) found.push_back(trip);
        if (status != RG_UNAVAILABLE) detail::check(status);
        return found;
    }

    rg_position position(rg_account account, rg_instrument instrument) const {
        auto found = detail::sized<rg_position>();
        detail::check(rg_position_of_account(guard_, account, instrument, &found));
        return found;
    }
    rg_account_sums sums(rg_account account) const {
        auto found = detail::sized<rg_account_sums>();
        detail::check(rg_sums_of_account(guard_, account, &found));
        return found;
    }
    rg_position position_of_strategy(rg_strategy strategy, rg_instrument instrument) const {
        auto found = detail::sized<rg_position>();
        detail::check(rg_position_of_strategy(guard_, strategy, instrument, &found));
        return found;
    }
    /* What a strategy has made or lost; absent for one that is unknown. */
    rg_decimal profit(rg_strategy strategy) const {
        return number([&](rg_decimal *to) { return rg_profit_of_strategy(guard_, strategy, to); });
    }
    std::uint32_t order_state(const rg_order_ref &order) const {
        return word([&](std::uint32_t *to) { return rg_order_state_of(guard_, &order, to); });
    }
    std::size_t live_orders() const {
        std::size_t found = 0;
        detail::check(rg_live_orders(guard_, &found));
        return found;
    }
    /* The number of the last record, and of the last one that a power loss would leave. */
    std::uint64_t seq() const {
        return made([&](std::uint64_t *to) { return rg_seq(guard_, to); });
    }
    std::uint64_t durable_seq() const {
        return made([&](std::uint64_t *to) { return rg_durable_seq(guard_, to); });
    }
    /* 128 bits that stand for the whole state, and those that the records in memory come to. */
    rg_digest digest() const {
        rg_digest found{};
        detail::check(rg_digest_of(guard_, &found));
        return found;
    }
    rg_digest replay() const {
        rg_digest found{};
        detail::check(rg_replay(guard_, &found));
        return found;
    }
    /* Records in memory, as JSON lines. */
    std::string records(std::uint64_t from, std::size_t most) const {
        return text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_records(guard_, from, most, to, room, length);
        });
    }
    /* The limits in force for a scope, as a JSON object. */
    std::string limits_in_force(const rg_scope &scope) const {
        return text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_limits_in_force(guard_, &scope, to, room, length);
        });
    }
    /* When the day rolls next; 0 where no instant is known. */
    std::int64_t next_roll() const {
        std::int64_t found = 0;
        detail::check(rg_next_roll(guard_, &found));
        return found;
    }
    /* The session that is known of an instrument, from and until; both 0 where none is. */
    std::pair<std::int64_t, std::int64_t> session_of(rg_instrument instrument) const {
        std::pair<std::int64_t, std::int64_t> found{0, 0};
        detail::check(rg_session_of(guard_, instrument, &found.first, &found.second));
        return found;
    }
    void schedule_day_roll() { detail::check(rg_schedule_day_roll(guard_)); }
    std::string metrics() const { return text_of(rg_metrics); }
    /* What took effect after the journal had failed, as JSON lines. */
    std::string unrecorded() const { return text_of(rg_unrecorded); }
    /* Waits until every record so far would survive a power loss. */
    void sync() { detail::check(rg_sync(guard_)); }
    /* Instruments of an account that need a price before it can open anything. */
    std::vector<rg_instrument> unmarked(rg_account account) const {
        return detail::list(rg_instrument{0}, [&](rg_instrument *to, std::size_t room, std::size_t *count) {
            return rg_unmarked(guard_, account, to, room, count);
        });
    }
    /* The symbol of an instrument. */
    std::string symbol(rg_instrument instrument) const {
        return text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_symbol(guard_, instrument, to, room, length);
        });
    }
    std::string coverage() const { return text_of(rg_coverage); }
    /* What was found in the folder of the journal. */
    std::string recovery() const { return text_of(rg_recovery); }
    void set_time(std::int64_t now_ns) { detail::check(rg_set_time(guard_, now_ns)); }
    void tick() { detail::check(rg_tick(guard_)); }

private:
    template <class Call> std::uint64_t find(Call call, const std::string &name) const {
        return made([&](std::uint64_t *to) { return call(guard_, name.c_str(), to); });
    }
    template <class Call> static std::uint64_t made(Call call) {
        std::uint64_t found = 0;
        detail::check(call(&found));
        return found;
    }
    template <class Call> static std::uint32_t word(Call call) {
        std::uint32_t found = 0;
        detail::check(call(&found));
        return found;
    }
    template <class Call> static rg_decimal number(Call call) {
        rg_decimal found{};
        detail::check(call(&found));
        return found;
    }
    template <class Call> static std::string text(Call call) { return detail::sized_text(call); }
    std::string text_of(rg_status (*call)(rg_guard, char *, std::size_t, std::size_t *)) const {
        return text([&](char *to, std::size_t room, std::size_t *length) { return call(guard_, to, room, length); });
    }
    template <class Call, class... Told> rg_ingested told(Call call, Told... what) {
        auto effect = detail::sized<rg_ingested>();
        detail::check(call(guard_, what..., &effect));
        return effect;
    }
    rg_guard guard_ = 0;
};

/* An order with its size set and nothing else. */
inline rg_order order() { return detail::sized<rg_order>(); }

} // namespace risk_guard

#endif

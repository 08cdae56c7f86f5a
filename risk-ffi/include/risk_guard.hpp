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
    rg_strategy strategy(rg_account account, const std::string &name) const {
        rg_strategy found = 0;
        detail::check(rg_find_strategy(guard_, account, name.c_str(), &found));
        return found;
    }

    decision evaluate(const rg_order &order) {
        auto answer = detail::sized<rg_decision>();
        detail::check(rg_evaluate(guard_, &order, &answer));
        return decision(guard_, answer);
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

    rg_ingested quote(rg_instrument instrument, const rg_decimal &bid, const rg_decimal &ask, std::int64_t at_ns) {
        auto quote = detail::sized<rg_quote>();
        quote.instrument = instrument;
        quote.bid = bid;
        quote.ask = ask;
        quote.at_ns = at_ns;
        auto effect = detail::sized<rg_ingested>();
        detail::check(rg_ingest_quote(guard_, &quote, &effect));
        return effect;
    }
    rg_ingested fill(const rg_fill &fill) {
        auto effect = detail::sized<rg_ingested>();
        detail::check(rg_ingest_fill(guard_, &fill, &effect));
        return effect;
    }
    rg_ingested accepted(const rg_order_ref &order) {
        auto effect = detail::sized<rg_ingested>();
        detail::check(rg_ingest_accepted(guard_, &order, &effect));
        return effect;
    }
    rg_ingested done(const rg_order_ref &order, rg_end end) {
        auto effect = detail::sized<rg_ingested>();
        detail::check(rg_ingest_done(guard_, &order, end, &effect));
        return effect;
    }

    /* Stops a scope; the orders at the venue to cancel. */
    std::vector<rg_order_handle> halt(const rg_scope &scope, const std::string &reason, const std::string &by,
                                      rg_trading_state state = RG_HALTED, std::uint64_t *latch = nullptr) {
        std::vector<rg_order_handle> orders(64);
        std::size_t count = 0;
        detail::check(rg_halt(guard_, &scope, state, reason.c_str(), by.c_str(), latch, orders.data(), orders.size(), &count));
        while (count > orders.size()) {
            orders.resize(count);
            detail::check(rg_open_orders(guard_, &scope, orders.data(), orders.size(), &count));
        }
        orders.resize(count);
        return orders;
    }
    void resume(const rg_scope &scope, std::uint64_t latch, const std::string &reason, const std::string &by,
                rg_trading_state to = RG_ACTIVE) {
        detail::check(rg_resume(guard_, &scope, latch, 0, to, reason.c_str(), by.c_str()));
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
    std::string metrics() const {
        return detail::sized_text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_metrics(guard_, to, room, length);
        });
    }
    std::string coverage() const {
        return detail::sized_text([&](char *to, std::size_t room, std::size_t *length) {
            return rg_coverage(guard_, to, room, length);
        });
    }
    void set_time(std::int64_t now_ns) { detail::check(rg_set_time(guard_, now_ns)); }
    void tick() { detail::check(rg_tick(guard_)); }

private:
    template <class Call> std::uint64_t find(Call call, const std::string &name) const {
        std::uint64_t found = 0;
        detail::check(call(guard_, name.c_str(), &found));
        return found;
    }
    rg_guard guard_ = 0;
};

/* An order with its size set and nothing else. */
inline rg_order order() { return detail::sized<rg_order>(); }

} // namespace risk_guard

#endif

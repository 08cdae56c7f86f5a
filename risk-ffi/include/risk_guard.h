/* risk_guard.h: pre-trade risk for C and everything that can call C. Generated; see risk-ffi/tests/header.rs.

   Every order passes rg_evaluate before it may leave the process. A permit, redeemed once, is the only leave to send:

       rg_decision decision = {.size = sizeof decision};
       if (rg_evaluate(guard, &order, &decision) != RG_OK) -> refused
       if (decision.permit == 0)                           -> refused; rg_last_refusal says why
       rg_outbound outbound = {.size = sizeof outbound};
       if (rg_redeem(guard, decision.permit, &outbound) != RG_OK) -> refused
       send exactly `outbound`

   Rules that hold everywhere:

   - On ANY status but RG_OK treat the order as REFUSED. Nothing was written to your memory then (but lengths and counts
     where said so), and rg_last_error says what was wrong.
   - In every enumeration 0 is reserved and means nothing: a structure that was only zeroed approves nothing.
   - Zero a structure and set its `size` to its sizeof, also of those that are written. Structures grow at their end: a
     program compiled with an older header goes on working, and what a newer one says that this library does not know is
     RG_STRUCT_SIZE.
   - Texts that are passed in end with a NUL unless a length goes with them, and are only read during the call.
   - Handles are numbers. Freed, spent, of another kind or of another guard, they are a status or unknown, never
     somebody else's. They can be used from any thread; calls of one guard wait for each other.
   - Times are nanoseconds since the epoch, UTC. Money is in the currency that is said; bps are basis points.
   - After fork(), a guard belongs to the parent: the child gets RG_FORKED.
   - A bug inside never unwinds into your program: RG_PANIC, and that guard refuses every order from then on
     (GUARD_POISONED). Cancels and halts still pass.
   - Everything is yours to free only by rg_guard_free; nothing else is allocated for you. */


#ifndef RISK_GUARD_H
#define RISK_GUARD_H

#include <stddef.h>
#include <stdint.h>

/**
 * Why an order was refused or reduced. Numbers never change, new ones are added: rg_reason_text knows those of the
 * library that is loaded. 0 is reserved: no reason.
 */
enum rg_reason
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif
{
  /**
   * What to do: a named operator must resume the scope.
   */
  RG_REASON_KILL_SWITCH_ACTIVE = 1,
  /**
   * What to do: send only what closes.
   */
  RG_REASON_REDUCING_ONLY = 2,
  /**
   * What to do: send at most what the position and its working exits leave.
   */
  RG_REASON_REDUCE_ONLY_OPENS = 3,
  /**
   * What to do: ask for permission or trade another instrument.
   */
  RG_REASON_INSTRUMENT_RESTRICTED = 4,
  /**
   * What to do: wait until the session opens, or feed its instants.
   */
  RG_REASON_SESSION_CLOSED = 5,
  /**
   * What to do: sell at most what the account holds.
   */
  RG_REASON_SHORT_SALE = 6,
  /**
   * What to do: round the price to the tick.
   */
  RG_REASON_PRICE_INCREMENT = 10,
  /**
   * What to do: round the quantity to the lot.
   */
  RG_REASON_QUANTITY_INCREMENT = 11,
  /**
   * What to do: send more.
   */
  RG_REASON_QUANTITY_MIN = 12,
  /**
   * What to do: send less.
   */
  RG_REASON_QUANTITY_MAX = 13,
  /**
   * What to do: send more.
   */
  RG_REASON_NOTIONAL_MIN = 14,
  /**
   * What to do: decide again on fresh data and send a new order.
   */
  RG_REASON_ORDER_STALE = 20,
  /**
   * What to do: use a new id.
   */
  RG_REASON_DUPLICATE_ORDER = 21,
  /**
   * What to do: send at most what is left of the parent.
   */
  RG_REASON_PARENT_QUANTITY = 22,
  /**
   * What to do: wait until the window has passed, or ask for something else.
   */
  RG_REASON_REPEATED_ORDER = 24,
  /**
   * What to do: wait for the bucket to refill.
   */
  RG_REASON_RATE_LIMIT = 23,
  /**
   * What to do: cancel the own order first, move the price, or let the venue prevent it.
   */
  RG_REASON_SELF_MATCH = 25,
  /**
   * What to do: feed a quote or a mark, or the daily volume.
   */
  RG_REASON_DATA_GAP = 30,
  /**
   * What to do: feed a fresh quote.
   */
  RG_REASON_STALE_DATA = 31,
  /**
   * What to do: feed the missing fields.
   */
  RG_REASON_INCOMPLETE_DATA = 32,
  /**
   * What to do: wait for a sane quote.
   */
  RG_REASON_CROSSED_BOOK = 33,
  /**
   * What to do: wait until others agree with it, or let an operator adopt it.
   */
  RG_REASON_REFERENCE_SUSPECT = 36,
  /**
   * What to do: wait for a tighter market.
   */
  RG_REASON_SPREAD_TOO_WIDE = 34,
  /**
   * What to do: move the price towards the mark.
   */
  RG_REASON_PRICE_COLLAR = 35,
  /**
   * What to do: send less.
   */
  RG_REASON_ORDER_QUANTITY_MAX = 40,
  /**
   * What to do: send less.
   */
  RG_REASON_ORDER_NOTIONAL_MAX = 41,
  /**
   * What to do: send less.
   */
  RG_REASON_PARTICIPATION_LIMIT = 42,
  /**
   * What to do: only exits until the day rolls.
   */
  RG_REASON_DAILY_LOSS_LIMIT = 50,
  /**
   * What to do: only exits until the day rolls.
   */
  RG_REASON_DAILY_LOSS_PERCENT = 51,
  /**
   * What to do: only exits until equity recovers or the limit is changed.
   */
  RG_REASON_MAX_DRAWDOWN = 52,
  /**
   * What to do: only exits until the pause is over.
   */
  RG_REASON_COOLDOWN = 53,
  /**
   * What to do: close a position first.
   */
  RG_REASON_POSITION_COUNT_LIMIT = 60,
  /**
   * What to do: send less or close something first.
   */
  RG_REASON_TOTAL_EXPOSURE_LIMIT = 61,
  /**
   * What to do: send less or close something first.
   */
  RG_REASON_POSITION_SIZE_LIMIT = 62,
  /**
   * What to do: send less or close something in the group first.
   */
  RG_REASON_CORRELATION_LIMIT = 63,
  /**
   * What to do: send less or close something first.
   */
  RG_REASON_LEVERAGE_LIMIT = 64,
  /**
   * What to do: send less, or only exits until the day rolls.
   */
  RG_REASON_DAILY_VALUE_LIMIT = 68,
  /**
   * What to do: let an order end or cancel one first.
   */
  RG_REASON_OPEN_ORDERS_LIMIT = 69,
  /**
   * What to do: send less, or offset it first.
   */
  RG_REASON_NET_EXPOSURE_LIMIT = 70,
  /**
   * What to do: send less, close something or pay in.
   */
  RG_REASON_BUYING_POWER = 71,
  /**
   * What to do: send less or close something of the instrument first.
   */
  RG_REASON_CONCENTRATION_LIMIT = 72,
  /**
   * What to do: send less that does not trade, or wait until it is longer ago.
   */
  RG_REASON_ORDER_TO_TRADE = 73,
  /**
   * What to do: ask whoever answers for the rule.
   */
  RG_REASON_HOUSE_RULE = 79,
  /**
   * What to do: register the account and use its handle.
   */
  RG_REASON_UNKNOWN_ACCOUNT = 80,
  /**
   * What to do: register the strategy and use its handle.
   */
  RG_REASON_UNKNOWN_STRATEGY = 81,
  /**
   * What to do: register the instrument and use its handle.
   */
  RG_REASON_UNKNOWN_INSTRUMENT = 82,
  /**
   * What to do: register the trader and name it in the order.
   */
  RG_REASON_UNKNOWN_TRADER = 78,
  /**
   * What to do: use the handle of a live order.
   */
  RG_REASON_UNKNOWN_ORDER = 83,
  /**
   * What to do: feed an exchange rate.
   */
  RG_REASON_NO_RATE = 84,
  /**
   * What to do: feed a balance.
   */
  RG_REASON_NO_EQUITY = 85,
  /**
   * What to do: correct the field.
   */
  RG_REASON_INVALID_ORDER = 86,
  /**
   * What to do: restore the clock.
   */
  RG_REASON_CLOCK_UNAVAILABLE = 87,
  /**
   * What to do: restore the journal and start again.
   */
  RG_REASON_JOURNAL_UNAVAILABLE = 88,
  /**
   * What to do: send it again in some milliseconds, or after a restart a snapshot.
   */
  RG_REASON_HEADROOM_NOT_DURABLE = 98,
  /**
   * What to do: end orders, or construct with a larger capacity.
   */
  RG_REASON_LEDGER_FULL = 89,
  /**
   * What to do: check the size of the order and the positions.
   */
  RG_REASON_EVALUATION_ERROR = 90,
  /**
   * What to do: construct the guard again and replay its journal.
   */
  RG_REASON_GUARD_POISONED = 91,
  /**
   * What to do: evaluate again.
   */
  RG_REASON_PERMIT_EXPIRED = 92,
  /**
   * What to do: evaluate again.
   */
  RG_REASON_PERMIT_SPENT = 93,
  /**
   * What to do: redeem where it was issued.
   */
  RG_REASON_PERMIT_FOREIGN = 94,
  /**
   * What to do: evaluate again.
   */
  RG_REASON_PERMIT_STALE = 95,
  /**
   * What to do: send a smaller list.
   */
  RG_REASON_LIST_NOTIONAL_LIMIT = 96,
  /**
   * What to do: correct the order that was refused, or leave it out.
   */
  RG_REASON_LIST_MEMBER_REFUSED = 97,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_reason rg_reason;
#else
typedef uint32_t rg_reason;
#endif
#endif


/**
 * The version of this header. A program says it to rg_guard_new, which compares.
 */
#define RG_ABI_VERSION 1

/**
 * How many messages that went out can still be taken back by rg_abandon: the oldest counts as sent.
 */
#define RG_OUTBOUNDS_KEPT 4096

/**
 * In rg_order.flags: the order may only make the position smaller. Grants nothing.
 */
#define RG_REDUCE_ONLY 1

/**
 * In rg_order.flags: the order is sent whole or not at all; the guard may not answer with less.
 */
#define RG_WHOLE 2

/**
 * In rg_order.flags: the order carries the venue's own instruction against self matches, so that it is none.
 */
#define RG_SELF_MATCH_PREVENTION 4

/**
 * Bytes of an id with its NUL, and room.
 */
#define RG_ID_BYTES 72

/**
 * What a scalar call answers: what it made, above 0; or why not, below: -reason (an rg_reason), or -RG_SCALAR_STATUS
 * - status (an rg_status). Never 0.
 */
#define RG_SCALAR_STATUS 100000

/**
 * What became of a call. On everything but RG_OK nothing was written to the caller's memory (but lengths, where said),
 * and an order the call was about counts as REFUSED: do not send it. rg_last_error says what was wrong.
 */
enum rg_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Done.
   */
  RG_OK = 1,
  /**
   * A pointer that is needed is null.
   */
  RG_NULL_POINTER = 2,
  /**
   * A pointer is not aligned for what it should point to.
   */
  RG_MISALIGNED = 3,
  /**
   * The first field of a structure is no size of it, or says more than this library knows and is not zero there.
   */
  RG_STRUCT_SIZE = 4,
  /**
   * A number is none of its enumeration or flags, or out of range.
   */
  RG_INVALID_VALUE = 5,
  /**
   * A text is not UTF-8, or too long, or not what it should be.
   */
  RG_INVALID_TEXT = 6,
  /**
   * A number is not finite, not exact, or missing where it is needed.
   */
  RG_INVALID_NUMBER = 7,
  /**
   * A handle of something that is no more: freed, redeemed, released, expired.
   */
  RG_STALE_HANDLE = 8,
  /**
   * A number that is no handle, or a handle of another kind.
   */
  RG_WRONG_HANDLE = 9,
  /**
   * A handle of another guard.
   */
  RG_FOREIGN_HANDLE = 10,
  /**
   * The permit is not good any more. rg_last_refusal says why.
   */
  RG_REFUSED = 11,
  /**
   * The configuration is not taken. rg_last_error names file, line and field.
   */
  RG_CONFIG = 12,
  /**
   * Nothing has this name.
   */
  RG_UNKNOWN_NAME = 13,
  /**
   * The input is malformed, outdated or not allowed, and changed nothing.
   */
  RG_INPUT_REFUSED = 14,
  /**
   * The resume is refused; what was halted stays halted.
   */
  RG_RESUME_REFUSED = 15,
  /**
   * The buffer is too small; the length that is needed was written.
   */
  RG_BUFFER_TOO_SMALL = 16,
  /**
   * A bug was caught at the border. The guard it happened in is poisoned.
   */
  RG_PANIC = 17,
  /**
   * A bug has left this guard in doubt. It refuses everything but cancels and halts.
   */
  RG_POISONED = 18,
  /**
   * The guard was made before this process was forked. It belongs to the parent.
   */
  RG_FORKED = 19,
  /**
   * No place is left in a table of fixed size.
   */
  RG_FULL = 20,
  /**
   * The header the caller was compiled with is not one this library understands.
   */
  RG_ABI_MISMATCH = 21,
  /**
   * The journal cannot be opened, or cannot write.
   */
  RG_JOURNAL = 22,
  /**
   * The guard has not what the call is about.
   */
  RG_UNAVAILABLE = 23,
  /**
   * A house rule called a guard. It is asked under the lock of its own, which would wait for itself.
   */
  RG_INSIDE_RULE = 24,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_status rg_status;
#else
typedef uint32_t rg_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which of the four answers.
 */
enum rg_verdict
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Send exactly this order, by its permit.
   */
  RG_APPROVED = 1,
  /**
   * Send a smaller quantity, by its permit.
   */
  RG_REDUCED = 2,
  /**
   * Do not send.
   */
  RG_REJECTED = 3,
  /**
   * Do not send: trading is halted in a scope of the order.
   */
  RG_EMERGENCY_STOP = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_verdict rg_verdict;
#else
typedef uint32_t rg_verdict;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Buy or sell.
 */
enum rg_side
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Buy.
   */
  RG_BUY = 1,
  /**
   * Sell.
   */
  RG_SELL = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_side rg_side;
#else
typedef uint32_t rg_side;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How an order executes.
 */
enum rg_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * At whatever the book gives.
   */
  RG_MARKET = 1,
  /**
   * At `price` or better.
   */
  RG_LIMIT = 2,
  /**
   * A market order once the market reaches `trigger`.
   */
  RG_STOP = 3,
  /**
   * A limit order at `price` once the market reaches `trigger`.
   */
  RG_STOP_LIMIT = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_kind rg_kind;
#else
typedef uint32_t rg_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How long an order works.
 */
enum rg_time_in_force
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Until it is filled or cancelled.
   */
  RG_GOOD_TILL_CANCEL = 1,
  /**
   * Until the end of the day.
   */
  RG_DAY = 2,
  /**
   * What can be filled at once; the rest is cancelled.
   */
  RG_IMMEDIATE_OR_CANCEL = 3,
  /**
   * All at once or nothing. Never reduced.
   */
  RG_FILL_OR_KILL = 4,
  /**
   * All or nothing, but not at once. Never reduced.
   */
  RG_ALL_OR_NONE = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_time_in_force rg_time_in_force;
#else
typedef uint32_t rg_time_in_force;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Where a limit stands.
 */
enum rg_level
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Everything the guard guards.
   */
  RG_LEVEL_FIRM = 1,
  /**
   * One account.
   */
  RG_LEVEL_ACCOUNT = 2,
  /**
   * One strategy of an account.
   */
  RG_LEVEL_STRATEGY = 3,
  /**
   * One instrument in one account.
   */
  RG_LEVEL_INSTRUMENT = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_level rg_level;
#else
typedef uint32_t rg_level;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a scope lets through.
 */
enum rg_trading_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Every order.
   */
  RG_ACTIVE = 1,
  /**
   * Orders that open nothing, and cancels.
   */
  RG_REDUCING = 2,
  /**
   * Cancels only.
   */
  RG_HALTED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_trading_state rg_trading_state;
#else
typedef uint32_t rg_trading_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is halted, or whose limits are meant.
 */
enum rg_scope_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Everything; the handle is 0.
   */
  RG_SCOPE_FIRM = 1,
  /**
   * All instruments of a venue.
   */
  RG_SCOPE_VENUE = 2,
  /**
   * One account.
   */
  RG_SCOPE_ACCOUNT = 3,
  /**
   * One strategy.
   */
  RG_SCOPE_STRATEGY = 4,
  /**
   * One instrument, in all accounts.
   */
  RG_SCOPE_INSTRUMENT = 5,
  /**
   * The orders of one trader; has no limits.
   */
  RG_SCOPE_TRADER = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_scope_kind rg_scope_kind;
#else
typedef uint32_t rg_scope_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How an order ended.
 */
enum rg_end
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It was cancelled.
   */
  RG_END_CANCELLED = 1,
  /**
   * The venue refused it.
   */
  RG_END_REJECTED = 2,
  /**
   * Its time in force ran out.
   */
  RG_END_EXPIRED = 3,
  /**
   * The venue does not know it. Within `unknown_settle_ms` of its redeem nothing follows from that (`withheld`).
   */
  RG_END_UNKNOWN = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_end rg_end;
#else
typedef uint32_t rg_end;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether an instrument may be traded.
 */
enum rg_instrument_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Every order.
   */
  RG_STATUS_OPEN = 1,
  /**
   * Orders that open nothing.
   */
  RG_STATUS_CLOSE_ONLY = 2,
  /**
   * No order.
   */
  RG_STATUS_BLOCKED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_instrument_status rg_instrument_status;
#else
typedef uint32_t rg_instrument_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Where an order stands.
 */
enum rg_order_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * No order, or one that has ended.
   */
  RG_ORDER_ENDED = 1,
  /**
   * A permit is out; nothing was sent.
   */
  RG_ORDER_PERMITTED = 2,
  /**
   * The permit was redeemed; the venue has not answered.
   */
  RG_ORDER_SENT = 3,
  /**
   * The venue has accepted it.
   */
  RG_ORDER_WORKING = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_order_state rg_order_state;
#else
typedef uint32_t rg_order_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an outbound message asks of the venue.
 */
enum rg_message
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Take this order.
   */
  RG_MESSAGE_NEW = 1,
  /**
   * Cancel this order.
   */
  RG_MESSAGE_CANCEL = 2,
  /**
   * Change the order that `replaces` names into this one.
   */
  RG_MESSAGE_REPLACE = 3,
  /**
   * One this header does not know: do not send it.
   */
  RG_MESSAGE_OTHER = 255,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_message rg_message;
#else
typedef uint32_t rg_message;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Something that should not have happened. It was applied, recorded and counted.
 */
enum rg_anomaly
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing unusual.
   */
  RG_NO_ANOMALY = 1,
  /**
   * A report on an order that is not known or has ended.
   */
  RG_UNKNOWN_ORDER_REPORTED = 2,
  /**
   * More was executed than was approved.
   */
  RG_OVER_FILL = 3,
  /**
   * An execution after the order's end.
   */
  RG_LATE_FILL = 4,
  /**
   * A fact that could not be applied: too large, or of something unknown.
   */
  RG_NOT_APPLIED = 5,
  /**
   * A total whose average price cannot be, after what was executed before; it was applied.
   */
  RG_INCONSISTENT = 6,
  /**
   * The venue works more than was approved.
   */
  RG_OVER_ACCEPTED = 7,
  /**
   * One this header does not know.
   */
  RG_OTHER_ANOMALY = 255,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_anomaly rg_anomaly;
#else
typedef uint32_t rg_anomaly;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Who wanted an execution.
 */
enum rg_origin
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Whoever sent the order.
   */
  RG_ORIGIN_CLIENT = 1,
  /**
   * The venue: a liquidation, a buy-in. It belongs where it is booked, is of no order, and is no anomaly.
   */
  RG_ORIGIN_VENUE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_origin rg_origin;
#else
typedef uint32_t rg_origin;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an rg_report says.
 */
enum rg_report_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * How much of an order is executed so far, all in all: FIX CumQty and AvgPx. What is new of it moves the position.
   */
  RG_REPORT_CUMULATIVE = 1,
  /**
   * An execution was none: it is reversed as it was booked.
   */
  RG_REPORT_BUST = 2,
  /**
   * An execution was another one: it is reversed as it was booked, and what is true is booked instead.
   */
  RG_REPORT_CORRECTION = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_report_kind rg_report_kind;
#else
typedef uint32_t rg_report_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What happens to an instrument.
 */
enum rg_adjustment_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Some units have become another number of units. Fractions round against the trader.
   */
  RG_ADJUSTMENT_SPLIT = 1,
  /**
   * Gains and losses up to a price are paid; positions stay and cost that much from now on.
   */
  RG_ADJUSTMENT_SETTLED = 2,
  /**
   * It has ended: positions are paid out at a price and are no more, orders have ended, and it is close-only.
   */
  RG_ADJUSTMENT_EXPIRED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_adjustment_kind rg_adjustment_kind;
#else
typedef uint32_t rg_adjustment_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What the ledger and a venue did not agree on.
 */
enum rg_difference_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Cash.
   */
  RG_DIFFERENCE_BALANCE = 1,
  /**
   * A position.
   */
  RG_DIFFERENCE_POSITION = 2,
  /**
   * What is open of an order.
   */
  RG_DIFFERENCE_OPEN = 3,
  /**
   * The venue has an order no more: it has ended.
   */
  RG_DIFFERENCE_GONE = 4,
  /**
   * The venue has not an order that was just sent: it stays held.
   */
  RG_DIFFERENCE_NOT_SEEN_YET = 5,
  /**
   * The venue works an order that nobody knew here: it is held from now on.
   */
  RG_DIFFERENCE_STRANGER = 6,
  /**
   * One this header does not know.
   */
  RG_OTHER_DIFFERENCE = 255,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_difference_kind rg_difference_kind;
#else
typedef uint32_t rg_difference_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A statement that waits for a decision.
 */
enum rg_statement_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * rg_ingest_balance.
   */
  RG_STATEMENT_BALANCE = 1,
  /**
   * rg_ingest_host.
   */
  RG_STATEMENT_HOST = 2,
  /**
   * rg_ingest_snapshot or rg_reconcile.
   */
  RG_STATEMENT_SNAPSHOT = 3,
  /**
   * One this header does not know.
   */
  RG_OTHER_STATEMENT = 255,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_statement_kind rg_statement_kind;
#else
typedef uint32_t rg_statement_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Why a latch was pulled, or a warning given.
 */
enum rg_cause
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * A person or a program, by name.
   */
  RG_CAUSE_OPERATOR = 1,
  /**
   * The journal could not take a record.
   */
  RG_CAUSE_JOURNAL = 2,
  /**
   * A fact was applied that should not have happened.
   */
  RG_CAUSE_ANOMALY = 3,
  /**
   * There was no room for another latch.
   */
  RG_CAUSE_OVERFLOW = 4,
  /**
   * A limit was reached whose action says so.
   */
  RG_CAUSE_LIMIT = 5,
  /**
   * Too many rejections in too short a time.
   */
  RG_CAUSE_REJECT_STORM = 6,
  /**
   * Too many anomalies in too short a time.
   */
  RG_CAUSE_ANOMALY_STORM = 7,
  /**
   * No heartbeat came.
   */
  RG_CAUSE_HEARTBEAT = 8,
  /**
   * One this header does not know.
   */
  RG_OTHER_CAUSE = 255,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_cause rg_cause;
#else
typedef uint32_t rg_cause;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a house rule answers. Everything else refuses the order.
 */
enum rg_answer
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The rule does not concern this order.
   */
  RG_ANSWER_SILENT = 1,
  /**
   * It was measured: the guard compares.
   */
  RG_ANSWER_MEASURED = 2,
  /**
   * The rule cannot answer: the order is refused.
   */
  RG_ANSWER_UNDECIDED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_answer rg_answer;
#else
typedef uint32_t rg_answer;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which way a measurement passes.
 */
enum rg_compare
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Up to and with the limit.
   */
  RG_AT_MOST = 1,
  /**
   * Below the limit.
   */
  RG_BELOW = 2,
  /**
   * From the limit up.
   */
  RG_AT_LEAST = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_compare rg_compare;
#else
typedef uint32_t rg_compare;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a configuration is written in.
 */
enum rg_format
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * TOML.
   */
  RG_TOML = 1,
  /**
   * JSON.
   */
  RG_JSON = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_format rg_format;
#else
typedef uint32_t rg_format;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Where a guard gets the time.
 */
enum rg_clock
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The machine's own clock.
   */
  RG_CLOCK_SYSTEM = 1,
  /**
   * rg_set_time: for tests, simulations and replays.
   */
  RG_CLOCK_MANUAL = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_clock rg_clock;
#else
typedef uint32_t rg_clock;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a guard keeps its records.
 */
enum rg_journal
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The last `records` records in memory. Nothing survives the process.
   */
  RG_JOURNAL_LAST = 1,
  /**
   * Exactly `records` records in memory; then the journal is full and the firm is halted.
   */
  RG_JOURNAL_FULL = 2,
  /**
   * In the folder `folder`: in the kernel's hands before the answer, on disk at most `sync_within_ms` later.
   */
  RG_JOURNAL_FOLDER = 3,
  /**
   * In the folder `folder`: on disk before the answer.
   */
  RG_JOURNAL_FOLDER_ALWAYS = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rg_journal rg_journal;
#else
typedef uint32_t rg_journal;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * An exact decimal: (high * 2^64 + low) / 10^scale, negative if `negative` is 1. A zeroed one is absent, not 0.
 *
 * Make one with rg_decimal_parse, rg_decimal_from_int or rg_decimal_from_double.
 */
typedef struct {
  /**
   * The low 64 bits of the digits.
   */
  uint64_t low;
  /**
   * The high 32 bits of the digits.
   */
  uint32_t high;
  /**
   * 1: there is a number. 0: there is none, and everything else is 0 too.
   */
  uint8_t present;
  /**
   * 1 below zero, else 0.
   */
  uint8_t negative;
  /**
   * Decimal places, 0 to 28.
   */
  uint8_t scale;
  /**
   * 0.
   */
  uint8_t reserved;
} rg_decimal;

/**
 * An account of one guard. Valid as long as the guard.
 */
typedef uint64_t rg_account;

/**
 * A strategy of one account. Valid as long as the guard.
 */
typedef uint64_t rg_strategy;

/**
 * An instrument of one guard. Valid as long as the guard.
 */
typedef uint64_t rg_instrument;

/**
 * What a house rule is shown: an order that every gate lets through, and the facts the gates have. All of it is a copy
 * that lives during the call. What is not known is absent: a rule that needs it answers RG_ANSWER_UNDECIDED.
 *
 * Arrays have a place for each level: [RG_LEVEL_FIRM - 1], [RG_LEVEL_ACCOUNT - 1] and so on; money is in the currency of
 * the level, of an instrument in its quote asset.
 */
typedef struct {
  /**
   * How much of this structure this library fills: look at nothing beyond it.
   */
  uint32_t size;
  /**
   * An rg_side.
   */
  uint32_t side;
  /**
   * An rg_kind; 0: one this header does not know.
   */
  uint32_t kind;
  /**
   * An rg_time_in_force.
   */
  uint32_t time_in_force;
  /**
   * RG_REDUCE_ONLY, RG_WHOLE, RG_SELF_MATCH_PREVENTION.
   */
  uint32_t flags;
  /**
   * 1: it opens nothing at any level.
   */
  uint32_t is_exit;
  /**
   * 1: it replaces an order at the venue.
   */
  uint32_t is_change;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The account.
   */
  rg_account account;
  /**
   * The strategy.
   */
  rg_strategy strategy;
  /**
   * What is traded.
   */
  rg_instrument instrument;
  /**
   * Engine time, in nanoseconds since the epoch.
   */
  int64_t now_ns;
  /**
   * The quantity that would be sent: less than asked where the order is reduced.
   */
  rg_decimal quantity;
  /**
   * The quantity that was asked.
   */
  rg_decimal asked;
  /**
   * The price; absent where there is none.
   */
  rg_decimal price;
  /**
   * The trigger; absent where there is none.
   */
  rg_decimal trigger;
  /**
   * The mark of the instrument.
   */
  rg_decimal mark;
  /**
   * Best bid of the last quote.
   */
  rg_decimal bid;
  /**
   * Best ask of the last quote.
   */
  rg_decimal ask;
  /**
   * The account's signed position before the order.
   */
  rg_decimal account_position;
  /**
   * The strategy's signed position before the order.
   */
  rg_decimal strategy_position;
  /**
   * What of the order opens.
   */
  rg_decimal opening[4];
  /**
   * The value of the order alone at its worst price.
   */
  rg_decimal notional[4];
  /**
   * Worst-case exposure of the instrument with the order in it.
   */
  rg_decimal exposure[4];
  /**
   * Gross exposure with the order in it.
   */
  rg_decimal gross_exposure[4];
  /**
   * Equity, where it is known and above 0.
   */
  rg_decimal equity[4];
  /**
   * What the day has lost so far; a gain is negative.
   */
  rg_decimal day_loss[4];
  /**
   * The client order id, with a NUL.
   */
  char id[RG_ID_BYTES];
} rg_view;

/**
 * What a house rule measured and what it allows, in a unit of its own. The guard compares, and both are on record.
 */
typedef struct {
  /**
   * sizeof(rg_measurement), set by the guard.
   */
  uint32_t size;
  /**
   * Which way it passes, an rg_compare.
   */
  uint32_t compare;
  /**
   * What was measured, with this order in it.
   */
  rg_decimal measured;
  /**
   * What is allowed.
   */
  rg_decimal limit;
} rg_measurement;

/**
 * A house rule: looks at an order, writes what it measured, and returns an rg_answer; everything but RG_ANSWER_SILENT
 * and RG_ANSWER_MEASURED refuses. It is called in the thread that asks, under the guard's lock, once for each order that
 * every gate lets through, and once more by rg_explain and rg_headroom.
 *
 * It is a plain, fast function of what it is shown. It must return: longjmp, or the end of its thread, leaves the guard
 * locked for ever. It must not let a C++ exception out, which ends the process. It calls no
 * guard: of its own that is RG_INSIDE_RULE, as it is of any other that another thread is in. It keeps none of the
 * pointers it gets.
 */
typedef uint32_t (*rg_rule_function)(void *context, const rg_view *view, rg_measurement *measured);

/**
 * The function of a rule that the configuration names (`house_rules`).
 */
typedef struct {
  /**
   * sizeof(rg_rule).
   */
  uint32_t size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The name, as the configuration has it.
   */
  const char *name;
  /**
   * The function.
   */
  rg_rule_function function;
  /**
   * Passed to the function as it is. Yours, until the guard is freed; every thread that calls the guard comes with it,
   * one at a time.
   */
  void *context;
} rg_rule;

/**
 * How a guard gets the time and keeps its records.
 */
typedef struct {
  /**
   * sizeof(rg_options).
   */
  uint32_t size;
  /**
   * An rg_clock.
   */
  uint32_t clock;
  /**
   * The time to begin with, in nanoseconds since the epoch, for RG_CLOCK_MANUAL; else 0.
   */
  int64_t start_ns;
  /**
   * An rg_journal.
   */
  uint32_t journal;
  /**
   * How much later a record is on disk, in ms, for RG_JOURNAL_FOLDER; 0: 10. Else 0.
   */
  uint32_t sync_within_ms;
  /**
   * How many records are kept in memory; for a folder 0.
   */
  uint64_t records;
  /**
   * The folder, for a journal in one; else null.
   */
  const char *folder;
  /**
   * The functions of exactly the rules that the configuration names, one after the other, each `rules[0].size` bytes;
   * null: none.
   */
  const rg_rule *rules;
  /**
   * How many.
   */
  uint64_t rule_count;
} rg_options;

/**
 * A guard. Freed by rg_guard_free; 0 is none.
 */
typedef uint64_t rg_guard;

/**
 * A trader of one guard. Valid as long as the guard.
 */
typedef uint64_t rg_trader;

/**
 * A currency or another asset of one guard. Valid as long as the guard.
 */
typedef uint64_t rg_asset;

/**
 * A venue of one guard. Valid as long as the guard.
 */
typedef uint64_t rg_venue;

/**
 * An order as the trading system asks for it. Zero it, set its size, then what it has. Quantities are in units of the
 * instrument, prices in its quote asset. A handle of another guard, or none, is answered UNKNOWN_ACCOUNT and so on; an
 * id that is no id is answered INVALID_ORDER.
 */
typedef struct {
  /**
   * sizeof(rg_order).
   */
  uint32_t size;
  /**
   * An rg_side.
   */
  uint32_t side;
  /**
   * The account it trades for.
   */
  rg_account account;
  /**
   * The strategy that sends it.
   */
  rg_strategy strategy;
  /**
   * What is traded.
   */
  rg_instrument instrument;
  /**
   * The client order id, 1 to 64 of [A-Za-z0-9_.:-], unique in its account.
   */
  const char *id;
  /**
   * An rg_kind.
   */
  uint32_t kind;
  /**
   * An rg_time_in_force.
   */
  uint32_t time_in_force;
  /**
   * How much, above 0.
   */
  rg_decimal quantity;
  /**
   * The worst price, for RG_LIMIT and RG_STOP_LIMIT; else absent.
   */
  rg_decimal price;
  /**
   * The trigger, for RG_STOP and RG_STOP_LIMIT; else absent.
   */
  rg_decimal trigger;
  /**
   * When the trading system made it, in nanoseconds since the epoch; 0: not said.
   */
  int64_t created_at_ns;
  /**
   * The id of the parent order it is a slice of; null: none.
   */
  const char *parent;
  /**
   * The parent's whole quantity; absent: not said.
   */
  rg_decimal parent_quantity;
  /**
   * RG_REDUCE_ONLY, RG_WHOLE, RG_SELF_MATCH_PREVENTION.
   */
  uint32_t flags;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Who asks for it; 0: nobody is named.
   */
  rg_trader trader;
} rg_order;

/**
 * The leave to send one order. Used up by rg_redeem or rg_release, whichever comes first.
 */
typedef uint64_t rg_permit;

/**
 * An order at a guard: which one, and of which guard. Zeroed, it is none.
 */
typedef struct {
  /**
   * The guard.
   */
  rg_guard guard;
  /**
   * The order, as that guard counts them.
   */
  uint64_t order;
} rg_order_handle;

/**
 * The answer. Set its size before the call. Only RG_APPROVED and RG_REDUCED have a permit, and only a redeemed permit
 * may be sent.
 */
typedef struct {
  /**
   * sizeof(rg_decision).
   */
  uint32_t size;
  /**
   * An rg_verdict.
   */
  uint32_t verdict;
  /**
   * Why it was refused or reduced, an rg_reason; 0 for an approval.
   */
  uint32_t reason;
  /**
   * The level whose limit refused or reduced, an rg_level; 0 where there is none.
   */
  uint32_t level;
  /**
   * The quantity that may be sent; absent when none may.
   */
  rg_decimal quantity;
  /**
   * The permit; 0 when there is none. Redeem it or release it; else it keeps its hold until it expires.
   */
  rg_permit permit;
  /**
   * The order, for reports and cancels; zeroed when there is no permit.
   */
  rg_order_handle order;
  /**
   * When it is too late to redeem, in nanoseconds since the epoch; 0 when there is no permit.
   */
  int64_t expires_ns;
} rg_decision;

/**
 * A message that may leave the process. Used up by rg_abandon; otherwise it counts as sent.
 */
typedef uint64_t rg_outbound_handle;

/**
 * A message that may leave the process: send exactly this. Set its size before the call.
 */
typedef struct {
  /**
   * sizeof(rg_outbound).
   */
  uint32_t size;
  /**
   * An rg_message.
   */
  uint32_t message;
  /**
   * Its own handle, for rg_abandon.
   */
  rg_outbound_handle handle;
  /**
   * The order, for reports and cancels; zeroed for a cancel of an order that is not known.
   */
  rg_order_handle order;
  /**
   * The order that a replace changes; else zeroed.
   */
  rg_order_handle replaces;
  /**
   * When it must not be written to the socket any more, in nanoseconds since the epoch.
   */
  int64_t deadline_ns;
  /**
   * The account.
   */
  rg_account account;
  /**
   * The strategy.
   */
  rg_strategy strategy;
  /**
   * What is traded.
   */
  rg_instrument instrument;
  /**
   * An rg_side.
   */
  uint32_t side;
  /**
   * An rg_kind.
   */
  uint32_t kind;
  /**
   * An rg_time_in_force.
   */
  uint32_t time_in_force;
  /**
   * RG_REDUCE_ONLY, RG_WHOLE, RG_SELF_MATCH_PREVENTION.
   */
  uint32_t flags;
  /**
   * How much: what was approved.
   */
  rg_decimal quantity;
  /**
   * The price; absent where there is none.
   */
  rg_decimal price;
  /**
   * The trigger; absent where there is none.
   */
  rg_decimal trigger;
  /**
   * The client order id, with a NUL.
   */
  char id[RG_ID_BYTES];
  /**
   * Who asked for it; 0: nobody was named.
   */
  rg_trader trader;
} rg_outbound;

/**
 * An order, by its handle or by its account and client order id.
 */
typedef struct {
  /**
   * The handle; zeroed: the order is meant by account and id.
   */
  rg_order_handle handle;
  /**
   * The account.
   */
  rg_account account;
  /**
   * The client order id; null with a handle.
   */
  const char *id;
} rg_order_ref;

/**
 * What is to change about an order at the venue; what is absent stays. Side, instrument, account and strategy cannot
 * change: that would be another order.
 */
typedef struct {
  /**
   * sizeof(rg_change).
   */
  uint32_t size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The client order id from then on; null: the same.
   */
  const char *id;
  /**
   * The total quantity, what is already filled included.
   */
  rg_decimal quantity;
  /**
   * The limit price, of an order that has one.
   */
  rg_decimal price;
  /**
   * The trigger, of an order that has one.
   */
  rg_decimal trigger;
  /**
   * When the trading system decided on it, in nanoseconds since the epoch; 0: not said.
   */
  int64_t created_at_ns;
} rg_change;

/**
 * The answer to a list. Set its size before the call.
 */
typedef struct {
  /**
   * sizeof(rg_list_decision).
   */
  uint32_t size;
  /**
   * An rg_verdict, never RG_REDUCED.
   */
  uint32_t verdict;
  /**
   * Why it was refused, an rg_reason: the one that leads; 0 for an approval.
   */
  uint32_t reason;
  /**
   * Its level, an rg_level; 0 where there is none.
   */
  uint32_t level;
  /**
   * The order it is of, from 0; -1 where it is of the list as a whole, or nothing was refused.
   */
  int64_t order;
  /**
   * How many orders were refused for themselves.
   */
  uint32_t refused;
  /**
   * How many orders the list has.
   */
  uint32_t orders;
  /**
   * The permit for all of them; 0 when there is none.
   */
  rg_permit permit;
  /**
   * When it is too late to redeem, in nanoseconds since the epoch; 0 when there is no permit.
   */
  int64_t expires_ns;
} rg_list_decision;

/**
 * A quote. A field that is not known is absent; how many may be is a limit.
 */
typedef struct {
  /**
   * sizeof(rg_quote).
   */
  uint32_t size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Of what.
   */
  rg_instrument instrument;
  /**
   * Best bid, in the quote asset.
   */
  rg_decimal bid;
  /**
   * Best ask, in the quote asset.
   */
  rg_decimal ask;
  /**
   * Quantity at the best bid.
   */
  rg_decimal bid_size;
  /**
   * Quantity at the best ask.
   */
  rg_decimal ask_size;
  /**
   * Price of the last trade.
   */
  rg_decimal last;
  /**
   * Traded volume.
   */
  rg_decimal volume;
  /**
   * As of when, by its source, in nanoseconds since the epoch.
   */
  int64_t at_ns;
} rg_quote;

/**
 * What became of an input. Set its size before the call; a null pointer is fine where nobody wants to know.
 */
typedef struct {
  /**
   * sizeof(rg_ingested).
   */
  uint32_t size;
  /**
   * 1: it had been applied before and was not applied again.
   */
  uint32_t repeated;
  /**
   * 1: a number was finer than the instrument's scale and was rounded against the trader.
   */
  uint32_t rounded;
  /**
   * An rg_anomaly.
   */
  uint32_t anomaly;
  /**
   * The latch it pulled; 0: none. What it halted is in rg_latches.
   */
  uint64_t latch;
  /**
   * 1: it is on record and not applied: it came too early to be believed, or jumps beyond a cap (rg_next_withheld) or
   * from the last good price (rg_is_suspect).
   */
  uint32_t withheld;
  /**
   * 0.
   */
  uint32_t reserved;
} rg_ingested;

/**
 * Figures a host supplies for one account; what is absent is taken from the ledger.
 */
typedef struct {
  /**
   * sizeof(rg_host_figures).
   */
  uint32_t size;
  /**
   * 1: position_count is said.
   */
  uint32_t has_position_count;
  /**
   * Whose.
   */
  rg_account account;
  /**
   * Equity, in the account's currency.
   */
  rg_decimal equity;
  /**
   * Profit of the day (a loss is negative), in the account's currency.
   */
  rg_decimal day_profit;
  /**
   * Fall of equity from its peak, in percent.
   */
  rg_decimal drawdown_percent;
  /**
   * Gross exposure of the positions, in the account's currency.
   */
  rg_decimal gross_exposure;
  /**
   * Open positions.
   */
  uint32_t position_count;
  /**
   * 0.
   */
  uint32_t reserved;
} rg_host_figures;

/**
 * A change of limits: all limits of one table, who changes them, why, who agrees and until when.
 */
typedef struct {
  /**
   * sizeof(rg_limits_change).
   */
  uint32_t size;
  /**
   * Whose limits: an rg_scope_kind, not RG_SCOPE_VENUE and not RG_SCOPE_TRADER.
   */
  uint32_t scope;
  /**
   * The account, strategy or instrument; 0 for the firm.
   */
  uint64_t handle;
  /**
   * The limits, written as a table `limits` of a configuration. What is not in it is not limited.
   */
  const char *limits;
  /**
   * Its length in bytes.
   */
  uint64_t length;
  /**
   * An rg_format.
   */
  uint32_t format;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Who changes them.
   */
  const char *by;
  /**
   * Why.
   */
  const char *reason;
  /**
   * Who agrees, somebody else; null: nobody.
   */
  const char *second;
  /**
   * When they end and the lasting limits come back, in nanoseconds since the epoch; 0: they last.
   */
  int64_t expires_ns;
} rg_limits_change;

/**
 * An execution. It is applied once per execution id, always: late, too large or of an unknown order it is an anomaly.
 * Send the booking with every execution, so that one of an order that has ended has a place.
 */
typedef struct {
  /**
   * sizeof(rg_fill).
   */
  uint32_t size;
  /**
   * 1: the booking fields below are said.
   */
  uint32_t has_booking;
  /**
   * Of which order.
   */
  rg_order_ref order;
  /**
   * The venue's execution id.
   */
  const char *execution;
  /**
   * How much of it, above 0.
   */
  rg_decimal quantity;
  /**
   * At what price, in the quote asset.
   */
  rg_decimal price;
  /**
   * What it cost, in the quote asset; a rebate is negative; absent: nothing.
   */
  rg_decimal fee;
  /**
   * Booking: the account.
   */
  rg_account account;
  /**
   * Booking: the strategy.
   */
  rg_strategy strategy;
  /**
   * Booking: what was traded.
   */
  rg_instrument instrument;
  /**
   * Booking: an rg_side.
   */
  uint32_t side;
  /**
   * An rg_origin; 0: RG_ORIGIN_CLIENT. What the venue wanted is booked where the booking says.
   */
  uint32_t origin;
  /**
   * Booking: the id of the parent order; null: none.
   */
  const char *parent;
} rg_fill;

/**
 * A report beside single executions. It has the fields of every kind there is and will be: those that are not said to be
 * of its kind are zero.
 */
typedef struct {
  /**
   * sizeof(rg_report).
   */
  uint32_t size;
  /**
   * An rg_report_kind.
   */
  uint32_t kind;
  /**
   * Cumulative: of which order.
   */
  rg_order_ref order;
  /**
   * Bust, correction: the venue's execution id.
   */
  const char *execution;
  /**
   * Bust, correction: whose execution it was. Cumulative, booking: the account.
   */
  rg_account account;
  /**
   * Cumulative: how much of the order is executed, above 0. Correction: how much it really was.
   */
  rg_decimal quantity;
  /**
   * Cumulative: the average price. Correction: the price it really had. In the quote asset.
   */
  rg_decimal price;
  /**
   * Cumulative: what it cost so far; absent: fees come with the executions, or not at all. Correction: what it cost;
   * absent: nothing. In the quote asset; a rebate is negative.
   */
  rg_decimal fee;
  /**
   * Cumulative, 1: account above and the fields below are where to book it if the order is not known, or not any more.
   */
  uint32_t has_booking;
  /**
   * Booking: an rg_side.
   */
  uint32_t side;
  /**
   * Booking: the strategy.
   */
  rg_strategy strategy;
  /**
   * Booking: what was traded.
   */
  rg_instrument instrument;
  /**
   * Booking: the id of the parent order; null: none.
   */
  const char *parent;
} rg_report;

/**
 * What happens to an instrument, and so to everybody who holds it or has orders in it. What is not of its kind is zero.
 */
typedef struct {
  /**
   * sizeof(rg_adjustment).
   */
  uint32_t size;
  /**
   * An rg_adjustment_kind.
   */
  uint32_t kind;
  /**
   * Which.
   */
  rg_instrument instrument;
  /**
   * Split: how many units before, above 0.
   */
  uint32_t units_before;
  /**
   * Split: how many units they are now, above 0: 1 and 4 is a split, 10 and 1 a reverse one.
   */
  uint32_t units_after;
  /**
   * Settled, expired: the price that is paid, in the quote asset; 0 where it ended worthless.
   */
  rg_decimal price;
} rg_adjustment;

/**
 * A position goes from one strategy to another of the same account, without an order and at the mark.
 */
typedef struct {
  /**
   * sizeof(rg_transfer).
   */
  uint32_t size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Whose it was.
   */
  rg_strategy from;
  /**
   * Whose it is.
   */
  rg_strategy to;
  /**
   * In what.
   */
  rg_instrument instrument;
  /**
   * How much of what `from` holds, long or short: above 0, and not more than that.
   */
  rg_decimal quantity;
  /**
   * Who says so.
   */
  const char *by;
} rg_transfer;

/**
 * One position of a snapshot.
 */
typedef struct {
  /**
   * In what.
   */
  rg_instrument instrument;
  /**
   * How much; short where negative.
   */
  rg_decimal quantity;
  /**
   * Average price it was opened at, in the quote asset.
   */
  rg_decimal price;
} rg_holding;

/**
 * One position of an account at the venue.
 */
typedef struct {
  /**
   * sizeof(rg_stated_position).
   */
  uint32_t size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * In what.
   */
  rg_instrument instrument;
  /**
   * How much; short where negative.
   */
  rg_decimal quantity;
  /**
   * Average price it was opened at, in the quote asset.
   */
  rg_decimal price;
} rg_stated_position;

/**
 * One order of an account at the venue.
 */
typedef struct {
  /**
   * sizeof(rg_stated_order).
   */
  uint32_t size;
  /**
   * An rg_side.
   */
  uint32_t side;
  /**
   * Its client order id.
   */
  const char *id;
  /**
   * Of what.
   */
  rg_instrument instrument;
  /**
   * What can still be executed of it, above 0.
   */
  rg_decimal open;
  /**
   * Its limit price; absent where it has none.
   */
  rg_decimal price;
} rg_stated_order;

/**
 * What an account really is, by its venue: all of its positions, and where they are stated its balance and all of its
 * orders. Structures of a list stand one after the other and have one size.
 */
typedef struct {
  /**
   * sizeof(rg_snapshot).
   */
  uint32_t size;
  /**
   * 1: the orders are stated, also where there are none: what is not among them has ended, but for what was sent within
   * `unknown_settle_ms`, and what nobody knew here is held. 0: nothing is said of orders.
   */
  uint32_t has_orders;
  /**
   * Whose.
   */
  rg_account account;
  /**
   * Its cash, in its currency; absent: not stated.
   */
  rg_decimal balance;
  /**
   * Its positions; what is not among them is flat.
   */
  const rg_stated_position *positions;
  /**
   * How many.
   */
  uint64_t position_count;
  /**
   * Its orders at the venue.
   */
  const rg_stated_order *orders;
  /**
   * How many.
   */
  uint64_t order_count;
} rg_snapshot;

/**
 * Something that the ledger and the venue did not agree on. Set its size before the call.
 */
typedef struct {
  /**
   * sizeof(rg_difference).
   */
  uint32_t size;
  /**
   * An rg_difference_kind.
   */
  uint32_t kind;
  /**
   * Position: in what; else 0.
   */
  rg_instrument instrument;
  /**
   * Open, gone, not seen yet: which order; else zeroed.
   */
  rg_order_handle order;
  /**
   * Balance, position, open: what the ledger had; absent where it knew nothing.
   */
  rg_decimal known;
  /**
   * Balance, position, open: what it is.
   */
  rg_decimal stated;
  /**
   * Stranger: the client order id of an order that nobody knew here, with a NUL; else empty.
   */
  char id[RG_ID_BYTES];
} rg_difference;

/**
 * A statement that jumped beyond a cap of its account (`statements`): it is on record and not applied, and halts the
 * account until it is accepted or discarded. Set its size before the call.
 */
typedef struct {
  /**
   * sizeof(rg_withheld).
   */
  uint32_t size;
  /**
   * An rg_statement_kind.
   */
  uint32_t kind;
  /**
   * Its number, to decide it by; never used twice.
   */
  uint64_t number;
  /**
   * What it is about.
   */
  rg_account account;
  /**
   * When it came, in nanoseconds since the epoch.
   */
  int64_t at_ns;
  /**
   * The latch it pulled.
   */
  uint64_t latch;
} rg_withheld;

/**
 * What is halted: everything, or one venue, account, strategy or instrument.
 */
typedef struct {
  /**
   * An rg_scope_kind.
   */
  uint32_t kind;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Its handle; 0 for the firm.
   */
  uint64_t handle;
} rg_scope;

/**
 * A limit or a trip has responded. Set its size before the call.
 */
typedef struct {
  /**
   * sizeof(rg_trip).
   */
  uint32_t size;
  /**
   * An rg_cause.
   */
  uint32_t cause;
  /**
   * Whose limit or what was stopped: an rg_scope_kind; 0: one this header does not know. A limit of an instrument stops
   * it in all accounts.
   */
  uint32_t scope;
  /**
   * What the latch holds the scope at, an rg_trading_state; RG_ACTIVE is a warning, which latches nothing.
   */
  uint32_t state;
  /**
   * The scope's handle; 0 for the firm.
   */
  uint64_t handle;
  /**
   * The latch, for rg_resume; 0 for a warning.
   */
  uint64_t latch;
  /**
   * RG_CAUSE_LIMIT: where the limit stands, an rg_level; else 0.
   */
  uint32_t level;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * RG_CAUSE_LIMIT: the gate that reads the limit, such as "daily_loss", with a NUL; else empty.
   */
  char gate[32];
} rg_trip;

/**
 * What is held of one instrument, in its units. Set its size before the call.
 */
typedef struct {
  /**
   * sizeof(rg_position).
   */
  uint32_t size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Signed position.
   */
  rg_decimal quantity;
  /**
   * Held or working to buy.
   */
  rg_decimal buying;
  /**
   * Held or working to sell.
   */
  rg_decimal selling;
  /**
   * Worst-case exposure, in the account's currency.
   */
  rg_decimal exposure;
} rg_position;

/**
 * Sums of one account, in its currency. Set its size before the call.
 */
typedef struct {
  /**
   * sizeof(rg_account_sums).
   */
  uint32_t size;
  /**
   * Instruments with a position or a pending open.
   */
  uint32_t positions;
  /**
   * Equity; absent until a balance was stated.
   */
  rg_decimal equity;
  /**
   * Profit of the day; a loss is negative.
   */
  rg_decimal day_profit;
  /**
   * Worst-case exposure over all instruments.
   */
  rg_decimal gross_exposure;
} rg_account_sums;

/**
 * 128 bits that stand for the whole state: equal states have equal ones, on every platform and in every build.
 */
typedef struct {
  /**
   * The low half.
   */
  uint64_t low;
  /**
   * The high half.
   */
  uint64_t high;
} rg_digest;

/**
 * What the last refusal of a thread was about. Set its size before the call.
 */
typedef struct {
  /**
   * sizeof(rg_refusal).
   */
  uint32_t size;
  /**
   * An rg_reason; 0: the last order was approved.
   */
  uint32_t reason;
  /**
   * An rg_level; 0: none.
   */
  uint32_t level;
  /**
   * The nearest FIX OrdRejReason (tag 103).
   */
  uint32_t fix_103;
  /**
   * The gate that refused or reduced, such as "price_collar"; empty for what stands before the gates.
   */
  char gate[32];
  /**
   * The field that is malformed, for RG_REASON_INVALID_ORDER; else empty.
   */
  char field[32];
  /**
   * What was measured, with its unit, such as "1,250.5 USD"; empty where nothing was.
   */
  char measured[64];
  /**
   * The limit, with its unit.
   */
  char limit[64];
  /**
   * RG_REASON_SELF_MATCH: one own order that it could trade with, for rg_cancel; else zeroed. All of them:
   * rg_crossing_orders.
   */
  rg_order_handle crossing;
} rg_refusal;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the header this library was built with, RG_ABI_VERSION. Never fails.
 */
uint32_t rg_abi_version(void);

/**
 * Whether a program compiled with this RG_ABI_VERSION can use this library: RG_OK or RG_ABI_MISMATCH.
 */
rg_status rg_abi_check(uint32_t abi_version);

/**
 * The version of the library, such as "0.1.0". Static text, never null.
 */
const char *rg_version(void);

/**
 * Writes what was wrong with the last call of this thread, empty if nothing was, with a NUL and cut to the buffer.
 * Returns the length of the whole text without the NUL; a null buffer or a capacity of 0 only asks for it.
 *
 * Memory:
 * `buffer` is null or can be written for `capacity` bytes.
 */
size_t rg_last_error(char *buffer,
                     size_t capacity);

/**
 * Writes why the last order of this thread was rejected, stopped or reduced, or its permit refused, as one sentence:
 * gate, measured, limit, unit, level, what to do. Empty when the last order was approved. As rg_last_error.
 *
 * Memory:
 * `buffer` is null or can be written for `capacity` bytes.
 */
size_t rg_last_refusal(char *buffer,
                       size_t capacity);

/**
 * Reads a decimal, plain (12.50) or with an exponent (7.18e-06), exactly. RG_INVALID_NUMBER when it is none or has more
 * than 28 places.
 *
 * Memory:
 * `number` is null or a text with a NUL; `result` is null or can be written.
 */
rg_status rg_decimal_parse(const char *number,
                           rg_decimal *result);

/**
 * A decimal from a double: the shortest decimal that reads back as the same double (0.1 is 0.1). RG_INVALID_NUMBER for
 * what is not finite or has more than 28 places.
 *
 * Memory:
 * `result` is null or can be written.
 */
rg_status rg_decimal_from_double(double value,
                                 rg_decimal *result);

/**
 * The decimal units / 10^scale, scale 0 to 18.
 *
 * Memory:
 * `result` is null or can be written.
 */
rg_status rg_decimal_from_int(int64_t units, uint32_t scale, rg_decimal *result);

/**
 * The double nearest to a decimal, for display: never compare money in doubles.
 *
 * Memory:
 * `value` is null or can be read; `result` is null or can be written.
 */
rg_status rg_decimal_to_double(const rg_decimal *value, double *result);

/**
 * Prints a decimal as text, with all its places. `length` becomes its length without the NUL, also when the buffer is
 * too small. 32 bytes are always enough.
 *
 * Memory:
 * `value` is null or can be read; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_decimal_print(const rg_decimal *value,
                           char *buffer,
                           size_t capacity,
                           size_t *length);

/**
 * Compares two decimals: `result` becomes -1, 0 or 1. 1.50 and 1.5 are equal.
 *
 * Memory:
 * `left` and `right` are null or can be read; `result` is null or can be written.
 */
rg_status rg_decimal_compare(const rg_decimal *left, const rg_decimal *right, int32_t *result);

/**
 * Makes a guard from a configuration in text. `abi_version` is RG_ABI_VERSION; `origin` names the file in messages and
 * may be null; null `options` mean the machine's clock and the last 65,536 records in memory.
 *
 * With a journal in a folder, the guard goes on where that journal ends; rg_recovery says what was found.
 *
 * Memory:
 * `config` is null or readable for `length` bytes, `origin` null or a text with a NUL, `options` null or as large as it
 * says, `result` null or can be written.
 */
rg_status rg_guard_new(uint32_t abi_version,
                       const char *config,
                       size_t length,
                       uint32_t format,
                       const char *origin,
                       const rg_options *options,
                       rg_guard *result);

/**
 * Whether a guard can be made from a configuration: RG_OK, or RG_CONFIG and in rg_last_error what is wrong where.
 *
 * Memory:
 * `config` is null or readable for `length` bytes, `origin` null or a text with a NUL.
 */
rg_status rg_config_check(const char *config,
                          size_t length,
                          uint32_t format,
                          const char *origin);

/**
 * What a risk officer would ask about a configuration: limits that cannot work or are a trap, the worst first, as a JSON
 * array: severity (note, warning, error), what, level, of, field, text. An empty array: nothing was found. RG_CONFIG, as
 * rg_config_check, where no guard can be made from it.
 *
 * Memory:
 * As rg_config_check; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_config_lint(const char *config,
                         size_t length_of_config,
                         uint32_t format,
                         const char *origin,
                         char *buffer,
                         size_t capacity,
                         size_t *length);

/**
 * Ends a guard; 0 is fine. From then on its handle, and every handle that came from it, is RG_STALE_HANDLE,
 * RG_FOREIGN_HANDLE or unknown. Calls in other threads end first.
 */
rg_status rg_guard_free(rg_guard guard);

/**
 * Sets the clock of a guard made with RG_CLOCK_MANUAL, in nanoseconds since the epoch. INT64_MIN: the time is not known
 * from now on, and every order is refused.
 */
rg_status rg_set_time(rg_guard guard,
                      int64_t now_ns);

/**
 * Lets time pass: what expires by it is settled. Call it now and then when nothing else happens.
 */
rg_status rg_tick(rg_guard guard);

/**
 * What was found in the folder of the journal when the guard was made. RG_UNAVAILABLE for a guard without one.
 *
 * Memory:
 * `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_recovery(rg_guard guard,
                      char *buffer,
                      size_t capacity,
                      size_t *length);

/**
 * The account of this name.
 *
 * Memory:
 * `name` is null or a text with a NUL; `result` is null or can be written.
 */
rg_status rg_find_account(rg_guard guard, const char *name, rg_account *result);

/**
 * The strategy of this name in an account.
 *
 * Memory:
 * `name` is null or a text with a NUL; `result` is null or can be written.
 */
rg_status rg_find_strategy(rg_guard guard,
                           rg_account account,
                           const char *name,
                           rg_strategy *result);

/**
 * The trader of this name.
 *
 * Memory:
 * `name` is null or a text with a NUL; `result` is null or can be written.
 */
rg_status rg_find_trader(rg_guard guard, const char *name, rg_trader *result);

/**
 * The instrument of this symbol.
 *
 * Memory:
 * `symbol` is null or a text with a NUL; `result` is null or can be written.
 */
rg_status rg_find_instrument(rg_guard guard, const char *symbol, rg_instrument *result);

/**
 * The symbol of an instrument: the way back from a handle. RG_UNKNOWN_NAME for one that is not of this guard.
 *
 * Memory:
 * `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_symbol(rg_guard guard,
                    rg_instrument instrument,
                    char *buffer,
                    size_t capacity,
                    size_t *length);

/**
 * The asset of this code.
 *
 * Memory:
 * `code` is null or a text with a NUL; `result` is null or can be written.
 */
rg_status rg_find_asset(rg_guard guard, const char *code, rg_asset *result);

/**
 * The venue of this name.
 *
 * Memory:
 * `name` is null or a text with a NUL; `result` is null or can be written.
 */
rg_status rg_find_venue(rg_guard guard, const char *name, rg_venue *result);

/**
 * Registers an account with its strategies, written as an entry of `accounts` in a configuration.
 *
 * Memory:
 * `text` is null or readable for `length` bytes; `result` is null or can be written.
 */
rg_status rg_add_account(rg_guard guard,
                         const char *text,
                         size_t length,
                         uint32_t format,
                         rg_account *result);

/**
 * Registers a strategy of an account, written as an entry of its `strategies` in a configuration.
 *
 * Memory:
 * `text` is null or readable for `length` bytes; `result` is null or can be written.
 */
rg_status rg_add_strategy(rg_guard guard,
                          rg_account account,
                          const char *text,
                          size_t length,
                          uint32_t format,
                          rg_strategy *result);

/**
 * Registers a trader, written as an entry of `traders` in a configuration.
 *
 * Memory:
 * `text` is null or readable for `length` bytes; `result` is null or can be written.
 */
rg_status rg_add_trader(rg_guard guard,
                        const char *text,
                        size_t length,
                        uint32_t format,
                        rg_trader *result);

/**
 * Registers an instrument: a table `instrument`, written as an entry of `instruments` in a configuration, and perhaps
 * a table `limits`, which hold in every account.
 *
 * Memory:
 * `text` is null or readable for `length` bytes; `result` is null or can be written.
 */
rg_status rg_add_instrument(rg_guard guard,
                            const char *text,
                            size_t length,
                            uint32_t format,
                            rg_instrument *result);

/**
 * Judges an order at the guard's time. RG_OK says that there is an answer, not that it is yes: look at the verdict. On
 * any other status the order counts as refused.
 *
 * Memory:
 * `order` is null or as large as it says, its texts null or with a NUL; `decision` is null or as large as it says.
 */
rg_status rg_evaluate(rg_guard guard,
                      const rg_order *order,
                      rg_decision *decision);

/**
 * rg_evaluate at a given time, in nanoseconds since the epoch: reads no clock. INT64_MIN: the time is not known, and
 * the order is refused.
 *
 * Memory:
 * As rg_evaluate.
 */
rg_status rg_evaluate_at(rg_guard guard,
                         const rg_order *order,
                         int64_t now_ns,
                         rg_decision *decision);

/**
 * Turns a permit into the message that may be sent, once. RG_REFUSED when it is not good any more (expired, halted,
 * or the state has changed since): rg_last_refusal says why; do not send. The permit is used up either way.
 *
 * Memory:
 * `outbound` is null or as large as it says.
 */
rg_status rg_redeem(rg_guard guard,
                    rg_permit permit,
                    rg_outbound *outbound);

/**
 * Gives a permit back: nothing was sent and nothing will be. What it held is free at once.
 */
rg_status rg_release(rg_guard guard, rg_permit permit);

/**
 * Says that a message was not sent and never will be: the only proof of it. RG_STALE_HANDLE when it was abandoned
 * before, or RG_OUTBOUNDS_KEPT further messages have gone out since: then it counts as sent.
 */
rg_status rg_abandon(rg_guard guard,
                     rg_outbound_handle outbound);

/**
 * A cancel. It is never refused, in any state of the guard, not even a poisoned one; a cancel of an order that is not
 * known goes out too, and is recorded as an anomaly.
 *
 * Memory:
 * `order` is null or can be read, its id null or with a NUL; `outbound` is null or as large as it says.
 */
rg_status rg_cancel(rg_guard guard,
                    const rg_order_ref *order,
                    rg_outbound *outbound);

/**
 * Judges a change of an order at the venue: approved or refused, never reduced; refused means that the old order
 * stands. The redeemed permit is a RG_MESSAGE_REPLACE.
 *
 * Memory:
 * `order` is null or can be read, its id null or with a NUL; `change` and `decision` are null or as large as they say.
 */
rg_status rg_modify(rg_guard guard,
                    const rg_order_ref *order,
                    const rg_change *change,
                    rg_decision *decision);

/**
 * Judges several orders together: all of them are approved and held, or none. Each is judged with the holds of those
 * before it; nothing is reduced. The orders stand one after the other, each `orders[0].size` bytes; all sizes are equal.
 *
 * Memory:
 * `orders` is null or readable for `count` orders of that size, their texts null or with a NUL; `decision` is null or
 * as large as it says.
 */
rg_status rg_evaluate_list(rg_guard guard,
                           const rg_order *orders,
                           size_t count,
                           rg_list_decision *decision);

/**
 * Turns the permit of a list into its messages, once: all of them, or RG_REFUSED and none. `capacity` must be at least
 * the number of its orders (RG_BUFFER_TOO_SMALL; the permit is still good); `count` becomes how many there are. Set the
 * size of each place before the call; all sizes are equal.
 *
 * Memory:
 * `outbounds` is null or can be written for `capacity` messages of the size of the first; `count` is null or can be
 * written.
 */
rg_status rg_redeem_list(rg_guard guard,
                         rg_permit permit,
                         rg_outbound *outbounds,
                         size_t capacity,
                         size_t *count);

/**
 * Gives the permit of a list back: nothing was sent and nothing will be.
 */
rg_status rg_release_list(rg_guard guard, rg_permit permit);

/**
 * A quote of an instrument.
 *
 * Memory:
 * `quote` is null or as large as it says; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_quote(rg_guard guard, const rg_quote *quote, rg_ingested *ingested);

/**
 * The mark of an instrument whose `mark_source` is `input`.
 *
 * Memory:
 * `price` is null or can be read; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_mark(rg_guard guard,
                         rg_instrument instrument,
                         const rg_decimal *price,
                         int64_t at_ns,
                         rg_ingested *ingested);

/**
 * An exchange rate: one unit of `from` is `rate` units of `to`. The way back follows from it.
 *
 * Memory:
 * `rate` is null or can be read; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_rate(rg_guard guard,
                         rg_asset from,
                         rg_asset to,
                         const rg_decimal *rate,
                         rg_ingested *ingested);

/**
 * What is traded of an instrument in a day, on average, in units of it: limits on participation are a share of it. Not
 * negative.
 *
 * Memory:
 * `quantity` is null or can be read; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_daily_volume(rg_guard guard,
                                 rg_instrument instrument,
                                 const rg_decimal *quantity,
                                 rg_ingested *ingested);

/**
 * The cash of an account, without unrealised profit, in its currency.
 *
 * Memory:
 * `balance` is null or can be read; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_balance(rg_guard guard,
                            rg_account account,
                            const rg_decimal *balance,
                            rg_ingested *ingested);

/**
 * A deposit, or a withdrawal where negative, in the account's currency: no profit and no loss.
 *
 * Memory:
 * `amount` is null or can be read; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_flow(rg_guard guard,
                         rg_account account,
                         const rg_decimal *amount,
                         rg_ingested *ingested);

/**
 * Figures of the host that replace the ledger's for a while.
 *
 * Memory:
 * `figures` is null or as large as it says; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_host(rg_guard guard, const rg_host_figures *figures, rg_ingested *ingested);

/**
 * A new status of an instrument, an rg_instrument_status. `by` names who changes it.
 *
 * Memory:
 * `by` is null or a text with a NUL; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_status(rg_guard guard,
                           rg_instrument instrument,
                           uint32_t status,
                           const char *by,
                           rg_ingested *ingested);

/**
 * New limits of one table. RG_CONFIG when the text is none; RG_INPUT_REFUSED when they are not taken: the old limits
 * stay.
 *
 * Memory:
 * `change` is null or as large as it says, its texts as it says; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_limits(rg_guard guard,
                           const rg_limits_change *change,
                           rg_ingested *ingested);

/**
 * The host is alive. Where the configuration has a heartbeat trip, one that stays away pulls the firm down.
 *
 * Memory:
 * `ingested` is null or as large as it says.
 */
rg_status rg_ingest_heartbeat(rg_guard guard,
                              rg_ingested *ingested);

/**
 * The trading day rolls now.
 *
 * Memory:
 * `ingested` is null or as large as it says.
 */
rg_status rg_ingest_day_roll(rg_guard guard, rg_ingested *ingested);

/**
 * When the trading day rolls next, in nanoseconds since the epoch.
 *
 * Memory:
 * `ingested` is null or as large as it says.
 */
rg_status rg_ingest_next_roll(rg_guard guard, int64_t at_ns, rg_ingested *ingested);

/**
 * The session of an instrument that has `sessions` in its configuration: the one that is open, or the next, in
 * nanoseconds since the epoch. It replaces the one that was known; outside of it nothing is opened in the instrument.
 *
 * Memory:
 * `ingested` is null or as large as it says.
 */
rg_status rg_ingest_session(rg_guard guard,
                            rg_instrument instrument,
                            int64_t opens_ns,
                            int64_t closes_ns,
                            rg_ingested *ingested);

/**
 * The session that is known of an instrument, in nanoseconds since the epoch; it may be over, and then the next one has to
 * be told. Both 0: none is known.
 *
 * Memory:
 * `opens_ns` and `closes_ns` are null or can be written.
 */
rg_status rg_session_of(rg_guard guard,
                        rg_instrument instrument,
                        int64_t *opens_ns,
                        int64_t *closes_ns);

/**
 * The venue has accepted an order (or a change of it).
 *
 * Memory:
 * `order` is null or can be read, its id null or with a NUL; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_accepted(rg_guard guard,
                             const rg_order_ref *order,
                             rg_ingested *ingested);

/**
 * The venue has accepted an order for so much in total, what is executed of it included. More than was approved is held
 * at once, is an anomaly (RG_OVER_ACCEPTED) and sets the account to reducing.
 *
 * Memory:
 * `order` is null or can be read, its id null or with a NUL; `quantity` is null or can be read; `ingested` is null or as
 * large as it says.
 */
rg_status rg_ingest_accepted_for(rg_guard guard,
                                 const rg_order_ref *order,
                                 const rg_decimal *quantity,
                                 rg_ingested *ingested);

/**
 * An execution.
 *
 * Memory:
 * `fill` is null or as large as it says, its texts null or with a NUL; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_fill(rg_guard guard,
                         const rg_fill *fill,
                         rg_ingested *ingested);

/**
 * A total of an order, or an execution that is not true after all. It may come again, late and beside single executions:
 * what it says counts once.
 *
 * Memory:
 * `report` is null or as large as it says, its texts null or with a NUL; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_report(rg_guard guard,
                           const rg_report *report,
                           rg_ingested *ingested);

/**
 * An order has ended; `end` is an rg_end. What was not executed is free again.
 *
 * Memory:
 * `order` is null or can be read, its id null or with a NUL; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_done(rg_guard guard,
                         const rg_order_ref *order,
                         uint32_t end,
                         rg_ingested *ingested);

/**
 * A split, a settlement or an expiry: positions, costs, the mark and orders of an instrument in one record, and no
 * profit or loss. Permits that were not redeemed are refused from then on.
 *
 * Memory:
 * `adjustment` is null or as large as it says; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_adjustment(rg_guard guard,
                               const rg_adjustment *adjustment,
                               rg_ingested *ingested);

/**
 * Hands a position to another strategy. What it has made or lost stays with the strategy that held it; the account does
 * not notice.
 *
 * Memory:
 * `transfer` is null or as large as it says, its text null or with a NUL; `ingested` is null or as large as it says.
 */
rg_status rg_ingest_transfer(rg_guard guard,
                             const rg_transfer *transfer,
                             rg_ingested *ingested);

/**
 * What an account really holds: replaces its positions (what is not listed is flat) and, where it is not null, its
 * balance.
 *
 * Memory:
 * `balance` is null or can be read; `holdings` is null or readable for `count` of them; `ingested` is null or as large
 * as it says.
 */
rg_status rg_ingest_snapshot(rg_guard guard,
                             rg_account account,
                             const rg_decimal *balance,
                             const rg_holding *holdings,
                             size_t count,
                             rg_ingested *ingested);

/**
 * Replaces the positions, and where they are stated the balance and the working orders, of an account by its venue's
 * truth, and says what was different. The differences are booked to the strategy `unassigned`.
 *
 * `differences` receives them: set the size of each place before the call; all sizes are equal. `count` becomes how many
 * there are. If that is more than `capacity`, nothing is replaced (RG_BUFFER_TOO_SMALL): ask again with more room. Null
 * with a capacity of 0: nobody wants to know, and `count` may be null.
 *
 * Memory:
 * `snapshot` is null or as large as it says, its lists as many as it says; `ingested` is null or as large as it says;
 * `differences` is null or can be written for `capacity` of the size of the first; `count` is null or can be written.
 */
rg_status rg_reconcile(rg_guard guard,
                       const rg_snapshot *snapshot,
                       rg_ingested *ingested,
                       rg_difference *differences,
                       size_t capacity,
                       size_t *count);

/**
 * The oldest statement that waits for a decision and has a number above `after`: begin with 0, go on with its number
 * until RG_UNAVAILABLE, there is none.
 *
 * Memory:
 * `withheld` is null or as large as it says.
 */
rg_status rg_next_withheld(rg_guard guard,
                           uint64_t after,
                           rg_withheld *withheld);

/**
 * What a statement that waits says, as a JSON object. RG_UNAVAILABLE for a number that none has.
 *
 * Memory:
 * `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_withheld_text(rg_guard guard,
                           uint64_t number,
                           char *buffer,
                           size_t capacity,
                           size_t *length);

/**
 * A withheld statement is right: it is applied, and the halt that it caused is lifted when it was the last of its
 * account. `by` names who says so. RG_INPUT_REFUSED: no name, no such statement, or it cannot be applied any more.
 *
 * Memory:
 * `by` is null or a text with a NUL; `ingested` is null or as large as it says.
 */
rg_status rg_accept_statement(rg_guard guard,
                              uint64_t number,
                              const char *by,
                              rg_ingested *ingested);

/**
 * A withheld statement is wrong: it is forgotten, and the halt that it caused is lifted when it was the last of its
 * account. `by` names who says so. RG_INPUT_REFUSED: no name, or no such statement.
 *
 * Memory:
 * `by` is null or a text with a NUL; `ingested` is null or as large as it says.
 */
rg_status rg_discard_statement(rg_guard guard,
                               uint64_t number,
                               const char *by,
                               rg_ingested *ingested);

/**
 * The suspect price of an instrument is right: it becomes the mark. `by` names who says so. RG_INPUT_REFUSED: no name, an
 * unknown instrument, or one whose price is not suspect.
 *
 * Memory:
 * `by` is null or a text with a NUL; `ingested` is null or as large as it says.
 */
rg_status rg_believe_reference(rg_guard guard,
                               rg_instrument instrument,
                               const char *by,
                               rg_ingested *ingested);

/**
 * Whether the last price of an instrument was not believed (RG_REASON_REFERENCE_SUSPECT): `suspect` becomes 0 or 1. An
 * unknown instrument is suspect.
 *
 * Memory:
 * `suspect` is null or can be written.
 */
rg_status rg_is_suspect(rg_guard guard,
                        rg_instrument instrument,
                        uint32_t *suspect);

/**
 * Stops a scope (RG_HALTED) or lets it only close (RG_REDUCING): from before this returns, nothing in it is approved
 * that should not be, and no permit of it redeems. It is never refused, not even by a poisoned guard; a scope that the
 * guard does not know, is null or malformed halts the firm, and a state that is neither of the two is RG_HALTED.
 *
 * `latch` becomes the latch to lift it by. `orders` receives the orders at the venue that should be cancelled, at most
 * `capacity`, and `count` how many there are: look at the rest with rg_open_orders. Each of the three may be null.
 *
 * Memory:
 * `scope` is null or can be read; `reason` and `by` are null or texts with a NUL; `latch` and `count` are null or can be
 * written; `orders` is null or can be written for `capacity` of them.
 */
rg_status rg_halt(rg_guard guard,
                  const rg_scope *scope,
                  uint32_t state,
                  const char *reason,
                  const char *by,
                  uint64_t *latch,
                  rg_order_handle *orders,
                  size_t capacity,
                  size_t *count);

/**
 * The orders at the venue in a scope, at most `capacity`; `count` becomes how many there are.
 *
 * Memory:
 * `scope` is null or can be read; `orders` is null or can be written for `capacity` of them; `count` is null or can be
 * written.
 */
rg_status rg_open_orders(rg_guard guard,
                         const rg_scope *scope,
                         rg_order_handle *orders,
                         size_t capacity,
                         size_t *count);

/**
 * Market orders, reduce-only, that would close what the strategies of a scope hold, less what closes it already: at most
 * `capacity`, and `count` becomes how many there are. Set the size of each place before the call; all sizes are equal.
 * None is sent by itself: give each an id and show it to rg_evaluate; it passes once its scopes are reducing or active.
 * What strategies of one account hold against one another is not listed: rg_ingest_transfer closes it without an order.
 *
 * Memory:
 * `scope` is null or can be read; `orders` is null or can be written for `capacity` of the size of the first; `count` is
 * null or can be written.
 */
rg_status rg_exits(rg_guard guard,
                   const rg_scope *scope,
                   rg_order *orders,
                   size_t capacity,
                   size_t *count);

/**
 * Lifts latches of a scope, down to `to`: the only way down there is. `latch` is the number of the one latch, or with
 * `up_to` 1 of the last of those the operator has seen. `by` must name a person. RG_RESUME_REFUSED: nothing was lifted.
 *
 * Memory:
 * `scope` is null or can be read; `reason` and `by` are null or texts with a NUL.
 */
rg_status rg_resume(rg_guard guard,
                    const rg_scope *scope,
                    uint64_t latch,
                    uint32_t up_to,
                    uint32_t to,
                    const char *reason,
                    const char *by);

/**
 * The state of a scope, an rg_trading_state: by its own latches and those above it. Unknown scopes are halted.
 *
 * Memory:
 * `scope` is null or can be read; `state` is null or can be written.
 */
rg_status rg_trading_state_of(rg_guard guard,
                              const rg_scope *scope,
                              uint32_t *state);

/**
 * Every latch that holds, oldest first, as a JSON array: id, scope, state, cause, reason, by, at.
 *
 * Memory:
 * `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_latches(rg_guard guard, char *buffer, size_t capacity, size_t *length);

/**
 * Takes the oldest trip or warning that was not taken yet: ask after a call or on a timer until it is RG_UNAVAILABLE,
 * there is none. The guard keeps the 64 latest that nobody took; all are on record, and every latch is in rg_latches.
 * What a halted scope has at the venue is in rg_open_orders.
 *
 * Memory:
 * `trip` is null or as large as it says.
 */
rg_status rg_take_trip(rg_guard guard,
                       rg_trip *trip);

/**
 * What an account holds of an instrument; zeros where one of them is unknown.
 *
 * Memory:
 * `position` is null or as large as it says.
 */
rg_status rg_position_of_account(rg_guard guard,
                                 rg_account account,
                                 rg_instrument instrument,
                                 rg_position *position);

/**
 * What a strategy holds of an instrument; zeros where one of them is unknown.
 *
 * Memory:
 * `position` is null or as large as it says.
 */
rg_status rg_position_of_strategy(rg_guard guard,
                                  rg_strategy strategy,
                                  rg_instrument instrument,
                                  rg_position *position);

/**
 * The sums of an account.
 *
 * Memory:
 * `sums` is null or as large as it says.
 */
rg_status rg_sums_of_account(rg_guard guard, rg_account account, rg_account_sums *sums);

/**
 * What a strategy has made or lost since it was registered, realised and at the marks, in its account's currency; absent
 * for a strategy that is unknown.
 *
 * Memory:
 * `profit` is null or can be written.
 */
rg_status rg_profit_of_strategy(rg_guard guard,
                                rg_strategy strategy,
                                rg_decimal *profit);

/**
 * The instruments that an account holds or has orders in and that have no price: until each has one, nothing that would
 * open passes where a sum of the account is limited. At most `capacity` are written; `count` becomes how many there are.
 *
 * Memory:
 * `instruments` is null or can be written for `capacity` of them; `count` is null or can be written.
 */
rg_status rg_unmarked(rg_guard guard,
                      rg_account account,
                      rg_instrument *instruments,
                      size_t capacity,
                      size_t *count);

/**
 * Where an order stands, an rg_order_state; one that is not known has ended.
 *
 * Memory:
 * `order` is null or can be read, its id null or with a NUL; `state` is null or can be written.
 */
rg_status rg_order_state_of(rg_guard guard, const rg_order_ref *order, uint32_t *state);

/**
 * Which gates have no limit at which level, as a JSON array.
 *
 * Memory:
 * `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_coverage(rg_guard guard, char *buffer, size_t capacity, size_t *length);

/**
 * What the guard has done so far, as a JSON object: decisions, reasons, gates, anomalies, records, use of its tables.
 *
 * Memory:
 * `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_metrics(rg_guard guard,
                     char *buffer,
                     size_t capacity,
                     size_t *length);

/**
 * The number of the last record: it grows with every call that is recorded.
 *
 * Memory:
 * `seq` is null or can be written.
 */
rg_status rg_seq(rg_guard guard, uint64_t *seq);

/**
 * The number of the last record that a power loss would leave: with a journal in a folder the last one that is on disk,
 * with one in memory the last one.
 *
 * Memory:
 * `seq` is null or can be written.
 */
rg_status rg_durable_seq(rg_guard guard,
                         uint64_t *seq);

/**
 * Waits until every record so far would survive a power loss. RG_JOURNAL: the journal cannot make it so, and the firm is
 * halted.
 */
rg_status rg_sync(rg_guard guard);

/**
 * The code of a reason by its number, such as "PRICE_COLLAR". RG_INVALID_VALUE for a number that is none.
 *
 * Memory:
 * `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_reason_text(uint32_t reason,
                         char *buffer,
                         size_t capacity,
                         size_t *length);

/**
 * The digest of the guard's state. Walks all of it: not beside trading.
 *
 * Memory:
 * `digest` is null or can be written.
 */
rg_status rg_digest_of(rg_guard guard, rg_digest *digest);

/**
 * Decides everything in the guard's records again and writes the digest it comes to: rg_digest_of, if nothing went
 * unrecorded. For a journal in memory; one in a folder has its own tool, `risk-journal`.
 *
 * Memory:
 * `digest` is null or can be written.
 */
rg_status rg_replay(rg_guard guard,
                    rg_digest *digest);

/**
 * Records of a journal in memory from number `from` on, at most `most` of them, oldest first, as JSON lines.
 *
 * Memory:
 * `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_records(rg_guard guard,
                     uint64_t from,
                     size_t most,
                     char *buffer,
                     size_t capacity,
                     size_t *length);

/**
 * Facts, halts and cancels that took effect after the journal had failed, the oldest first, as JSON lines: no replay has
 * them, and the next process must be told them again. At most 256; `unrecorded` of rg_metrics counts all.
 *
 * Memory:
 * `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_unrecorded(rg_guard guard,
                        char *buffer,
                        size_t capacity,
                        size_t *length);

/**
 * What rg_evaluate would answer, without a permit and without a hold, and in `buffer` every gate's reading at every
 * level, as a JSON array: gate, level, reading, breach. Why it would be refused or reduced is in rg_last_refusal.
 *
 * Memory:
 * As rg_evaluate; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_explain(rg_guard guard,
                     const rg_order *order,
                     rg_decision *decision,
                     char *buffer,
                     size_t capacity,
                     size_t *length);

/**
 * What rg_modify would answer, without a permit and without a hold; else as rg_explain.
 *
 * Memory:
 * As rg_modify; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_explain_change(rg_guard guard,
                            const rg_order_ref *order,
                            const rg_change *change,
                            rg_decision *decision,
                            char *buffer,
                            size_t capacity,
                            size_t *length);

/**
 * What rg_evaluate_list would answer, without a permit and without a hold, and in `buffer` a JSON array with an object for
 * each order, judged with the holds of those before it that would pass: verdict, quantity, rejection, readings.
 *
 * Memory:
 * As rg_evaluate_list; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_explain_list(rg_guard guard,
                          const rg_order *orders,
                          size_t count,
                          rg_list_decision *decision,
                          char *buffer,
                          size_t capacity,
                          size_t *length);

/**
 * Client order ids of the own orders that an order could trade with, where those are too many (RG_REASON_SELF_MATCH), as a
 * JSON array; those that accept most come first. Asks as rg_explain does, without a hold.
 *
 * Memory:
 * `order` is null or as large as it says, its texts null or with a NUL; `buffer` can be written for `capacity` bytes;
 * `length` is null or can be written.
 */
rg_status rg_crossing_orders(rg_guard guard,
                             const rg_order *order,
                             char *buffer,
                             size_t capacity,
                             size_t *length);

/**
 * How much of the limits is used, with an order in it: 0 to 1, the highest share of any; 1 when it would be refused.
 * Asks as rg_explain does, without a hold.
 *
 * Memory:
 * `order` is null or as large as it says, its texts null or with a NUL; `score` is null or can be written.
 */
rg_status rg_risk_score(rg_guard guard,
                        const rg_order *order,
                        rg_decimal *score);

/**
 * The largest market order of a strategy that would pass now, absent where nothing limits it. What would refuse one lot
 * more is in rg_last_refusal.
 *
 * Memory:
 * `quantity` is null or can be written.
 */
rg_status rg_headroom(rg_guard guard,
                      rg_account account,
                      rg_strategy strategy,
                      rg_instrument instrument,
                      uint32_t side,
                      rg_decimal *quantity);

/**
 * What rg_last_refusal says, taken apart: for programs that act on it.
 *
 * Memory:
 * `refusal` is null or as large as it says.
 */
rg_status rg_last_refusal_parts(rg_refusal *refusal);

/**
 * The limits in force for a scope that is no venue, as a JSON object: `limits`, and where they end by themselves
 * `until_ns` and the `lasting` limits that come back then.
 *
 * Memory:
 * `scope` is null or can be read; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
 */
rg_status rg_limits_in_force(rg_guard guard,
                             const rg_scope *scope,
                             char *buffer,
                             size_t capacity,
                             size_t *length);

/**
 * When the trading day rolls next, in nanoseconds since the epoch; 0: no instant is known.
 *
 * Memory:
 * `at_ns` is null or can be written.
 */
rg_status rg_next_roll(rg_guard guard, int64_t *at_ns);

/**
 * Tells the guard when its configured day (`day_roll`) rolls next, if it does not know: after it was made, and along
 * with rg_tick. RG_UNAVAILABLE without a configured day or a clock.
 */
rg_status rg_schedule_day_roll(rg_guard guard);

/**
 * How many orders live: with a permit or at the venue.
 *
 * Memory:
 * `count` is null or can be written.
 */
rg_status rg_live_orders(rg_guard guard, size_t *count);

/**
 * Judges an order of one instrument for a caller of integers and doubles. A result above 0 is the permit, for
 * rg_scalar_redeem or rg_release: only then may anything be sent. ANY RESULT BELOW 0 IS A REFUSAL: -reason, or
 * -RG_SCALAR_STATUS - status.
 *
 * `kind` is RG_MARKET (price 0) or RG_LIMIT. Doubles count as the shortest decimal that reads back as the same double;
 * what is not finite is refused. The client order id is the number `id` in decimal digits. The order is never reduced,
 * and good till cancelled.
 */
int64_t rg_scalar_check(rg_guard guard,
                        rg_account account,
                        rg_strategy strategy,
                        rg_instrument instrument,
                        uint32_t side,
                        uint32_t kind,
                        double quantity,
                        double price,
                        uint64_t id);

/**
 * Uses a permit up: a result above 0 is the outbound message (for rg_abandon), and exactly what was asked may be sent;
 * any result below 0 means: do not send. -reason, or -RG_SCALAR_STATUS - status.
 */
int64_t rg_scalar_redeem(rg_guard guard,
                         rg_permit permit);

/**
 * A quote of bid and ask, for a caller of integers and doubles. An rg_status.
 */
rg_status rg_scalar_quote(rg_guard guard,
                          rg_instrument instrument,
                          double bid,
                          double ask,
                          int64_t at_ns);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* RISK_GUARD_H */

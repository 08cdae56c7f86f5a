//! Whether the scopes of the order let it through: reducing, reduce-only, status and permission lists.

use risk_core::{GateId, Level, Reason, Scope, ShortSale, Side, Status, TradingState};

use super::super::exact::Ratio;
use super::super::facts::View;
use super::super::view::{ACCOUNT, STRATEGY};
use super::Found;

pub(super) fn reducing(view: &View<'_>, level: Level, quantity: i128) -> Found {
    let f = view.facts;
    let venue = f.model.venue(f.instrument).filter(|_| view.errs(GateId::Reducing, 0)).map(Scope::Venue);
    let trader = f.order.trader.filter(|_| view.errs(GateId::Reducing, 3)).map(Scope::Trader);
    let [shared, own] = f.model.scopes(f.account, f.strategy, f.instrument, f.order.trader, venue.or(trader));
    let (state, whose) = match level {
        Level::Strategy if view.errs(GateId::Reducing, 1) => (own, ACCOUNT),
        Level::Strategy => (own, STRATEGY),
        Level::Firm | Level::Account | Level::Instrument => (shared, ACCOUNT),
    };
    if state != TradingState::Reducing {
        return Found::Open;
    }
    Found::at_most(view.number(view.opening_of(whose, quantity)), Ratio::whole(0))
}

pub(super) fn reduce_only(view: &View<'_>, quantity: i128) -> Found {
    if !view.facts.order.reduce_only {
        return Found::Open;
    }
    let mut opens = view.opening_of(ACCOUNT, quantity);
    if view.errs(GateId::ReduceOnly, 0) {
        let position = view.book(ACCOUNT).position;
        let reducible = if view.side() == Side::Sell { position } else { -position };
        opens = (quantity - reducible.max(0)).max(0);
    }
    if view.errs(GateId::ReduceOnly, 1) {
        opens = view.opening_of(STRATEGY, quantity);
    }
    Found::at_most(view.number(opens), Ratio::whole(0))
}

pub(super) fn restriction(view: &View<'_>, level: Level, quantity: i128) -> Found {
    let f = view.facts;
    let symbol = &f.model.instrument(f.instrument).symbol;
    let forbidden = |list: Option<&Vec<String>>| list.is_some_and(|list| !list.contains(symbol));
    Found::fails_if(match level {
        Level::Firm => false,
        Level::Account => {
            let account = f.model.account(f.account);
            let trader = f.order.trader.and_then(|trader| f.model.trader(trader));
            let theirs = trader.and_then(|trader| trader.may_trade.as_ref());
            let accounts = trader.and_then(|trader| trader.accounts.as_ref());
            forbidden(account.may_trade.as_ref())
                || forbidden(theirs.filter(|_| !view.errs(GateId::Restriction, 3)))
                || accounts
                    .filter(|_| !view.errs(GateId::Restriction, 4))
                    .is_some_and(|list| !list.contains(&account.name))
        }
        Level::Strategy if view.errs(GateId::Restriction, 0) => false,
        Level::Strategy => forbidden(f.model.strategy(f.strategy).and_then(|s| s.may_trade.as_ref())),
        Level::Instrument => match f.model.status(f.instrument) {
            Status::Open => false,
            Status::Blocked => true,
            Status::CloseOnly if view.errs(GateId::Restriction, 1) => true,
            Status::CloseOnly if view.errs(GateId::Restriction, 2) => false,
            Status::CloseOnly => view.opening_of(ACCOUNT, quantity) > 0,
        },
    })
}

/// Closed without a session that is known; open from its first instant on, until before the first after it.
pub(super) fn session(view: &View<'_>) -> Found {
    let f = view.facts;
    if f.model.instrument(f.instrument).sessions.is_none() {
        return Found::Open;
    }
    let of_it = |told: &&(usize, i64, i64)| told.0 == f.instrument;
    let told = match view.errs(GateId::Session, 0) {
        true => f.model.sessions.iter().find(of_it),
        false => f.model.sessions.iter().rfind(of_it),
    };
    let Some((_, opens, closes)) = told.copied() else { return Found::Lacks(Reason::SessionClosed) };
    let over = f.now > closes || (f.now == closes && !view.errs(GateId::Session, 1));
    if over && !view.errs(GateId::Session, 2) {
        return Found::Lacks(Reason::SessionClosed);
    }
    Found::at_most(Ratio::units(i128::from(opens.saturating_sub(f.now).max(0)), 6), Ratio::whole(0))
}

pub(super) fn short_sale(view: &View<'_>, quantity: i128) -> Found {
    let forbidden = view.facts.model.instrument(view.facts.instrument).short_sale == ShortSale::Forbidden;
    let is_sell = view.side() == Side::Sell || view.errs(GateId::ShortSale, 0);
    if !forbidden || !is_sell {
        return Found::Open;
    }
    let mut short = view.opening_of(ACCOUNT, quantity);
    if view.errs(GateId::ShortSale, 1) {
        short = view.opening_of(STRATEGY, quantity);
    }
    if view.errs(GateId::ShortSale, 2) {
        short = (quantity - view.book(ACCOUNT).position.max(0)).max(0);
    }
    Found::at_most(view.number(short), Ratio::whole(0))
}

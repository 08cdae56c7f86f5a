//! Net exposure: the order's direction with everything asked for in it filled, and nothing against it.

use risk_core::{GateId, Level, Reason, Side};

use super::super::exact::Toward;
use super::super::facts::View;
use super::super::ledger::Book;
use super::super::world::Owner;
use super::form::place;
use super::{Found, found, money};

/// What a book can come to in a direction, in the level's currency; what is against it is below zero and rounds up too.
fn one_way(
    view: &View<'_>,
    level: Level,
    (owner, instrument): (Owner, usize),
    book: &Book,
) -> Result<i128, Reason> {
    let f = view.facts;
    let buys = view.side() == Side::Buy;
    let (mut end, extra) = match view.side() {
        Side::Buy => (book.position + book.buys, book.extra_buys),
        Side::Sell => (book.sells - book.position, book.extra_sells),
    };
    if view.errs(GateId::NetExposure, 1) {
        end -= if buys { book.sells } else { book.buys };
    }
    if end == 0 && extra == 0 {
        return Ok(0);
    }
    let (mark, _) = f.model.mark(instrument).ok_or(Reason::DataGap)?;
    let price = f.model.valuation_price(instrument, mark);
    let toward = if end < 0 { Toward::Floor } else { Toward::Ceiling };
    let value = f.model.value(instrument, end.abs(), price, toward) * end.signum() + extra;
    let value = if view.errs(GateId::NetExposure, 2) { value.max(0) } else { value };
    let (quote, account) = (f.model.quote_asset(instrument), f.model.currency(f.model.account_of(owner)));
    let value = f.model.convert(value, quote, account, Toward::Ceiling).ok_or(Reason::NoRate)?;
    match level {
        Level::Firm => {
            f.model.convert(value, account, f.model.firm_currency(), Toward::Ceiling).ok_or(Reason::NoRate)
        }
        Level::Account | Level::Strategy | Level::Instrument => Ok(value),
    }
}

pub(super) fn net(view: &View<'_>, level: Level, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        let Some(limit) = f.limits[place(level)].net_exposure_max else { return Ok(Found::Open) };
        view.valued(level)?;
        f.mark.ok_or(Reason::DataGap)?;
        let whose = View::whose(level);
        let (own, surcharge) =
            ((view.owner(whose), f.instrument), view.surcharge(view.opening_of(whose, quantity))?);
        let mut sum = 0;
        for key in view.owned(level).filter(|key| *key != own) {
            let mut book = f.ledger.books[&key];
            if view.errs(GateId::NetExposure, 0) {
                book = book.held();
            }
            sum += one_way(view, level, key, &book)?;
        }
        sum += one_way(view, level, own, &view.with(view.book(whose), quantity, surcharge))?;
        let sum = sum.max(0) + view.unaccounted(level)?;
        Ok(Found::at_most(view.money(level, sum), money(view, level, limit)))
    })
}

//! The data of the order's instrument: there at all, young, complete, in order, tight.

use risk_core::{GateId, Level, MarkSource, Quote, QuoteField, Reason};

use super::super::exact::Ratio;
use super::super::facts::View;
use super::Found;
use super::form::{age, place};

/// Of the instrument: no mark; where quotes are its source, no quote either (a bad one has its own reason). Of the account: books that hold or ask for something without a mark.
pub(super) fn gap(view: &View<'_>, level: Level) -> Found {
    let f = view.facts;
    if level == Level::Instrument {
        let by_quotes = f.model.instrument(f.instrument).mark_source == MarkSource::Quote;
        let quoted = by_quotes && f.model.quote(f.instrument).is_some();
        let marked = f.mark.is_some() && !view.errs(GateId::DataGap, 2);
        return Found::fails_if(!quoted && !marked);
    }
    if view.errs(GateId::DataGap, 0) {
        return Found::Open;
    }
    let lack = view.owned(Level::Account).filter(|key| f.worth[key] == Err(Reason::DataGap)).count();
    Found::at_most(Ratio::whole(i128::try_from(lack).unwrap_or(i128::MAX)), Ratio::whole(0))
}

/// The older of quote and mark where quotes are the source, the mark's age where marks are.
pub(super) fn stale(view: &View<'_>, level: Level) -> Found {
    let f = view.facts;
    let quoted = f.model.quote(f.instrument).map(|quote| i128::from(quote.at));
    let marked = f.mark.map(|(_, at)| i128::from(at));
    let Some(newest) = quoted.max(marked) else { return Found::Open };
    let oldest = match f.model.instrument(f.instrument).mark_source {
        MarkSource::Quote if view.errs(GateId::StaleData, 2) => newest,
        MarkSource::Quote => quoted.into_iter().chain(marked).min().unwrap_or(newest),
        MarkSource::Input => marked.unwrap_or(newest),
    };
    age(view, oldest, newest, f.limits[place(level)].mark_age_ms_max, GateId::StaleData)
}

fn has(quote: &Quote, field: QuoteField) -> bool {
    match field {
        QuoteField::Bid => quote.bid,
        QuoteField::Ask => quote.ask,
        QuoteField::BidSize => quote.bid_size,
        QuoteField::AskSize => quote.ask_size,
        QuoteField::Last => quote.last,
        QuoteField::Volume => quote.volume,
    }
    .is_some()
}

pub(super) fn completeness(view: &View<'_>, level: Level) -> Found {
    let f = view.facts;
    let limit = f.limits[place(level)].data_completeness_percent_min;
    let (Some(least), Some(quote)) = (limit, f.model.quote(f.instrument)) else { return Found::Open };
    let mut required = f.model.instrument(f.instrument).required_data.clone();
    if view.errs(GateId::DataCompleteness, 1) {
        required.retain(|field| matches!(field, QuoteField::Bid | QuoteField::Ask));
    }
    let count = |number: usize| Ratio::whole(i128::try_from(number).unwrap_or(i128::MAX));
    let present = required.iter().filter(|field| has(&quote.whole, **field)).count();
    let share = count(present * 100).per(&count(required.len())).unwrap_or(Ratio::whole(100));
    if view.errs(GateId::DataCompleteness, 0) && share == Ratio::of(least) {
        return Found::fails_if(true);
    }
    Found::at_least(share, Ratio::of(least))
}

pub(super) fn crossed(view: &View<'_>) -> Found {
    let f = view.facts;
    let scale = f.model.instrument(f.instrument).price_scale;
    if f.model.is_suspect(f.instrument) {
        return Found::Lacks(Reason::ReferenceSuspect);
    }
    match f.model.quote(f.instrument).map(|quote| (quote.bid, quote.ask)) {
        Some((Some(bid), Some(ask))) => {
            let by = Ratio::units(bid - ask, scale);
            Found::below(by, Ratio::whole(0), view.errs(GateId::CrossedBook, 0))
        }
        // One side only, and never a mark: there is nothing to judge by.
        _ if f.mark.is_none() || view.errs(GateId::CrossedBook, 2) => Found::Lacks(Reason::DataGap),
        _ => Found::Open,
    }
}

/// In basis points of the mid.
pub(super) fn spread(view: &View<'_>, level: Level) -> Found {
    let f = view.facts;
    let quote = f.model.quote(f.instrument).map(|quote| (quote.bid, quote.ask));
    let (Some(limit), Some((Some(bid), Some(ask)))) = (f.limits[place(level)].spread_bps_max, quote) else {
        return Found::Open;
    };
    let twice = if view.errs(GateId::Spread, 1) { 2 * bid } else { bid + ask };
    // Against the mid as a number times the limit: a mid of zero allows no spread.
    let (spread, mid) = (Ratio::whole((ask - bid) * 20_000), Ratio::whole(twice.abs()));
    match spread.per(&mid) {
        Some(bps) => Found::up_to(bps, Ratio::whole(i128::from(limit)), view.errs(GateId::Spread, 0)),
        None => Found::up_to(spread, mid, view.errs(GateId::Spread, 0)),
    }
}

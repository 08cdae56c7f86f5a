//! At which price an order counts: never better than it can become.

use crate::instrument::Traded;
use crate::num::Price;
use crate::order::{Parsed, Side};
use crate::state::InstrumentState;

/// Where a market order is assumed to execute: the far side, moved against the trader by the slippage.
pub(crate) fn far_side(instrument: &InstrumentState, side: Side, mark: Option<Price>) -> Option<Price> {
    let quote = instrument.quote.as_ref();
    let far = match side {
        Side::Buy => quote.and_then(|quote| quote.ask),
        Side::Sell => quote.and_then(|quote| quote.bid),
    };
    instrument.traded.slipped(far.or(mark)?, side)
}

/// An inverse contract is worth most where the price is lowest, any other where it is highest.
#[inline(always)]
fn worse(inverse: bool, a: u64, b: Option<Price>) -> u64 {
    match b {
        None => a,
        Some(b) if inverse => a.min(b.abs()),
        Some(b) => a.max(b.abs()),
    }
}

/// The worst prices of an order: for its own value, and for what it opens.
#[inline(always)]
pub(crate) fn worst_prices(
    traded: &Traded,
    parsed: &Parsed,
    mark: Option<Price>,
    far_side: Option<Price>,
) -> (Option<u64>, Option<u64>) {
    let Some(mark) = mark else { return (None, None) };
    if let Some(fixed) = traded.exposure_fixed {
        return (Some(fixed.abs()), Some(fixed.abs()));
    }
    let inverse = traded.valuer.is_inverse();
    let base = worse(inverse, worse(inverse, mark.abs(), parsed.trigger), far_side);
    let passive = match (parsed.price, parsed.side) {
        (Some(price), Side::Buy) => price < mark,
        (Some(price), Side::Sell) => price > mark,
        (None, _) => false,
    };
    let whole = worse(inverse, base, parsed.price);
    let opening = if passive { base } else { whole };
    let floor = traded.exposure_price_min;
    (Some(whole.max(floor)), Some(opening.max(floor)))
}

//! The symbols that were seen: each an instrument of the core, with what is known of its price and its position.

use std::collections::HashMap;

use risk_core::{Input, Instrument, InstrumentHandle, MarkSource, RiskGuard, Timestamp};
use rust_decimal::Decimal;

use super::limits::{down, up};
use super::refusal::{ERROR, INVALID, Refusal};

/// What the trader's quote currencies are called, at the end of a symbol.
const QUOTES: [&str; 6] = ["USDT", "USDC", "FDUSD", "BUSD", "USD", "EUR"];

/// Decimal places that can be read of a symbol with registered increments, and of a size without.
const PLACES: u32 = 8;

/// One symbol.
pub(super) struct Symbol {
    pub(super) handle: InstrumentHandle,
    price_scale: u32,
    lot_scale: u32,
    /// Orders are on registered increments; else any size and price is taken, and judged rounded up.
    pub(super) registered: bool,
    /// The last market price seen with an order.
    pub(super) mark: Option<Decimal>,
    /// The last one that was seen before the portfolio was refreshed.
    pub(super) before: Option<Decimal>,
    told: Option<Decimal>,
    /// The value of its position as the trader states it, negative for a short; nothing where it is not listed.
    pub(super) value: Option<Decimal>,
    /// Its position in units, negative for a short.
    pub(super) quantity: Decimal,
    /// The position is listed, and how much it is in units cannot be computed.
    pub(super) uncounted: bool,
}

impl Symbol {
    pub(super) fn lots_down(&self, size: Decimal) -> Decimal {
        down(size, self.lot_scale)
    }

    pub(super) fn lots_up(&self, size: Decimal) -> Decimal {
        up(size, self.lot_scale)
    }

    pub(super) fn ticks(&self, price: Decimal) -> Decimal {
        up(price, self.price_scale)
    }

    /// What its position comes to at the price the core knows; nothing where that is out of range.
    pub(super) fn worth(&self) -> Option<Decimal> {
        self.quantity.abs().checked_mul(self.told.map_or(Decimal::ZERO, |price| self.ticks(price)))
    }

    /// What its position is valued at: the dearer of the market and the last price before the refresh.
    pub(super) fn dearest(&self, market: Option<Decimal>) -> Option<Decimal> {
        self.before.into_iter().chain(market.or(self.mark)).max()
    }

    /// Tells the core what it is worth, where that is news. Whether it was.
    pub(super) fn tell(&mut self, core: &RiskGuard, price: Decimal, at: Timestamp) -> Result<bool, Refusal> {
        if self.told == Some(price) {
            return Ok(false);
        }
        let mark = Input::Mark { instrument: self.handle, price: self.ticks(price), at };
        core.ingest(mark).map_err(|problem| Refusal::new(INVALID, format!("price: {problem}")))?;
        self.told = Some(price);
        Ok(true)
    }
}

/// All symbols, by name and by the order in which they were first seen.
#[derive(Default)]
pub(super) struct Symbols {
    names: HashMap<String, usize>,
    all: Vec<Symbol>,
}

impl Symbols {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub(super) fn get(&self, place: usize) -> &Symbol {
        &self.all[place]
    }

    pub(super) fn get_mut(&mut self, place: usize) -> &mut Symbol {
        &mut self.all[place]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Symbol> {
        self.all.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Symbol> {
        self.all.iter_mut()
    }

    /// The symbol, made when it is first seen: its scales follow its first price and its first size.
    pub(super) fn seen(
        &mut self,
        core: &RiskGuard,
        name: &str,
        group: Option<&str>,
        price: Option<Decimal>,
        size: Decimal,
    ) -> Result<usize, Refusal> {
        if let Some(place) = self.find(name) {
            return Ok(place);
        }
        // A price has up to 16 digits at most 12 of them behind the point, a size up to 17 and 8.
        let price_scale = 16_u32.saturating_sub(price.map_or(6, whole_digits)).min(12);
        let lot_scale = 17_u32.saturating_sub(whole_digits(size).max(9)).min(PLACES);
        let tick = Decimal::new(1, price_scale);
        let lot = Decimal::new(1, lot_scale);
        self.add(core, name, group, (price_scale, tick), (lot_scale, lot), false)
    }

    /// A symbol with the venue's own increments.
    pub(super) fn register(
        &mut self,
        core: &RiskGuard,
        name: &str,
        group: Option<&str>,
        tick: Decimal,
        lot: Decimal,
    ) -> Result<usize, Refusal> {
        if self.find(name).is_some() {
            return Err(Refusal::new(ERROR, format!("symbol {name}: it is known already")));
        }
        let (tick, lot) = (tick.normalize(), lot.normalize());
        // Finer numbers than the increments can be read, so that they are refused for what they are.
        let scales = (tick.scale().max(PLACES), lot.scale().max(PLACES));
        self.add(core, name, group, (scales.0, tick), (scales.1, lot), true)
    }

    fn add(
        &mut self,
        core: &RiskGuard,
        name: &str,
        group: Option<&str>,
        (price_scale, tick): (u32, Decimal),
        (lot_scale, lot): (u32, Decimal),
        registered: bool,
    ) -> Result<usize, Refusal> {
        let mut made = Instrument::new(name, "USD", price_scale, lot_scale);
        (made.price_increment, made.quantity_increment) = (tick, lot);
        made.group = Some(group.unwrap_or_else(|| group_of(name)).to_owned());
        made.mark_source = MarkSource::Input;
        let handle = core
            .add_instrument(&made, &risk_core::Limits::default())
            .map_err(|problem| Refusal::new(ERROR, format!("symbol {name}: {problem}")))?;
        self.all.push(Symbol {
            handle,
            price_scale,
            lot_scale,
            registered,
            mark: None,
            before: None,
            told: None,
            value: None,
            quantity: Decimal::ZERO,
            uncounted: false,
        });
        let place = self.all.len() - 1;
        self.names.insert(name.to_owned(), place);
        Ok(place)
    }
}

/// How many digits a number has before its point.
fn whole_digits(value: Decimal) -> u32 {
    let whole = value.trunc().mantissa().unsigned_abs() / 10_u128.pow(value.trunc().scale());
    whole.checked_ilog10().map_or(0, |digits| digits + 1)
}

/// What a symbol belongs to: the text before a separator, else what is left without the quote currency.
fn group_of(symbol: &str) -> &str {
    if let Some((base, _)) = symbol.split_once(['-', '/', '_', ':']) {
        return if base.is_empty() { symbol } else { base };
    }
    let base = QUOTES.iter().find_map(|quote| symbol.strip_suffix(quote)).filter(|base| !base.is_empty());
    base.unwrap_or(symbol)
}

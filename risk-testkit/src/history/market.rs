//! The market: quotes, marks and rates; good, wide, locked, crossed, with one side or none, old, from the future.

use risk_core::{Input, MarkSource, Quote, Session, Timestamp};
use rust_decimal::Decimal;

use super::dice::Dice;
use super::play::{Action, MS, Play};
use super::world::{self, dec};
use crate::model::Table;

impl Play {
    pub(super) fn plan_rate(&mut self, rate: usize) {
        let (from, to, around, scale) = RATES[rate];
        let handles = self.model.handles();
        let (from, to) = (handles.assets[from], handles.assets[to]);
        let rate = dec(around + around * self.rng.i64(-20..20) / 1_000, scale);
        self.drew("plan_rate", false);
        self.plan.push_back(Action::Ingest(Input::Rate { from, to, rate }));
    }

    /// A quote: good, as wide as is allowed, locked, crossed, with one side or none, old, or from the future.
    pub(super) fn plan_quote(&mut self, instrument: usize) {
        if self.chance(10) {
            self.plan_volume(instrument);
        }
        if self.chance(35) {
            self.plan_session(instrument);
        }
        let of = self.config.instruments[instrument].clone();
        let base = world::MIDS[instrument].max(500);
        let walk = base / 1_000 * self.rng.i64(-4..=4);
        let low = if of.negative_prices { -2_000 } else { base / 2 };
        self.mids[instrument] = (self.mids[instrument] + walk).clamp(low, base * 2);
        let mid = self.mids[instrument];
        let tables = [self.model.table(Table::Firm), self.model.table(Table::Instrument(instrument))];
        let limits: Vec<u32> = tables.iter().filter_map(|table| table.spread_bps_max).collect();
        let (spread, near) = match (self.rng.u32(0..10), limits.iter().min().copied()) {
            (0, _) if self.rng.bool() => (self.step(), true),
            (1..7, Some(bps)) => {
                let step = *self.rng.choice(&[-1, -1, 0, 0, 1]).unwrap_or(&0);
                (mid.abs() * i64::from(bps) / 10_000 + step, true)
            }
            _ => (base * self.rng.i64(1..30) / 10_000 + 1, false),
        };
        self.drew("plan_quote", near);
        // Never so wide that a price comes near zero where none may.
        let spread = if of.negative_prices { spread } else { spread.min(mid) };
        let bid = mid - spread.div_euclid(2);
        let (bid, ask) = (bid, bid + spread);
        let price = |units: i64| Some(dec(units, of.price_scale)).filter(|_| of.negative_prices || units > 0);
        let handle = self.model.handles().instruments[instrument];
        let at = Timestamp::from_nanos(self.quoted_at());
        let mut quote = Quote::of_sides(handle, price(bid), price(ask), at);
        let half = |value: Option<Decimal>| value.map(|value| value + dec(5, of.price_scale + 1));
        match self.rng.u32(0..80) {
            0 | 1 => quote.bid = None,
            2 | 3 => quote.ask = None,
            4 => (quote.bid, quote.ask) = (None, None),
            5..9 => (quote.bid, quote.ask) = (half(quote.bid), half(quote.ask)),
            _ => {}
        }
        let size = |rng: &mut Dice| (rng.u32(0..100) < 70).then(|| dec(rng.i64(1..100), 0));
        (quote.bid_size, quote.ask_size) = (size(&mut self.rng), size(&mut self.rng));
        let tight = limits.iter().min().is_none_or(|bps| spread * 10_000 <= mid.abs() * i64::from(*bps));
        self.usable[instrument] = quote.bid.is_some() && quote.ask.is_some() && spread > 0 && tight;
        let given = of.mark_source == MarkSource::Input;
        if !given || self.chance(40) {
            self.plan.push_back(Action::Ingest(Input::Quote(quote)));
        }
        if given && self.chance(80) {
            let at = Timestamp::from_nanos(self.quoted_at());
            self.plan.push_back(Action::Ingest(Input::Mark {
                instrument: handle,
                price: dec(mid, of.price_scale),
                at,
            }));
        }
    }

    /// A session of an instrument that has any: mostly open for a while; at times just about to open or to close, or over.
    pub(super) fn plan_session(&mut self, instrument: usize) {
        if self.config.instruments[instrument].sessions.is_none() {
            return;
        }
        let (near, long) = (self.step(), self.rng.i64(1..6_000) * MS);
        let (opens, closes) = match self.rng.u32(0..10) {
            0 => (near, near + long),
            1 | 2 => (-long, near),
            3 => (long, 2 * long),
            _ => (-long, long),
        };
        self.drew("plan_session", opens == near || closes == near);
        let [opens, closes] = [opens, closes].map(|from_now| Timestamp::from_nanos(self.time + from_now));
        let instrument = self.model.handles().instruments[instrument];
        self.plan
            .push_back(Action::Ingest(Input::Session { instrument, session: Session { opens, closes } }));
    }

    /// The average daily volume of an instrument: some to some hundred of its orders; now and then nothing.
    pub(super) fn plan_volume(&mut self, instrument: usize) {
        let scale = self.config.instruments[instrument].quantity_scale;
        let lots = if self.chance(5) { 0 } else { self.rng.i64(40..40_000) };
        let units = lots * self.unit(instrument, false) + self.step();
        self.drew("plan_volume", false);
        let instrument = self.model.handles().instruments[instrument];
        self.plan
            .push_back(Action::Ingest(Input::DailyVolume { instrument, quantity: dec(units.max(0), scale) }));
    }

    fn quoted_at(&mut self) -> i64 {
        let future = i64::try_from(self.config.settings.future_ms_max).unwrap_or(0) * MS;
        match self.rng.u32(0..40) {
            0 => self.time - self.rng.i64(0..2_000) * MS,
            1 => self.time + future + self.step(),
            _ => self.time,
        }
    }
}

/// From, to, about how much and its decimal places. Between yen and bitcoin there is none.
pub(super) const RATES: [(usize, usize, i64, u32); 5] =
    [(1, 0, 1_085, 3), (0, 2, 151_250, 3), (3, 0, 50_000, 0), (1, 2, 164_300, 3), (3, 1, 46_082_949, 3)];

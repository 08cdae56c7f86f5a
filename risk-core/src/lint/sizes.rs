//! Limits against what is traded: the smallest order there is, the volume of a day, the number of instruments.

use rust_decimal::Decimal;

use super::tables::Table;
use super::{Look, Weakness};
use crate::instrument::{ExposurePrice, Instrument};

/// Largest order, in percent of the average volume of a day.
const VOLUME_PERCENT: i64 = 10;
/// Most orders that closing a full position should take.
const EXIT_ORDERS: i64 = 100;

impl<'a> Look<'a> {
    pub(super) fn sizes(&mut self) {
        for table in self.tables() {
            for instrument in self.traded(&table) {
                self.smallest(&table, instrument);
                self.largest(&table, instrument);
            }
            self.count(&table);
            self.exit(&table);
        }
    }

    /// The smallest order of an instrument: a lot, or the venue's minimum.
    fn smallest(&mut self, table: &Table<'a>, instrument: &'a Instrument) {
        let least = instrument.quantity_increment.max(instrument.quantity_min.unwrap_or_default());
        let limits = table.limits;
        for (field, value) in [
            ("order_quantity_max", limits.order_quantity_max),
            ("position_quantity_max", limits.position_quantity_max),
        ] {
            if let Some(value) = value.filter(|value| *value < least && !value.is_zero()) {
                let text = format!(
                    "{value} is below the smallest order of {}, {least}: nothing passes; raise it",
                    instrument.symbol
                );
                self.add(Weakness::BelowSmallestOrder, table.at(), field, text);
            }
        }
        let worth = self.price(instrument).and_then(|price| worth(instrument, least, price));
        let worth = worth.unwrap_or_default().max(instrument.notional_min.unwrap_or_default());
        let Some(worth) = self.convert(worth, &instrument.quote, table.currency) else { return };
        for (field, value) in [
            ("order_notional_max", limits.order_notional_max),
            ("gross_exposure_max", limits.gross_exposure_max),
            ("net_exposure_max", limits.net_exposure_max),
            ("position_notional_max", limits.position_notional_max),
        ] {
            if let Some(value) = value.filter(|value| *value < worth && !value.is_zero()) {
                let text = format!(
                    "{value} {} is below the smallest order of {}, worth {}: nothing passes; raise it",
                    table.currency,
                    instrument.symbol,
                    worth.normalize()
                );
                self.add(Weakness::BelowSmallestOrder, table.at(), field, text);
            }
        }
    }

    /// What an order of this instrument is valued at, as far as it is known.
    fn price(&self, instrument: &Instrument) -> Option<Decimal> {
        match instrument.exposure_price {
            ExposurePrice::Fixed(price) => Some(price),
            ExposurePrice::Market => {
                let known = self.known.instruments.get(&instrument.symbol).and_then(|known| known.price);
                match (known, instrument.exposure_price_min) {
                    (Some(price), Some(least)) => Some(price.abs().max(least)),
                    (Some(price), None) => Some(price.abs()),
                    (None, least) => least.filter(|_| !instrument.inverse),
                }
            }
        }
    }

    fn largest(&mut self, table: &Table<'a>, instrument: &'a Instrument) {
        let Some(value) = table.limits.order_quantity_max else { return };
        if let Some(venue) =
            instrument.quantity_max.filter(|venue| value > *venue && table.instrument.is_some())
        {
            let text = format!(
                "{value} is above the instrument's quantity_max of {venue}, which refuses before; lower it or leave it \
                 out"
            );
            self.add(Weakness::Shadowed, table.at(), "order_quantity_max", text);
        }
        let volume = self.known.instruments.get(&instrument.symbol).and_then(|known| known.daily_volume);
        let share = |volume: Decimal| {
            volume.checked_mul(Decimal::from(VOLUME_PERCENT))?.checked_div(Decimal::ONE_HUNDRED)
        };
        if let Some((volume, most)) =
            volume.and_then(|v| Some((v, share(v)?))).filter(|(_, most)| value > *most)
        {
            let text = format!(
                "{value} is more than {VOLUME_PERCENT} % of the {volume} of {} that are traded in a day: such an order \
                 moves the market; lower it to {} or less",
                instrument.symbol,
                most.normalize()
            );
            self.add(Weakness::OrderAboveVolume, table.at(), "order_quantity_max", text);
        }
    }

    fn count(&mut self, table: &Table<'a>) {
        let there = self.traded(table).len();
        let listed = u32::try_from(there).unwrap_or(u32::MAX);
        if let Some(count) = table.limits.position_count_max.filter(|count| *count >= listed && listed > 0) {
            let text =
                format!("{count} is never exceeded with {there} instrument(s); lower it or leave it out");
            self.add(Weakness::CountNeverReached, table.at(), "position_count_max", text);
        }
    }

    /// How many orders it takes to close all that may be open.
    fn exit(&mut self, table: &Table<'a>) {
        let limits = table.limits;
        for (order, whole, order_field, field) in [
            (
                limits.order_quantity_max,
                limits.position_quantity_max,
                "order_quantity_max",
                "position_quantity_max",
            ),
            (
                limits.order_notional_max,
                limits.position_notional_max,
                "order_notional_max",
                "position_notional_max",
            ),
        ] {
            let (Some(order), Some(whole)) = (order, whole) else { continue };
            if let Some(orders) = whole.checked_div(order)
                && orders > Decimal::from(EXIT_ORDERS)
            {
                let text = format!(
                    "{whole} takes {} orders of {order} ({order_field}) to close, and exits keep to the size limit; \
                     raise that one or lower this one",
                    orders.ceil()
                );
                self.add(Weakness::SlowExit, table.at(), field, text);
            }
        }
    }
}

/// What a quantity is worth at a price, in the quote asset.
fn worth(instrument: &Instrument, quantity: Decimal, price: Decimal) -> Option<Decimal> {
    let units = quantity.checked_mul(instrument.multiplier)?;
    if instrument.inverse { units.checked_div(price) } else { units.checked_mul(price) }
}

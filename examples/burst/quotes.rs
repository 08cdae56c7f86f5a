//! What supplies the quotes of the burst.
//!
//! The file begins with the opening: the orders that were there before are not in it. A book built from the burst alone
//! is one-sided or far too wide for most symbols (with both sides, half of them are wider than 5 %). So:
//!
//! 1. Each symbol starts with a **seed**, the quote a trading system would have had when the burst began. It is one
//!    tick around the price that best separates the symbol's buys from its sells over the whole burst. This looks
//!    ahead, which is fair here: the burst measures time, it does not claim that anybody could have traded on it.
//!    Where trades or crosses of the burst tell the price, the seed is within 0.5 % of it for half of the symbols.
//! 2. As soon as the symbol's own book has both sides, not crossed and at most [`SPREAD_BPS_MAX`] apart, its best
//!    prices are the quote.

use std::collections::{BTreeMap, HashMap};

use risk_core::Side;

use crate::itch::{Message, Price, What};

/// A wider book says nothing about the price.
const SPREAD_BPS_MAX: u64 = 100;

/// The best prices of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    /// The highest buy.
    pub(crate) bid: Price,
    /// The lowest sell; above the bid.
    pub(crate) ask: Price,
}

impl Quote {
    /// On which side of the market a price is: at or below the middle one buys.
    pub(crate) fn side_of(self, price: Price) -> Side {
        let twice = u64::from(price.0) * 2;
        if twice <= u64::from(self.bid.0) + u64::from(self.ask.0) { Side::Buy } else { Side::Sell }
    }

    fn tight(self) -> bool {
        let (bid, ask) = (u64::from(self.bid.0), u64::from(self.ask.0));
        bid < ask && (ask - bid) * 20_000 <= SPREAD_BPS_MAX * (ask + bid)
    }
}

/// The seed of every symbol for which the burst names a price.
pub(crate) fn seeds(messages: &[Message]) -> BTreeMap<u16, Quote> {
    let mut prices: BTreeMap<u16, Vec<(Price, Option<Side>)>> = BTreeMap::new();
    for message in messages {
        let priced = match message.what {
            What::Add { side, price, .. } => (price, Some(side)),
            What::Replace { price, .. } => (price, None),
            _ => continue,
        };
        prices.entry(message.symbol).or_default().push(priced);
    }
    prices.into_iter().map(|(symbol, prices)| (symbol, around(separator(prices)))).collect()
}

/// The price that has the fewest buys above and sells below it; without sides, the median.
fn separator(mut prices: Vec<(Price, Option<Side>)>) -> Price {
    prices.sort_by_key(|&(price, _)| price);
    let sided = |side| prices.iter().filter(move |&&(_, of)| of == Some(side)).map(|&(price, _)| price);
    match (sided(Side::Buy).next_back(), sided(Side::Sell).next()) {
        (None, None) => prices[prices.len() / 2].0,
        (Some(highest_buy), None) => highest_buy,
        (None, Some(lowest_sell)) => lowest_sell,
        (Some(_), Some(_)) => {
            // From the lowest price up: what was a buy above is now below, a sell below is one more on the wrong side.
            let mut wrong = i64::try_from(sided(Side::Buy).count()).unwrap_or(i64::MAX);
            let mut best = (wrong, prices[0].0, prices[0].0);
            for (index, &(price, side)) in prices.iter().enumerate() {
                wrong += match side {
                    Some(Side::Buy) => -1,
                    Some(Side::Sell) => 1,
                    None => 0,
                };
                let next = prices.get(index + 1).map_or(price, |&(next, _)| next);
                if wrong < best.0 {
                    best = (wrong, price, next);
                } else if wrong == best.0 {
                    best.2 = next;
                }
            }
            Price(best.1.0 + (best.2.0 - best.1.0) / 2)
        }
    }
}

/// One tick around a price: a cent, a hundredth of it below one dollar.
fn around(price: Price) -> Quote {
    let tick = if price.0 >= 10_000 { 100 } else { 1 };
    let bid = (price.0 / tick).max(1) * tick;
    Quote { bid: Price(bid), ask: Price(bid + tick) }
}

/// An order in the book.
#[derive(Clone, Copy)]
pub(crate) struct Resting {
    symbol: u16,
    /// Buy or sell.
    pub(crate) side: Side,
    /// For how much each share.
    pub(crate) price: Price,
    /// How many shares are left.
    pub(crate) shares: u32,
}

/// How many orders rest at each price.
#[derive(Default)]
struct Levels {
    buys: BTreeMap<Price, u32>,
    sells: BTreeMap<Price, u32>,
}

/// The books of all symbols, and the quote of each.
pub(crate) struct Quotes {
    current: BTreeMap<u16, Quote>,
    levels: HashMap<u16, Levels>,
    orders: HashMap<u64, Resting>,
}

impl Quotes {
    /// Empty books, and the seeds as quotes.
    pub(crate) fn new(seeds: BTreeMap<u16, Quote>) -> Self {
        Self { current: seeds, levels: HashMap::new(), orders: HashMap::new() }
    }

    /// The quote of a symbol.
    pub(crate) fn of(&self, symbol: u16) -> Option<Quote> {
        self.current.get(&symbol).copied()
    }

    /// An order that is in the book.
    pub(crate) fn resting(&self, order: u64) -> Option<Resting> {
        self.orders.get(&order).copied()
    }

    /// An order comes to rest.
    pub(crate) fn add(&mut self, order: u64, symbol: u16, side: Side, shares: u32, price: Price) {
        *self.level(symbol, side).entry(price).or_default() += 1;
        self.orders.insert(order, Resting { symbol, side, price, shares });
    }

    /// Takes shares off an order, or all of it; answers how many, or nothing for an order not in the book.
    pub(crate) fn take(&mut self, order: u64, shares: Option<u32>) -> Option<u32> {
        let resting = self.orders.get_mut(&order)?;
        let taken = shares.map_or(resting.shares, |shares| shares.min(resting.shares));
        resting.shares -= taken;
        if resting.shares == 0 {
            let Resting { symbol, side, price, .. } = *resting;
            self.orders.remove(&order);
            let level = self.level(symbol, side);
            if let Some(orders) = level.get_mut(&price) {
                *orders -= 1;
                if *orders == 0 {
                    level.remove(&price);
                }
            }
        }
        Some(taken)
    }

    /// The quote of a symbol if it is not what it was.
    pub(crate) fn news(&mut self, symbol: u16) -> Option<Quote> {
        let levels = self.levels.get(&symbol)?;
        let (&bid, &ask) = (levels.buys.keys().next_back()?, levels.sells.keys().next()?);
        let quote = Quote { bid, ask };
        (quote.tight() && self.current.insert(symbol, quote) != Some(quote)).then_some(quote)
    }

    fn level(&mut self, symbol: u16, side: Side) -> &mut BTreeMap<Price, u32> {
        let levels = self.levels.entry(symbol).or_default();
        match side {
            Side::Buy => &mut levels.buys,
            Side::Sell => &mut levels.sells,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_separates_buys_from_sells() {
        let buy = |price| (Price(price), Some(Side::Buy));
        let sell = |price| (Price(price), Some(Side::Sell));
        let all = vec![buy(10_000), buy(20_000), sell(20_200), sell(90_000), buy(10), (Price(5), None)];
        assert_eq!(around(separator(all)), Quote { bid: Price(20_100), ask: Price(20_200) });
        assert_eq!(separator(vec![buy(100), buy(300)]), Price(300));
        assert_eq!(separator(vec![(Price(7), None)]), Price(7));
    }

    #[test]
    fn the_book_takes_over_when_it_is_tight() {
        let mut quotes = Quotes::new(BTreeMap::new());
        quotes.add(1, 7, Side::Buy, 100, Price(100_000));
        assert_eq!(quotes.news(7), None);
        quotes.add(2, 7, Side::Sell, 100, Price(200_000));
        assert_eq!(quotes.news(7), None, "too wide");
        quotes.add(3, 7, Side::Sell, 100, Price(100_100));
        let tight = Quote { bid: Price(100_000), ask: Price(100_100) };
        assert_eq!(quotes.news(7), Some(tight));
        assert_eq!(quotes.take(3, Some(60)), Some(60));
        assert_eq!(quotes.take(3, Some(60)), Some(40));
        assert_eq!((quotes.news(7), quotes.of(7)), (None, Some(tight)));
    }
}

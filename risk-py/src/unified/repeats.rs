//! Identical orders end: the same symbol, side, size and price can be approved so often in a while.

use std::collections::{HashMap, VecDeque};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyInt;
use risk_core::Side;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::order::Asked;
use super::refusal::{Read, Refusal, amount};

/// How many different orders are remembered before those that are over are forgotten.
const KINDS: usize = 4096;

/// How often an order may be approved, and in how many seconds.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) most: u64,
    pub(super) seconds: f64,
}

impl Pace {
    /// What a guard says.
    pub(super) fn read(guard: &Bound<'_, PyAny>) -> Read<Self> {
        let py = guard.py();
        let most = guard.getattr(intern!(py, "max_identical_orders"))?;
        let seconds = guard.getattr(intern!(py, "identical_orders_seconds"))?;
        let whole = |value: &Bound<'_, PyAny>| value.cast_exact::<PyInt>().ok()?.extract::<u64>().ok();
        let most = match whole(&most) {
            Some(most) => most,
            None => amount(&most, "max_identical_orders", Decimal::ZERO, Decimal::MAX)?
                .to_u64()
                .unwrap_or(u64::MAX),
        };
        let seconds = match whole(&seconds) {
            Some(seconds) => seconds as f64,
            None => {
                let seconds = amount(&seconds, "identical_orders_seconds", Decimal::ZERO, Decimal::MAX)?;
                seconds.to_f64().unwrap_or(f64::MAX)
            }
        };
        Ok(Self { most, seconds })
    }
}

/// An order by what makes it the same.
type Kind = (usize, bool, Decimal, Option<Decimal>);

/// When orders were approved, by what they are.
#[derive(Default)]
pub(super) struct Repeats {
    times: HashMap<Kind, VecDeque<f64>>,
}

fn kind(symbol: usize, asked: &Asked) -> Kind {
    (symbol, asked.side == Side::Buy, asked.size, asked.price)
}

impl Repeats {
    /// Refuses an order that was approved often enough.
    pub(super) fn check(
        &mut self,
        symbol: usize,
        asked: &Asked,
        pace: Pace,
        now: f64,
    ) -> Result<(), Refusal> {
        let known = self.times.get_mut(&kind(symbol, asked)).map_or(0, |times| {
            while times.front().is_some_and(|first| *first <= now - pace.seconds) {
                times.pop_front();
            }
            times.len()
        });
        if known as u64 >= pace.most {
            let text = format!("{known} identical orders in {} s", pace.seconds);
            return Err(Refusal::new("REPEATED_ORDER", text));
        }
        Ok(())
    }

    /// Remembers an order that was approved.
    pub(super) fn approved(&mut self, symbol: usize, asked: &Asked, pace: Option<Pace>, now: f64) {
        self.times.entry(kind(symbol, asked)).or_default().push_back(now);
        if self.times.len() > KINDS {
            let over = now - pace.map_or(60.0, |pace| pace.seconds);
            self.times.retain(|_, times| times.back().is_some_and(|last| *last > over));
        }
    }
}

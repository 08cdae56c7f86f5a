//! What is registered once is named by a small object from then on. Only a guard makes them.

use pyo3::prelude::*;
use risk_core::{AccountHandle, AssetHandle, InstrumentHandle, StrategyHandle, TraderHandle, VenueHandle};

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident($handle:ident));* $(;)?) => {$(
        $(#[$doc])*
        #[pyclass(frozen, module = "risk_guard")]
        pub(crate) struct $name {
            pub(crate) handle: $handle,
            pub(crate) name: String,
        }

        #[pymethods]
        impl $name {
            /// Its name.
            #[getter]
            fn name(&self) -> &str {
                &self.name
            }

            /// Its position in order of registration, from 0.
            #[getter]
            fn ordinal(&self) -> u32 {
                self.handle.ordinal()
            }

            fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
                other.cast::<Self>().is_ok_and(|other| other.get().handle == self.handle)
            }

            fn __hash__(&self) -> u64 {
                u64::from(self.handle.ordinal())
            }

            fn __repr__(&self) -> String {
                format!("<{} {}>", stringify!($name), self.name)
            }
        }
    )*};
}

handles! {
    /// A tradable instrument of one guard.
    ///
    /// >>> btc.name, btc.ordinal, btc == guard.instrument("BTC-USD")
    /// ('BTC-USD', 0, True)
    Instrument(InstrumentHandle);
    /// A trading account of one guard.
    ///
    /// >>> main.name, main.ordinal, main == guard.account("main")
    /// ('main', 0, True)
    Account(AccountHandle);
    /// A venue of one guard, as a scope of halts.
    ///
    /// >>> x = {"symbol": "X", "quote": "USD", "price_scale": 2, "quantity_scale": 0, "venue": "XNAS",
    /// ...      "price_increment": "0.01", "quantity_increment": 1}
    /// >>> _ = guard.add_instrument(x)
    /// >>> guard.venue("XNAS").name
    /// 'XNAS'
    Venue(VenueHandle);
    /// A trader of one guard: a person or a program that orders name, with permissions and halts of its own.
    ///
    /// >>> anna = guard.add_trader({"name": "anna"})
    /// >>> anna.name, anna == guard.trader("anna")
    /// ('anna', True)
    Trader(TraderHandle);
    /// A currency or another asset of one guard.
    ///
    /// >>> usd.name, usd.ordinal
    /// ('USD', 0)
    Asset(AssetHandle);
}

/// A strategy of one account of one guard.
///
/// >>> grid.name, grid == guard.strategy(main, "grid")
/// ('grid', True)
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Strategy {
    pub(crate) handle: StrategyHandle,
    pub(crate) account: AccountHandle,
    pub(crate) name: String,
}

#[pymethods]
impl Strategy {
    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// Its position in order of registration, from 0.
    #[getter]
    fn ordinal(&self) -> u32 {
        self.handle.ordinal()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().handle == self.handle)
    }

    fn __hash__(&self) -> u64 {
        u64::from(self.handle.ordinal())
    }

    fn __repr__(&self) -> String {
        format!("<Strategy {}>", self.name)
    }
}

/// A live order, as reports and cancels name it. One of an order that has ended never means another order.
///
/// >>> permit = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise()
/// >>> guard.order_state(permit.handle)
/// 'permitted'
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct OrderHandle {
    pub(crate) handle: risk_core::OrderHandle,
}

#[pymethods]
impl OrderHandle {
    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().handle == self.handle)
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.handle.hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("<{:?}>", self.handle)
    }
}

//! The compiled part of the Python package `risk_guard`. It translates, calls and translates back: what is decided is
//! decided in `risk-core`.

#![deny(unsafe_code)]

// Across the border.
mod config;
mod contain;
mod error;
mod number;
mod seal;
// What is asked and answered.
mod decision;
mod handles;
mod order;
mod permit;
mod permits;
// The guard.
mod adjusted;
mod batch;
mod calendar;
mod clock;
mod columns;
mod explained;
mod guard;
mod inputs;
mod journal;
mod list;
mod looks;
mod memory;
mod opening;
mod reports;
mod rules;
mod stated;
mod stops;
// The drop-in for the existing trader.
mod unified;

use pyo3::prelude::*;

/// Nothing in it leans on a global lock of the interpreter: its classes are frozen, and what changes has a lock of its own.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::batch::Columns;
    #[pymodule_export]
    use crate::calendar::{Calendar, SessionCalendar};
    #[pymodule_export]
    use crate::clock::ManualClock;
    #[pymodule_export]
    use crate::decision::{Approved, EmergencyStop, PyBinding, PyRejection, Reduced, Rejected};
    #[pymodule_export]
    use crate::guard::{_panic_next, Guard, lint};
    #[pymodule_export]
    use crate::handles::{Account, Asset, Instrument, OrderHandle, Strategy, Trader, Venue};
    #[pymodule_export]
    use crate::journal::{read_journal, replay_journal};
    #[pymodule_export]
    use crate::list::{ListApproved, ListPermit, ListRejected};
    #[pymodule_export]
    use crate::number::_number;
    #[pymodule_export]
    use crate::order::Order;
    #[pymodule_export]
    use crate::permit::{Outbound, Permit};
    #[pymodule_export]
    use crate::permits::Permits;
    #[pymodule_export]
    use crate::rules::{Measurement, View};
    #[pymodule_export]
    use crate::stated::{Difference, StatedOrder};
    #[pymodule_export]
    use crate::unified::{_stamp, Decisions, RiskEvaluationResult, UnifiedGuard};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::seal::seal_all(module)
    }
}

//! A small guard and everything a caller of it has.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use risk_guard::border::{RG_ABI_VERSION, rg_last_error, rg_last_refusal};
use risk_guard::guard::{rg_guard_free, rg_guard_new, rg_options};
use risk_guard::input::{rg_ingest_quote, rg_quote};
use risk_guard::look::{rg_digest, rg_digest_of, rg_seq};
use risk_guard::names::{
    rg_find_account, rg_find_asset, rg_find_instrument, rg_find_strategy, rg_find_venue,
};
use risk_guard::number::{rg_decimal, rg_decimal_parse};
use risk_guard::order::{rg_decision, rg_evaluate, rg_order};
use risk_guard::permit::{rg_outbound, rg_redeem};
use risk_guard::words::rg_clock::RG_CLOCK_MANUAL;
use risk_guard::words::rg_format::RG_TOML;
use risk_guard::words::rg_journal::RG_JOURNAL_LAST;
use risk_guard::words::rg_kind::RG_LIMIT;
use risk_guard::words::rg_side::RG_BUY;
use risk_guard::words::rg_status::{self, RG_OK};
use risk_guard::words::rg_time_in_force::RG_GOOD_TILL_CANCEL;

pub(crate) const NOW: i64 = 1_700_000_000_000_000_000;

pub(crate) const CONFIG: &str = r#"
capacity = { assets = 4, instruments = 4, accounts = 4, strategies = 8, books = 16, live_orders = 16, changes = 8, order_ids = 64, order_ids_for_exits = 8, executions = 16, parents = 4, latches = 4 }
assets = [{ code = "USD", digits = 2 }]
[firm]
currency = "USD"
limits.collar_bps = 500
[[instruments]]
symbol = "BTC"
quote = "USD"
venue = "X"
price_scale = 2
price_increment = "0.01"
quantity_scale = 3
quantity_increment = "0.001"
[[accounts]]
name = "main"
currency = "USD"
limits.gross_exposure_max = 1000
strategies = [{ name = "s" }]
"#;

/// A guard with one of each thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    pub(crate) guard: u64,
    pub(crate) account: u64,
    pub(crate) strategy: u64,
    pub(crate) instrument: u64,
    pub(crate) asset: u64,
    pub(crate) venue: u64,
}

pub(crate) fn options() -> rg_options {
    rg_options {
        size: size_of::<rg_options>() as u32,
        clock: RG_CLOCK_MANUAL as u32,
        start_ns: NOW,
        journal: RG_JOURNAL_LAST as u32,
        sync_within_ms: 0,
        records: 256,
        folder: ptr::null(),
        rules: ptr::null(),
        rule_count: 0,
    }
}

pub(crate) fn make(config: &str, options: &rg_options, guard: &mut u64) -> rg_status {
    let text = config.as_ptr().cast::<c_char>();
    // SAFETY: everything lives during the call.
    unsafe {
        rg_guard_new(RG_ABI_VERSION, text, config.len(), RG_TOML as u32, c"a test".as_ptr(), options, guard)
    }
}

pub(crate) fn number(text: &str) -> rg_decimal {
    let mut value = rg_decimal::default();
    let text = CString::new(text).unwrap();
    // SAFETY: both live during the call.
    assert_eq!(unsafe { rg_decimal_parse(text.as_ptr(), &mut value) }, RG_OK);
    value
}

pub(crate) fn zeroed<T: Copy>() -> T {
    // SAFETY: the structures of the header are made of numbers and pointers.
    unsafe { std::mem::zeroed() }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(CONFIG, &options())
    }

    pub(crate) fn with(config: &str, options: &rg_options) -> Self {
        let mut guard = 0;
        assert_eq!(make(config, options, &mut guard), RG_OK, "{}", error());
        let mut world = Self { guard, account: 0, strategy: 0, instrument: 0, asset: 0, venue: 0 };
        // SAFETY: texts and places live during the calls.
        let found = unsafe {
            [
                rg_find_account(guard, c"main".as_ptr(), &mut world.account),
                rg_find_strategy(guard, world.account, c"s".as_ptr(), &mut world.strategy),
                rg_find_instrument(guard, c"BTC".as_ptr(), &mut world.instrument),
                rg_find_asset(guard, c"USD".as_ptr(), &mut world.asset),
                rg_find_venue(guard, c"X".as_ptr(), &mut world.venue),
            ]
        };
        assert_eq!(found, [RG_OK; 5]);
        world.quote("99", "101");
        world
    }

    pub(crate) fn quote(&self, bid: &str, ask: &str) {
        let mut quote: rg_quote = zeroed();
        quote.size = size_of::<rg_quote>() as u32;
        (quote.instrument, quote.at_ns) = (self.instrument, NOW);
        (quote.bid, quote.ask) = (number(bid), number(ask));
        // SAFETY: it lives during the call.
        assert_eq!(unsafe { rg_ingest_quote(self.guard, &quote, ptr::null_mut()) }, RG_OK);
    }

    pub(crate) fn order(&self, id: &'static CStr, quantity: &str) -> rg_order {
        rg_order {
            size: size_of::<rg_order>() as u32,
            side: RG_BUY as u32,
            account: self.account,
            strategy: self.strategy,
            instrument: self.instrument,
            id: id.as_ptr(),
            kind: RG_LIMIT as u32,
            time_in_force: RG_GOOD_TILL_CANCEL as u32,
            quantity: number(quantity),
            price: number("101"),
            ..zeroed()
        }
    }

    pub(crate) fn evaluate(&self, order: &rg_order) -> rg_decision {
        let mut decision = decision();
        // SAFETY: both live during the call.
        assert_eq!(unsafe { rg_evaluate(self.guard, order, &mut decision) }, RG_OK, "{}", error());
        decision
    }

    pub(crate) fn redeem(&self, permit: u64) -> (rg_status, rg_outbound) {
        let mut outbound = outbound();
        // SAFETY: it lives during the call.
        let status = unsafe { rg_redeem(self.guard, permit, &mut outbound) };
        (status, outbound)
    }

    /// Everything that a refused call must leave as it was.
    pub(crate) fn state(&self) -> (rg_digest, u64) {
        let (mut digest, mut seq) = (rg_digest { low: 0, high: 0 }, 0);
        // SAFETY: both live during the calls.
        let looked = unsafe { [rg_digest_of(self.guard, &mut digest), rg_seq(self.guard, &mut seq)] };
        assert_eq!(looked, [RG_OK; 2]);
        (digest, seq)
    }

    pub(crate) fn free(self) {
        assert_eq!(rg_guard_free(self.guard), RG_OK);
    }
}

pub(crate) fn decision() -> rg_decision {
    rg_decision { size: size_of::<rg_decision>() as u32, ..zeroed() }
}

pub(crate) fn outbound() -> rg_outbound {
    rg_outbound { size: size_of::<rg_outbound>() as u32, ..zeroed() }
}

fn said(call: unsafe extern "C" fn(*mut c_char, usize) -> usize) -> String {
    let mut bytes = vec![0_u8; 1_100];
    // SAFETY: so many bytes can be written.
    let length = unsafe { call(bytes.as_mut_ptr().cast(), bytes.len()) };
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

pub(crate) fn error() -> String {
    said(rg_last_error)
}

pub(crate) fn refusal() -> String {
    said(rg_last_refusal)
}

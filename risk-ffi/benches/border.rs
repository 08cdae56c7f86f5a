//! What a call from C costs beside the same call from Rust, in one run: evaluate and release, limits at four levels.
//!
//! `cargo bench -p risk-ffi --bench border`. Prints nanoseconds per pair, the median of batches; judges nothing. The C
//! program is built with `cc` and linked with the shared library; where there is no compiler its line is missing.

#![allow(missing_docs, clippy::unwrap_used)]

use std::ffi::{CString, c_char};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use risk_core::{Config, Engine, Id, ManualClock, MemoryJournal, Order, Timestamp};
use risk_guard::border::RG_ABI_VERSION;
use risk_guard::guard::{rg_guard_free, rg_guard_new, rg_options};
use risk_guard::names::{rg_find_account, rg_find_instrument, rg_find_strategy};
use risk_guard::number::{rg_decimal, rg_decimal_parse};
use risk_guard::order::{rg_decision, rg_evaluate_at, rg_order};
use risk_guard::permit::rg_release;
use risk_guard::scalar::rg_scalar_quote;
use risk_guard::words::rg_status::{self, RG_OK};

const NOW: i64 = 1_700_000_000_000_000_000;
const CONFIG: &str = include_str!("border.toml");
/// Pairs in a batch, and batches.
const BATCH: usize = 20_000;
const BATCHES: usize = 15;

/// The median time of a pair, in nanoseconds.
fn measure(mut pair: impl FnMut(usize)) -> f64 {
    let mut times: Vec<f64> = (0..BATCHES)
        .map(|_| {
            let begin = Instant::now();
            (0..BATCH).for_each(&mut pair);
            begin.elapsed().as_nanos() as f64 / BATCH as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[BATCHES / 2]
}

fn number(text: &str) -> rg_decimal {
    let (text, mut value) = (CString::new(text).unwrap(), rg_decimal::default());
    // SAFETY: both live during the call.
    assert_eq!(unsafe { rg_decimal_parse(text.as_ptr(), &mut value) }, RG_OK);
    value
}

/// Two core rows: the order ready, and its id read from text as every caller's is at some time.
fn core(ids: &[String]) -> [f64; 2] {
    let config = Config::from_toml(CONFIG, "border.toml").unwrap();
    let now = Timestamp::from_nanos(NOW);
    let journal = MemoryJournal::last(65_536);
    let mut engine = Engine::new(&config, ManualClock::at(now), journal).unwrap();
    let (account, instrument) = (engine.account("main").unwrap(), engine.instrument("ABC").unwrap());
    let strategy = engine.strategy(account, "s").unwrap();
    let quote = risk_core::Quote::new(instrument, 99, 101, now);
    engine.ingest(risk_core::Input::Quote(quote)).unwrap();
    let order = Order::buy(instrument, 1).limit(101).account(account).strategy(strategy);
    let ready: Vec<Order> = ids.iter().map(|id| order.id(id.as_str())).collect();
    let mut pair = |order: &Order| {
        let permit = engine.evaluate_at(order, Some(now)).permit().unwrap();
        engine.release_at(permit, Some(now)).unwrap();
    };
    [measure(|n| pair(&ready[n])), measure(|n| pair(&order.id(Id::new(std::hint::black_box(&ids[n])))))]
}

/// How a program calls it: through a pointer, so that nothing is inlined.
type Evaluate = unsafe extern "C" fn(u64, *const rg_order, i64, *mut rg_decision) -> rg_status;

fn border(ids: &[CString]) -> f64 {
    let (mut guard, mut account, mut strategy, mut instrument) = (0, 0, 0, 0);
    let options = rg_options {
        size: size_of::<rg_options>() as u32,
        clock: 2,
        start_ns: NOW,
        journal: 1,
        sync_within_ms: 0,
        records: 65_536,
        folder: std::ptr::null(),
        rules: std::ptr::null(),
        rule_count: 0,
    };
    // SAFETY: everything lives during the calls.
    unsafe {
        let text = CONFIG.as_ptr().cast::<c_char>();
        let origin = std::ptr::null();
        let made = rg_guard_new(RG_ABI_VERSION, text, CONFIG.len(), 1, origin, &options, &mut guard);
        assert_eq!(made, RG_OK);
        assert_eq!(rg_find_account(guard, c"main".as_ptr(), &mut account), RG_OK);
        assert_eq!(rg_find_strategy(guard, account, c"s".as_ptr(), &mut strategy), RG_OK);
        assert_eq!(rg_find_instrument(guard, c"ABC".as_ptr(), &mut instrument), RG_OK);
    }
    assert_eq!(rg_scalar_quote(guard, instrument, 99.0, 101.0, NOW), RG_OK);
    // SAFETY: numbers and pointers.
    let zeroed: rg_order = unsafe { std::mem::zeroed() };
    let mut order = rg_order {
        size: size_of::<rg_order>() as u32,
        side: 1,
        account,
        strategy,
        instrument,
        kind: 2,
        time_in_force: 1,
        quantity: number("1"),
        price: number("101"),
        ..zeroed
    };
    // SAFETY: numbers.
    let mut decision: rg_decision = unsafe { std::mem::zeroed() };
    decision.size = size_of::<rg_decision>() as u32;
    let evaluate: Evaluate = std::hint::black_box(rg_evaluate_at);
    let release: extern "C" fn(u64, u64) -> rg_status = std::hint::black_box(rg_release);
    let time = measure(|n| {
        order.id = ids[n].as_ptr();
        // SAFETY: everything lives during the call.
        assert_eq!(unsafe { evaluate(guard, &order, NOW, &mut decision) }, RG_OK);
        assert_eq!(release(guard, decision.permit), RG_OK);
    });
    assert_eq!(rg_guard_free(guard), RG_OK);
    time
}

/// The same from a C program; nothing where it cannot be built.
fn program() -> Option<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let test = std::env::current_exe().ok()?;
    let libraries = test.parent()?;
    let built = libraries.join("border-in-c");
    let mut build = Command::new("cc");
    build.args(["-std=c11", "-O2", "-I"]).arg(here.join("include")).arg(here.join("benches/border.c"));
    build.arg("-o").arg(&built).arg("-L").arg(libraries).arg("-lrisk_guard");
    build.arg(format!("-Wl,-rpath,{}", libraries.display()));
    if !build.status().is_ok_and(|status| status.success()) {
        return None;
    }
    let output = Command::new(&built).arg(here.join("benches/border.toml")).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn main() {
    let ids: Vec<String> = (0..BATCH).map(|n| format!("order-{n:06}")).collect();
    let texts: Vec<CString> = ids.iter().map(|id| CString::new(id.as_str()).unwrap()).collect();
    let [ready, named] = core(&ids);
    println!("evaluate and release, ns");
    println!("core, order ready        {ready:8.1}");
    println!("core, id from text       {named:8.1}");
    println!("C calls, from Rust       {:8.1}", border(&texts));
    match program() {
        Some(time) => println!("C calls, from C          {time:>8}"),
        None => println!("C calls, from C          no compiler, or no shared library beside this program"),
    }
}

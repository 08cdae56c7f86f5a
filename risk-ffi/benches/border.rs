//! What a call from C costs beside the same call from Rust, in one run: evaluate and release, limits at four levels. Every
//! side makes its id from text, and the guard that threads share in Rust has a lock, as a guard behind the calls has one.
//!
//! `cargo bench -p risk-ffi --bench border`. Prints nanoseconds per pair, the median of batches that take turns, and the
//! instructions of an evaluation, which are the same on every run; judges nothing. The C program is built with `cc` and
//! linked with the shared library; where there is no compiler, or no valgrind, a line says so.

#![allow(missing_docs, clippy::unwrap_used)]

use std::ffi::{CString, c_char};
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use risk_core::{Config, Engine, Id, ManualClock, MemoryJournal, Order, Permit, RiskGuard, Timestamp};
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
const BATCH: usize = 1_000;
const BATCHES: usize = 400;
/// Different ids.
const IDS: usize = 20_000;

/// One evaluation and its release, by the number of its order.
type Pair<'a> = &'a mut dyn FnMut(usize);

/// The median times of pairs, in nanoseconds. Their batches take turns, so that what disturbs one disturbs all.
fn measure<const N: usize>(mut pairs: [Pair<'_>; N]) -> [f64; N] {
    let mut times = [(); N].map(|()| Vec::with_capacity(BATCHES));
    for batch in 0..BATCHES {
        let first = batch * BATCH % IDS;
        for (pair, times) in pairs.iter_mut().zip(&mut times) {
            let begin = Instant::now();
            (first..first + BATCH).for_each(&mut **pair);
            times.push(begin.elapsed().as_nanos() as f64 / BATCH as f64);
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[BATCHES / 2]
    })
}

fn number(text: &str) -> rg_decimal {
    let (text, mut value) = (CString::new(text).unwrap(), rg_decimal::default());
    // SAFETY: both live during the call.
    assert_eq!(unsafe { rg_decimal_parse(text.as_ptr(), &mut value) }, RG_OK);
    value
}

/// A guard in Rust.
struct Core {
    engine: Engine<ManualClock, MemoryJournal>,
    order: Order,
}

impl Core {
    fn new() -> Self {
        let config = Config::from_toml(CONFIG, "border.toml").unwrap();
        let now = Timestamp::from_nanos(NOW);
        let mut engine = Engine::new(&config, ManualClock::at(now), MemoryJournal::last(65_536)).unwrap();
        let (account, instrument) = (engine.account("main").unwrap(), engine.instrument("ABC").unwrap());
        let strategy = engine.strategy(account, "s").unwrap();
        let quote = risk_core::Quote::new(instrument, 99, 101, now);
        engine.ingest(risk_core::Input::Quote(quote)).unwrap();
        let order = Order::buy(instrument, 1).limit(101).account(account).strategy(strategy);
        Self { engine, order }
    }

    fn evaluate(&mut self, order: &Order) -> Permit {
        self.engine.evaluate_at(order, Some(Timestamp::from_nanos(NOW))).permit().unwrap()
    }

    fn pair(&mut self, order: &Order) {
        let permit = self.evaluate(order);
        self.engine.release_at(permit, Some(Timestamp::from_nanos(NOW))).unwrap();
    }
}

/// The guard of Rust that threads share: with a lock, as a guard behind the calls has one.
struct Shared {
    guard: RiskGuard,
    order: Order,
}

impl Shared {
    fn new() -> Self {
        let config = Config::from_toml(CONFIG, "border.toml").unwrap();
        let now = Timestamp::from_nanos(NOW);
        let guard = RiskGuard::new(&config, ManualClock::at(now), MemoryJournal::last(65_536)).unwrap();
        let (account, instrument) = (guard.account("main").unwrap(), guard.instrument("ABC").unwrap());
        let strategy = guard.strategy(account, "s").unwrap();
        guard.ingest(risk_core::Input::Quote(risk_core::Quote::new(instrument, 99, 101, now))).unwrap();
        let order = Order::buy(instrument, 1).limit(101).account(account).strategy(strategy);
        Self { guard, order }
    }

    fn evaluate(&self, order: &Order) -> Permit {
        self.guard.evaluate_at(order, Some(Timestamp::from_nanos(NOW))).permit().unwrap()
    }

    fn pair(&self, order: &Order) {
        self.guard.release(self.evaluate(order)).unwrap();
    }
}

/// How a program calls it: through a pointer, so that nothing is inlined.
type Evaluate = unsafe extern "C" fn(u64, *const rg_order, i64, *mut rg_decision) -> rg_status;

/// A guard behind the calls.
struct Border {
    guard: u64,
    order: rg_order,
    decision: rg_decision,
    evaluate: Evaluate,
    release: extern "C" fn(u64, u64) -> rg_status,
}

impl Border {
    fn new() -> Self {
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
        let order = rg_order {
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
        Self { guard, order, decision, evaluate: black_box(rg_evaluate_at), release: black_box(rg_release) }
    }

    fn evaluate(&mut self, id: &CString) {
        self.order.id = id.as_ptr();
        // SAFETY: everything lives during the call.
        let status = unsafe { (self.evaluate)(self.guard, &self.order, NOW, &mut self.decision) };
        assert!(status == RG_OK && self.decision.permit != 0);
    }

    fn pair(&mut self, id: &CString) {
        self.evaluate(id);
        assert_eq!((self.release)(self.guard, self.decision.permit), RG_OK);
    }
}

impl Drop for Border {
    fn drop(&mut self) {
        assert_eq!(rg_guard_free(self.guard), RG_OK);
    }
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

/// So many evaluations of one side and nothing else: for who counts instructions.
fn only(side: &str, evaluations: usize, ids: &[String], texts: &[CString]) {
    let ids = &ids[..evaluations];
    match side {
        "core" => {
            let mut core = Core::new();
            ids.iter().for_each(|id| drop(black_box(core.evaluate(&core.order.id(id.as_str())))));
        }
        "guard" => {
            let shared = Shared::new();
            ids.iter().for_each(|id| drop(black_box(shared.evaluate(&shared.order.id(id.as_str())))));
        }
        _ => {
            let mut border = Border::new();
            texts[..evaluations].iter().for_each(|id| border.evaluate(id));
        }
    }
}

/// Instructions of one evaluation, by callgrind: what a longer run has more than a shorter one. Nothing where there is no
/// valgrind.
fn instructions(side: &str) -> Option<u64> {
    let collected = |evaluations: u64| {
        let mut run = Command::new("valgrind");
        run.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        run.arg(std::env::current_exe().ok()?).args(["--only", side, &evaluations.to_string()]);
        let said = String::from_utf8(run.output().ok()?.stderr).ok()?;
        said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse::<u64>().ok())
    };
    const { assert!(MORE > LESS && MORE <= IDS as u64) };
    Some((collected(MORE)? - collected(LESS)?) / (MORE - LESS))
}

/// Evaluations of the two runs that are compared.
const LESS: u64 = 1_000;
const MORE: u64 = 5_000;

fn main() {
    let ids: Vec<String> = (0..IDS).map(|n| format!("order-{n:06}")).collect();
    let texts: Vec<CString> = ids.iter().map(|id| CString::new(id.as_str()).unwrap()).collect();
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [what, side, evaluations] = words.as_slice()
        && what == "--only"
    {
        return only(side, evaluations.parse().unwrap(), &ids, &texts);
    }
    let (mut core, shared, mut border) = (Core::new(), Shared::new(), Border::new());
    let (engine_order, guard_order) = (core.order, shared.order);
    let [engine, guard, calls] = measure([
        &mut |n| core.pair(&engine_order.id(Id::new(black_box(&ids[n])))),
        &mut |n| shared.pair(&guard_order.id(Id::new(black_box(&ids[n])))),
        &mut |n| border.pair(&texts[n]),
    ]);
    println!("evaluate and release, ns");
    println!("engine                   {engine:8.1}");
    println!("guard that is shared     {guard:8.1}");
    println!("C calls, from Rust       {calls:8.1}");
    match program() {
        Some(time) => println!("C calls, from C          {time:>8}"),
        None => println!("C calls, from C          no compiler, or no shared library beside this program"),
    }
    println!("a call more than the guard's {:4.1}", (calls - guard) / 2.0);
    println!("\nevaluate alone, instructions by callgrind");
    match (instructions("core"), instructions("guard"), instructions("border")) {
        (Some(engine), Some(guard), Some(calls)) => {
            println!("engine                   {engine:8}");
            println!("guard that is shared     {guard:8}");
            println!("C call                   {calls:8}");
        }
        _ => println!("there is no valgrind"),
    }
}

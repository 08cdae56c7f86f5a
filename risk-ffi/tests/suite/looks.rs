//! Looking at a guard and at a configuration: what is said, and that nothing changes by it.

use std::ptr;

use risk_guard::change::{rg_change, rg_evaluate_list, rg_list_decision, rg_release_list};
use risk_guard::explain::{rg_explain_change, rg_explain_list};
use risk_guard::guard::{rg_config_lint, rg_options};
use risk_guard::look::{rg_durable_seq, rg_metrics, rg_sync, rg_unmarked, rg_unrecorded};
use risk_guard::names::{rg_find_instrument, rg_symbol};
use risk_guard::permit::rg_order_ref;
use risk_guard::reconcile::{rg_holding, rg_ingest_snapshot};
use risk_guard::report::rg_ingest_accepted;
use risk_guard::time::{rg_ingest_heartbeat, rg_ingest_session, rg_session_of};
use risk_guard::words::rg_status::{self, *};
use serde_json::Value;

use super::carry::{long, sized};
use super::world::{CONFIG, World, decision, number, options};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|problem| panic!("{problem}: {text}"))
}

#[test]
fn a_list_is_explained_as_it_would_be_answered() {
    let w = World::new();
    let orders = [w.order(c"l1", "5"), w.order(c"l2", "6")];
    let before = w.state();
    let mut told = sized::<rg_list_decision>();
    let to = &raw mut told;
    // SAFETY, here and below: everything lives during the call.
    let text = long(|buffer, capacity, length| unsafe {
        rg_explain_list(w.guard, orders.as_ptr(), 2, to, buffer, capacity, length)
    });
    assert_eq!(w.state(), before, "nothing is recorded");
    let each = parsed(&text);
    assert_eq!((&each[0]["verdict"], &each[1]["verdict"]), (&"approved".into(), &"rejected".into()));
    assert_eq!(each[1]["rejection"]["reason"], "TOTAL_EXPOSURE_LIMIT");
    let gross = |order: &Value| {
        let all = order["readings"].as_array().unwrap();
        all.iter().find(|reading| reading["gate"] == "gross_exposure").cloned().unwrap()
    };
    assert_ne!(gross(&each[0])["reading"]["measured"], gross(&each[1])["reading"]["measured"]);

    let mut answer = sized::<rg_list_decision>();
    assert_eq!(unsafe { rg_evaluate_list(w.guard, orders.as_ptr(), 2, &mut answer) }, RG_OK);
    let said = |of: &rg_list_decision| (of.verdict, of.reason, of.level, of.order, of.refused, of.orders);
    assert_eq!(said(&told), said(&answer));
    assert_eq!((told.verdict, told.order, told.permit), (3, 1, 0));

    // One that passes: nothing is held by looking, so that it passes again.
    let text = long(|buffer, capacity, length| unsafe {
        rg_explain_list(w.guard, orders.as_ptr(), 1, to, buffer, capacity, length)
    });
    assert_eq!((told.verdict, told.orders, told.permit), (1, 1, 0), "{text}");
    assert_eq!(unsafe { rg_evaluate_list(w.guard, orders.as_ptr(), 1, &mut answer) }, RG_OK);
    assert_eq!(said(&told), said(&answer));
    assert_eq!(rg_release_list(w.guard, answer.permit), RG_OK);
    w.free();
}

#[test]
fn a_change_is_explained_as_it_would_be_answered() {
    let w = World::new();
    let (status, sent) = w.redeem(w.evaluate(&w.order(c"a1", "1")).permit);
    assert_eq!(status, RG_OK);
    let order = rg_order_ref { handle: sent.order, account: 0, id: ptr::null() };
    assert_eq!(unsafe { rg_ingest_accepted(w.guard, &order, ptr::null_mut()) }, RG_OK);
    let before = w.state();
    let asks = |quantity: &str| {
        let change = rg_change { id: c"a2".as_ptr(), quantity: number(quantity), ..sized() };
        let mut answer = decision();
        let to = &raw mut answer;
        let text = long(|buffer, capacity, length| unsafe {
            rg_explain_change(w.guard, &order, &change, to, buffer, capacity, length)
        });
        (answer.verdict, answer.reason, parsed(&text).as_array().unwrap().len())
    };
    let (verdict, reason, readings) = asks("2");
    assert_eq!((verdict, reason), (1, 0));
    assert!(readings > 0);
    assert_eq!(asks("20").0, 3);
    assert_eq!(w.state(), before);
    w.free();
}

#[test]
fn what_needs_a_price_is_named() {
    let config = format!(
        "{CONFIG}\n[[instruments]]\nsymbol = \"ETH\"\nquote = \"USD\"\nprice_scale = 2\nprice_increment = \"0.01\"\n\
         quantity_scale = 3\nquantity_increment = \"0.001\"\n"
    );
    let w = World::with(&config, &options());
    let mut eth = 0;
    assert_eq!(unsafe { rg_find_instrument(w.guard, c"ETH".as_ptr(), &mut eth) }, RG_OK);
    let held = |instrument| rg_holding { instrument, quantity: number("1"), price: number("10") };
    let holdings = [held(eth), held(w.instrument)];
    let (none, account) = (ptr::null_mut(), w.account);
    let told = unsafe { rg_ingest_snapshot(w.guard, account, ptr::null(), holdings.as_ptr(), 2, none) };
    assert_eq!(told, RG_OK);
    let unmarked = || {
        let (mut found, mut count) = ([0; 4], 0);
        assert_eq!(unsafe { rg_unmarked(w.guard, w.account, found.as_mut_ptr(), 4, &mut count) }, RG_OK);
        found[..count].to_vec()
    };
    assert_eq!(unmarked(), [eth]);
    let symbol =
        long(|buffer, capacity, length| unsafe { rg_symbol(w.guard, eth, buffer, capacity, length) });
    assert_eq!(symbol, "ETH");
    let mut count = 0;
    assert_eq!(unsafe { rg_unmarked(w.guard, w.account, ptr::null_mut(), 0, &mut count) }, RG_OK);
    assert_eq!(count, 1, "how many there are is said without room for them");
    World { instrument: eth, ..w }.quote("9", "11");
    assert_eq!(unmarked(), [0; 0]);
    assert_eq!(unsafe { rg_unmarked(w.guard, 0, ptr::null_mut(), 0, &mut count) }, RG_OK);
    assert_eq!(count, 0, "an account that is none has nothing");
    w.free();
}

#[test]
fn a_session_is_said_as_it_was_told() {
    let config = CONFIG.replace(
        "[[accounts]]",
        "sessions = { zone = \"UTC\", hours = [{ days = [\"monday\"], open = \"08:00\", close = \"16:00\" }] }\n[[accounts]]",
    );
    let w = World::with(&config, &options());
    let session = |instrument| {
        let (mut opens, mut closes) = (1, 1);
        assert_eq!(unsafe { rg_session_of(w.guard, instrument, &mut opens, &mut closes) }, RG_OK);
        (opens, closes)
    };
    assert_eq!(session(w.instrument), (0, 0), "none is known");
    assert_eq!(unsafe { rg_ingest_session(w.guard, w.instrument, 5, 9, ptr::null_mut()) }, RG_OK);
    assert_eq!(session(w.instrument), (5, 9));
    assert_eq!(session(0), (0, 0), "of an instrument that is none");
    w.free();
}

#[test]
fn a_configuration_is_looked_at() {
    let look = |config: &str| {
        let text = long(|buffer, capacity, length| {
            let (of, size) = (config.as_ptr().cast(), config.len());
            unsafe { rg_config_lint(of, size, 1, ptr::null(), buffer, capacity, length) }
        });
        parsed(&text)
    };
    let shadowed = CONFIG.replace("limits.collar_bps = 500", "limits.gross_exposure_max = 900");
    let found = look(&shadowed);
    let found = found.as_array().unwrap();
    let about =
        found.iter().find(|finding| finding["what"] == "shadowed").expect("the account's limit is shadowed");
    assert_eq!((&about["severity"], &about["of"]), (&"warning".into(), &"main".into()));
    assert!(about["text"].as_str().unwrap().contains("900"), "{about}");
    assert!(!look(CONFIG).as_array().unwrap().iter().any(|finding| finding["what"] == "shadowed"));
}

/// A folder's journal is on disk after a sync, and a journal that is full keeps what it could not record.
#[test]
fn records_are_synced_and_what_was_not_recorded_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = super::carry::text(folder.path().join("journal").to_str().unwrap());
    let later =
        rg_options { journal: 3, sync_within_ms: 60_000, records: 0, folder: path.as_ptr(), ..options() };
    let w = World::with(CONFIG, &later);
    let (mut durable, last) = (0, w.state().1);
    assert_eq!(rg_sync(w.guard), RG_OK);
    assert_eq!(unsafe { rg_durable_seq(w.guard, &mut durable) }, RG_OK);
    assert_eq!(durable, last);
    w.free();

    let w = World::with(CONFIG, &rg_options { journal: 2, records: 4, ..options() });
    let unrecorded =
        || long(|buffer, capacity, length| unsafe { rg_unrecorded(w.guard, buffer, capacity, length) });
    assert_eq!(unrecorded(), "");
    for _ in 0..6 {
        let _full: rg_status = unsafe { rg_ingest_heartbeat(w.guard, ptr::null_mut()) };
    }
    let lines = unrecorded();
    let counted = long(|buffer, capacity, length| unsafe { rg_metrics(w.guard, buffer, capacity, length) });
    assert!(lines.lines().count() > 0, "{counted}");
    assert_eq!(parsed(&counted)["unrecorded"], lines.lines().count());
    assert_eq!(parsed(lines.lines().next().unwrap())["seq"], 0, "they have no number");
    w.free();
}

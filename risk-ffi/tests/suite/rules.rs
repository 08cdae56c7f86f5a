//! What a house rule is shown, what it may answer, and what it may not do.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use risk_guard::guard::{rg_options, rg_tick};
use risk_guard::halt::rg_halt;
use risk_guard::number::rg_decimal;
use risk_guard::rule::{rg_measurement, rg_rule, rg_view};
use risk_guard::words::rg_status::*;

use super::world::{CONFIG, NOW, World, error, make, number, options, refusal};

/// What a rule has seen, and what it answers.
struct Rule {
    answer: Cell<u32>,
    compare: Cell<u32>,
    measured: Cell<rg_decimal>,
    limit: Cell<rg_decimal>,
    seen: Cell<Option<rg_view>>,
    /// A guard that it calls although it must not.
    calls: Cell<u64>,
    called: Cell<[risk_guard::words::rg_status; 2]>,
}

impl Rule {
    fn new() -> Self {
        Self {
            answer: Cell::new(1),
            compare: Cell::new(1),
            measured: Cell::new(number("1")),
            limit: Cell::new(number("2")),
            seen: Cell::new(None),
            calls: Cell::new(0),
            called: Cell::new([RG_OK; 2]),
        }
    }

    /// A guard with this rule.
    fn world(&self) -> World {
        let config = format!("house_rules = [{{ name = \"calm\" }}]\n{CONFIG}");
        let rules = [rg_rule {
            size: size_of::<rg_rule>() as u32,
            reserved: 0,
            name: c"calm".as_ptr(),
            function: Some(ask),
            context: ptr::from_ref(self).cast_mut().cast(),
        }];
        World::with(&config, &rg_options { rules: rules.as_ptr(), rule_count: 1, ..options() })
    }
}

unsafe extern "C-unwind" fn ask(context: *mut c_void, view: *const rg_view, to: *mut rg_measurement) -> u32 {
    // SAFETY: the context is the rule of the test, and all live during the call.
    let (rule, view, to) = unsafe { (&*context.cast::<Rule>(), *view, &mut *to) };
    rule.seen.set(Some(view));
    (to.compare, to.measured, to.limit) = (rule.compare.get(), rule.measured.get(), rule.limit.get());
    if rule.calls.get() != 0 {
        let (none, nobody) = (ptr::null(), ptr::null_mut());
        let ticked = rg_tick(rule.calls.get());
        // SAFETY: everything may be null.
        let halted = unsafe {
            rg_halt(
                rule.calls.get(),
                none,
                3,
                ptr::null(),
                ptr::null(),
                nobody,
                ptr::null_mut(),
                0,
                ptr::null_mut(),
            )
        };
        rule.called.set([ticked, halted]);
    }
    rule.answer.get()
}

#[test]
fn a_rule_is_shown_the_order_and_what_the_gates_know() {
    let rule = Rule::new();
    let w = rule.world();
    assert_eq!(w.evaluate(&w.order(c"a1", "2")).verdict, 1);
    let view = rule.seen.get().unwrap();
    assert_eq!(
        (view.size as usize, view.side, view.kind, view.time_in_force, view.is_exit, view.is_change),
        (size_of::<rg_view>(), 1, 2, 1, 0, 0)
    );
    assert_eq!((view.account, view.strategy, view.instrument), (w.account, w.strategy, w.instrument));
    assert_eq!((view.now_ns, view.quantity, view.asked), (NOW, number("2"), number("2")));
    assert_eq!((view.price, view.trigger), (number("101"), Default::default()));
    assert_eq!((view.mark, view.bid, view.ask), (number("100"), number("99"), number("101")));
    assert_eq!((view.opening[1], view.notional[1]), (number("2"), number("202")));
    assert_eq!(view.gross_exposure[1], number("202"));
    assert_eq!(view.equity[1], Default::default(), "it is not known");
    // SAFETY: the library ends its texts with a NUL.
    assert_eq!(unsafe { std::ffi::CStr::from_ptr(view.id.as_ptr()) }, c"a1");
    w.free();
}

/// An order that is reduced is shown as it would be sent.
#[test]
fn a_rule_is_shown_what_would_be_sent() {
    let rule = Rule::new();
    let w = rule.world();
    assert_eq!(w.evaluate(&w.order(c"a1", "20")).verdict, 2);
    let view = rule.seen.get().unwrap();
    assert_eq!((view.asked, view.quantity), (number("20"), number("9.9")));
    w.free();
}

#[test]
fn a_rule_refuses_by_what_it_measures_and_the_guard_compares() {
    let rule = Rule::new();
    let w = rule.world();
    rule.answer.set(2);
    for (compare, measured, limit, verdict) in [
        (1, "2", "2", 1),
        (1, "2.001", "2", 3),
        (2, "2", "2", 3),
        (2, "1.9", "2", 1),
        (3, "2", "2", 1),
        (3, "1", "2", 3),
    ] {
        rule.compare.set(compare);
        rule.measured.set(number(measured));
        rule.limit.set(number(limit));
        let answer = w.evaluate(&w.order(c"a1", "1"));
        assert_eq!(answer.verdict, verdict, "{compare} {measured} {limit}");
        if verdict == 1 {
            assert_eq!(risk_guard::permit::rg_release(w.guard, answer.permit), RG_OK);
        } else {
            assert!(refusal().contains("calm"), "{}", refusal());
        }
    }
    w.free();
}

/// Nothing, numbers of no kind, numbers that are none: the order is refused.
#[test]
fn a_rule_that_does_not_answer_refuses() {
    let rule = Rule::new();
    let w = rule.world();
    for answer in [0, 3, 4, u32::MAX] {
        rule.answer.set(answer);
        assert_eq!(w.evaluate(&w.order(c"a1", "1")).verdict, 3, "answer {answer}");
    }
    rule.answer.set(2);
    for compare in [0, 4, u32::MAX] {
        rule.compare.set(compare);
        assert_eq!(w.evaluate(&w.order(c"a1", "1")).verdict, 3, "comparison {compare}");
    }
    rule.compare.set(1);
    for (measured, limit) in [
        (rg_decimal::default(), number("1")),
        (number("1"), rg_decimal::default()),
        (rg_decimal { present: 7, ..number("1") }, number("1")),
        (rg_decimal { scale: 99, ..number("1") }, number("1")),
    ] {
        rule.measured.set(measured);
        rule.limit.set(limit);
        assert_eq!(w.evaluate(&w.order(c"a1", "1")).verdict, 3);
    }
    w.free();
}

/// It would wait for itself; it is told so instead, and everything goes on.
#[test]
fn a_rule_calls_no_guard() {
    let rule = Rule::new();
    let w = rule.world();
    rule.calls.set(w.guard);
    let answer = w.evaluate(&w.order(c"a1", "1"));
    assert_eq!(rule.called.get(), [RG_INSIDE_RULE; 2]);
    assert_eq!((answer.verdict, error().as_str()), (1, ""), "what the rule got wrong is not the caller's");
    rule.calls.set(0);
    assert_eq!(rg_tick(w.guard), RG_OK);
    w.free();
}

/// Functions are not on record: whoever opens the journal again gives them again.
#[test]
#[cfg(not(miri))]
fn a_journal_in_a_folder_is_opened_with_its_rules() {
    let rule = Rule::new();
    let folder = tempfile::tempdir().unwrap();
    let path = std::ffi::CString::new(folder.path().join("journal").to_str().unwrap()).unwrap();
    let config = format!("house_rules = [{{ name = \"calm\" }}]\n{CONFIG}");
    let rules = [rg_rule {
        size: size_of::<rg_rule>() as u32,
        reserved: 0,
        name: c"calm".as_ptr(),
        function: Some(ask),
        context: ptr::from_ref(&rule).cast_mut().cast(),
    }];
    let options = rg_options { journal: 3, records: 0, folder: path.as_ptr(), ..options() };
    let given = rg_options { rules: rules.as_ptr(), rule_count: 1, ..options };
    let ask_twice = || {
        let w = World::with(&config, &given);
        rule.answer.set(3);
        assert_eq!(w.evaluate(&w.order(c"a1", "1")).verdict, 3);
        rule.answer.set(1);
        let answer = w.evaluate(&w.order(c"a1", "1"));
        assert_eq!(answer.verdict, 1, "{}", refusal());
        assert_eq!(risk_guard::permit::rg_release(w.guard, answer.permit), RG_OK);
        w.free();
    };
    ask_twice();
    assert_eq!(make(&config, &options, &mut 0), RG_CONFIG);
    assert!(error().contains("calm has no function"), "{}", error());
    ask_twice();
}

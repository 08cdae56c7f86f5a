//! The header is what the crate exports. `UPDATE_HEADER=1 cargo test -p risk-ffi --test header` writes it.

use std::path::Path;

use risk_core::Reason;

/// The files of the crate in the order in which the header presents them.
const FILES: [&str; 24] = [
    "border.rs",
    "words.rs",
    "number.rs",
    "handle.rs",
    "kept.rs",
    "rule.rs",
    "guard.rs",
    "names.rs",
    "order.rs",
    "permit.rs",
    "change.rs",
    "input.rs",
    "time.rs",
    "report.rs",
    "adjust.rs",
    "reconcile.rs",
    "statement.rs",
    "halt.rs",
    "trip.rs",
    "look.rs",
    "explain.rs",
    "scalar.rs",
    "registry.rs",
    "memory.rs",
];

const HEAD: &str = "\
/* risk_guard.h: pre-trade risk for C and everything that can call C. Generated; see risk-ffi/tests/header.rs.

   Every order passes rg_evaluate before it may leave the process. A permit, redeemed once, is the only leave to send:

       rg_decision decision = {.size = sizeof decision};
       if (rg_evaluate(guard, &order, &decision) != RG_OK) -> refused
       if (decision.permit == 0)                           -> refused; rg_last_refusal says why
       rg_outbound outbound = {.size = sizeof outbound};
       if (rg_redeem(guard, decision.permit, &outbound) != RG_OK) -> refused
       send exactly `outbound`

   Rules that hold everywhere:

   - On ANY status but RG_OK treat the order as REFUSED. Nothing was written to your memory then (but lengths and counts
     where said so), and rg_last_error says what was wrong.
   - In every enumeration 0 is reserved and means nothing: a structure that was only zeroed approves nothing.
   - Zero a structure and set its `size` to its sizeof, also of those that are written. Structures grow at their end: a
     program compiled with an older header goes on working, and what a newer one says that this library does not know is
     RG_STRUCT_SIZE.
   - Texts that are passed in end with a NUL unless a length goes with them, and are only read during the call.
   - Handles are numbers. Freed, spent, of another kind or of another guard, they are a status or unknown, never
     somebody else's. They can be used from any thread; calls of one guard wait for each other.
   - Times are nanoseconds since the epoch, UTC. Money is in the currency that is said; bps are basis points.
   - After fork(), a guard belongs to the parent: the child gets RG_FORKED.
   - A bug inside never unwinds into your program: RG_PANIC, and that guard refuses every order from then on
     (GUARD_POISONED). Cancels and halts still pass.
   - Everything is yours to free only by rg_guard_free; nothing else is allocated for you. */
";

fn reasons() -> String {
    let mut text = "/**\n * Why an order was refused or reduced. Numbers never change, new ones are added: rg_reason_text knows those of the\n * library that is loaded. 0 is reserved: no reason.\n */\nenum rg_reason\n#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L\n  : uint32_t\n#endif\n{\n".to_owned();
    for reason in Reason::ALL {
        text.push_str(&format!(
            "  /**\n   * What to do: {}.\n   */\n  RG_REASON_{} = {},\n",
            reason.advice(),
            reason.code(),
            reason.number()
        ));
    }
    text.push_str("};\n#ifndef __cplusplus\n#if __STDC_VERSION__ >= 202311L\ntypedef enum rg_reason rg_reason;\n#else\ntypedef uint32_t rg_reason;\n#endif\n#endif\n");
    text
}

fn generated() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut builder = cbindgen::Builder::new().with_config(cbindgen::Config {
        language: cbindgen::Language::C,
        header: Some(HEAD.to_owned()),
        include_guard: Some("RISK_GUARD_H".to_owned()),
        cpp_compat: true,
        no_includes: true,
        sys_includes: vec!["stddef.h".to_owned(), "stdint.h".to_owned()],
        after_includes: Some(format!("\n{}", reasons())),
        style: cbindgen::Style::Type,
        documentation_style: cbindgen::DocumentationStyle::Doxy,
        usize_is_size_t: true,
        line_length: 100,
        export: cbindgen::ExportConfig {
            include: [
                "rg_status",
                "rg_verdict",
                "rg_side",
                "rg_kind",
                "rg_time_in_force",
                "rg_level",
                "rg_trading_state",
                "rg_scope_kind",
                "rg_end",
                "rg_instrument_status",
                "rg_order_state",
                "rg_message",
                "rg_anomaly",
                "rg_origin",
                "rg_report_kind",
                "rg_adjustment_kind",
                "rg_difference_kind",
                "rg_statement_kind",
                "rg_cause",
                "rg_answer",
                "rg_compare",
                "rg_format",
                "rg_clock",
                "rg_journal",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..Default::default()
        },
        ..Default::default()
    });
    for file in FILES {
        builder = builder.with_src(root.join("src").join(file));
    }
    let mut bytes = Vec::new();
    builder.generate().expect("the header can be generated").write(&mut bytes);
    let text = String::from_utf8(bytes).expect("a header is text");
    // What a caller promises is in the paragraph before; the heading is for Rust.
    text.replace(" * # Safety\n", " * Memory:\n").replace("   * # Safety\n", "   * Memory:\n")
}

#[test]
fn the_committed_header_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/risk_guard.h");
    let fresh = generated();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&file, &fresh).expect("the header can be written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == fresh,
        "include/risk_guard.h is not what the crate exports; UPDATE_HEADER=1 cargo test -p risk-ffi --test header"
    );
}

/// A header that leaves out a call would still be current.
#[test]
fn every_exported_call_is_in_the_header() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let header = generated();
    let mut calls = 0;
    for entry in std::fs::read_dir(&root).expect("the sources") {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("text");
        for line in text.lines() {
            let Some((_, rest)) = line.split_once("extern \"C\" fn rg_") else { continue };
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            assert!(header.contains(&format!("rg_{name}(")), "rg_{name} is not in the header");
            calls += 1;
        }
    }
    assert!(calls > 30, "{calls} calls");
}

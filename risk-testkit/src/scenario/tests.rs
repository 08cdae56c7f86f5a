//! The reader finds what is wrong, and says where.

use super::{CoreDriver, Problem, Scenario, run, run_without};

const SETUP: &str =
    "instrument BTC USD price=2 quantity=3\naccount main USD gross_exposure_max=1000\nquote BTC 99 101\n";

fn outcome(text: &str) -> Result<super::Report, Problem> {
    run::<CoreDriver>(&Scenario::parse(&format!("{SETUP}{text}"), "file.txt")?)
}

fn problem(text: &str) -> String {
    outcome(text).expect_err(text).to_string()
}

#[test]
fn what_comes_out_as_it_says_passes() {
    let report = outcome(
        "buy 6 BTC at 100 id=a1 -> approved
         buy 6 BTC at 100 id=a2 -> reduced 4.0 TOTAL_EXPOSURE_LIMIT account   # 4.0 is 4
         buy 6 BTC at 100 id=a3 -> rejected TOTAL_EXPOSURE_LIMIT
         expect approved quantity 10
         expect approved 1
         expect rejected TOTAL_EXPOSURE_LIMIT 1
         expect gross main <= 1000
         expect gross main > 999.99",
    );
    assert_eq!(report.unwrap().decisions.values().sum::<u64>(), 3);
}

#[test]
fn a_wrong_answer_names_file_and_line() {
    for (text, says) in [
        ("buy 6 BTC at 100 -> rejected", "file.txt:4: expected rejected, got approved"),
        (
            "\n\nbuy 16 BTC at 100 -> reduced 9",
            "file.txt:6: expected reduced 9, got reduced 10 TOTAL_EXPOSURE_LIMIT",
        ),
        ("buy 6 BTC at 100", "file.txt:4: no answer is expected; it is approved"),
        ("buy 6 BTC at 100 -> approved and more", "expected approved and more, got approved"),
        ("expect position main BTC 1", "file.txt:4: position main BTC is 0"),
        ("expect gross main > 0", "gross main is 0"),
        ("quote BTC 0 1", "got refused number bid where nothing of note was expected"),
        ("fill x 1 at 1", "got anomaly not_applied latched where nothing of note was expected"),
        ("redeem a1 -> sent", "expected sent, got refused NO_PERMIT"),
    ] {
        let problem = problem(text);
        assert!(problem.contains(says), "{text}: {problem}");
    }
}

#[test]
fn counts_must_be_met_and_complete() {
    let repeat = "repeat 20: buy 1 BTC at 100 id=o{n} -> ";
    assert!(outcome(&format!("{repeat}approved 10 rejected TOTAL_EXPOSURE_LIMIT 10")).is_ok());
    assert!(
        outcome(&format!("{repeat}approved 10 rejected TOTAL_EXPOSURE_LIMIT 10 stop KILL_SWITCH_ACTIVE 0"))
            .is_ok()
    );
    for counts in [
        "approved 10",
        "approved 20",
        "approved 11 rejected TOTAL_EXPOSURE_LIMIT 9",
        "approved 10 rejected DATA_GAP 10",
        "approved 10 rejected TOTAL_EXPOSURE_LIMIT 10 rejected DATA_GAP 1",
    ] {
        assert!(problem(&format!("{repeat}{counts}")).contains("file.txt:4: expected"), "{counts}");
    }
}

#[test]
fn what_is_not_understood_is_an_error() {
    for text in [
        "by 1 BTC",
        "buy one BTC -> approved",
        "buy 1 BTC at -> approved",
        "buy 1 BTC at 100 tif=soon -> approved",
        "buy 1 BTC at 100 colour=red -> approved",
        "buy 1 BTC at 100 please -> approved",
        "buy 1 BTC ->",
        "send quote BTC 1 2",
        "quote BTC 1 2 colour=3",
        "wait soon",
        "wait 5",
        "repeat 5 tick",
        "repeat five: tick",
        "repeat 5:\ntick",
        "repeat 2: repeat 2: tick",
        "repeat 2: buy 1 BTC id={m} -> approved 2",
        "repeat 2: buy 1 BTC id={n -> approved 2",
        "repeat 2: buy 1 BTC -> approved",
        "expect",
        "expect nothing 5",
        "halt everything",
        "resume firm to=down by=ops",
        "change firm by=ops colour=3",
        "host main colour=3",
        "fill a1 1 100",
        "instrument ETH USD",
        "snapshot main BTC=1",
    ] {
        assert!(outcome(text).is_err(), "{text}");
    }
}

#[test]
fn a_setup_that_is_none_does_not_start() {
    for text in [
        "account main",
        "account main USD colour=3",
        "instrument BTC USD price=99\naccount main USD",
        "strategy nobody/s capital=1",
        "limits NOPE order_quantity_max=1",
        "account main USD rate=5",
        "config\n[firm]\ncolour = 3\nend",
        "config\n[firm",
    ] {
        let result = Scenario::parse(text, "file.txt").and_then(|scenario| run::<CoreDriver>(&scenario));
        assert!(result.is_err(), "{text}");
    }
}

#[test]
fn a_block_of_toml_is_a_configuration_like_any_other() {
    let text = r#"
        config
        [firm]
        currency = "EUR"
        limits = { order_quantity_max = 5 }

        [[assets]]
        code = "EUR"
        digits = 2

        [[instruments]]
        symbol = "SAP"
        quote = "EUR"
        price_scale = 2
        quantity_scale = 0
        price_increment = "0.01"
        quantity_increment = 1

        [[accounts]]
        name = "main"
        currency = "EUR"
        unlimited = "the firm's limits hold"
        strategies = [{ name = "grid" }]
        end
        quote SAP 99 101
        buy 6 SAP at 100 id=a1 whole -> rejected ORDER_QUANTITY_MAX firm
        buy 5 SAP at 100 id=a2 strategy=grid -> approved
    "#;
    run::<CoreDriver>(&Scenario::parse(text, "file.txt").unwrap()).unwrap();
}

#[test]
fn a_control_that_is_left_out_is_left_out() {
    let text = format!("{SETUP}buy 11 BTC at 100 id=a1 whole -> rejected TOTAL_EXPOSURE_LIMIT");
    let scenario = Scenario::parse(&text, "file.txt").unwrap();
    assert!(run_without::<CoreDriver>(&scenario, "gross_exposure_max").is_err());
    assert!(
        run_without::<CoreDriver>(&scenario, "collar_bps").unwrap_err().problem.contains("no such limit")
    );
    assert!(run_without::<CoreDriver>(&scenario, "parent").is_ok());
}

#[test]
fn repetitions_count_and_calculate() {
    outcome(
        "repeat 6 every 10ms:
             buy 0.{n} BTC at 10{n%5} id=o{n+100} -> approved
             release o{n+100} -> released
         end -> approved 6
         expect approved quantity 2.1
         buy 1 BTC at 100 id=o101 -> approved",
    )
    .unwrap();
}

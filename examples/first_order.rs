//! One order through the guard, start to end.
//!
//!     cargo run --example first_order

use std::error::Error;

use risk_core::{
    Account, Asset, Config, Decision, Input, Instrument, Limits, MemoryJournal, Order, Outbound, Quote,
    RiskGuard, SystemClock, Timestamp,
};

/// The way to the market. It takes what the guard lets out; calling it with an `Order` does not compile.
fn send(outbound: Outbound) {
    let order = outbound.order();
    println!("to the venue: {:?} {} of {}", order.side, order.quantity, order.id);
}

fn main() -> Result<(), Box<dyn Error>> {
    // Within which limits: one account, one strategy, and the firm's collar around the market.
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    config.instruments.push(Instrument::new("BTC-USD", "USD", 2, 8));
    config.firm.limits = Limits { collar_bps: Some(500), ..Limits::default() };
    let limits = Limits { gross_exposure_max: Some(100_000.into()), ..Limits::default() };
    config.accounts.push(Account::new("main", "USD").limits(limits).strategy("grid"));

    // The guard. Threads share it by cloning; `install_global` makes it the process's only one.
    let guard = RiskGuard::new(&config, SystemClock, MemoryJournal::last(1_000))?;
    let (main, btc) = (guard.account("main")?, guard.instrument("BTC-USD")?);
    let grid = guard.strategy(main, "grid")?;

    // What the market says. Without it, every order is refused.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let now = Timestamp::from_nanos(now.as_nanos().try_into()?);
    guard.ingest(Input::Quote(Quote::new(btc, 49_990, 50_010, now)))?;

    // One that fits, one that is cut to what is left of 100,000 USD, and one far above the market.
    for (id, quantity, price) in [("a1", 1, 50_010), ("a2", 3, 50_010), ("a3", 1, 60_000)] {
        let order = Order::buy(btc, quantity).limit(price).account(main).strategy(grid).id(id);
        match guard.evaluate(&order) {
            Decision::Approved(permit) => send(guard.redeem(permit)?),
            Decision::Reduced(permit, why) => {
                println!("{id}: {why}");
                send(guard.redeem(permit)?);
            }
            Decision::Rejected(why) | Decision::EmergencyStop(why) => println!("{id} stays here: {why}"),
        }
    }
    Ok(())
}

//! Side by side with a peer, OpenPit 0.11.0: ready-built orders for both, the same numbers of accounts and instruments.
//!
//! Its validation, order size, rate and P&L policies, against ours with every gate on, and against ours with only those
//! limits set. The peer reads the machine's clock in every call; ours is given the time.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use openpit::param::{AccountId, Asset, Pnl, Price, Quantity, Side, TradeAmount, Volume};
use openpit::pretrade::policies::{
    OrderSizeAccountAssetBarrier, OrderSizeAssetBarrier, OrderSizeBrokerBarrier, OrderSizeLimit,
    OrderSizeLimitPolicy, OrderSizeLimitSettings, OrderValidationPolicy, PnlBoundsAccountAssetBarrier,
    PnlBoundsBrokerBarrier, PnlBoundsKillSwitchPolicy, PnlBoundsKillSwitchSettings, RateLimit,
    RateLimitAccountBarrier, RateLimitBrokerBarrier, RateLimitPolicy, RateLimitSettings,
};
use openpit::storage::NoLocking;
use openpit::{
    Engine, EngineTraitOf, Instrument, LocalSync, OrderOperation, WithExecutionReportOperation,
    WithFinancialImpact,
};
use risk_benches::fixture::{BATCH, Group, Size, World};
use risk_benches::timing::median_of;

type Error = Box<dyn std::error::Error>;
/// What a fill carries: which instrument and account, and its P&L and fee.
type Report = WithExecutionReportOperation<WithFinancialImpact<()>>;
/// The single-threaded engine (the cheapest of the three synchronisation modes).
type Peer = Engine<EngineTraitOf<OrderOperation, Report, (), LocalSync>>;

const ACCOUNTS: u64 = 100;
const INSTRUMENTS: u64 = 100;
/// Orders of one account remembered by its exact sliding window; a longer window makes the peer's log longer.
const ACCOUNT_WINDOW: Duration = Duration::from_millis(1);

fn symbol(i: u64) -> Result<Asset, Error> {
    Ok(Asset::new(format!("SYM{i:03}"))?)
}

/// Validation, order size (broker, asset and account+asset), rate (broker and account), P&L bounds (broker and account).
fn peer() -> Result<Peer, Error> {
    let usd = Asset::new("USD")?;
    let size = |quantity: &str, notional: &str| -> Result<OrderSizeLimit, Error> {
        Ok(OrderSizeLimit {
            max_quantity: Some(Quantity::from_str(quantity)?),
            max_notional: Some(Volume::from_str(notional)?),
        })
    };
    let mut assets = vec![OrderSizeAssetBarrier { limit: size("1000", "200000")?, asset: usd.clone() }];
    for i in 0..INSTRUMENTS {
        assets.push(OrderSizeAssetBarrier { limit: size("1000", "200000")?, asset: symbol(i)? });
    }
    let mut accounts = Vec::new();
    for a in 0..ACCOUNTS {
        accounts.push(OrderSizeAccountAssetBarrier {
            limit: size("500", "100000")?,
            account_id: AccountId::from_u64(a),
            asset: usd.clone(),
        });
    }
    let size_policy = OrderSizeLimitPolicy::<NoLocking>::new(OrderSizeLimitSettings::new(
        Some(OrderSizeBrokerBarrier { limit: size("10000", "1000000")? }),
        assets,
        accounts,
    )?);

    let builder = Engine::builder::<OrderOperation, Report, ()>().no_sync();

    // Every call takes a slot, committed, rolled back or rejected: the limits must not be reached by the bench.
    let rate_policy = RateLimitPolicy::new(
        RateLimitSettings::new(
            Some(RateLimitBrokerBarrier {
                limit: RateLimit { max_orders: usize::MAX, window: Duration::from_secs(1) },
            }),
            [],
            (0..ACCOUNTS).map(|a| RateLimitAccountBarrier {
                limit: RateLimit { max_orders: usize::MAX, window: ACCOUNT_WINDOW },
                account_id: AccountId::from_u64(a),
            }),
            [],
        )?,
        builder.storage_builder(),
    );

    let bounds = |lower: &str| -> Result<PnlBoundsBrokerBarrier, Error> {
        Ok(PnlBoundsBrokerBarrier {
            settlement_asset: usd.clone(),
            lower_bound: Some(Pnl::from_str(lower)?),
            upper_bound: None,
        })
    };
    let mut account_bounds = Vec::new();
    for a in 0..ACCOUNTS {
        account_bounds.push(PnlBoundsAccountAssetBarrier {
            barrier: bounds("-5000")?,
            account_id: AccountId::from_u64(a),
            initial_pnl: Pnl::from_str("-10")?,
        });
    }
    let pnl_policy = PnlBoundsKillSwitchPolicy::new(
        PnlBoundsKillSwitchSettings::new([bounds("-100000")?], account_bounds)?,
        builder.storage_builder(),
    );

    Ok(builder
        .pre_trade(OrderValidationPolicy::new())
        .pre_trade(size_policy)
        .pre_trade(rate_policy)
        .pre_trade(pnl_policy)
        .build()?)
}

/// Ready-built orders: the same spread over accounts, instruments, sides, sizes and prices as ours must get.
fn orders(n: u64) -> Result<Vec<OrderOperation>, Error> {
    (0..n)
        .map(|k| {
            // A fixed stride, so that neighbours differ in account and instrument.
            let (account, instrument) = ((k * 37) % ACCOUNTS, (k * 61 + k / ACCOUNTS) % INSTRUMENTS);
            Ok(OrderOperation {
                instrument: Instrument::new(symbol(instrument)?, Asset::new("USD")?),
                account_id: AccountId::from_u64(account),
                side: if k % 2 == 0 { Side::Buy } else { Side::Sell },
                trade_amount: TradeAmount::Quantity(Quantity::from_str(&format!("{}", 1 + k % 100))?),
                price: Some(Price::from_str(&format!("{}.{:02}", 100 + instrument, k % 100))?),
            })
        })
        .collect()
}

/// One order through the peer. None of these policies registers a mutation: a commit keeps nothing.
#[inline(never)]
fn judge(engine: &Peer, order: OrderOperation) -> bool {
    match engine.execute_pre_trade(order) {
        Ok(mut reservation) => {
            reservation.commit();
            true
        }
        Err(_) => false,
    }
}

const SIZE: Size = Size { accounts: 100, instruments: 100, live: 1_024, ended: 0 };

fn side_by_side(c: &mut Criterion) {
    let mut group = c.benchmark_group("peer");
    group.throughput(criterion::Throughput::Elements(u64::from(BATCH)));
    for (name, gates) in [("ours, all gates", Group::All), ("ours, the peer's four limits", Group::Peer)] {
        let mut world = World::new(SIZE, gates);
        group.bench_function(name, |b| {
            b.iter_custom(|rounds| world.time(rounds));
        });
    }
    let engine = peer().expect("a valid peer");
    let ready = orders(u64::from(BATCH)).expect("valid orders");
    group.bench_function("openpit 0.11.0, its four policies", |b| {
        b.iter_custom(|rounds| {
            median_of(rounds, || {
                let batch = ready.clone();
                let begin = std::time::Instant::now();
                for order in batch {
                    assert!(black_box(judge(&engine, black_box(order))), "a ready order passes");
                }
                begin.elapsed()
            })
        });
    });
    group.finish();
}

criterion_group!(benches, side_by_side);
criterion_main!(benches);

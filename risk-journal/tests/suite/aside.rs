//! Headroom that is set aside, when machines die: nobody sells or buys more than a limit in money by forgetting what was
//! approved, what may have been spent counts until a snapshot, and a snapshot ends that.

use risk_core::{
    Account, Asset, Capacity, Config, Engine, GateId, Holding, Input, Instrument, Level, Limits, ManualClock,
    Order, Quote, Reason, Snapshot,
};
use risk_journal::{ChainKey, Durability, FileJournal, Opened, Options, open_on};
use rust_decimal::Decimal;

use super::desk::{START, small};
use super::scale::{Progress, number};
use super::sim::SimDisk;

const LIMIT: i64 = 20_000;
const ASIDE: i64 = 4_000;
const PRICE: i64 = 100;

type Guarded = Engine<ManualClock, FileJournal<SimDisk>>;

fn config() -> Config {
    let mut config = Config::new("USD");
    config.capacity = Capacity { live_orders: 256, ..small() };
    config.assets.push(Asset::new("USD", 2));
    config.instruments.push(Instrument::new("BTC-USD", "USD", 2, 0));
    config.firm.unlimited = Some("the account has limits".into());
    let limits = Limits {
        gross_exposure_max: Some(LIMIT.into()),
        unsynced_notional_max: Some(ASIDE.into()),
        ..Limits::default()
    };
    config.accounts.push(Account::new("main", "USD").limits(limits).strategy("grid"));
    config
}

fn start(disk: &SimDisk, clock: &ManualClock) -> Opened<ManualClock, FileJournal<SimDisk>> {
    let options = Options {
        durability: Durability::Group { sync_within_ms: 5 },
        segment_bytes: 16_384,
        snapshot_every: 40,
        keep_records: None,
        key: Some(ChainKey::new([9; 32])),
    };
    open_on(disk.clone(), &config(), clock.clone(), options).unwrap()
}

/// What the world knows of one account: nothing is ever forgotten here.
#[derive(Default)]
struct World {
    /// Approved since the last snapshot or contained in it: all of it may be at the venue.
    approved: i64,
    number: u64,
    refused_undurable: u64,
}

impl World {
    fn order(&mut self, engine: &Guarded, quantity: i64) -> Order {
        self.number += 1;
        let account = engine.account("main").unwrap();
        let strategy = engine.strategy(account, "grid").unwrap();
        let instrument = engine.instrument("BTC-USD").unwrap();
        let order = Order::buy(instrument, quantity).limit(PRICE).account(account).strategy(strategy);
        order.id(format!("o-{}", self.number)).not_reducible()
    }

    /// Asks for an order; what is approved is redeemed and out.
    fn buy(&mut self, engine: &mut Guarded, quantity: i64) {
        let order = self.order(engine, quantity);
        match engine.evaluate(&order).permit() {
            Ok(permit) => {
                let _ = engine.redeem(permit).unwrap();
                self.approved += quantity * PRICE;
            }
            Err(refused) if refused.reason == Reason::HeadroomNotDurable => self.refused_undurable += 1,
            Err(refused) => assert_eq!(refused.reason, Reason::TotalExposureLimit, "{refused}"),
        }
    }

    /// What the guard counts as exposure of the account.
    fn counted(&mut self, engine: &mut Guarded) -> i64 {
        let order = self.order(engine, 1);
        let explanation = engine.explain(&order);
        let is = |reading: &&risk_core::GateReading| {
            reading.gate == GateId::GrossExposure && reading.level == Level::Account
        };
        let reading = explanation.readings().find(is).and_then(|found| found.reading).unwrap();
        // In the account's money, of eight places.
        i64::try_from(reading.measured / 100_000_000).unwrap() - PRICE
    }
}

fn mark(engine: &mut Guarded) {
    let instrument = engine.instrument("BTC-USD").unwrap();
    let at = engine.now().max(START);
    engine.ingest(Input::Quote(Quote::new(instrument, PRICE - 1, PRICE + 1, at))).unwrap();
}

/// The venue says what is there: everything that was approved has been filled.
fn reconcile(engine: &mut Guarded, world: &World) {
    let (account, instrument) = (engine.account("main").unwrap(), engine.instrument("BTC-USD").unwrap());
    let quantity = Decimal::from(world.approved / PRICE);
    let positions = vec![Holding { instrument, quantity, price: PRICE.into() }];
    let snapshot = Snapshot { account, balance: None, positions, orders: Some(Vec::new()) };
    engine.ingest(Input::Snapshot(snapshot.into())).unwrap();
}

/// Every state that a power loss can leave, drawn at random, six lives each.
#[test]
fn no_crash_forgets_an_approval() {
    let worlds = number("RISK_HEADROOM_CRASHES", if cfg!(debug_assertions) { 60 } else { 600 }).div_ceil(6);
    let mut progress = Progress::new("worlds with headroom set aside", worlds);
    let (mut lost, mut undurable) = (0, 0);
    for seed in 0..worlds {
        progress.at(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut disk, clock, mut world) = (SimDisk::default(), ManualClock::at(START), World::default());
        for life in 0..6 {
            let at = format!("seed {seed}, life {life}");
            let mut opened = start(&disk, &clock);
            assert_eq!(opened.report.problems, [], "{at}");
            let engine = &mut opened.engine;
            mark(engine);
            let counted = world.counted(engine);
            assert!(counted >= world.approved, "{at}: {} approved, {counted} counted", world.approved);
            assert!(counted <= world.approved + ASIDE * (life + 1), "{at}: more than was ever set aside");
            lost += u64::from(life > 0 && counted > world.approved);
            if random.u8(..3) == 0 {
                // Long enough after the last order that the venue must know of each.
                clock.advance_ms(60_000);
                reconcile(engine, &world);
                assert_eq!(world.counted(engine), world.approved, "{at}: a snapshot says what is true");
            }
            for _ in 0..random.u32(1..40) {
                clock.advance_ms(random.i64(0..3));
                world.buy(engine, random.i64(1..8));
                assert!(world.approved <= LIMIT, "{at}: {} approved of {LIMIT}", world.approved);
                if random.u8(..4) == 0 {
                    engine.journal().turn();
                }
            }
            disk = match random.u8(..4) {
                0 => disk.after_kill(),
                _ => disk.after_power_loss(&mut random),
            };
            drop(opened);
        }
        undurable += world.refused_undurable;
    }
    println!("{lost} crashes left something unaccounted for, {undurable} orders came too early");
    assert!(lost > 0 && undurable > 0, "{lost} crashes, {undurable} orders");
}

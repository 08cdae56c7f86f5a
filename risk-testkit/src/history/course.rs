//! The course of a history: how it begins, what comes next, and time.

use risk_core::{Input, Timestamp};

use super::market::RATES;
use super::play::{Action, MS, Play};
use super::world::dec;

impl Play {
    /// Rates, balances and quotes, some of them missing.
    pub(super) fn begin(&mut self) {
        for rate in 0..RATES.len() {
            if self.chance(80) {
                self.plan_rate(rate);
            }
        }
        for instrument in 0..self.mids.len() {
            if self.chance(93) {
                self.plan_quote(instrument);
            }
            if self.chance(80) {
                self.plan_volume(instrument);
            }
            if self.chance(80) {
                self.plan_session(instrument);
            }
        }
        for account in 0..3 {
            if self.chance(93) {
                let balance = dec(self.rng.i64(1..20) * 50_000, 0);
                let account = self.model.handles().accounts[account];
                self.plan.push_back(Action::Ingest(Input::Balance { account, balance }));
                self.drew("begin", false);
            }
        }
    }

    /// Decides what happens next.
    pub(super) fn think(&mut self) {
        if self.chance(35) {
            self.pass_time();
        }
        if !self.model.latched().is_empty() && self.chance(25) {
            return self.plan_resume();
        }
        match self.rng.u32(0..100) {
            0..52 => {
                let instrument = self.some_instrument();
                if self.chance(if self.usable[instrument] { 33 } else { 85 }) {
                    // Without a step in between: the order is drawn from what holds then.
                    self.plan_quote(instrument);
                }
                if self.plan.is_empty() {
                    self.plan_order(instrument);
                }
            }
            52..60 if !self.permits.is_empty() => {
                let place = self.rng.usize(0..self.permits.len());
                let release = self.chance(10);
                self.plan.push_back(if release { Action::Release(place) } else { Action::Redeem(place) });
            }
            52..63 if !self.lists.is_empty() => {
                let place = self.rng.usize(0..self.lists.len());
                let release = self.chance(10);
                self.plan.push_back(if release {
                    Action::ReleaseList(place)
                } else {
                    Action::RedeemList(place)
                });
            }
            56..63 => self.plan_list(),
            63..66 => self.plan_change(),
            66..75 => self.plan_report(),
            75..78 => self.plan_cancel(),
            78..82 => self.plan_money(),
            82..85 => self.plan_halt(),
            85..87 => self.plan_resume(),
            87 => self.plan_status(),
            88 => self.plan_snapshot(),
            89..91 => self.plan_host(),
            91 if self.chance(80) => {
                let roll = match self.rng.u32(0..3) {
                    // At an instant that comes, or, seldom, that has passed.
                    0 => {
                        Input::NextRoll { at: Timestamp::from_nanos(self.time + self.rng.i64(-5..400) * MS) }
                    }
                    _ => Input::DayRoll,
                };
                self.plan.push_back(Action::Ingest(roll));
            }
            92 => {
                let rate = self.rng.usize(0..RATES.len());
                self.plan_rate(rate);
            }
            93..96 => self.plan_loose(),
            96 if self.chance(50) => {
                let back = 45 * MS + self.rng.i64(0..10) * MS;
                let trouble = if self.rng.bool() { None } else { Some(self.time - back) };
                let time = self.time;
                let instrument = self.some_instrument();
                self.plan_order(instrument);
                self.plan.push_front(Action::Clock(trouble));
                self.plan.push_back(Action::Clock(Some(time)));
            }
            97 if self.tally.steps.is_multiple_of(8) => self.plan.push_back(Action::Restart),
            97 => self.plan.push_back(Action::Tick),
            _ => {
                let instrument = self.some_instrument();
                self.plan_order(instrument);
            }
        }
    }

    /// Time goes on, often to just where something changes.
    fn pass_time(&mut self) {
        let far = if self.chance(15) { 3_000 } else { 250 };
        let soon = self.time..self.time + far * MS;
        let soon: Vec<i64> = self.model.instants().into_iter().filter(|at| soon.contains(at)).collect();
        let near = self.chance(80);
        let time = match self.rng.choice(&soon).copied() {
            Some(at) if near => at + self.step(),
            Some(_) => self.time + self.rng.i64(1..60) * MS,
            None if near => return,
            None => self.time + self.rng.i64(1..60) * MS,
        };
        self.drew("time", near);
        self.set_clock(time.max(self.time));
    }
}

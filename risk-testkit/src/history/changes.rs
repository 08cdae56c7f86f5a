//! Changes of orders at the venue, and lists.

use risk_core::{Change, Id, Kind, Order, OrderState, Timestamp};

use super::play::{Action, Play};
use super::world::dec;

impl Play {
    /// A change of an order of not long ago: how much, at which price, under which id.
    pub(super) fn plan_change(&mut self) {
        let count = self.model.approved();
        if count == 0 {
            return;
        }
        let recent = count.saturating_sub(16)..count;
        let sent =
            |place: &usize| matches!(self.model.order_state(*place), OrderState::Sent | OrderState::Working);
        let working: Vec<usize> = recent.clone().filter(sent).collect();
        let any = self.rng.usize(recent);
        let place = self.rng.choice(&working).copied().filter(|_| self.rng.u32(0..30) > 0).unwrap_or(any);
        let order = self.named(place);
        let (_, _, instrument) = self.model.parties(place);
        let of = self.config.instruments[instrument].clone();
        let mut change = Change::new();
        let lot = self.unit(instrument, false);
        if self.chance(75) {
            let total = i64::try_from(self.model.approved_quantity(place)).unwrap_or(1);
            let open = i64::try_from(self.model.open(place)).unwrap_or(1);
            let filled = total - open;
            let quantity = match self.rng.u32(0..8) {
                0 => total + lot,
                1 => total - lot,
                2 => filled,
                3 => filled + lot,
                4 => total * 2,
                5 => total + self.rng.i64(1..20) * lot,
                6 => total / 2 / lot * lot,
                _ => total,
            };
            let quantity = if self.chance(3) { quantity + self.step() } else { quantity };
            change.quantity = Some(dec(quantity.max(1), of.quantity_scale));
            self.drew("change", true);
        }
        let kind = self.model.order(place).kind;
        let wrong = self.chance(2);
        if self.chance(40) && (wrong || matches!(kind, Kind::Limit { .. } | Kind::StopLimit { .. })) {
            change.price = Some(dec(self.one_price(instrument), of.price_scale));
        }
        if self.chance(30) && (wrong || matches!(kind, Kind::Stop { .. } | Kind::StopLimit { .. })) {
            change.trigger = Some(dec(self.one_price(instrument), of.price_scale));
        }
        if self.chance(50) {
            self.names += 1;
            let used = self.model.order(self.rng.usize(0..count)).id;
            change.id = Some(if self.chance(6) { used } else { Id::new(&format!("c{}", self.names)) });
        }
        if self.chance(95) {
            change.created_at = Some(Timestamp::from_nanos(self.time));
        }
        if self.chance(45) {
            let thresholds = self.model.thresholds_of_change(&order, &change);
            self.plan_limit(thresholds);
        }
        self.plan_between(Action::Modify(order, change));
    }

    /// Some orders at once, mostly small ones, so that now and then all of them pass.
    pub(super) fn plan_list(&mut self) {
        let count = if self.chance(3) { 0 } else { self.rng.usize(1..4) };
        let mut instrument = self.some_instrument();
        let mut orders = Vec::new();
        for _ in 0..count {
            if self.chance(40) {
                instrument = self.some_instrument();
            }
            orders.push(self.listed(instrument));
        }
        if let Some(order) = orders.first()
            && self.chance(30)
        {
            let thresholds = self.model.thresholds(order, Timestamp::from_nanos(self.time));
            self.plan_limit(thresholds);
        }
        self.plan_between(Action::EvaluateList(orders.into()));
    }

    fn listed(&mut self, instrument: usize) -> Order {
        let mut order = self.skeleton(instrument);
        self.price(&mut order, instrument);
        if self.chance(40) {
            self.size(&mut order, instrument);
        } else {
            let lots = self.rng.i64(1..12) * self.unit(instrument, false);
            order.quantity = dec(lots, self.config.instruments[instrument].quantity_scale);
            self.drew("listed", false);
        }
        order
    }
}

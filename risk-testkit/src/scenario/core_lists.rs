//! Lists through the core.

use std::sync::Arc;

use risk_core::{ListDecision, ListPermit, ListRejection, Order, Outbound};

use super::command::{OrderLine, OrderName};
use super::core_driver::{CoreDriver, refused};
use super::driver::verb;

impl CoreDriver {
    /// `approved 349`, or the refusal that leads and how many orders were refused for themselves: `rejected REASON LEVEL
    /// order 3 refused 2 of 5`.
    pub(super) fn list(&mut self, lines: &[OrderLine]) -> String {
        let orders: Arc<[Order]> = lines.iter().map(|line| self.order(line)).collect();
        let decision = self.engine.evaluate_list(&orders);
        let verdict = verb(decision.verdict());
        match decision {
            ListDecision::Approved(permit) => {
                let names: Vec<_> = lines.iter().map(|line| self.full(&line.name)).collect();
                let orders = permit.orders();
                if let Some(first) = names.first().cloned() {
                    self.lists.insert(first, (permit, names));
                }
                format!("{verdict} {orders}")
            }
            ListDecision::Rejected(why) | ListDecision::EmergencyStop(why) => {
                format!("{verdict} {}", in_words(&why))
            }
        }
    }

    /// Sends all of a list: every order of it then has its handle.
    pub(super) fn redeem_list(&mut self, (permit, names): (ListPermit, Vec<OrderName>)) -> String {
        let mut outbounds: Vec<Outbound> = Vec::new();
        if let Err(why) = self.engine.redeem_list(permit, &mut outbounds) {
            return refused("", Some(why));
        }
        for (name, outbound) in names.into_iter().zip(outbounds) {
            self.handles.insert(name.clone(), outbound.handle());
            self.outbounds.insert(name, outbound);
        }
        "sent".to_owned()
    }
}

fn in_words(why: &ListRejection) -> String {
    let mut words = vec![why.leading.reason.code().to_owned()];
    words.extend(why.leading.level.map(|level| level.name().to_owned()));
    words.extend(why.order.map(|order| format!("order {order}")));
    words.push(format!("refused {} of {}", why.refused, why.orders));
    words.join(" ")
}

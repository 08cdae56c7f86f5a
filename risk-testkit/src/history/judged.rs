//! Judging: orders, changes and lists are put to the engine and to the model, and both answers are compared.

use std::sync::Arc;

use risk_core::{
    Change, Decision, InstrumentHandle, ListDecision, Order, OrderRef, Permit, Rejection, Verdict,
};

use super::may_refuse_exits;
use super::play::Play;
use crate::model::{Answer, Bug, Evaluated, ListAnswer, Model};

impl Play {
    pub(super) fn evaluate(&mut self, order: &Order, bugs: &mut Vec<Bug>, seed: u64) -> Result<(), String> {
        let now = self.now();
        // An explanation looks at the clock alone: where it steps back too far there is nothing to compare.
        let before = self.engine.seq();
        let told = now.filter(|now| now.nanos() >= self.model.time()).map(|_| self.engine.explain(order));
        if self.engine.seq() != before {
            // Something was due: looking has settled it, in a call of its own.
            self.model.tick(now);
        }
        let Evaluated { answer: expected, mistaken, objection, exits } =
            self.model.evaluate(order, now, bugs, told.as_ref());
        if let Some(objection) = objection {
            return Err(objection);
        }
        let decision = self.engine.evaluate(order);
        let found = answer(&self.model, order.instrument, &decision);
        self.tally.met(1, &found);
        if expected != found {
            return Err(differ(&expected, &found, &decision));
        }
        self.catch(bugs, mistaken, &found, seed);
        self.tally.exits += u64::from(exits);
        if exits && found.reason.is_some_and(|reason| !may_refuse_exits(reason)) {
            return Err(format!("an order that opens nothing is answered {found:?}"));
        }
        if let Ok(permit) = decision.permit() {
            self.model.name_last(permit.order());
            self.orders.push(permit.order());
            self.hold(permit, self.model.expires(self.model.approved() - 1))?;
        }
        Ok(())
    }

    /// Mistakes that would have been seen.
    fn catch<A: PartialEq>(&mut self, bugs: &mut Vec<Bug>, mistaken: Vec<A>, found: &A, seed: u64) {
        for (bug, answer) in bugs.clone().into_iter().zip(mistaken) {
            if answer != *found {
                self.tally.caught.insert(bug, seed);
                bugs.retain(|left| *left != bug);
            }
        }
    }

    fn hold(&mut self, permit: Permit, expires: i64) -> Result<(), String> {
        if permit.expires().nanos() != expires {
            return Err(format!("the permit expires at {:?}", permit.expires()));
        }
        self.permits.push(permit);
        Ok(())
    }

    pub(super) fn modify(
        &mut self,
        order: OrderRef,
        change: &Change,
        bugs: &mut Vec<Bug>,
        seed: u64,
    ) -> Result<(), String> {
        let of =
            self.engine.find(order).and_then(|handle| self.orders.iter().position(|known| *known == handle));
        let Evaluated { answer: expected, mistaken, .. } =
            self.model.modify(&order, change, self.now(), bugs);
        let decision = self.engine.modify(order, change);
        let instrument = of.map(|place| self.model.order(place).instrument).unwrap_or_default();
        let found = answer(&self.model, instrument, &decision);
        self.tally.met(1, &found);
        self.tally.changes += u64::from(found.is_approval());
        if expected != found {
            return Err(differ(&expected, &found, &decision));
        }
        self.catch(bugs, mistaken, &found, seed);
        if let Ok(permit) = decision.permit() {
            self.model.name_change(&order, permit.order());
            let expires = self.model.change_expires(permit.order()).unwrap_or_default();
            self.changes.push(permit.order());
            self.hold(permit, expires)?;
        }
        Ok(())
    }

    pub(super) fn evaluate_list(
        &mut self,
        orders: &Arc<[Order]>,
        bugs: &mut Vec<Bug>,
        seed: u64,
    ) -> Result<(), String> {
        let (expected, mistaken) = self.model.evaluate_list(orders, self.now(), bugs);
        let decision = self.engine.evaluate_list(orders);
        let found = match &decision {
            ListDecision::Approved(_) => ListAnswer {
                answer: Answer {
                    verdict: Verdict::Approved,
                    reason: None,
                    gate: None,
                    level: None,
                    quantity: 0,
                },
                order: None,
                refused: 0,
            },
            ListDecision::Rejected(why) | ListDecision::EmergencyStop(why) => ListAnswer {
                answer: refused(decision.verdict(), &why.leading),
                order: why.order.and_then(|place| usize::try_from(place).ok()),
                refused: usize::try_from(why.refused).unwrap_or(usize::MAX),
            },
        };
        self.tally.met(u64::try_from(orders.len()).unwrap_or(0), &found.answer);
        if expected != found {
            return Err(format!("the model says {expected:?}, the engine {found:?}"));
        }
        self.catch(bugs, mistaken, &found, seed);
        if let Ok(permit) = decision.permit() {
            self.tally.lists += 1;
            let named = orders.iter().map(|order| OrderRef::Client { account: order.account, id: order.id });
            let handles: Vec<_> = named.filter_map(|named| self.engine.find(named)).collect();
            self.model.name_list(&handles);
            self.orders.extend(&handles);
            let first = handles.first().copied().ok_or("nobody finds the orders of a list")?;
            self.lists.push((permit, first));
        }
        Ok(())
    }
}

fn differ(expected: &Answer, found: &Answer, decision: &Decision) -> String {
    let text = match decision {
        Decision::Rejected(why) | Decision::EmergencyStop(why) => why.to_string(),
        Decision::Reduced(_, why) => why.to_string(),
        Decision::Approved(_) => "approved".to_owned(),
    };
    format!("the model says {expected:?}, the engine {found:?}: {text}")
}

fn refused(verdict: Verdict, why: &Rejection) -> Answer {
    Answer { verdict, reason: Some(why.reason), gate: why.gate, level: why.level, quantity: 0 }
}

/// A decision in the words of the model.
fn answer(model: &Model, instrument: InstrumentHandle, decision: &Decision) -> Answer {
    let units = |quantity: rust_decimal::Decimal| {
        let scale =
            model.instrument_place(instrument).map_or(0, |place| model.instrument(place).quantity_scale);
        let power = 10_i128.pow(scale);
        quantity.mantissa() * power / 10_i128.pow(quantity.scale())
    };
    match decision {
        Decision::Approved(permit) => Answer {
            verdict: Verdict::Approved,
            reason: None,
            gate: None,
            level: None,
            quantity: units(permit.quantity()),
        },
        Decision::Reduced(permit, why) => Answer {
            verdict: Verdict::Reduced,
            reason: Some(why.reason),
            gate: Some(why.gate),
            level: Some(why.level),
            quantity: units(permit.quantity()),
        },
        Decision::Rejected(why) => refused(Verdict::Rejected, why),
        Decision::EmergencyStop(why) => refused(Verdict::EmergencyStop, why),
    }
}

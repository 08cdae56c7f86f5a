//! What venues state, and what was not believed, of a scenario through the C calls.

use std::ffi::CString;

use risk_core::Side;
use risk_guard::halt::{rg_exits, rg_scope};
use risk_guard::input::rg_ingested;
use risk_guard::number::rg_decimal;
use risk_guard::order::{RG_REDUCE_ONLY, rg_order};
use risk_guard::reconcile::*;
use risk_guard::statement::*;
use risk_guard::words::rg_status::{RG_BUFFER_TOO_SMALL, RG_OK};
use risk_testkit::scenario::Command;

use super::carry::{back, chars, dec, long, opt, sized, text};
use super::driver::BorderDriver;
use super::driver_inputs::ingested;

impl BorderDriver {
    /// Calls with a snapshot, its orders included.
    pub(super) fn with_snapshot<R>(&self, command: &Command, call: impl FnOnce(&rg_snapshot) -> R) -> R {
        let Command::Snapshot { account, balance, positions, orders, .. } = command else {
            panic!("{command:?} is no snapshot")
        };
        let position = |(instrument, quantity, price): &(String, _, _)| rg_stated_position {
            instrument: self.instrument(instrument),
            quantity: dec(*quantity),
            price: dec(*price),
            ..sized()
        };
        let positions: Vec<_> = positions.iter().map(position).collect();
        let stated = orders.as_deref().unwrap_or_default();
        let ids: Vec<CString> = stated.iter().map(|(id, ..)| text(id)).collect();
        let order = |((_, side, open, instrument, price), id): (&(_, Side, _, String, _), &CString)| {
            rg_stated_order {
                side: if *side == Side::Buy { 1 } else { 2 },
                id: id.as_ptr(),
                instrument: self.instrument(instrument),
                open: dec(*open),
                price: opt(*price),
                ..sized()
            }
        };
        let listed: Vec<_> = stated.iter().zip(&ids).map(order).collect();
        call(&rg_snapshot {
            has_orders: orders.is_some().into(),
            account: self.account(account),
            balance: opt(*balance),
            positions: positions.as_ptr(),
            position_count: positions.len() as u64,
            orders: listed.as_ptr(),
            order_count: listed.len() as u64,
            ..sized()
        })
    }

    /// A snapshot with its report, in the words of a scenario.
    pub(super) fn reconcile(&self, command: &Command, to: *mut rg_ingested) -> String {
        let (mut places, mut count) = (Vec::<rg_difference>::new(), 0);
        let status = self.with_snapshot(command, |told| {
            loop {
                let (room, first) = (places.len(), places.as_mut_ptr());
                // SAFETY: everything lives during the call.
                let status = unsafe { rg_reconcile(self.guard, told, to, first, room, &mut count) };
                if status != RG_BUFFER_TOO_SMALL {
                    break status;
                }
                assert!(room < count, "{room} of {count}");
                places = vec![sized(); count];
            }
        });
        // SAFETY: the caller's, and nobody writes to it any more.
        let mut words = vec![ingested(status, unsafe { &*to })];
        if status == RG_OK {
            words.extend(places[..count].iter().map(|one| self.difference(one)));
        }
        words.join(" ")
    }

    fn difference(&self, one: &rg_difference) -> String {
        let (known, stated) = (opt_word(one.known), back(one.stated));
        match one.kind {
            1 => format!("balance={known}/{stated}"),
            2 => {
                let symbol = self.symbols().find(|symbol| self.instrument(symbol) == one.instrument);
                format!("{}={known}/{stated}", symbol.unwrap_or("?"))
            }
            3 => format!("{}={known}/{stated}", self.name_of(&one.order)),
            4 => format!("gone={}", self.name_of(&one.order)),
            5 => format!("early={}", self.name_of(&one.order)),
            6 => format!("stranger={}", chars(&one.id)),
            other => format!("difference {other}"),
        }
    }

    /// The numbers of the statements that wait, oldest first.
    pub(super) fn withheld(&self) -> Vec<u64> {
        let mut numbers = Vec::new();
        let mut next = sized::<rg_withheld>();
        // SAFETY: it lives during the calls.
        while unsafe { rg_next_withheld(self.guard, numbers.last().copied().unwrap_or(0), &mut next) }
            == RG_OK
        {
            numbers.push(next.number);
            // SAFETY: the buffer is as large as is said.
            let said = long(|buffer, capacity, length| unsafe {
                rg_withheld_text(self.guard, next.number, buffer, capacity, length)
            });
            let kind = ["", "balance", "host", "snapshot"][next.kind as usize];
            assert!(said.starts_with(&format!("{{\"{kind}\":")), "{said}");
        }
        numbers
    }

    /// What would flatten a scope, in the words of a scenario.
    pub(super) fn exits(&self, scope: &rg_scope) -> String {
        let (mut orders, mut count) = ([sized::<rg_order>(); 16], 0);
        // SAFETY: everything lives during the call.
        assert_eq!(unsafe { rg_exits(self.guard, scope, orders.as_mut_ptr(), 16, &mut count) }, RG_OK);
        let exit = |order: &rg_order| {
            assert_eq!((order.kind, order.flags), (1, RG_REDUCE_ONLY));
            assert!(order.account != 0 && order.strategy != 0 && order.instrument != 0 && order.id.is_null());
            format!("{}/{}", ["", "buy", "sell"][order.side as usize], back(order.quantity))
        };
        let exits: Vec<String> = orders[..count].iter().map(exit).collect();
        if exits.is_empty() { "none".to_owned() } else { exits.join(",") }
    }
}

fn opt_word(value: rg_decimal) -> String {
    if value.present == 0 { "unknown".to_owned() } else { back(value).to_string() }
}

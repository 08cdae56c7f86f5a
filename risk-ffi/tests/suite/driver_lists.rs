//! Lists through the C calls.

use std::ffi::CString;
use std::ptr;

use risk_core::Verdict;
use risk_guard::change::{rg_evaluate_list, rg_list_decision, rg_redeem_list};
use risk_guard::order::rg_order;
use risk_guard::permit::rg_outbound;
use risk_guard::words::rg_status::RG_OK;
use risk_testkit::scenario::{OrderLine, OrderName, verb};

use super::carry::{code, refused, sized};
use super::driver::BorderDriver;
use super::world::error;

impl BorderDriver {
    /// As the core's driver answers: `approved 349`, or the leading refusal and its counts.
    pub(super) fn list(&mut self, lines: &[OrderLine]) -> String {
        let mut texts: Vec<CString> = Vec::new();
        let orders: Vec<rg_order> = lines.iter().map(|line| self.order(line, &mut texts)).collect();
        let none = sized::<rg_order>();
        let first = if orders.is_empty() { ptr::from_ref(&none) } else { orders.as_ptr() };
        let mut made: rg_list_decision = sized();
        // SAFETY: everything lives during the call.
        let status = unsafe { rg_evaluate_list(self.guard, first, orders.len(), &mut made) };
        assert_eq!(status, RG_OK, "{}", error());
        let verdict = Verdict::ALL[made.verdict as usize - 1];
        if made.permit != 0 {
            let names: Vec<_> = lines.iter().map(|line| self.full(&line.name)).collect();
            self.lists.insert(names[0].clone(), (made.permit, names));
            return format!("{} {}", verb(verdict), lines.len());
        }
        let mut words = vec![verb(verdict).to_owned(), code(made.reason)];
        words.extend(
            (made.level > 0)
                .then(|| ["", "firm", "account", "strategy", "instrument"][made.level as usize].to_owned()),
        );
        words.extend((made.order >= 0).then(|| format!("order {}", made.order)));
        words.push(format!("refused {} of {}", made.refused, made.orders));
        words.join(" ")
    }

    pub(super) fn redeem_list(&mut self, (permit, names): (u64, Vec<OrderName>)) -> String {
        let mut sent: Vec<rg_outbound> = names.iter().map(|_| sized()).collect();
        let mut count = 0;
        // SAFETY: everything lives during the call.
        let status = unsafe { rg_redeem_list(self.guard, permit, sent.as_mut_ptr(), sent.len(), &mut count) };
        if status == RG_OK {
            assert_eq!(count, names.len());
            for (name, sent) in names.into_iter().zip(sent) {
                self.handles.insert(name.clone(), sent.order);
                self.outbounds.insert(name, sent.handle);
            }
        }
        refused(status, "sent")
    }
}

//! What a change under way holds, and what becomes of it: confirmed, refused, not sent, or too late.

use crate::book::Asked;
use crate::clock::Timestamp;
use crate::modify::Proposal;
use crate::num::{Money, Quantity};
use crate::reason::Reason;
use crate::reservation::Hold;
use crate::state::{State, at};
use crate::table::Key;
use crate::versions::{Stage, Version};

impl State {
    /// Holds an approved change. Nothing when there is no room, which has been excluded.
    pub(crate) fn hold_version(&mut self, proposal: &Proposal, expires: Timestamp) -> Option<(u32, u32)> {
        let slot = proposal.of;
        let hold = *self.reservation.hold(slot)?;
        let mut head = hold.versions;
        if !self.versions.of(head).any(|(_, version)| version.stage == Stage::Confirmed) {
            let mut now = Version::confirmed(slot, self.reservation.order(slot)?, hold.approved);
            (now.surcharges, now.open) = (hold.surcharges, hold.open);
            head = self.versions.insert(now, head);
        }
        self.spend(hold.account, proposal.spends);
        let mut version = Version::permitted(slot, &proposal.order, proposal.total, expires, self.seq);
        version.id = proposal.id;
        version.surcharges = proposal.surcharges;
        version.open = proposal.total.excess_over(hold.filled);
        if proposal.decreases {
            // Less of the same keeps its share of what is held.
            let (left, whole) = (version.open.abs(), hold.open.abs().max(1));
            version.surcharges =
                hold.surcharges.map(|held| crate::num::share(held, left.min(whole), whole).unwrap_or(held));
        }
        version.openings = proposal.openings;
        version.worth = proposal.worth;
        (version.decreases, version.exits) = (proposal.decreases, proposal.exits);
        let (place, generation) = self.versions.next()?;
        let head = self.versions.insert(version, head)?;
        self.reservation.hold_mut(slot)?.versions = Some(head);
        if let Some(id) = proposal.id {
            self.ids.table.set(id, place);
        }
        self.hold_largest(slot);
        self.recount_traded(slot);
        // Less of the same is let through like a cancel, and like it takes nothing of what is kept for exits.
        let exits = proposal.openings.map(|opens| !proposal.decreases && (proposal.exits || opens.0 == 0));
        self.take_messages(slot, exits);
        self.wake_at(expires);
        Some((place, generation))
    }

    /// Holds the largest of all versions of an order: what they have together as quantity, and as surcharge.
    fn hold_largest(&mut self, slot: u32) {
        self.enter_again(slot);
        let Some(hold) = self.reservation.hold(slot).copied() else { return };
        let mut open = Quantity::ZERO;
        let mut surcharges = [Money::ZERO; 3];
        for (_, version) in self.versions.of(hold.versions).filter(|(_, version)| version.may_hold()) {
            let (left, [first, second, cash]) = version.held(hold.filled);
            let [most, own_most, most_cash] = surcharges;
            open = open.max(left);
            surcharges = [most.max(first), own_most.max(second), most_cash.max(cash)];
        }
        if (open, surcharges) == (hold.open, hold.surcharges) {
            return;
        }
        let ask = self.ask_of(&hold);
        for (index, (before, after)) in
            hold.books.into_iter().zip(hold.surcharges.into_iter().zip(surcharges))
        {
            if let Some(mut book) = at(&self.books, index).copied() {
                book.take_off(ask, hold.open, before);
                // What the sums cannot count was refused when it was judged.
                let _ = book.put_on(ask, open, after);
                self.put(index, book);
                self.touch(book.owner);
            }
        }
        let ([.., before], [.., after]) = (hold.surcharges, surcharges);
        self.hold_cash(hold.account, before, after);
        if let Some(parent) = hold.parent {
            self.parents.change(parent, hold.open, open);
        }
        if let Some(hold) = self.reservation.hold_mut(slot) {
            (hold.open, hold.surcharges) = (open, surcharges);
        }
    }

    /// A change will not come true: the venue refused it, or it was not sent. The order stands as it was.
    pub(crate) fn drop_version(&mut self, version: u32) {
        let Some(&Version { of, id, .. }) = self.versions.get(version) else { return };
        if let Some(id) = id {
            self.ids.table.remove(id);
        }
        self.unlink_version(version, of);
        self.hold_what_is_left(of);
    }

    /// The venue refused a change that was sent: its id stays taken for a while.
    pub(crate) fn refuse_version(&mut self, version: u32) {
        let Some(of) = self.versions.get(version).map(|version| version.of) else { return };
        self.void_version(version, of);
        self.hold_what_is_left(of);
    }

    /// The version is none any more, and its id stays taken for a while. The caller sees to what is held.
    fn void_version(&mut self, version: u32, of: u32) {
        let id = self.versions.get(version).and_then(|version| version.id);
        self.unlink_version(version, of);
        if let Some(id) = id {
            self.remember_id(id, self.reservation.hold(of).and_then(|hold| hold.parent));
        }
    }

    /// Versions of an order have gone: the largest of the others is held. Where nothing but those that have gone could
    /// still have been executed, the order has ended.
    fn hold_what_is_left(&mut self, of: u32) {
        self.hold_largest(of);
        self.settle_versions(of);
        if self.nothing_open(of) {
            self.finish(of);
        }
    }

    /// The venue has confirmed a change: it is the order now, and older changes can come true no more.
    pub(crate) fn confirm_version(&mut self, slot: u32) {
        let Some(version) = self.versions.get(slot).copied() else { return };
        let of = version.of;
        self.version_sent(slot);
        // Newest first: what stands behind it is older.
        while let Some(older) = self.older_change(of, slot) {
            self.void_version(older, of);
        }
        let mut order = version.order;
        if let (None, Some(kept)) = (version.id, self.reservation.order(of)) {
            // Another change may have renamed it since.
            order.id = kept.id;
        }
        self.reservation.replace_order(of, version.total, &order);
        let head = self.reservation.hold(of).and_then(|hold| hold.versions);
        let confirmed = self.versions.of(head).find(|(_, other)| other.stage == Stage::Confirmed);
        if let Some(confirmed) = confirmed.map(|(slot, _)| slot) {
            self.versions.adopt(confirmed, &version);
        }
        match version.id {
            None => self.unlink_version(slot, of),
            Some(id) => self.rename(of, slot, id),
        }
        self.hold_what_is_left(of);
    }

    /// A change of the same order that was approved before this one.
    fn older_change(&self, of: u32, slot: u32) -> Option<u32> {
        let head = self.reservation.hold(of)?.versions;
        let judged = self.versions.get(slot)?.judged;
        self.versions
            .of(head)
            .find(|(_, other)| other.is_under_way() && other.judged < judged)
            .map(|(slot, _)| slot)
    }

    /// The order has the version's id from now on; its last one still finds it, the one before no more.
    fn rename(&mut self, of: u32, version: u32, id: Key) {
        let Some(&Hold { versions: head, parent, .. }) = self.reservation.hold(of) else { return };
        let former = self.versions.of(head).find(|(_, other)| other.stage == Stage::Former);
        if let Some((former, gone)) = former.map(|(slot, former)| (slot, former.id)) {
            self.unlink_version(former, of);
            if let Some(gone) = gone {
                self.remember_id(gone, parent);
            }
        }
        let Some(hold) = self.reservation.hold_mut(of) else { return };
        let last = core::mem::replace(&mut hold.id, id);
        self.ids.table.set(id, of);
        self.ids.table.set(last, version);
        self.versions.become_former(version, last);
    }

    fn unlink_version(&mut self, version: u32, of: u32) {
        let head = self.reservation.hold(of).and_then(|hold| hold.versions);
        let head = self.versions.remove(version, head);
        if let Some(hold) = self.reservation.hold_mut(of) {
            hold.versions = head;
        }
        self.recount_traded(of);
    }

    /// The permit of a change is used.
    pub(crate) fn version_sent(&mut self, slot: u32) {
        let Some(&Version { of, worth, .. }) = self.versions.get(slot) else { return };
        self.versions.mark_sent(slot);
        self.keep_traded(of, worth);
    }

    /// Without a change under way, what is confirmed is what the order itself says.
    fn settle_versions(&mut self, of: u32) {
        let head = self.reservation.hold(of).and_then(|hold| hold.versions);
        let mut confirmed = None;
        for (slot, version) in self.versions.of(head) {
            match version.stage {
                Stage::Permitted | Stage::Sent => return,
                Stage::Confirmed => confirmed = Some(slot),
                Stage::Free | Stage::Former => {}
            }
        }
        if let Some(confirmed) = confirmed {
            self.unlink_version(confirmed, of);
        }
    }

    /// The order has ended: no change of it can come true. Ids that were sent stay taken for a while.
    pub(crate) fn end_versions(&mut self, of: u32) {
        while let Some(&Hold { versions: Some(head), parent, .. }) = self.reservation.hold(of) {
            let Some(&Version { id, stage, .. }) = self.versions.get(head) else { return };
            self.unlink_version(head, of);
            match (id, stage) {
                (Some(id), Stage::Sent | Stage::Former) => self.remember_id(id, parent),
                (Some(id), _) => {
                    self.ids.table.remove(id);
                }
                (None, _) => {}
            }
        }
    }

    pub(crate) fn look_again_at_version(&self, slot: u32) -> Result<(), Reason> {
        let version = self.versions.get(slot).ok_or(Reason::PermitSpent)?;
        let hold = self.reservation.hold(version.of).ok_or(Reason::PermitSpent)?;
        // What neither grows nor gets more aggressive opens nothing that the old order would not.
        let open = if version.exits { Quantity::ZERO } else { version.total.excess_over(hold.filled) };
        self.look_again_as(
            hold,
            open,
            [Asked::one(self.ask_of(hold), hold.open); 2],
            version.openings,
            version.judged,
        )
    }
}

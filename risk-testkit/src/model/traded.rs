//! What an order counts for in what is traded in a day: itself and every change of it that was sent, the largest; a
//! change whose permit is out counts as long as it may be sent. What is new counts on the day it comes, and what nobody
//! can send any more is given back as far as it was counted on that day.

use super::orders::{Happened, Placed};

/// In the account's money and in the firm's; nothing where nobody could value it.
pub(super) type Worth = [Option<i128>; 2];

/// A sum of amounts, and how many of them nobody could value.
pub(super) type Turnover = (i128, i128);

/// What one order counts for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    sent: [Turnover; 2],
    /// In all.
    pub(super) all: [Turnover; 2],
    /// On a day.
    pub(super) today: [Turnover; 2],
    pub(super) day: usize,
}

fn each(a: [Turnover; 2], b: [Turnover; 2], with: impl Fn(i128, i128) -> i128) -> [Turnover; 2] {
    let one = |a: Turnover, b: Turnover| (with(a.0, b.0), with(a.1, b.1));
    [one(a[0], b[0]), one(a[1], b[1])]
}

fn turnover(worth: Option<Worth>) -> [Turnover; 2] {
    worth.map_or([(0, 0); 2], |worth| worth.map(|value| value.map_or((0, 1), |value| (value, 0))))
}

impl Counted {
    fn recount(&mut self, day: usize, under_way: [Turnover; 2]) {
        if self.day != day {
            (self.day, self.today) = (day, [(0, 0); 2]);
        }
        let all = each(self.sent, under_way, i128::max);
        let beyond = |a, b| each(a, b, |a, b| (a - b).max(0));
        let less = each(beyond(self.all, all), self.today, i128::min);
        self.today = beyond(each(self.today, beyond(all, self.all), |a, b| a + b), less);
        self.all = all;
    }
}

impl Placed {
    /// What it counts for; nothing where nothing was counted when it was approved, or since.
    pub(super) fn counted(&self) -> Option<Counted> {
        let first = turnover(self.worth);
        let mut counted =
            self.worth.map(|_| Counted { sent: first, all: first, today: first, day: self.day });
        let mut under_way: Vec<usize> = Vec::new();
        for (what, day) in self.happened.iter().zip(&self.days) {
            match *what {
                Happened::Asked(change) => under_way.push(change),
                Happened::ChangeGone { change, .. } => under_way.retain(|of| *of != change),
                Happened::ChangeSent(change) | Happened::Changed { change, .. } => {
                    if let Some(counted) = &mut counted {
                        counted.sent = each(counted.sent, turnover(self.changes[change].worth), i128::max);
                    }
                    if matches!(what, Happened::Changed { .. }) {
                        under_way.retain(|of| *of > change);
                    }
                }
                Happened::Ended { .. } => {
                    under_way.clear();
                    if self.was_never_sent()
                        && let Some(counted) = &mut counted
                    {
                        counted.sent = [(0, 0); 2];
                    }
                }
                _ => continue,
            }
            let changes = under_way.iter().map(|change| turnover(self.changes[*change].worth));
            let changes = changes.fold([(0, 0); 2], |all, one| each(all, one, i128::max));
            if counted.is_some() || changes != [(0, 0); 2] {
                counted.get_or_insert_default().recount(*day, changes);
            }
        }
        counted
    }
}

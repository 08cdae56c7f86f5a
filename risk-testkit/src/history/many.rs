//! Many histories, on as many threads as the machine has cores. What is met does not depend on the threads: a history
//! follows from its seed alone.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{Difference, Tally, play};
use crate::model::Bug;

/// How many histories have come to what.
#[derive(Debug, Default)]
pub struct Met {
    /// All of it.
    pub tally: Tally,
    /// Every history with a seed below this one has been played: one can go on from here.
    pub below: u64,
    /// Deliberate mistakes that have not shown yet.
    pub left: Vec<Bug>,
}

struct Playing {
    met: Met,
    next: u64,
    /// Seeds under way.
    open: Vec<u64>,
    difference: Option<Box<Difference>>,
}

/// Plays histories of so many steps, one for each seed, as long as `goes_on` says of what was met so far and of the next
/// seed, and looks for the deliberate mistakes until each has shown.
///
/// # Errors
/// A difference between engine and model.
pub fn play_many(
    seeds: Range<u64>,
    steps: u64,
    bugs: Vec<Bug>,
    goes_on: impl Fn(&Met, u64) -> bool + Sync,
) -> Result<Met, Box<Difference>> {
    let met = Met { below: seeds.start, left: bugs, ..Met::default() };
    let playing = Mutex::new(Playing { met, next: seeds.start, open: Vec::new(), difference: None });
    let lock = || playing.lock().unwrap_or_else(PoisonError::into_inner);
    let take = || {
        let mut playing = lock();
        let seed = playing.next;
        if playing.difference.is_some() || seed >= seeds.end || !goes_on(&playing.met, seed) {
            return None;
        }
        playing.next += 1;
        playing.open.push(seed);
        Some((seed, playing.met.left.clone()))
    };
    let work = || {
        while let Some((seed, left)) = take() {
            let played = play(seed, steps, &left);
            let mut playing = lock();
            playing.open.retain(|open| *open != seed);
            match played {
                Ok(tally) => {
                    playing.met.left.retain(|bug| !tally.caught.contains_key(bug));
                    playing.met.tally.add(tally);
                }
                Err(difference) => {
                    playing.difference.get_or_insert(difference);
                }
            }
            playing.met.below = playing.open.iter().copied().min().unwrap_or(playing.next);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let playing = playing.into_inner().unwrap_or_else(PoisonError::into_inner);
    match playing.difference {
        Some(difference) => Err(difference),
        None => Ok(playing.met),
    }
}

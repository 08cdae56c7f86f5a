//! What the caller only has a number of: permits until they are used up, and the last messages that went out.

use risk_core::{ListPermit, Outbound, Permit, Timestamp};

use crate::handle::{GENERATION_MAX, INDEX_MAX};

/// A permit for one order or for a list.
#[derive(Debug)]
pub(crate) enum Leave {
    One(Permit),
    List(ListPermit),
}

impl Leave {
    fn expires(&self) -> Timestamp {
        match self {
            Self::One(permit) => permit.expires(),
            Self::List(permit) => permit.expires(),
        }
    }
}

#[derive(Debug)]
struct Place {
    /// How often it was used.
    generation: u32,
    leave: Option<Leave>,
}

/// Permits that are out. As many places as the engine can have holds; those of permits that nobody used are taken back
/// once they have expired.
#[derive(Debug)]
pub(crate) struct Leaves {
    places: Vec<Place>,
    free: Vec<u32>,
}

impl Leaves {
    /// Room for so many.
    pub(crate) fn with_capacity(size: u32) -> Self {
        let size = size.min(INDEX_MAX);
        let places = (0..size).map(|_| Place { generation: 1, leave: None }).collect();
        Self { places, free: (0..size).rev().collect() }
    }

    /// Keeps a permit: its place and generation, or the permit where there is no room.
    pub(crate) fn keep(&mut self, leave: Leave, now: Timestamp) -> Result<(u32, u32), Leave> {
        if self.free.is_empty() {
            self.sweep(now);
        }
        let Some(index) = self.free.pop() else { return Err(leave) };
        match self.places.get_mut(index as usize) {
            Some(place) => {
                place.leave = Some(leave);
                Ok((place.generation, index))
            }
            None => Err(leave),
        }
    }

    /// A permit that is still there.
    pub(crate) fn look(&self, generation: u32, index: u32) -> Option<&Leave> {
        let place = self.places.get(index as usize)?;
        place.leave.as_ref().filter(|_| place.generation == generation)
    }

    /// Takes a permit out: from then on its number names nothing.
    pub(crate) fn take(&mut self, generation: u32, index: u32) -> Option<Leave> {
        let place = self.places.get_mut(index as usize)?;
        if place.generation != generation {
            return None;
        }
        let leave = place.leave.take()?;
        // A place whose generations are used up is never used again: an old number stays old for ever.
        if place.generation < GENERATION_MAX {
            place.generation += 1;
            self.free.push(index);
        }
        Some(leave)
    }

    /// Forgets permits that cannot be redeemed any more.
    #[cold]
    fn sweep(&mut self, now: Timestamp) {
        for index in 0..self.places.len() as u32 {
            let place = self.places.get(index as usize);
            let expired = place.and_then(|place| {
                let leave = place.leave.as_ref()?;
                (leave.expires() <= now).then_some(place.generation)
            });
            if let Some(generation) = expired {
                let _expired = self.take(generation, index);
            }
        }
    }
}

/// How many messages that went out can still be taken back by rg_abandon: the oldest counts as sent.
pub const RG_OUTBOUNDS_KEPT: u32 = 4096;

/// The last messages that went out.
#[derive(Debug)]
pub(crate) struct Outbounds {
    places: Vec<Option<(u64, Outbound)>>,
    issued: u64,
}

impl Outbounds {
    pub(crate) fn new() -> Self {
        Self { places: (0..RG_OUTBOUNDS_KEPT).map(|_| None).collect(), issued: 0 }
    }

    /// Keeps a message in place of the oldest: its generation and place.
    pub(crate) fn keep(&mut self, outbound: Outbound) -> (u32, u32) {
        self.issued += 1;
        let size = u64::from(RG_OUTBOUNDS_KEPT);
        let (round, place) = (self.issued / size, self.issued % size);
        if let Some(kept) = self.places.get_mut(place as usize) {
            *kept = Some((self.issued, outbound));
        }
        (round as u32 & GENERATION_MAX, place as u32)
    }

    /// Takes a message out, if it is still there.
    pub(crate) fn take(&mut self, generation: u32, index: u32) -> Option<Outbound> {
        let place = self.places.get_mut(index as usize)?;
        let (issued, _) = place.as_ref()?;
        if (issued / u64::from(RG_OUTBOUNDS_KEPT)) as u32 & GENERATION_MAX != generation {
            return None;
        }
        place.take().map(|(_, outbound)| outbound)
    }
}

//! From bytes to what a program gives the C interface that does not look: handles of another kind, spent or made up,
//! structures of any size, null or beside their place, texts that are none.

use std::ffi::{CStr, c_char};
use std::ptr;

use risk_guard::halt::rg_scope;
use risk_guard::number::rg_decimal;
use risk_guard::order::{rg_order, rg_order_handle};
use risk_guard::permit::rg_order_ref;

pub(crate) const NOW: i64 = 1_700_000_000_000_000_000;

const TEXTS: [&CStr; 8] = [c"a1", c"a2", c"a3", c"main", c"", c"two words", c"\xff\xfe", c"x:1"];

/// A structure as large as it says, whatever it says, in memory of its own: a library that looks beyond is seen.
pub(crate) struct Given<T> {
    pub(crate) memory: Vec<u64>,
    pub(crate) place: *mut T,
    pub(crate) is_right: bool,
}

impl<T: Copy> Given<T> {
    /// What the structure holds.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.memory.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    pub(crate) fn read(&self) -> T {
        assert!(self.is_right);
        // SAFETY: it is right: the memory has a structure in its place.
        unsafe { self.place.read() }
    }
}

pub(crate) struct Caller<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) guard: u64,
    /// Every number that was given out.
    pub(crate) handles: Vec<u64>,
    pub(crate) orders: Vec<rg_order_handle>,
}

impl Caller<'_> {
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    pub(crate) fn long(&mut self) -> u64 {
        u64::from_le_bytes([(); 8].map(|()| self.byte()))
    }

    /// Mostly one of this place among those that were given out.
    pub(crate) fn handle(&mut self, mostly: usize) -> u64 {
        match self.byte() {
            0..=199 => self.handles.get(mostly).copied().unwrap_or(0),
            place @ 200..=249 => {
                let place = usize::from(place - 200) % self.handles.len().max(1);
                self.handles.get(place).copied().unwrap_or(0)
            }
            250..=252 => self.long(),
            _ => 0,
        }
    }

    /// The last permit or message, or another number.
    pub(crate) fn last(&mut self) -> u64 {
        let place = self.handles.len().saturating_sub(1);
        self.handle(place)
    }

    pub(crate) fn the_guard(&mut self) -> u64 {
        if self.byte() < 250 { self.guard } else { self.last() }
    }

    pub(crate) fn word(&mut self, most: u32) -> u32 {
        match self.byte() {
            byte @ 0..=249 => u32::from(byte) % (most + 1),
            _ => self.long() as u32,
        }
    }

    pub(crate) fn text(&mut self) -> *const c_char {
        let place = usize::from(self.byte() % 9);
        TEXTS.get(place).map_or(ptr::null(), |text| text.as_ptr())
    }

    pub(crate) fn number(&mut self) -> rg_decimal {
        let (kind, low) = (self.byte(), u64::from(self.byte()) * 100 + u64::from(self.byte()));
        match kind {
            0..=179 => rg_decimal { low, present: 1, scale: kind % 4, ..rg_decimal::default() },
            180..=219 => rg_decimal::default(),
            220..=239 => {
                rg_decimal { low, present: 1, negative: 1, scale: kind % 4, ..rg_decimal::default() }
            }
            240..=247 => {
                let (low, high) = (self.long(), self.long() as u32);
                rg_decimal { low, high, present: 1, scale: kind % 29, ..rg_decimal::default() }
            }
            _ => {
                let [present, negative, scale, reserved] = [(); 4].map(|()| self.byte());
                rg_decimal { low, high: 0, present, negative, scale, reserved }
            }
        }
    }

    pub(crate) fn instant(&mut self) -> i64 {
        match self.byte() {
            byte @ 0..=239 => NOW + i64::from(byte) * 20_000_000,
            _ => self.long() as i64,
        }
    }

    /// A structure with its size set: mostly right.
    pub(crate) fn give<T: Copy>(&mut self, value: T) -> Given<T> {
        let (kind, real) = (self.byte(), size_of::<T>());
        let size = match kind {
            0..=229 => real,
            230..=239 => usize::from(self.byte()) * 2,
            240..=243 => real + 8,
            244..=245 => self.long() as u32 as usize,
            _ => real,
        };
        // A size that can be one is true; no other is looked beyond.
        let room = if size <= 4_096 { size.max(4) } else { real };
        let mut memory = vec![0_u64; room.max(4).div_ceil(8) + 1];
        let shift = if kind >= 252 { usize::from(self.byte() % 7) + 1 } else { 0 };
        let start = memory.as_mut_ptr().cast::<u8>();
        // SAFETY: as many bytes as both have; the memory is one word longer than the room, which is more than the shift.
        let place = unsafe {
            ptr::copy_nonoverlapping(ptr::from_ref(&value).cast::<u8>(), start.add(shift), room.min(real));
            ptr::copy_nonoverlapping((size as u32).to_ne_bytes().as_ptr(), start.add(shift), 4);
            start.add(shift).cast::<T>()
        };
        let place = if (248..=251).contains(&kind) { ptr::null_mut() } else { place };
        Given { memory, place, is_right: size == real && shift == 0 && !place.is_null() }
    }

    pub(crate) fn zeroed<T: Copy>() -> T {
        // SAFETY: the structures of the header are made of numbers and pointers.
        unsafe { std::mem::zeroed() }
    }

    pub(crate) fn order(&mut self) -> rg_order {
        rg_order {
            side: self.word(3),
            account: self.handle(0),
            strategy: self.handle(1),
            instrument: self.handle(3),
            id: self.text(),
            kind: self.word(5),
            time_in_force: self.word(6),
            quantity: self.number(),
            price: self.number(),
            trigger: if self.byte() < 200 { rg_decimal::default() } else { self.number() },
            created_at_ns: if self.byte() < 200 { 0 } else { self.instant() },
            parent: if self.byte() < 200 { ptr::null() } else { self.text() },
            parent_quantity: if self.byte() < 200 { rg_decimal::default() } else { self.number() },
            flags: self.word(7),
            trader: if self.byte() < 200 { 0 } else { self.handle(4) },
            ..Self::zeroed()
        }
    }

    pub(crate) fn named(&mut self) -> rg_order_ref {
        match self.byte() {
            byte @ 0..=199 => {
                let place = usize::from(byte) % self.orders.len().max(1);
                let handle = self.orders.get(place).copied().unwrap_or_default();
                rg_order_ref { handle, account: 0, id: ptr::null() }
            }
            200..=239 => rg_order_ref { account: self.handle(0), id: self.text(), ..Self::zeroed() },
            _ => {
                let handle = rg_order_handle { guard: self.last(), order: self.long() };
                rg_order_ref { handle, account: self.handle(0), id: self.text() }
            }
        }
    }

    pub(crate) fn scope(&mut self) -> rg_scope {
        let kind = self.word(6);
        let handle = if kind <= 1 { 0 } else { self.handle(kind as usize) };
        rg_scope { kind, reserved: u32::from(self.byte() == 255), handle }
    }
}

//! Little-endian numbers in byte strings. What is not there reads as zero; lengths are checked where they matter.

/// The 32 bits at a place.
pub(crate) fn u32_at(bytes: &[u8], place: usize) -> u32 {
    bytes.get(place..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u32::from_le_bytes(*chunk))
}

/// The 64 bits at a place.
pub(crate) fn u64_at(bytes: &[u8], place: usize) -> u64 {
    bytes.get(place..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

/// The bytes at a place.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], place: usize) -> [u8; N] {
    bytes.get(place..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

/// A size as 64 bits, and back; what this machine cannot address is as large as can be.
pub(crate) fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

pub(crate) fn narrow(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

//! A permit cannot be read back.
use risk_core::Permit;

fn readable<'de, T: serde::Deserialize<'de>>() {}

fn main() {
    readable::<Permit>();
}

//! An outbound message cannot be written down and read back.
use risk_core::Outbound;

fn both<'de, T: serde::Serialize + serde::Deserialize<'de>>() {}

fn main() {
    both::<Outbound>();
}

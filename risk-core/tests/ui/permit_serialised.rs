//! A permit cannot be written down.
use risk_core::Permit;

fn writable<T: serde::Serialize>(_: &T) {}

fn write(permit: &Permit) {
    writable(permit);
}

fn main() {}

//! Names in text are those that are serialised.

use risk_core::{GATES, Id};

#[test]
fn a_gate_is_called_as_it_is_serialised() {
    for gate in GATES {
        assert_eq!(serde_json::to_string(&gate.id).unwrap(), format!("\"{}\"", gate.id.name()));
    }
}

#[test]
fn a_number_is_an_id_by_its_digits() {
    for number in [0, 9, 10, 4_294_967_296, u64::MAX] {
        let id = Id::from(number);
        assert!(id.is_valid());
        assert_eq!(id, Id::from(number.to_string()));
        assert_eq!(id.as_str(), number.to_string());
    }
}

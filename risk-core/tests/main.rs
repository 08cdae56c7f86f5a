//! Tests of the whole library through its public interface, in one binary.

mod suite;

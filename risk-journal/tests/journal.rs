//! The journal as its users meet it, on real files and on disks that fail.

mod suite;

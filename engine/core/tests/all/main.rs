//! The tests of the crate from outside: scripts of each element, and random processes.

mod scripts;
mod simulation;

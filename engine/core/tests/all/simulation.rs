//! Random processes under random commands, from fixed seeds.

use tongban_core::simulation;
use tongban_core::simulation::coverage::{self, Coverage};

/// Kinds of elements that so few steps may miss.
const RARE: usize = 4;

/// No single short run meets everything; all of them together do.
#[test]
fn random_commands_leave_every_token_accounted_for() {
    let mut reached = [0; 23];
    let mut coverage = Coverage::new();
    for seed in 0..20 {
        let it = simulation::run(seed, 2_000).unwrap_or_else(|violation| panic!("{violation}"));
        let of_seed = [
            it.deferred,
            it.joins,
            it.choices,
            it.signals,
            it.escalations,
            it.conditions,
            it.all_parts,
            it.parts_thrown,
            it.undone,
            it.canceled,
            it.iterations,
            it.spread_iterations,
            it.rounds,
            it.instantiations,
            it.beginnings,
            it.gateway_starts,
            it.gateway_resets,
            it.chosen,
            it.satisfied,
            it.completed,
            it.suspensions,
            it.modifications,
            it.migrations,
        ];
        for (sum, count) in reached.iter_mut().zip(of_seed) {
            *sum += count;
        }
        coverage.extend(it.coverage);
    }
    // A short run may miss what is rare; `cargo xtask fuzz-core` tells what a long one has missed.
    let missing = coverage::missing(&coverage);
    assert!(missing.len() <= RARE, "never met: {missing:?}");
    assert!(reached.iter().all(|it| *it > 0), "{reached:?}");
}

#[test]
fn the_same_seed_does_the_same() {
    let first = simulation::run(8, 3_000).unwrap();
    assert_eq!(first, simulation::run(8, 3_000).unwrap());
    assert!(first.completed > 0 && first.incidents > 0 && first.rejected > 0);
}

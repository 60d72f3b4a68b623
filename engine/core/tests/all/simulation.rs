//! Random processes under random commands, from fixed seeds.

use tongban_core::simulation;

#[test]
fn random_commands_leave_every_token_accounted_for() {
    for seed in 0..20 {
        if let Err(violation) = simulation::run(seed, 2_000) {
            panic!("{violation}");
        }
    }
}

#[test]
fn the_same_seed_does_the_same() {
    let first = simulation::run(4, 10_000).unwrap();
    assert_eq!(first, simulation::run(4, 10_000).unwrap());
    assert!(first.completed > 0 && first.incidents > 0 && first.rejected > 0);
    assert!(first.deferred > 0 && first.joins > 0 && first.choices > 0);
    assert!(first.signals > 0 && first.escalations > 0);
    assert!(first.conditions > 0 && first.all_parts > 0 && first.parts_thrown > 0);
    assert!(first.undone > 0 && first.canceled > 0);
    assert!(first.iterations > 0 && first.spread_iterations > 0);
    assert!(first.suspensions > 0 && first.modifications > 0 && first.migrations > 0);
}

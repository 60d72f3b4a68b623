//! Random processes under random commands, from fixed seeds.

use tongban_core::simulation;

#[test]
fn random_commands_leave_every_token_accounted_for() {
    let mut reached = [0; 6];
    for seed in 0..20 {
        let it = simulation::run(seed, 2_000).unwrap_or_else(|violation| panic!("{violation}"));
        let of_seed = [
            it.rounds,
            it.instantiations,
            it.gateway_starts,
            it.gateway_resets,
            it.chosen,
            it.satisfied,
        ];
        for (sum, it) in reached.iter_mut().zip(of_seed) {
            *sum += it;
        }
    }
    assert!(reached.iter().all(|it| *it > 0), "{reached:?}");
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
}

//! Runs the simulation for a while: `cargo xtask fuzz-core --seconds 60 --seed 1`.
//!
//! Each round takes the next seed and checks the properties after every step; a violation prints what replays it.

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tongban_core::simulation;
use tongban_core::simulation::coverage::{self, Coverage};

/// Steps of one seed.
const STEPS: u64 = 200_000;

#[expect(
    clippy::disallowed_methods,
    reason = "the example around the pure core measures its speed"
)]
fn main() -> ExitCode {
    let seconds = argument("--seconds").unwrap_or(60);
    let by_clock = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |it| it.as_secs())
    };
    let first = argument("--seed").unwrap_or_else(by_clock);
    println!("first seed {first}, {seconds} s");
    let begin = Instant::now();
    let (mut seed, mut steps, mut events, mut rejected) = (first, 0_u64, 0_u64, 0_u64);
    let mut reached = [0_u64; 21];
    let mut coverage = Coverage::new();
    while begin.elapsed() < Duration::from_secs(seconds) {
        match simulation::run(seed, STEPS) {
            Ok(statistics) => {
                steps += statistics.steps;
                events += statistics.events;
                rejected += statistics.rejected;
                let of_seed = [
                    statistics.joins,
                    statistics.choices,
                    statistics.signals,
                    statistics.escalations,
                    statistics.conditions,
                    statistics.all_parts,
                    statistics.parts_thrown,
                    statistics.undone,
                    statistics.canceled,
                    statistics.iterations,
                    statistics.spread_iterations,
                    statistics.suspensions,
                    statistics.modifications,
                    statistics.migrations,
                    statistics.rounds,
                    statistics.gateway_starts,
                    statistics.gateway_resets,
                    statistics.chosen,
                    statistics.satisfied,
                    statistics.instantiations,
                    statistics.beginnings,
                ];
                for (sum, it) in reached.iter_mut().zip(of_seed) {
                    *sum += it;
                }
                for (kind, count) in statistics.coverage {
                    *coverage.entry(kind).or_default() += count;
                }
            }
            Err(violation) => {
                eprintln!("{violation}");
                return ExitCode::FAILURE;
            }
        }
        seed = seed.wrapping_add(1);
    }
    let elapsed_ms = u64::try_from(begin.elapsed().as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    let rate = steps.saturating_mul(1000) / elapsed_ms;
    println!(
        "{steps} steps ({rejected} rejected), {events} events, {} seeds: 0 violations",
        seed - first
    );
    let [
        joins,
        choices,
        signals,
        escalations,
        conditions,
        all_parts,
        parts_thrown,
        undone,
        canceled,
        iterations,
        spread,
        suspensions,
        modifications,
        migrations,
        rest @ ..,
    ] = reached;
    println!(
        "{joins} joins, {choices} choices by an event, {signals} signals, {escalations} escalations, \
         {conditions} conditions, {all_parts} parallel multiple events, {parts_thrown} of several \
         thrown, {undone} activities undone, {canceled} transactions canceled, \
         {iterations} iterations and {spread} as instances"
    );
    println!("{suspensions} suspensions, {modifications} modifications, {migrations} migrations");
    let [
        rounds,
        starts,
        resets,
        chosen,
        satisfied,
        instantiations,
        beginnings,
    ] = rest;
    println!(
        "{rounds} rounds of loops, {starts} complex gateways started and {resets} reset, \
         {chosen} activities chosen and {satisfied} ad-hoc sub-processes satisfied, \
         {instantiations} instances begun at a gateway or receive task, {beginnings} without a start \
         event"
    );
    for ((kind, of), count) in &coverage {
        println!("  {count:>9} {kind} {of}");
    }
    let missing = coverage::missing(&coverage);
    let n_met = coverage::count() - missing.len();
    println!(
        "{n_met} of {} elements met; never: {missing:?}",
        coverage::count()
    );
    println!("{rate} steps per second");
    ExitCode::SUCCESS
}

/// The number after `name`.
fn argument(name: &str) -> Option<u64> {
    let mut arguments = std::env::args().skip_while(|it| it != name);
    arguments.nth(1).and_then(|it| it.parse().ok())
}

//! What one plugin call costs, always in a fresh instance.
//!
//! `cargo xtask bench --only plugin_calls` builds and runs it. The realistic call
//! takes a snapshot of three records of twelve fields, makes three host calls and writes two
//! records back; its figures include the schema checks on both sides.

#![expect(clippy::unwrap_used, reason = "a bench may panic")]

#[path = "../tests/all/support.rs"]
#[expect(dead_code, reason = "shared with the tests, which use more of it")]
mod support;

use std::time::{Duration, Instant};

use serde_json::json;
use tongban_host::call::Request;

use support::{World, package, plugin, request};

const CALLS: usize = 50_000;

fn main() {
    let noop = request("noop", json!({}));
    let input = json!({"a": "thing-1", "b": "thing-2", "c": "thing-3", "applicant": {"name": "张三", "phone": "13800000000"}});
    let realistic = request("realistic", input);
    println!("component: {} bytes", package().component().len());
    measure("fresh no-op", &noop);
    measure("fresh realistic", &realistic);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..CALLS).for_each(|_| warm_up(&realistic)));
        }
    });
    let calls = u64::try_from(2 * CALLS).expect("a count of calls");
    let per_second = u128::from(calls) * 1_000_000 / started.elapsed().as_micros().max(1);
    println!("two threads: {per_second} realistic calls/s");
}

fn call(request: &Request) -> (Duration, u64) {
    let world = Box::new(World::default());
    let started = Instant::now();
    let outcome = plugin().call(request, world);
    let elapsed = started.elapsed();
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    (elapsed, outcome.usage.fuel)
}

fn warm_up(request: &Request) {
    let _not_measured = call(request);
}

fn measure(name: &str, request: &Request) {
    (0..1_000).for_each(|_| warm_up(request));
    let mut times: Vec<Duration> = Vec::with_capacity(CALLS);
    let mut fuel = 0;
    for _ in 0..CALLS {
        let (time, used) = call(request);
        times.push(time);
        fuel = used;
    }
    times.sort_unstable();
    let at = |per_mille: usize| times[CALLS * per_mille / 1_000].as_nanos();
    let micros = |nanos: u128| format!("{}.{}", nanos / 1_000, nanos % 1_000 / 100);
    println!(
        "{name}: p50 {} us, p90 {} us, p99 {} us, fuel {fuel}",
        micros(at(500)),
        micros(at(900)),
        micros(at(990)),
    );
    // What `cargo xtask bench` reads.
    let millis = |nanos: u128| format!("{}.{:03}", nanos / 1_000_000, nanos / 1_000 % 1_000);
    println!("result\t{name}\t{}\t{}", millis(at(500)), millis(at(990)));
}

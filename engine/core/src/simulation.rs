//! The test generator of this crate: readable scripts, and random processes under random commands.
//!
//! A [`script`] is a process, commands and the trace they leave. [`run`] makes processes and
//! commands from a seed and checks the [`invariant`]s after every step; what it finds is printed
//! as a script of the one instance concerned, so that it can be kept as a test. Nothing here is
//! used by the server. Start from [`run`].

pub mod coverage;
pub mod invariant;
pub mod script;

mod auditor;
mod generator;
mod join;
mod model;
mod random;
mod trace;
mod undo;
mod world;

use std::fmt;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Commands decided, accepted or not.
    pub steps: u64,
    /// Of these, rejected.
    pub rejected: u64,
    /// Events.
    pub events: u64,
    /// Sets of processes made.
    pub models: u64,
    /// Instances created.
    pub instances: u64,
    /// Instances that came to their end by themselves.
    pub completed: u64,
    /// Incidents raised.
    pub incidents: u64,
    /// Steps that left work for a later one.
    pub deferred: u64,
    /// Tokens joined by inclusive gateways that waited for others.
    pub joins: u64,
    /// Event-based gateways decided by an event.
    pub choices: u64,
    /// Signals received.
    pub signals: u64,
    /// Escalations thrown, or reported by a called process.
    pub escalations: u64,
    /// Conditions that became true.
    pub conditions: u64,
    /// Parallel multiple events of which all parts came.
    pub all_parts: u64,
    /// Things that one of several was thrown of.
    pub parts_thrown: u64,
    /// Activities undone.
    pub undone: u64,
    /// Transactions canceled.
    pub canceled: u64,
    /// Iterations done within an instance.
    pub iterations: u64,
    /// Iterations done as instances of their own.
    pub spread_iterations: u64,
    /// Instances suspended.
    pub suspensions: u64,
    /// Instances whose tokens were moved by hand.
    pub modifications: u64,
    /// Instances that went on by another version.
    pub migrations: u64,
    /// Iterations of standard loops begun.
    pub rounds: u64,
    /// Complex gateways started.
    pub gateway_starts: u64,
    /// Complex gateways reset by tokens that came later.
    pub gateway_resets: u64,
    /// Activities chosen in ad-hoc sub-processes.
    pub chosen: u64,
    /// Ad-hoc sub-processes whose completion condition held.
    pub satisfied: u64,
    /// Instances that began at an event after a gateway, or at a receive task.
    pub instantiations: u64,
    /// Instances of processes without a start event.
    pub beginnings: u64,
    /// Elements that have begun, by their kind.
    pub coverage: coverage::Coverage,
}

/// A property that does not hold.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The seed of the run.
    pub seed: u64,
    /// After how many steps.
    pub step: u64,
    /// What does not hold.
    pub message: String,
    /// The process and the commands of the instance concerned, as a script.
    pub script: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} step {}: {}", self.seed, self.step, self.message)?;
        write!(f, "{}", self.script)
    }
}

impl std::error::Error for Violation {}

/// Runs random commands on random processes until at least `steps` have been decided.
///
/// # Errors
/// If a property does not hold, or the core panicked.
pub fn run(seed: u64, steps: u64) -> Result<Statistics, Box<Violation>> {
    let mut statistics = Statistics::default();
    let mut random = random::Random::new(seed);
    while statistics.steps < steps {
        world::run(seed, &mut random, &mut statistics)?;
    }
    Ok(statistics)
}

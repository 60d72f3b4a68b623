//! What the engine counts and measures, for whoever scrapes it.
//!
//! Names and labels never hold personal data: a label is the name of a command, an operation or a
//! state. What lies in the database is counted when somebody asks, by [`sample`].

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

pub(crate) mod sample;

/// Seconds: from a tenth of a millisecond to ten seconds.
const SECONDS: [f64; 14] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0,
];
/// Seconds that an item may be late: up to a day.
const LATE_SECONDS: [f64; 9] = [0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 600.0, 3_600.0, 86_400.0];
const GROUP_COMMANDS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
/// Bytes of a group: from one kilobyte to sixteen megabytes.
const GROUP_BYTES: [f64; 8] = [
    1_024.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    8_388_608.0,
    16_777_216.0,
];
const FUEL: [f64; 8] = [1e4, 1e5, 3e5, 1e6, 3e6, 1e7, 1e8, 1e9];

/// A command and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CommandLabels {
    pub(crate) command: &'static str,
    pub(crate) outcome: &'static str,
}

/// An operation of a plugin, and how a call of it ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CallLabels {
    pub(crate) plugin: String,
    pub(crate) operation: String,
    pub(crate) outcome: &'static str,
}

/// Why a group was run again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ReasonLabels {
    pub(crate) reason: &'static str,
}

/// A kind of due item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct KindLabels {
    pub(crate) kind: &'static str,
}

/// A job's state, or that of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct StateLabels {
    pub(crate) state: &'static str,
}

/// Connections of a pool in a state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct PoolLabels {
    pub(crate) pool: &'static str,
    pub(crate) state: &'static str,
}

/// A histogram of seconds.
pub(crate) fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn late_seconds() -> Histogram {
    Histogram::new(LATE_SECONDS)
}

fn fuel() -> Histogram {
    Histogram::new(FUEL)
}

/// What the engine counts and measures.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) commands: Family<CommandLabels, Counter>,
    pub(crate) group_commands: Histogram,
    pub(crate) group_bytes: Histogram,
    pub(crate) group_decide_seconds: Histogram,
    pub(crate) commit_seconds: Histogram,
    pub(crate) groups_again: Family<ReasonLabels, Counter>,
    pub(crate) plugin_call_seconds: Family<CallLabels, Histogram, fn() -> Histogram>,
    pub(crate) plugin_call_fuel: Family<CallLabels, Histogram, fn() -> Histogram>,
    pub(crate) late_seconds: Family<KindLabels, Histogram, fn() -> Histogram>,
    pub(crate) queue_commands: Gauge,
    pub(crate) due_items: Family<KindLabels, Gauge>,
    pub(crate) late_items: Family<KindLabels, Gauge>,
    pub(crate) open_incidents: Gauge,
    pub(crate) jobs: Family<StateLabels, Gauge>,
    pub(crate) database_connections: Family<PoolLabels, Gauge>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            commands: Family::default(),
            group_commands: Histogram::new(GROUP_COMMANDS),
            group_bytes: Histogram::new(GROUP_BYTES),
            group_decide_seconds: seconds(),
            commit_seconds: seconds(),
            groups_again: Family::default(),
            plugin_call_seconds: Family::new_with_constructor(seconds),
            plugin_call_fuel: Family::new_with_constructor(fuel),
            late_seconds: Family::new_with_constructor(late_seconds),
            queue_commands: Gauge::default(),
            due_items: Family::default(),
            late_items: Family::default(),
            open_incidents: Gauge::default(),
            jobs: Family::default(),
            database_connections: Family::default(),
        }
    }
}

impl Metrics {
    /// Makes the engine's metrics known to a registry.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "tongban_commands",
            "Commands by name and how they ended",
            self.commands.clone(),
        );
        registry.register(
            "tongban_group_commands",
            "Commands committed together",
            self.group_commands.clone(),
        );
        registry.register(
            "tongban_group_bytes",
            "Rough size of what a group told the database",
            self.group_bytes.clone(),
        );
        registry.register(
            "tongban_group_decide_seconds",
            "Time to read what a group needs and to decide its commands, plugin calls included",
            self.group_decide_seconds.clone(),
        );
        registry.register(
            "tongban_commit_seconds",
            "Time to write a group and to commit it, the flush included",
            self.commit_seconds.clone(),
        );
        registry.register(
            "tongban_groups_again",
            "Groups that were run again, by why",
            self.groups_again.clone(),
        );
        registry.register(
            "tongban_plugin_call_seconds",
            "Time of a plugin call",
            self.plugin_call_seconds.clone(),
        );
        registry.register(
            "tongban_plugin_call_fuel",
            "Fuel that a plugin call used",
            self.plugin_call_fuel.clone(),
        );
        registry.register(
            "tongban_late_seconds",
            "How long after its instant a due item was carried out",
            self.late_seconds.clone(),
        );
        self.register_samples(registry);
    }

    fn register_samples(&self, registry: &mut Registry) {
        registry.register(
            "tongban_queue_commands",
            "Commands that wait for an executor",
            self.queue_commands.clone(),
        );
        registry.register(
            "tongban_due_items",
            "What is due and not carried out, by kind",
            self.due_items.clone(),
        );
        registry.register(
            "tongban_late_items",
            "Those of them that have been due for more than a minute",
            self.late_items.clone(),
        );
        registry.register(
            "tongban_open_incidents",
            "Incidents that somebody has to resolve",
            self.open_incidents.clone(),
        );
        registry.register(
            "tongban_jobs",
            "Jobs by state: with whoever does them, offered, leased, given back for a while, or waiting for another try",
            self.jobs.clone(),
        );
        registry.register(
            "tongban_database_connections",
            "Connections to the database by pool and state",
            self.database_connections.clone(),
        );
    }

    /// Counts a command.
    pub(crate) fn count_command(&self, command: &'static str, outcome: &'static str) {
        let labels = CommandLabels { command, outcome };
        self.commands.get_or_create(&labels).inc();
    }

    /// Counts a group that is run again.
    pub(crate) fn count_again(&self, reason: &'static str) {
        self.groups_again
            .get_or_create(&ReasonLabels { reason })
            .inc();
    }

    /// Notes that an item was carried out so long after it was due.
    pub(crate) fn note_late(&self, kind: &'static str, late_us: i64) {
        let late = Duration::from_micros(u64::try_from(late_us).unwrap_or(0));
        let histogram = self.late_seconds.get_or_create(&KindLabels { kind });
        histogram.observe(late.as_secs_f64());
    }
}

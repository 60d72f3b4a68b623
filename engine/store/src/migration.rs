//! The schema, step by step; a step is never edited after its release.

use sea_orm_migration::prelude::*;

pub(crate) mod fingerprint;
mod table;

mod m20261122_000001_create_configuration;
mod m20261122_000002_create_definition;
mod m20261122_000003_create_process_instance;
mod m20261122_000004_create_wait;
mod m20261122_000005_create_command;
mod m20261122_000006_create_plugin;
mod m20261122_000007_create_check;
mod m20261122_000008_create_lease;
mod m20261127_000009_create_notice;
mod m20261127_000010_create_configuration_item;
mod m20261127_000011_create_deadline;
mod m20261127_000012_create_schedule;
mod m20261127_000013_create_batch;

/// All steps in order; a new one is listed here and nowhere else.
pub(crate) struct Migrator;

/// What the list of steps is used for: what they do, and what their files say.
macro_rules! steps {
    ($($step:ident),+ $(,)?) => {
        #[async_trait::async_trait]
        impl MigratorTrait for Migrator {
            fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                vec![$(Box::new($step::Migration)),+]
            }
        }

        /// The name of each step with its file.
        pub(crate) const FILES: &[(&str, &str)] = &[$((
            stringify!($step),
            include_str!(concat!("migration/", stringify!($step), ".rs")),
        )),+];
    };
}

steps![
    m20261122_000001_create_configuration,
    m20261122_000002_create_definition,
    m20261122_000003_create_process_instance,
    m20261122_000004_create_wait,
    m20261122_000005_create_command,
    m20261122_000006_create_plugin,
    m20261122_000007_create_check,
    m20261122_000008_create_lease,
    m20261127_000009_create_notice,
    m20261127_000010_create_configuration_item,
    m20261127_000011_create_deadline,
    m20261127_000012_create_schedule,
    m20261127_000013_create_batch,
];

//! The schema, step by step; a step is never edited after its release.

use sea_orm_migration::prelude::*;

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
mod m20261127_000014_create_document;

/// All steps in order; a new one is listed here and nowhere else.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_configuration::Migration),
            Box::new(m20261122_000002_create_definition::Migration),
            Box::new(m20261122_000003_create_process_instance::Migration),
            Box::new(m20261122_000004_create_wait::Migration),
            Box::new(m20261122_000005_create_command::Migration),
            Box::new(m20261122_000006_create_plugin::Migration),
            Box::new(m20261122_000007_create_check::Migration),
            Box::new(m20261122_000008_create_lease::Migration),
            Box::new(m20261127_000009_create_notice::Migration),
            Box::new(m20261127_000010_create_configuration_item::Migration),
            Box::new(m20261127_000011_create_deadline::Migration),
            Box::new(m20261127_000012_create_schedule::Migration),
            Box::new(m20261127_000013_create_batch::Migration),
            Box::new(m20261127_000014_create_document::Migration),
        ]
    }
}

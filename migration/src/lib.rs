//! Migrations: how the tables of an installed DataWeaver come to be, step by step.
//!
//! A migration is frozen once released: it writes names out instead of importing them from the entities,
//! which go on changing. `entity` and these are held together by the drift test in `tests/it/entity.rs`.

mod columns;
mod m20261122_000001_connectors;
mod m20261122_000002_workflows;
mod m20261122_000003_syncs;
mod m20261122_000004_checkpoints;
mod m20261126_000005_event_expiry;
mod m20261126_000006_take_overs;
mod m20261126_000007_pending_drops;
mod m20261126_000008_missing_sources;
mod m20261127_000009_rates;
mod m20261127_000010_list_indices;
mod m20261127_000011_column_names;
mod m20261127_000020_scenario_runs;
mod m20261127_000021_workflow_runs;
mod m20261127_000022_conversations;
mod m20261127_000023_link_sets;
mod m20261128_000012_authorisations;
mod m20261128_000013_authorisation_outcomes;
mod m20261128_000024_sync_days;
mod m20261128_000025_sync_settings;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_connectors::Migration),
            Box::new(m20261122_000002_workflows::Migration),
            Box::new(m20261122_000003_syncs::Migration),
            Box::new(m20261122_000004_checkpoints::Migration),
            Box::new(m20261126_000005_event_expiry::Migration),
            Box::new(m20261126_000006_take_overs::Migration),
            Box::new(m20261126_000007_pending_drops::Migration),
            Box::new(m20261126_000008_missing_sources::Migration),
            Box::new(m20261127_000009_rates::Migration),
            Box::new(m20261127_000010_list_indices::Migration),
            Box::new(m20261127_000011_column_names::Migration),
            Box::new(m20261128_000012_authorisations::Migration),
            Box::new(m20261128_000013_authorisation_outcomes::Migration),
            Box::new(m20261127_000020_scenario_runs::Migration),
            Box::new(m20261127_000021_workflow_runs::Migration),
            Box::new(m20261127_000022_conversations::Migration),
            Box::new(m20261127_000023_link_sets::Migration),
            Box::new(m20261128_000024_sync_days::Migration),
            Box::new(m20261128_000025_sync_settings::Migration),
        ]
    }
}

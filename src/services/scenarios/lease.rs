//! What is to be done to a scenario, and who does it: its row is the queue, and one owner at a time has it by a lease.
//!
//! Every write of an owner is guarded: the row must still name it. One that was frozen past its lease, or whose scenario is being
//! torn down by another, changes nothing any more.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect, Set, SqlErr,
};
use serde_json::json;
use uuid::Uuid;

use super::run::Break;
use super::running::Key;
use super::state::is_under_way;
use super::{Step, Validation};
use crate::entity::database::{self, begin_immediate};
use crate::entity::ids::WorkspaceId;
use crate::entity::{lease_end, scenario, stored_time};
use crate::services::{ServiceError, Services};
use crate::vocabulary::ScenarioStatus;

/// What is to be done to a scenario.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) workspace: WorkspaceId,
    pub(super) id: String,
    pub(super) status: ScenarioStatus,
    /// How large its world is to be; as it is where that is not said.
    pub(super) size_factor: Option<f64>,
    pub(super) steps: Vec<Step>,
}

/// The right to change a scenario.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) workspace: WorkspaceId,
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) status: ScenarioStatus,
    pub(super) size_factor: f64,
    /// Owners in a row that died at it.
    pub(super) take_overs: u32,
}

impl Lease {
    /// Takes what waits, or what an owner that has died left; `None` where somebody else was first.
    pub(super) async fn claim(services: &Services, orphan: &scenario::Model) -> Result<Option<Self>, ServiceError> {
        let transaction = begin_immediate(services.db()).await?;
        let query = scenario::Entity::by_id_in(&orphan.workspace_id, &orphan.id).lock_exclusive();
        let Some(row) = query.one(&transaction).await? else { return Ok(None) };
        let now = database::now(&*transaction).await?;
        if !is_under_way(row.status) || is_held(&row, now) {
            return Ok(None);
        }
        // An owner that handed it back has taken its name off.
        let take_overs = row.take_overs + i32::from(row.lease_owner.is_some());
        let owner = Uuid::now_v7().to_string();
        let lease = Self {
            workspace: row.workspace_id.clone(),
            id: row.id.clone(),
            owner: owner.clone(),
            status: row.status,
            size_factor: row.size_factor,
            take_overs: u32::try_from(take_overs).unwrap_or(0),
        };
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.version = Set(version);
        change.lease_owner = Set(Some(owner));
        change.lease_expires_at = Set(Some(lease_end(now, services.engine.settings().lease())));
        change.take_overs = Set(take_overs);
        change.update(&transaction).await?;
        transaction.commit().await?;
        services.events().scenario_changed(&lease.workspace, &lease.id, version);
        Ok(Some(lease))
    }

    /// Makes sure, within a transaction, that the scenario is still ours.
    pub(super) async fn hold(&self, transaction: &impl ConnectionTrait) -> Result<(), Break> {
        let held = self.update().col_expr(scenario::Column::UpdatedAt, Expr::value(stored_time(Utc::now())));
        let held = held.exec(transaction).await?;
        if held.rows_affected == 0 { Err(Break::Lost) } else { Ok(()) }
    }

    /// Stores how far it is.
    pub(super) async fn tell(&self, services: &Services, steps: &[Step]) -> Result<(), Break> {
        self.write(services, |change| change.steps = Set(json!(steps))).await
    }

    /// Stores how it ended, and lets go.
    pub(super) async fn end(
        &self,
        services: &Services,
        change: impl FnOnce(&mut scenario::ActiveModel),
    ) -> Result<(), Break> {
        self.write(services, |row| {
            row.lease_owner = Set(None);
            row.lease_expires_at = Set(None);
            row.take_overs = Set(0);
            change(row);
        })
        .await
    }

    /// Stores what a validation found.
    pub(super) async fn keep_validation(&self, services: &Services, validation: &Validation) -> Result<(), Break> {
        self.write(services, |row| row.validation = Set(Some(json!(validation)))).await
    }

    /// Lets go without an end: whoever finds it goes on at once.
    pub(super) async fn hand_back(&self, services: &Services) -> Result<(), Break> {
        self.write(services, |row| {
            row.lease_owner = Set(None);
            row.lease_expires_at = Set(None);
        })
        .await
    }

    async fn write(&self, services: &Services, change: impl FnOnce(&mut scenario::ActiveModel)) -> Result<(), Break> {
        let transaction = begin_immediate(services.db()).await?;
        let query = scenario::Entity::by_id_in(&self.workspace, &self.id).lock_exclusive();
        let row = query.one(&transaction).await?.filter(|row| row.lease_owner.as_ref() == Some(&self.owner));
        let row = row.ok_or(Break::Lost)?;
        let version = row.version + 1;
        let mut row = row.into_active_model();
        change(&mut row);
        row.version = Set(version);
        row.updated_at = Set(stored_time(Utc::now()));
        row.update(&transaction).await?;
        transaction.commit().await?;
        services.events().scenario_changed(&self.workspace, &self.id, version);
        Ok(())
    }

    /// Names what it is for.
    pub(super) fn key(&self) -> Key {
        (self.workspace.clone(), self.id.clone())
    }

    /// Prolongs the lease until it is lost.
    pub(super) async fn keep(&self, services: &Services) {
        loop {
            tokio::time::sleep(services.engine.settings().lease() / 3).await;
            match self.prolong(services).await {
                Ok(true) => {}
                Ok(false) => return,
                // The next trial comes well before the lease ends.
                Err(error) => {
                    tracing::warn!(%error, scenario = self.id, "a lease could not be prolonged; trying again")
                }
            }
        }
    }

    async fn prolong(&self, services: &Services) -> Result<bool, DbErr> {
        let transaction = begin_immediate(services.db()).await?;
        let now = database::now(&*transaction).await?;
        let prolonged = self.update().col_expr(
            scenario::Column::LeaseExpiresAt,
            Expr::value(lease_end(now, services.engine.settings().lease())),
        );
        let prolonged = prolonged.exec(&transaction).await?;
        transaction.commit().await?;
        Ok(prolonged.rows_affected > 0)
    }

    fn update(&self) -> sea_orm::UpdateMany<scenario::Entity> {
        scenario::Entity::update_many()
            .filter(scenario::Column::WorkspaceId.eq(self.workspace.clone()))
            .filter(scenario::Column::Id.eq(self.id.as_str()))
            .filter(scenario::Column::LeaseOwner.eq(self.owner.as_str()))
    }
}

/// Scenarios that something is being done to, and nobody is at it.
pub(super) async fn orphans(services: &Services) -> Result<Vec<scenario::Model>, ServiceError> {
    let under_way = [ScenarioStatus::SettingUp, ScenarioStatus::TearingDown];
    let query = scenario::Entity::find().filter(scenario::Column::Status.is_in(under_way));
    let mut rows = query.all(services.db()).await?;
    if !rows.is_empty() {
        let now = database::now(services.db()).await?;
        rows.retain(|row| !is_held(row, now));
    }
    Ok(rows)
}

/// Whether somebody is at it.
pub(super) fn is_held(row: &scenario::Model, now: DateTime<Utc>) -> bool {
    is_under_way(row.status) && row.lease_owner.is_some() && row.lease_expires_at.is_some_and(|expiry| expiry > now)
}

/// Puts a wish into the row, which is the queue; gives what is there already instead, where that stands against it or is the
/// same. A tear-down takes the place of a set-up, whoever is at that.
pub(super) async fn queue(services: &Services, wish: &Wish) -> Result<Result<(), scenario::Model>, ServiceError> {
    loop {
        let transaction = begin_immediate(services.db()).await?;
        let query = scenario::Entity::by_id_in(&wish.workspace, &wish.id).lock_exclusive();
        let before = query.one(&transaction).await?;
        let is_tear_down = wish.status == ScenarioStatus::TearingDown;
        match before {
            Some(row) if row.status == ScenarioStatus::TearingDown => return Ok(Err(row)),
            Some(row) if row.status == ScenarioStatus::SettingUp && !is_tear_down => return Ok(Err(row)),
            before => match write(&transaction, wish, before).await {
                Ok(version) => {
                    transaction.commit().await?;
                    services.events().scenario_changed(&wish.workspace, &wish.id, version);
                    return Ok(Ok(()));
                }
                // Another process made the row in this very moment.
                Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                    transaction.rollback().await?;
                }
                Err(error) => return Err(error.into()),
            },
        }
    }
}

async fn write(transaction: &impl ConnectionTrait, wish: &Wish, before: Option<scenario::Model>) -> Result<i64, DbErr> {
    let was_set_up = before.as_ref().filter(|row| row.status != ScenarioStatus::NotSetUp);
    let size_factor = wish.size_factor.or(was_set_up.map(|row| row.size_factor)).unwrap_or(1.0);
    let (version, written_at) = (before.as_ref().map_or(1, |row| row.version + 1), stored_time(Utc::now()));
    let row = scenario::ActiveModel {
        workspace_id: Set(wish.workspace.clone()),
        id: Set(wish.id.clone()),
        status: Set(wish.status),
        steps: Set(json!(wish.steps)),
        validation: Set(before.as_ref().and_then(|row| row.validation.clone())),
        size_factor: Set(size_factor),
        version: Set(version),
        lease_owner: Set(None),
        lease_expires_at: Set(None),
        take_overs: Set(0),
        created_at: Set(before.as_ref().map_or(written_at, |row| row.created_at)),
        updated_at: Set(written_at),
    };
    match before {
        Some(_) => drop(row.update(transaction).await?),
        None => drop(scenario::Entity::insert(row).exec_without_returning(transaction).await?),
    }
    Ok(version)
}

/// Lets go of everything. Only for the owner of the data folder's lock, which proves that whoever was at it is dead.
pub(super) async fn release_dead(db: &DatabaseConnection) -> Result<(), DbErr> {
    scenario::Entity::update_many()
        .col_expr(scenario::Column::LeaseExpiresAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(scenario::Column::LeaseOwner.is_not_null())
        .exec(db)
        .await?;
    Ok(())
}

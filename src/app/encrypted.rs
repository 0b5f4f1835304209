//! Which connectors have stored secrets, and whether the key is here that opens them.

use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::config::Config;
use crate::entity::connector;
use crate::services::{Vault, VaultError, names_for_people};

/// The connectors with stored secrets: their slugs, each with the id of the key.
pub(super) struct Encrypted(Vec<(String, String)>);

impl Encrypted {
    /// Those of a database whose tables are there.
    pub(super) async fn of(db: &DatabaseConnection) -> Result<Self, DbErr> {
        let rows: Vec<(String, Option<String>)> = connector::Entity::find()
            .filter(connector::Column::SecretKeyId.is_not_null())
            .order_by_asc(connector::Column::Id)
            .select_only()
            .columns([connector::Column::Slug, connector::Column::SecretKeyId])
            .into_tuple()
            .all(db)
            .await?;
        Ok(Self(rows.into_iter().filter_map(|(slug, key)| Some((slug, key?))).collect()))
    }

    /// None, as in a database without tables.
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// The vault of an installation. On SQLite the key file will do; several processes on one PostgreSQL must be given
    /// the same key.
    pub(super) fn open_vault(
        &self,
        config: &Config,
        key: Option<&str>,
        is_embedded: bool,
    ) -> Result<Vault, VaultError> {
        let file = config.storage.data_dir.join("secret.key");
        let slugs: Vec<&str> = self.0.iter().map(|(slug, _)| slug.as_str()).collect();
        Vault::open(key, is_embedded.then_some(file.as_path()), &slugs)
    }

    /// A process with the wrong key, or none, must not come up and fail at every sync.
    pub(super) fn refuse_lost(&self, vault: &Vault) -> Result<(), VaultError> {
        let own = vault.key_id()?;
        let lost: Vec<_> = self.0.iter().filter(|(_, key)| key != own).collect();
        let Some((_, stored)) = lost.first() else { return Ok(()) };
        let slugs: Vec<&str> = lost.iter().map(|(slug, _)| slug.as_str()).collect();
        Err(VaultError::OtherKey { stored: stored.clone(), own: own.to_owned(), connectors: names_for_people(&slugs) })
    }
}

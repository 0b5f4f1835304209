//! Which connectors have stored secrets or tokens, and whether the key is here that opens them.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::config::Config;
use crate::entity::ids::ConnectorId;
use crate::entity::{connector, connector_token};
use crate::services::{Vault, VaultError, names_for_people};

/// The connectors with stored secrets: their slugs, each with the id of the key.
pub(super) struct Encrypted(Vec<(String, String)>);

impl Encrypted {
    /// Those of a database whose tables are there.
    pub(super) async fn of(db: &DatabaseConnection) -> Result<Self, DbErr> {
        use connector::Column;
        let of_tokens: Vec<(ConnectorId, Option<String>)> = connector_token::Entity::find()
            .filter(connector_token::Column::KeyId.is_not_null())
            .select_only()
            .columns([connector_token::Column::ConnectorId, connector_token::Column::KeyId])
            .into_tuple()
            .all(db)
            .await?;
        let mut of_tokens: HashMap<ConnectorId, String> =
            of_tokens.into_iter().filter_map(|(id, key)| Some((id, key?))).collect();
        let has_tokens = Query::select()
            .column(connector_token::Column::ConnectorId)
            .from(connector_token::Entity)
            .and_where(connector_token::Column::KeyId.is_not_null())
            .take();
        let rows: Vec<(ConnectorId, String, Option<String>)> = connector::Entity::find()
            .filter(Column::SecretKeyId.is_not_null().or(Column::Id.in_subquery(has_tokens)))
            .order_by_asc(Column::Id)
            .select_only()
            .columns([Column::Id, Column::Slug, Column::SecretKeyId])
            .into_tuple()
            .all(db)
            .await?;
        let mut found = Vec::new();
        for (id, slug, key) in rows {
            let keys: BTreeSet<String> = key.into_iter().chain(of_tokens.remove(&id)).collect();
            found.extend(keys.into_iter().map(|key| (slug.clone(), key)));
        }
        Ok(Self(found))
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
        let mut slugs: Vec<&str> = self.0.iter().map(|(slug, _)| slug.as_str()).collect();
        slugs.dedup();
        Vault::open(key, is_embedded.then_some(file.as_path()), &slugs)
    }

    /// A process with the wrong key, or none, must not come up and fail at every sync.
    pub(super) fn refuse_lost(&self, vault: &Vault) -> Result<(), VaultError> {
        let own = vault.key_id()?;
        let lost: Vec<_> = self.0.iter().filter(|(_, key)| key != own).collect();
        let Some((_, stored)) = lost.first() else { return Ok(()) };
        let mut slugs: Vec<&str> = lost.iter().map(|(slug, _)| slug.as_str()).collect();
        slugs.dedup();
        Err(VaultError::OtherKey { stored: stored.clone(), own: own.to_owned(), connectors: names_for_people(&slugs) })
    }
}

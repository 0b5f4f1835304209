//! Whether everything an installation needs is there and works, one check after another.

use std::fs;
use std::path::Path;

use migration::{Migrator, MigratorTrait};

use super::encrypted::Encrypted;
use super::folder::DataFolder;
use super::{AppError, connect, key_in_environment, open_lake};
use crate::config::{Config, StorageSettings};
use crate::entity::database;
use crate::entity::disk::{folder_of, free_bytes, hindrance};

/// Free space below which a check fails, in bytes.
const ENOUGH_SPACE: u64 = 1024 * 1024 * 1024;

/// What to do where stored secrets cannot be opened.
const ABOUT_THE_KEY: &str = "take the key from a backup, or give the connectors their secrets anew with dataweaver connectors \
    update NAME --password-stdin, or remove them; connectors list and show work without it";

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: String,
    /// Whether it works.
    pub ok: bool,
    /// What was found, in a sentence.
    pub detail: String,
    /// What to do where it does not work.
    pub advice: Option<String>,
}

/// Brings the database up to date; returns the names of the migrations that were missing.
///
/// # Errors
/// Where the database cannot be reached or changed.
pub async fn migrate(config: &Config) -> Result<Vec<String>, AppError> {
    DataFolder::open(&config.storage)?;
    let db = connect(config).await?;
    let pending = Migrator::get_pending_migrations(&db).await?;
    database::migrate(&db).await?;
    db.close().await?;
    Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
}

/// Checks data folder, disk space, database, secret key and lake. What a start would make is made.
pub async fn check_up(config: &Config) -> Vec<Check> {
    let storage = &config.storage;
    let folder = storage.data_dir.as_path();
    let url = storage.database_url_or_default();
    let of_database = database::file(&url).map(|file| folder_of(&file));
    let lake_root = storage.lake_url_or_default();
    let of_lake = (!lake_root.contains("://")).then(|| Path::new(&lake_root));

    let advice = || way_out(Some(folder), "--data-dir", "give another with --data-dir, or make it writable");
    let mut checks = vec![result("data folder", usable(storage), advice)];
    checks.extend(free_space(folder));
    let about_the_database = match of_database {
        Some(_) => "check --database-url, and that no other program holds the file",
        None => "check --database-url, and that the server runs",
    };
    let advice = || way_out(of_database.as_deref(), "--database-url", about_the_database);
    checks.push(result("database", database(config).await, advice));
    let place = of_database.as_deref().filter(|folder| hindrance(folder).is_some()).unwrap_or(folder);
    let advice = || way_out(Some(place), "--data-dir", ABOUT_THE_KEY);
    checks.push(result("secret key", secret_key(config).await, advice));
    let advice = || way_out(of_lake, "--lake-url", "check --lake-url and the credentials for it");
    checks.push(result("lake", lake(config).await, advice));
    checks
}

fn result(name: &str, found: Result<String, String>, advice: impl FnOnce() -> String) -> Check {
    match found {
        Ok(detail) => Check { name: name.to_owned(), ok: true, detail, advice: None },
        Err(detail) => Check { name: name.to_owned(), ok: false, detail, advice: Some(advice()) },
    }
}

/// What to do about a check that failed: where the file system keeps its place from being written, that is the reason.
fn way_out(place: Option<&Path>, flag: &str, otherwise: &str) -> String {
    let found = place.and_then(|place| Some((hindrance(place)?, place)));
    match found {
        Some((hindrance, place)) => hindrance.advice(place, &format!("choose another place with {flag}")),
        None => otherwise.to_owned(),
    }
}

fn words(error: &dyn std::error::Error) -> String {
    crate::services::with_causes(error)
}

fn usable(storage: &StorageSettings) -> Result<String, String> {
    let folder = storage.data_dir.as_path();
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    let probe = folder.join(format!("doctor-{}", std::process::id()));
    fs::write(&probe, b"written by dataweaver doctor; it may be deleted").map_err(failed)?;
    fs::remove_file(&probe).map_err(failed)?;
    let is_free = DataFolder::open(storage).and_then(|folder| folder.take()).map_err(|error| words(&error))?;
    let runner = if is_free { "" } else { "; another process runs its syncs" };
    Ok(format!("{} can be written{runner}", folder.display()))
}

fn free_space(folder: &Path) -> Option<Check> {
    let free = free_bytes(folder)?;
    let gib = format!("{:.1} GiB", free as f64 / ENOUGH_SPACE as f64);
    let found = if free >= ENOUGH_SPACE {
        Ok(format!("{gib} are free at {}", folder.display()))
    } else {
        Err(format!("only {gib} are free at {}: syncs and queries soon fail", folder.display()))
    };
    Some(result("disk space", found, || "make room there, or move the lake with --lake-url".to_owned()))
}

async fn database(config: &Config) -> Result<String, String> {
    let db = connect(config).await.map_err(|error| words(&error))?;
    let pending = Migrator::get_pending_migrations(&db).await.map_err(|error| words(&error))?;
    let kind = match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => "PostgreSQL",
        _ => "SQLite",
    };
    db.close().await.map_err(|error| words(&error))?;
    Ok(match pending.len() {
        0 => format!("{kind} answers, its tables are up to date"),
        pending => format!("{kind} answers; {pending} migrations are run at the next start"),
    })
}

async fn secret_key(config: &Config) -> Result<String, String> {
    let url = config.storage.database_url_or_default();
    let key = key_in_environment();
    let db = connect(config).await.map_err(|error| words(&error))?;
    let pending = Migrator::get_pending_migrations(&db).await.map_err(|error| words(&error))?;
    let encrypted = if pending.len() == Migrator::migrations().len() {
        Encrypted::none()
    } else {
        Encrypted::of(&db).await.map_err(|error| words(&error))?
    };
    db.close().await.map_err(|error| words(&error))?;
    let vault = encrypted.open_vault(config, key.as_deref(), database::is_embedded(&url));
    let vault = vault.map_err(|error| words(&error))?;
    encrypted.refuse_lost(&vault).map_err(|error| words(&error))?;
    let key = vault.key_id().map_err(|error| words(&error))?;
    Ok(format!("the key {key} opens the stored secrets"))
}

async fn lake(config: &Config) -> Result<String, String> {
    let root = config.storage.lake_url_or_default();
    let lake = open_lake(config).map_err(|error| words(&error))?;
    lake.check().await.map_err(|error| words(&error))?;
    Ok(format!("{root} can be written, read and deleted from"))
}

//! Programs of the tests that Node runs, with npm packages that a lock file beside them names.
//!
//! The packages are installed once into the cache folder of the user, outside the clone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;
use std::{env, fs};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::servers;

/// Longest that the installation may take.
const NPM_PATIENCE: Duration = Duration::from_secs(300);
const HOW: &str = "put Node 20.19 or newer and npm on the PATH, and let npm reach its registry once";

/// A folder of `*.mjs` with their `package.json` and `package-lock.json`.
pub struct Scripts {
    /// Where they are, in the clone.
    folder: &'static str,
    /// What they are for.
    what: &'static str,
    /// The folder with `node_modules`, or why there is none. Tests of one process wait for the first that asks.
    packages: LazyLock<Packages, Box<dyn FnOnce() -> Packages + Send>>,
}

type Packages = Result<PathBuf, String>;

impl Scripts {
    /// Those of a folder; nothing is installed yet.
    pub fn of(folder: &'static str, what: &'static str) -> Self {
        Self { folder, what, packages: LazyLock::new(Box::new(move || install(&sources(folder)))) }
    }

    /// A folder with the scripts, from where they find the packages; none where Node is missing, which is told.
    pub async fn workshop(&'static self) -> Option<TempDir> {
        let packages = tokio::task::spawn_blocking(|| self.packages.clone()).await;
        match packages.expect("the installation does not panic") {
            Ok(packages) => Some(workshop(&sources(self.folder), &packages)),
            Err(why) => {
                servers::missed(&format!("Node with the npm packages of {} ({why})", self.what), HOW);
                None
            }
        }
    }
}

/// A folder with the scripts, from where they find the packages.
fn workshop(sources: &Path, packages: &Path) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for entry in fs::read_dir(sources).expect("the scripts are in the clone").flatten() {
        fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("the folder can be written");
    }
    std::os::unix::fs::symlink(packages.join("node_modules"), folder.path().join("node_modules")).expect("a link");
    folder
}

fn sources(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn install(sources: &Path) -> Result<PathBuf, String> {
    let mut node = Command::new("node");
    node.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    node.status().map_err(|error| format!("node: {error}"))?;
    let lock = fs::read(sources.join("package-lock.json")).expect("the lock file is in the clone");
    let home = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache"))).ok_or("there is no HOME")?;
    let name = format!("test-clients-{}", &hex::encode(Sha256::digest(lock))[..16]);
    let folder = home.join("dataweaver").join(&name);
    if folder.is_dir() {
        return Ok(folder);
    }
    let unready = folder.with_file_name(format!("{name}.{}", std::process::id()));
    fs::create_dir_all(&unready).map_err(|error| format!("{}: {error}", unready.display()))?;
    let installed = install_into(sources, &unready);
    // Another process may have been first: then its folder is as good.
    if installed.is_ok() && fs::rename(&unready, &folder).is_ok() || folder.is_dir() {
        fs::remove_dir_all(&unready).ok();
        return Ok(folder);
    }
    fs::remove_dir_all(&unready).ok();
    Err(installed.err().unwrap_or_else(|| "the cache folder cannot be written".to_owned()))
}

fn install_into(sources: &Path, folder: &Path) -> Result<(), String> {
    for file in ["package.json", "package-lock.json"] {
        fs::copy(sources.join(file), folder.join(file)).map_err(|error| error.to_string())?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
    npm.args(["--prefer-offline", "--fetch-retries=1", "--fetch-timeout=20000"]);
    // A file, since nobody reads a pipe meanwhile.
    let said = folder.join("npm.log");
    let log = fs::File::create(&said).map_err(|error| error.to_string())?;
    npm.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut child = npm.spawn().map_err(|error| format!("npm: {error}"))?;
    let began = std::time::Instant::now();
    while began.elapsed() < NPM_PATIENCE {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => {
                let said = fs::read_to_string(&said).unwrap_or_default();
                return Err(format!("npm ci: {status}: {}", said.lines().last().unwrap_or("it said nothing")));
            }
            None => std::thread::sleep(Duration::from_millis(100)),
        }
    }
    child.kill().ok();
    child.wait().ok();
    Err(format!("npm ci takes longer than {} s", NPM_PATIENCE.as_secs()))
}

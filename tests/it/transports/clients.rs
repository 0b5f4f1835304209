//! The clients that people use, run by Node: `clients/*.mjs` with the packages that `clients/package-lock.json` names.
//!
//! The packages are installed once into the cache folder of the user, outside the clone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;
use std::{env, fs};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::harness::PATIENCE;
use crate::servers;

/// Longest that the installation may take.
const NPM_PATIENCE: Duration = Duration::from_secs(300);
const HOW: &str = "put Node 20.19 or newer and npm on the PATH, and let npm reach its registry once";

/// The folder with `node_modules`, or why there is none. Tests of one process wait for the first that asks.
static PACKAGES: LazyLock<Result<PathBuf, String>> = LazyLock::new(install);

/// What a client says, a thing a line, until it ends by itself; none where Node is missing.
///
/// `script` is one of `clients/*.mjs`, `asked` what it is told to ask for at `url`.
pub async fn run(script: &str, url: &str, asked: &Value) -> Option<Vec<Value>> {
    let packages = tokio::task::spawn_blocking(|| PACKAGES.clone()).await.expect("the installation does not panic");
    let packages = match packages {
        Ok(packages) => packages,
        Err(why) => {
            servers::missed(&format!("Node with the npm packages of the clients ({why})"), HOW);
            return None;
        }
    };
    let workshop = workshop(&packages);
    let mut command = tokio::process::Command::new("node");
    command.arg(workshop.path().join(script)).arg(url).arg(asked.to_string());
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.unwrap_or_else(|_| panic!("{script} does not end: {asked}")).expect("node can be started");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script} failed with\n{out}\n{err}");
    Some(out.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect())
}

/// A folder with the scripts, from where they find the packages.
fn workshop(packages: &Path) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for entry in fs::read_dir(sources()).expect("the scripts are in the clone").flatten() {
        fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("the folder can be written");
    }
    std::os::unix::fs::symlink(packages.join("node_modules"), folder.path().join("node_modules")).expect("a link");
    folder
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/transports/clients")
}

fn install() -> Result<PathBuf, String> {
    let mut node = Command::new("node");
    node.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    node.status().map_err(|error| format!("node: {error}"))?;
    let lock = fs::read(sources().join("package-lock.json")).expect("the lock file is in the clone");
    let home = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache"))).ok_or("there is no HOME")?;
    let name = format!("test-clients-{}", &hex::encode(Sha256::digest(lock))[..16]);
    let folder = home.join("dataweaver").join(&name);
    if folder.is_dir() {
        return Ok(folder);
    }
    let unready = folder.with_file_name(format!("{name}.{}", std::process::id()));
    fs::create_dir_all(&unready).map_err(|error| format!("{}: {error}", unready.display()))?;
    let installed = install_into(&unready);
    // Another process may have been first: then its folder is as good.
    if installed.is_ok() && fs::rename(&unready, &folder).is_ok() || folder.is_dir() {
        fs::remove_dir_all(&unready).ok();
        return Ok(folder);
    }
    fs::remove_dir_all(&unready).ok();
    Err(installed.err().unwrap_or_else(|| "the cache folder cannot be written".to_owned()))
}

fn install_into(folder: &Path) -> Result<(), String> {
    for file in ["package.json", "package-lock.json"] {
        fs::copy(sources().join(file), folder.join(file)).map_err(|error| error.to_string())?;
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

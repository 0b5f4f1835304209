//! A PostgreSQL server of the test's own, which it may restart.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::servers;

/// A running server; stopped and removed with this value.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes and starts one; `None` where PostgreSQL's programs are not there.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            servers::missed("PostgreSQL's initdb", "install the package postgresql");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Self { folder, programs, port };
        fs::set_permissions(cluster.folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        cluster.run("initdb", &["-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C"]);
        cluster.run_server(&["start"]);
        Some(cluster)
    }

    /// The URL of its database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it at once, as a crash does, and starts it again.
    pub fn restart(&self) {
        self.run_server(&["restart", "-m", "immediate"]);
    }

    fn run_server(&self, verb: &[&str]) {
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -F", self.port);
        let log = self.folder.path().join("log").display().to_string();
        self.run("pg_ctl", &[verb, &["-w", "-t", "60", "-l", &log, "-o", &options]].concat());
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = self.output(program, arguments);
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// PostgreSQL's programs refuse to be run by root.
    fn output(&self, program: &str, arguments: &[&str]) -> Output {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let data = self.folder.path().join("data");
        // The server keeps what it inherits: not our pipes.
        let (out, err) = (self.folder.path().join("out"), self.folder.path().join("err"));
        command.arg("-D").arg(data).args(arguments).current_dir(self.folder.path());
        command.stdout(fs::File::create(out).unwrap()).stderr(fs::File::create(&err).unwrap());
        let status = command.status().expect("the program can be started");
        Output { status, stdout: Vec::new(), stderr: fs::read(err).unwrap() }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.output("pg_ctl", &["stop", "-m", "immediate", "-w"]);
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Where `initdb` and `pg_ctl` lie: on Debian not on the path.
fn programs() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success());
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let mut folders: Vec<PathBuf> = told.into_iter().collect();
    for version in fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        folders.push(version.path().join("bin"));
    }
    folders.sort();
    folders.into_iter().rev().find(|folder| folder.join("initdb").exists())
}

//! Passwords and certificates, against a server of the test's own that insists on both.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dataweaver::sdk::{ConnectorError, ErrorClass, Reachable};
use serde_json::json;

use super::reading::open;
use crate::servers;

/// Certificates by an authority of their own, then a cluster that asks for SCRAM over TLS.
const SET_UP: &str = r#"
set -e
export PATH="$1:$PATH"
cd "$2"
printf 'right-password' > password
initdb -D data -U owner --auth=scram-sha-256 --pwfile=password > /dev/null
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -keyout authority.key -out authority.pem -days 2 -subj '/CN=test authority' 2> /dev/null
openssl req $key -keyout data/server.key -out server.request -subj '/CN=localhost' 2> /dev/null
printf 'subjectAltName=DNS:localhost\n' > names
openssl x509 -req -in server.request -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out data/server.crt 2> /dev/null
chmod 600 data/server.key
chmod 644 authority.pem
printf 'hostnossl all plain all trust\nhostssl all plain all reject\nhostssl all old all md5\nhostssl all all all scram-sha-256\n' > data/pg_hba.conf
printf "ssl = on\nfsync = off\nlisten_addresses = 'localhost'\nport = %s\nunix_socket_directories = '%s'\n" "$3" "$2" >> data/postgresql.conf
pg_ctl -D data -l log -w -t 60 start > /dev/null
PGPASSWORD=right-password psql -q -h localhost -p "$3" -U owner -d postgres -c "CREATE ROLE plain LOGIN; SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'old-password'"
"#;

struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
}

impl Server {
    /// Starts one; `None`, and said so, where PostgreSQL's programs or openssl are missing.
    fn start() -> Option<Self> {
        let how = "install PostgreSQL's server programs and openssl";
        let Some(programs) = programs() else {
            servers::missed("initdb", how);
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder can be made");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("it is ours");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free").port();
        let server = Self { programs, folder, port };
        let arguments = [server.programs.as_os_str(), server.folder.path().as_os_str()];
        let done = as_nobody("bash").args(["-c", SET_UP, "set-up"]).args(arguments).arg(port.to_string()).output();
        let done = done.expect("bash is there");
        if !done.status.success() {
            servers::missed("a PostgreSQL of one's own", &format!("{how}: {}", String::from_utf8_lossy(&done.stderr)));
            return None;
        }
        Some(server)
    }

    async fn check(
        &self,
        user: &str,
        password: &str,
        host: &str,
        parameters: &str,
    ) -> Result<Reachable, ConnectorError> {
        let url = format!("postgres://{user}:{password}@{host}:{}/postgres?{parameters}", self.port);
        open(&url, json!({}))?.check().await
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let mut stop = as_nobody(self.programs.join("pg_ctl"));
        stop.args(["stop", "-m", "immediate", "-D"])
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok();
    }
}

fn programs() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output().ok().filter(|answer| answer.status.success());
    let told = asked.map(|answer| PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim()));
    let usual =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|version| version.path().join("bin"));
    told.into_iter().chain(usual).find(|folder| folder.join("initdb").exists())
}

/// PostgreSQL does not run as root.
fn as_nobody(program: impl AsRef<Path>) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|answer| answer.stdout.trim_ascii() == b"0");
    if !is_root {
        return Command::new(program.as_ref());
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program.as_ref());
    command
}

#[tokio::test]
async fn passwords_and_certificates_are_checked_as_the_mode_says() {
    let Some(server) = Server::start() else { return };
    let (right, authority) = ("right-password", server.authority());
    let authority = format!("sslrootcert={}", authority.display());
    for parameters in [
        "sslmode=prefer",
        "sslmode=require",
        "sslmode=require&channel_binding=require",
        &format!("sslmode=verify-ca&{authority}"),
        &format!("sslmode=verify-full&{authority}"),
    ] {
        let reachable = server.check("owner", right, "localhost", parameters).await;
        assert!(reachable.is_ok(), "{parameters}: {reachable:?}");
    }
    let by_address = format!("sslmode=verify-ca&{authority}");
    assert!(server.check("owner", right, "127.0.0.1", &by_address).await.is_ok());
    assert!(server.check("old", "old-password", "localhost", "sslmode=require").await.is_ok());
    assert!(server.check("plain", "any", "localhost", "sslmode=prefer").await.is_ok(), "falls back to a plain line");

    let told = |checked: Result<Reachable, ConnectorError>| {
        let error = checked.expect_err("it is refused");
        (error.class(), error.to_string())
    };
    let (class, message) = told(server.check("owner", "wrong-password", "localhost", "").await);
    assert_eq!(class, ErrorClass::Auth);
    assert!(message.contains("refused the password of user owner") && !message.contains("wrong-password"), "{message}");
    let (class, message) = told(server.check("owner", "", "localhost", "").await);
    assert_eq!(class, ErrorClass::Auth);
    assert!(message.contains("authConfig.password"), "{message}");
    let (class, message) = told(server.check("owner", right, "localhost", "sslmode=disable").await);
    assert_eq!(class, ErrorClass::Auth, "{message}");
    let (class, message) =
        told(server.check("owner", right, "127.0.0.1", &format!("sslmode=verify-full&{authority}")).await);
    assert_eq!(class, ErrorClass::Protocol);
    assert!(message.contains("another host"), "{message}");
    let (class, message) = told(server.check("owner", right, "localhost", "sslmode=verify-full").await);
    assert_eq!(class, ErrorClass::Protocol);
    assert!(message.contains("sslrootcert"), "{message}");
    let (class, message) = told(server.check("old", "old-password", "localhost", "channel_binding=require").await);
    assert_eq!(class, ErrorClass::Auth);
    assert!(message.contains("channel_binding"), "{message}");
}

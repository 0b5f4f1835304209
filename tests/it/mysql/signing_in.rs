//! Certificates, against a server of the test's own that has one.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dataweaver::sdk::{ConnectorError, ErrorClass, Reachable};
use serde_json::json;

use crate::postgres::reading::open;
use crate::servers;

/// Certificates by an authority of their own, and the files of a new server.
const SET_UP: &str = r#"
set -e
cd "$1"
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -keyout authority.key -out authority.pem -days 2 -subj '/CN=test authority' 2> /dev/null
openssl req $key -keyout server.key -out server.request -subj '/CN=localhost' 2> /dev/null
printf 'subjectAltName=DNS:localhost\n' > names
openssl x509 -req -in server.request -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out server.pem 2> /dev/null
mariadb-install-db --no-defaults --datadir="$1/data" --user="$(id -un)" --auth-root-authentication-method=normal --skip-test-db > /dev/null
"#;

const START: &str = r#"
exec "$(PATH="$PATH:/usr/sbin" command -v mariadbd)" --no-defaults --user="$(id -un)" --datadir="$1/data" --port="$2" \
    --bind-address=127.0.0.1 --socket="$1/socket" --ssl-ca="$1/authority.pem" --ssl-cert="$1/server.pem" \
    --ssl-key="$1/server.key" --innodb-buffer-pool-size=32M --innodb-flush-method=nosync
"#;

/// A MariaDB of the test's own, which ends with it.
pub(super) struct Server {
    folder: tempfile::TempDir,
    pub(super) port: u16,
    process: Child,
}

impl Server {
    /// Starts one; `None`, and said so, where MariaDB's programs or openssl are missing.
    pub(super) async fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free").port();
        let done =
            Command::new("bash").args(["-c", SET_UP, "set-up"]).arg(folder.path()).output().expect("bash is there");
        if !done.status.success() {
            let how =
                format!("install MariaDB's server programs and openssl: {}", String::from_utf8_lossy(&done.stderr));
            servers::missed("a MariaDB of one's own", &how);
            return None;
        }
        let mut start = Command::new("bash");
        start.args(["-c", START, "start"]).arg(folder.path()).arg(port.to_string());
        let process = start.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("bash is there");
        let server = Self { folder, port, process };
        let started = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "the server does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(server)
    }

    async fn check(&self, host: &str, parameters: &str) -> Result<Reachable, ConnectorError> {
        open(&format!("mysql://root@{host}:{}/?{parameters}", self.port), json!({}))?.check().await
    }

    fn authority(&self) -> String {
        format!("sslrootcert={}", self.folder.path().join("authority.pem").display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test]
async fn certificates_are_checked_as_the_mode_says() {
    let Some(server) = Server::start().await else { return };
    let authority = server.authority();
    let modes = [
        ("ssl-mode=disabled".to_owned(), false),
        ("ssl-mode=preferred".to_owned(), true),
        ("ssl-mode=required".to_owned(), true),
        (authority.clone(), true),
        (format!("ssl-mode=verify_identity&{authority}"), true),
    ];
    for (parameters, is_encrypted) in modes {
        let reachable =
            server.check("localhost", &parameters).await.unwrap_or_else(|error| panic!("{parameters}: {error:?}"));
        assert_eq!(reachable.details["tls"].is_string(), is_encrypted, "{parameters}: {:?}", reachable.details);
    }
    // The certificate is for another name than this address.
    for parameters in [authority.clone(), format!("ssl-mode=verify_identity&{authority}")] {
        let other = server.check("127.0.0.1", &parameters).await.unwrap_err();
        assert_eq!(other.class(), ErrorClass::Protocol);
        assert!(other.to_string().contains("is for another host"), "{other}");
    }
    let untrusted = server.check("localhost", "ssl-mode=verify_identity").await.unwrap_err();
    assert_eq!(untrusted.class(), ErrorClass::Protocol);
    assert!(untrusted.to_string().contains("sslrootcert"), "{untrusted}");
    // What would take anybody's certificate is not offered.
    for parameters in ["ssl-mode=VERIFY-CA".to_owned(), format!("ssl-mode=verify_ca&{authority}")] {
        let refused = server.check("localhost", &parameters).await.unwrap_err();
        assert_eq!(refused.class(), ErrorClass::Config);
        assert!(refused.to_string().ends_with("use verify_identity"), "{refused}");
    }
    let absent = server.check("localhost", "sslrootcert=/no/such.pem").await.unwrap_err();
    assert_eq!(absent.class(), ErrorClass::Config);
    let key = server.folder.path().join("server.key");
    let no_certificate = server.check("localhost", &format!("sslrootcert={}", key.display())).await.unwrap_err();
    assert!(no_certificate.to_string().ends_with("which holds no certificate"), "{no_certificate}");
}

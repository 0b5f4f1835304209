//! A Dovecot of the test's own: its own folder, free ports, a user with mail.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::servers;

/// The user's name.
pub const USER: &str = "ada@example.com";
/// The user's password, which must be seen nowhere.
pub const PASSWORD: &str = "canary-\"pass\\word";
/// How long the server may take to start, and to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder of mail that the server reads, and certificates by an authority of their own.
const SET_UP: &str = r#"
set -e
cd "$1"
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -keyout authority.key -out authority.pem -days 2 -subj '/CN=test authority' 2> /dev/null
openssl req $key -keyout server.key -out server.request -subj '/CN=localhost' 2> /dev/null
printf 'subjectAltName=DNS:localhost\n' > names
openssl x509 -req -in server.request -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out server.pem 2> /dev/null
mkdir -p mail/Maildir/cur mail/Maildir/new mail/Maildir/tmp
chmod 755 .
"#;

/// A server that runs. It is ended with this value.
pub struct Dovecot {
    program: PathBuf,
    folder: tempfile::TempDir,
    running: Option<Child>,
    /// Where it speaks in the clear, and by STARTTLS.
    pub port: u16,
    /// Where it speaks TLS.
    pub tls_port: u16,
}

impl Dovecot {
    /// One with TLS; `None`, and said so, where Dovecot or openssl is missing.
    pub fn start() -> Option<Self> {
        Self::with("ssl = yes", None)
    }

    /// One that takes tokens only, by this method. It asks about each at this URL, to which the token is added, as an OAuth 2
    /// service is asked.
    pub fn with_tokens(method: &str, tokeninfo_url: &str) -> Option<Self> {
        Self::with("ssl = yes", Some((method, tokeninfo_url)))
    }

    /// One with other settings, and with tokens only where it is said how.
    pub fn with(settings: &str, tokens: Option<(&str, &str)>) -> Option<Self> {
        let how = "install dovecot-imapd and openssl";
        let program =
            ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot"].map(PathBuf::from).into_iter().find(|at| at.exists());
        let Some(program) = program else {
            servers::missed("Dovecot", how);
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder can be made");
        let done = Command::new("bash").args(["-c", SET_UP, "set-up"]).arg(folder.path()).output();
        let done = done.expect("bash is there");
        if !done.status.success() {
            servers::missed("openssl", &format!("{how}: {}", String::from_utf8_lossy(&done.stderr)));
            return None;
        }
        let mut dovecot = Self { program, folder, running: None, port: free_port(), tls_port: free_port() };
        dovecot.configure(settings, tokens);
        dovecot.run();
        Some(dovecot)
    }

    fn configure(&self, settings: &str, tokens: Option<(&str, &str)>) {
        let (folder, port, tls_port) = (self.folder.path().display(), self.port, self.tls_port);
        let (user, group) = (owner("-u"), owner("-g"));
        let unprivileged = match is_root() {
            true => String::new(),
            false => {
                let names = [owner("-un"), owner("-gn")];
                format!(
                    "default_internal_user = {}\ndefault_internal_group = {}\ndefault_login_user = {}\n\
                     service anvil {{\n  chroot =\n}}\nservice imap-login {{\n  chroot =\n}}\n",
                    names[0], names[1], names[0]
                )
            }
        };
        let sign_in = match tokens {
            None => format!("auth_mechanisms = plain\npassdb {{\n  driver = passwd-file\n  args = {folder}/users\n}}"),
            Some((method, tokeninfo_url)) => {
                let asking = format!("tokeninfo_url = {tokeninfo_url}\nusername_attribute = email\n");
                self.write("oauth2.conf", &asking);
                format!(
                    "auth_mechanisms = {method}\npassdb {{\n  driver = oauth2\n  mechanisms = {method}\n  args = {folder}/oauth2.conf\n}}"
                )
            }
        };
        let configuration = format!(
            "base_dir = {folder}/run\nstate_dir = {folder}/state\nlog_path = {folder}/log\nlisten = 127.0.0.1\n\
             protocols = imap\nssl_cert = <{folder}/server.pem\nssl_key = <{folder}/server.key\n\
             disable_plaintext_auth = no\nauth_failure_delay = 0\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n\
             mail_location = maildir:~/Maildir\nmail_fsync = never\n{unprivileged}{sign_in}\n\
             userdb {{\n  driver = passwd-file\n  args = {folder}/users\n}}\n\
             namespace inbox {{\n  inbox = yes\n  separator = /\n  mailbox Sent {{\n    special_use = \\Sent\n    auto = create\n  }}\n}}\n\
             service imap-login {{\n  inet_listener imap {{\n    port = {port}\n  }}\n\
             inet_listener imaps {{\n    port = {tls_port}\n    ssl = yes\n  }}\n}}\n{settings}\n"
        );
        self.write("dovecot.conf", &configuration);
        self.write("users", &format!("{USER}:{{PLAIN}}{PASSWORD}:{user}:{group}::{folder}/mail\n"));
        self.own(self.maildir().parent().expect("it lies in a folder"));
    }

    /// Starts it again, on the same ports, and waits until it answers.
    pub fn run(&mut self) {
        let configuration = self.folder.path().join("dovecot.conf");
        let mut command = Command::new(&self.program);
        command.args(["-F", "-c"]).arg(configuration).stdout(Stdio::null()).stderr(Stdio::null());
        self.running = Some(command.process_group(0).spawn().expect("Dovecot starts"));
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(began.elapsed() < PATIENCE, "Dovecot does not answer; its log says:\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it and all its processes at once, as a crash does.
    pub fn kill(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        Command::new("kill").args(["-9", "--", &format!("-{}", running.id())]).status().ok();
        running.wait().ok();
    }

    /// The certificate that its own is signed by.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Where the user's mail lies.
    pub fn maildir(&self) -> PathBuf {
        self.folder.path().join("mail/Maildir")
    }

    /// A connection configuration without TLS.
    pub fn plain(&self) -> Value {
        json!({ "host": "127.0.0.1", "port": self.port, "tls": "none" })
    }

    /// One with TLS from the first byte on, and with a look at the certificate.
    pub fn tls(&self) -> Value {
        json!({ "host": "localhost", "port": self.tls_port, "ca_certificate": self.authority() })
    }

    /// Credentials of the user.
    pub fn password() -> Value {
        json!({ "username": USER, "password": PASSWORD })
    }

    /// Puts messages into a mailbox of the Maildir, before the server has looked at it.
    pub fn fill(&self, mailbox: &str, messages: impl IntoIterator<Item = Vec<u8>>) {
        let folder = if mailbox == "INBOX" { self.maildir() } else { self.maildir().join(format!(".{mailbox}")) };
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(folder.join(part)).expect("the folder is ours");
        }
        for (number, message) in messages.into_iter().enumerate() {
            let at = 1_600_000_000 + number as u64;
            let path = folder.join(format!("cur/{at}.M{number}.test:2,S"));
            fs::write(&path, message).expect("the folder is ours");
            // That is when it was received.
            let file = fs::File::options().write(true).open(path).expect("it was written just now");
            file.set_modified(UNIX_EPOCH + Duration::from_secs(at)).expect("it is ours");
        }
        self.own(&folder);
    }

    /// Signs in as the user, for the test itself to change what is there.
    pub fn session(&self) -> Session {
        let stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], self.port))).expect("Dovecot runs");
        stream.set_read_timeout(Some(PATIENCE)).expect("it is a timeout");
        let mut session = Session { lines: BufReader::new(stream), count: 0 };
        session.line();
        let quoted = PASSWORD.replace('\\', "\\\\").replace('"', "\\\"");
        session.tell(&format!("LOGIN {USER} \"{quoted}\""));
        session
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("the folder is ours");
    }

    /// Dovecot serves no mail as root.
    fn own(&self, folder: &Path) {
        if is_root() {
            let owner = format!("{}:{}", owner("-u"), owner("-g"));
            let done = Command::new("chown").arg("-R").arg(owner).arg(folder).status();
            assert!(done.expect("chown is there").success());
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A conversation of the test's own.
pub struct Session {
    lines: BufReader<TcpStream>,
    count: u32,
}

impl Session {
    /// Gives a command, which must succeed; returns the lines of the answer.
    pub fn tell(&mut self, command: &str) -> Vec<String> {
        self.count += 1;
        let tag = format!("t{} ", self.count);
        self.lines.get_mut().write_all(format!("{tag}{command}\r\n").as_bytes()).expect("Dovecot listens");
        let mut answer = Vec::new();
        loop {
            let line = self.line();
            if let Some(end) = line.strip_prefix(&tag) {
                assert!(end.starts_with("OK"), "{command}: {end}");
                return answer;
            }
            answer.push(line);
        }
    }

    /// Puts a message into a mailbox.
    pub fn append(&mut self, mailbox: &str, message: &[u8]) {
        let command = format!("APPEND {mailbox} {{{}+}}\r\n{}", message.len(), String::from_utf8_lossy(message));
        self.tell(&command);
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("Dovecot answers");
        line.trim_end().to_owned()
    }
}

/// A small message.
pub fn message(number: usize) -> Vec<u8> {
    let answers = if number.is_multiple_of(3) {
        String::new()
    } else {
        format!("In-Reply-To: <{}@example.com>\r\n", number / 3 * 3)
    };
    format!(
        "From: Grace Hopper <grace@example.com>\r\nTo: ada@example.com\r\nSubject: Message {number}\r\n\
         Date: Sat, 03 Jan 2026 10:{:02}:{:02} +0100\r\nMessage-ID: <{number}@example.com>\r\n{answers}\r\nText of {number}.\r\n",
        number / 60 % 60,
        number % 60
    )
    .into_bytes()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free").port()
}

fn is_root() -> bool {
    id(&["-u"]) == "0"
}

/// Whoever the mail belongs to: the test's user, or `mail` where that is root.
fn owner(what: &str) -> String {
    if is_root() { id(&[what, "mail"]) } else { id(&[what]) }
}

fn id(arguments: &[&str]) -> String {
    let answer = Command::new("id").args(arguments).output().expect("id is there");
    String::from_utf8_lossy(&answer.stdout).trim().to_owned()
}

//! One connection: greeting, commands and answers (RFC 3501, sections 3, 6 and 7).

use std::io;
use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::faults::Fault;
use super::request::{self, Token};
use super::selected::Selected;
use super::{ImapSimulator, mailboxes};

/// What the server can.
const CAPABILITIES: &str = "IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN AUTH=XOAUTH2 ID NAMESPACE UNSELECT CHILDREN \
                            LIST-EXTENDED SPECIAL-USE";
/// Google's and Microsoft's servers tell a token that is refused so.
const REFUSED_TOKEN: &str = r#"{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}"#;

pub(super) struct Session {
    pub(super) simulator: ImapSimulator,
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    is_signed_in: bool,
    selected: Option<Selected>,
}

/// What a command is answered with: responses, and how it ended.
pub(super) struct Answer {
    pub(super) responses: Vec<Vec<u8>>,
    /// `OK`, `NO` or `BAD` with the words behind it.
    pub(super) end: String,
}

impl Answer {
    pub(super) fn ok(words: &str) -> Self {
        Self { responses: Vec::new(), end: format!("OK {words}") }
    }

    pub(super) fn no(words: &str) -> Self {
        Self { responses: Vec::new(), end: format!("NO {words}") }
    }

    pub(super) fn bad(words: &str) -> Self {
        Self { responses: Vec::new(), end: format!("BAD {words}") }
    }

    /// With a response ahead of its end.
    pub(super) fn line(mut self, line: impl AsRef<str>) -> Self {
        self.responses.push(format!("* {}\r\n", line.as_ref()).into_bytes());
        self
    }
}

impl Session {
    pub(super) fn new(simulator: ImapSimulator, stream: TcpStream) -> Self {
        let (reader, writer) = stream.into_split();
        Self { simulator, reader: BufReader::new(reader), writer, is_signed_in: false, selected: None }
    }

    /// Talks until the other end is gone or signs off.
    pub(super) async fn run(mut self) -> io::Result<()> {
        self.say(format!("* OK [CAPABILITY {CAPABILITIES}] Fernweh Goods mail\r\n").as_bytes()).await?;
        while let Some(command) = request::read(&mut self.reader, &mut self.writer).await? {
            if self.take(&command).await?.is_break() {
                break;
            }
        }
        self.writer.shutdown().await
    }

    async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes).await?;
        self.writer.flush().await
    }

    async fn take(&mut self, command: &[u8]) -> io::Result<ControlFlow<()>> {
        let tokens = match request::tokens(command) {
            Ok(tokens) => tokens,
            Err(why) => {
                self.say(format!("* BAD {why}\r\n").as_bytes()).await?;
                return Ok(ControlFlow::Continue(()));
            }
        };
        let (Some(tag), Some(name)) = (tokens.first().and_then(Token::text), tokens.get(1).and_then(Token::word))
        else {
            self.say(b"* BAD a command has a tag and a name\r\n").await?;
            return Ok(ControlFlow::Continue(()));
        };
        let arguments = &tokens[2..];
        match name.as_str() {
            "LOGOUT" => {
                self.say(format!("* BYE good-bye\r\n{tag} OK LOGOUT done\r\n").as_bytes()).await?;
                return Ok(ControlFlow::Break(()));
            }
            "AUTHENTICATE" => {
                let answer = self.authenticate(arguments).await?;
                return self.give(tag, answer, None).await;
            }
            _ => {}
        }
        let fault = asks_for_messages(&name, arguments).then(|| self.simulator.due()).flatten();
        if let Some(words) = fault.and_then(Fault::refusal) {
            return self.give(tag, Answer::no(words), None).await;
        }
        let answer = self.answer(&name, arguments);
        self.give(tag, answer, fault).await
    }

    /// Sends an answer, or as much of it as a fault leaves.
    async fn give(&mut self, tag: &str, answer: Answer, fault: Option<Fault>) -> io::Result<ControlFlow<()>> {
        let Answer { responses, end } = answer;
        match fault {
            Some(Fault::Bye) => {
                self.say(&responses[..responses.len() / 2].concat()).await?;
                self.say(b"* BYE Server shutting down\r\n").await?;
                return Ok(ControlFlow::Break(()));
            }
            Some(Fault::Cut) => {
                let bytes = responses.concat();
                self.say(&bytes[..bytes.len() / 2]).await?;
                return Ok(ControlFlow::Break(()));
            }
            Some(Fault::Slow(pause)) => tokio::time::sleep(pause).await,
            _ => {}
        }
        let mut bytes = responses.concat();
        bytes.extend(format!("{tag} {end}\r\n").bytes());
        self.say(&bytes).await?;
        Ok(ControlFlow::Continue(()))
    }

    fn answer(&mut self, name: &str, arguments: &[Token]) -> Answer {
        match name {
            "CAPABILITY" => return Answer::ok("CAPABILITY done").line(format!("CAPABILITY {CAPABILITIES}")),
            "NOOP" | "CHECK" => return self.news(name),
            "ID" => {
                let ours = "ID (\"name\" \"Fernweh mail\" \"vendor\" \"DataWeaver\")";
                return Answer::ok("ID done").line(ours);
            }
            "LOGIN" => return self.login(arguments),
            _ if !self.is_signed_in => return Answer::bad("sign in first"),
            _ => {}
        }
        match name {
            "NAMESPACE" => Answer::ok("NAMESPACE done").line("NAMESPACE ((\"\" \"/\")) NIL NIL"),
            "LIST" => mailboxes::list(&self.simulator, arguments),
            "LSUB" => mailboxes::list(&self.simulator, arguments).renamed("LIST", "LSUB"),
            "STATUS" => mailboxes::status(&self.simulator, arguments),
            "SELECT" | "EXAMINE" => {
                self.selected = None;
                match Selected::open(&self.simulator, arguments) {
                    Ok((selected, answer)) => {
                        self.selected = Some(selected);
                        answer
                    }
                    Err(answer) => answer,
                }
            }
            "CLOSE" | "UNSELECT" if self.selected.is_some() => {
                self.selected = None;
                Answer::ok("the mailbox is closed")
            }
            "FETCH" | "SEARCH" | "UID" | "CLOSE" | "UNSELECT" => match &self.selected {
                Some(selected) => selected.answer(&self.simulator, name, arguments),
                None => Answer::bad("no mailbox is open"),
            },
            "STORE" | "EXPUNGE" | "COPY" | "MOVE" | "APPEND" | "CREATE" | "DELETE" | "RENAME" | "SUBSCRIBE"
            | "UNSUBSCRIBE" => Answer::no("[NOPERM] This account is for reading only"),
            _ => Answer::bad(&format!("there is no command {name}")),
        }
    }

    fn login(&mut self, arguments: &[Token]) -> Answer {
        let [Some(user), Some(password)] =
            [arguments.first(), arguments.get(1)].map(|token| token.and_then(Token::text))
        else {
            return Answer::bad("LOGIN takes a name and a password");
        };
        self.signed_in(self.simulator.knows(user, password))
    }

    fn signed_in(&mut self, is_known: bool) -> Answer {
        if !is_known {
            return Answer::no("[AUTHENTICATIONFAILED] Invalid credentials");
        }
        self.is_signed_in = true;
        Answer::ok(&format!("[CAPABILITY {CAPABILITIES}] signed in"))
    }

    /// PLAIN, or XOAUTH2, which tells by a challenge why it refuses and waits for an empty line (its response may come along
    /// with the command, RFC 4959).
    async fn authenticate(&mut self, arguments: &[Token]) -> io::Result<Answer> {
        let method = arguments.first().and_then(Token::word).unwrap_or_default();
        if !matches!(method.as_str(), "PLAIN" | "XOAUTH2") {
            return Ok(Answer::no("[CANNOT] There is no such method"));
        }
        let response = match arguments.get(1).and_then(Token::text) {
            Some(response) => response.to_owned(),
            None => self.challenge("").await?,
        };
        if response == "*" {
            return Ok(Answer::bad("AUTHENTICATE was given up"));
        }
        let Some(response) = STANDARD.decode(&response).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
            return Ok(Answer::bad("the response is no base64"));
        };
        if method == "PLAIN" {
            let mut parts = response.split('\0').skip(1);
            let (user, password) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            return Ok(self.signed_in(self.simulator.knows(user, password)));
        }
        let mut parts = response.split('\x01');
        let user = parts.next().and_then(|part| part.strip_prefix("user=")).unwrap_or_default();
        let token = parts.next().and_then(|part| part.strip_prefix("auth=Bearer ")).unwrap_or_default();
        let is_known = self.simulator.takes(user, token);
        if !is_known {
            self.challenge(&STANDARD.encode(REFUSED_TOKEN)).await?;
        }
        Ok(self.signed_in(is_known))
    }

    async fn challenge(&mut self, words: &str) -> io::Result<String> {
        self.say(format!("+ {words}\r\n").as_bytes()).await?;
        let mut line = String::new();
        (&mut self.reader).take(request::LONGEST as u64).read_line(&mut line).await?;
        if !line.ends_with('\n') {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a response does not end"));
        }
        Ok(line.trim_end().to_owned())
    }

    /// Tells what has changed in the open mailbox.
    fn news(&mut self, name: &str) -> Answer {
        let answer = Answer::ok(&format!("{name} done"));
        match &mut self.selected {
            Some(selected) => selected.catch_up(&self.simulator, answer),
            None => answer,
        }
    }
}

impl Answer {
    /// With another name on each of its responses.
    fn renamed(mut self, from: &str, to: &str) -> Self {
        for response in &mut self.responses {
            let text = String::from_utf8_lossy(response).replacen(&format!("* {from} "), &format!("* {to} "), 1);
            *response = text.into_bytes();
        }
        self.end = self.end.replacen(from, to, 1);
        self
    }
}

fn asks_for_messages(name: &str, arguments: &[Token]) -> bool {
    let of_uid = || arguments.first().and_then(Token::word).is_some_and(|word| word == "FETCH");
    name == "FETCH" || (name == "UID" && of_uid())
}

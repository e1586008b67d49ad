//! SMTP, one command at a time: what went wrong before a message's end was sent is no danger, what went
//! wrong after it is.

use std::error::Error as _;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

use super::clean::one_line;
use super::envelope::{Envelope, Outcome};

const LONGEST_REPLY: usize = 300;

/// How a connection is protected. Certificates are always checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (`smtps://`).
    Wrapped,
    /// STARTTLS, or nothing is sent (`?tls=required`).
    Required,
    /// STARTTLS where the server offers it, and then it must work.
    Offered,
    /// Never (`?tls=none`), for a relay on the same machine.
    Never,
}

/// A file whose first line is a password; what it holds is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub PathBuf);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.0.display())
    }
}

/// How long is waited for a connection, for the reply to a command, and for the reply to a whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    pub connect: Duration,
    pub command: Duration,
    pub message: Duration,
}

impl Default for Patience {
    /// A server may take ten minutes over a message (RFC 5321, 4.5.3.2.6); to give up sooner makes unknown
    /// what a little later would be known.
    fn default() -> Patience {
        let seconds = Duration::from_secs;
        Patience { connect: seconds(30), command: seconds(120), message: seconds(600) }
    }
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// A file of certificates (PEM) trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    pub patience: Patience,
}

/// One conversation with a server, begun when there is something to say.
#[derive(Debug)]
pub struct SmtpSession<'a> {
    smtp: &'a Smtp,
    line: Option<Line>,
}

struct Line(AsyncSmtpConnection);

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

/// Why a step of the conversation did not come to its good end.
enum Trouble {
    /// A reply that says no: its code, and the whole of it.
    Reply(u16, String),
    /// No reply that can be understood: the connection is of no more use.
    Silence(String),
}

impl Trouble {
    fn of(error: &lettre::transport::smtp::Error) -> Trouble {
        let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        match error.status() {
            Some(code) => Trouble::Reply(u16::from(code), one_line(&format!("{code} {said}"), LONGEST_REPLY)),
            None => Trouble::Silence(one_line(&error.to_string(), LONGEST_REPLY)),
        }
    }

    fn said(self) -> String {
        match self {
            Trouble::Reply(_, said) | Trouble::Silence(said) => said,
        }
    }
}

async fn within<T>(
    patience: Duration,
    what: &str,
    step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(patience, step).await {
        Ok(done) => done.map_err(|e| Trouble::of(&e)),
        Err(_) => Err(Trouble::Silence(format!("no reply to {what} in {} s", patience.as_secs()))),
    }
}

fn said(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    one_line(&format!("{} {}", response.code(), lines.join(" ")), LONGEST_REPLY)
}

impl Smtp {
    /// `smtp://host:port`, for people.
    pub fn place(&self) -> String {
        let scheme = if self.tls == Tls::Wrapped { "smtps" } else { "smtp" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    fn tls_parameters(&self) -> Result<TlsParameters, String> {
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca_file {
            let pem = std::fs::read(path).map_err(|e| format!("ca_file {}: {e}", path.display()))?;
            let own = Certificate::from_pem(&pem).map_err(|e| format!("ca_file {}: {e}", path.display()))?;
            builder = builder.add_root_certificate(own);
        }
        builder.build_rustls().map_err(|e| format!("TLS cannot be prepared: {e}"))
    }

    fn credentials(&self) -> Result<Option<Credentials>, String> {
        let Some(user) = &self.user else { return Ok(None) };
        let Some(Secret(path)) = &self.password else { return Err("there is a user and no password_file".into()) };
        let text = std::fs::read_to_string(path).map_err(|e| format!("password_file {}: {e}", path.display()))?;
        let password = text.lines().next().unwrap_or("").to_owned();
        Ok(Some(Credentials::new(user.clone(), password)))
    }

    /// A connection that mail may be given to: greeted, encrypted as asked, authenticated.
    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let patience = self.patience;
        let trouble = |t: Trouble| format!("{}: {}", self.place(), t.said());
        let credentials = self.credentials()?;
        let hello = ClientId::default();
        let wrapped = if self.tls == Tls::Wrapped { Some(self.tls_parameters()?) } else { None };
        let address = (self.host.as_str(), self.port);
        let opening = AsyncSmtpConnection::connect_tokio1(address, Some(patience.connect), &hello, wrapped, None);
        let mut line = within(patience.connect + patience.command, "the connection", opening).await.map_err(trouble)?;
        let upgrade = match self.tls {
            Tls::Wrapped | Tls::Never => false,
            Tls::Required if !line.can_starttls() => {
                return Err(format!("{}: the server offers no STARTTLS, and tls=required", self.place()));
            }
            Tls::Required => true,
            Tls::Offered => line.can_starttls(),
        };
        if upgrade {
            let upgrading = line.starttls(self.tls_parameters()?, &hello);
            within(patience.command, "STARTTLS", upgrading).await.map_err(trouble)?;
        }
        if let Some(credentials) = credentials {
            if !line.is_encrypted() && self.tls != Tls::Never {
                let what = "the server offers no STARTTLS; the password is not sent in the clear unless tls=none";
                return Err(format!("{}: {what}", self.place()));
            }
            let login = line.auth(DEFAULT_MECHANISMS, &credentials);
            within(patience.command, "AUTH", login).await.map_err(|t| format!("login refused: {}", trouble(t)))?;
        }
        Ok(line)
    }
}

impl<'a> SmtpSession<'a> {
    pub(super) fn new(smtp: &'a Smtp) -> SmtpSession<'a> {
        SmtpSession { smtp, line: None }
    }

    /// Makes a connection, where there is none yet.
    pub(super) async fn ready(&mut self) -> Result<(), String> {
        if self.line.is_none() {
            self.line = Some(Line(self.smtp.connect().await?));
        }
        Ok(())
    }

    pub(super) async fn probe(mut self) -> Result<(), String> {
        self.ready().await?;
        self.close().await;
        Ok(())
    }

    pub(super) async fn close(mut self) {
        if let Some(Line(mut line)) = self.line.take() {
            let _ = tokio::time::timeout(self.smtp.patience.connect, line.quit()).await;
        }
    }

    pub(super) async fn deliver(&mut self, envelope: &Envelope<'_>) -> Outcome {
        let used = self.line.is_some();
        match self.attempt(envelope).await {
            // A connection that was idle, or is tired of us: nothing of this message was said on it.
            Err(_) if used => self.attempt(envelope).await.unwrap_or_else(Outcome::Unreachable),
            done => done.unwrap_or_else(Outcome::Unreachable),
        }
    }

    /// One attempt; an error where not even the sender could be named.
    async fn attempt(&mut self, envelope: &Envelope<'_>) -> Result<Outcome, String> {
        let mut line = match self.line.take() {
            Some(Line(line)) => line,
            None => self.smtp.connect().await?,
        };
        let patience = self.smtp.patience;
        let sender = Mail::new(Some(envelope.from.inner().clone()), Vec::new());
        if let Err(trouble) = within(patience.command, "MAIL", line.command(sender)).await {
            // Whatever a server has against the sender it has against every message.
            return match trouble {
                Trouble::Reply(400..=499, said) if !said.starts_with("421") => {
                    self.keep(line).await;
                    Ok(Outcome::Later(said))
                }
                trouble => Err(format!("{}: MAIL: {}", self.smtp.place(), trouble.said())),
            };
        }
        let outcome = self.exchange(&mut line, envelope).await;
        match &outcome {
            Outcome::Accepted(_) => self.line = Some(Line(line)),
            Outcome::Refused(_) | Outcome::Later(_) => self.keep(line).await,
            Outcome::Unknown(_) | Outcome::Unreachable(_) => {}
        }
        Ok(outcome)
    }

    /// Clears what was said of a message that was not taken; a connection that cannot is dropped.
    async fn keep(&mut self, mut line: AsyncSmtpConnection) {
        if within(self.smtp.patience.command, "RSET", line.command(Rset)).await.is_ok() {
            self.line = Some(Line(line));
        }
    }

    async fn exchange(&self, line: &mut AsyncSmtpConnection, envelope: &Envelope<'_>) -> Outcome {
        let patience = self.smtp.patience;
        let rcpt = Rcpt::new(envelope.to.inner().clone(), Vec::new());
        if let Err(trouble) = within(patience.command, "RCPT", line.command(rcpt)).await {
            return before_the_end(trouble);
        }
        match within(patience.command, "DATA", line.command(Data)).await {
            Ok(response) if response.has_code(354) => {}
            Ok(response) => {
                line.abort().await;
                return Outcome::Later(format!("DATA was answered with {}", said(&response)));
            }
            Err(trouble) => return before_the_end(trouble),
        }
        // The second item is asked for once the first is written, and before the final dot is.
        let ended = AtomicBool::new(false);
        let pieces = [envelope.bytes, b"".as_slice()].into_iter();
        let pieces = pieces.inspect(|piece| ended.store(piece.is_empty(), Ordering::Relaxed));
        match within(patience.message, "the message", line.message_iter(pieces)).await {
            Ok(response) if u16::from(response.code()) < 300 => Outcome::Accepted(said(&response)),
            Ok(response) => Outcome::Unknown(format!("the message was answered with {}", said(&response))),
            Err(trouble @ Trouble::Reply(..)) => before_the_end(trouble),
            Err(trouble) if !ended.load(Ordering::Relaxed) => before_the_end(trouble),
            Err(Trouble::Silence(what)) => Outcome::Unknown(format!("no reply after the message was sent: {what}")),
        }
    }
}

/// What a message becomes that was surely not taken.
fn before_the_end(trouble: Trouble) -> Outcome {
    match trouble {
        // The server wants a login: that is nothing the recipient can help.
        Trouble::Reply(530 | 535 | 538, said) => Outcome::Unreachable(said),
        Trouble::Reply(500..=599, said) => Outcome::Refused(said),
        Trouble::Reply(_, said) => Outcome::Later(said),
        Trouble::Silence(what) => Outcome::Later(format!("before the message was sent: {what}")),
    }
}

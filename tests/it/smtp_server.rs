//! A mail server inside the test process that does what its script says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What the server is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Script {
    /// TLS from the first byte.
    pub(crate) wrapped: bool,
    pub(crate) no_starttls: bool,
    /// `MAIL` needs a login as `billing`, password `s3cret`, over TLS.
    pub(crate) login: bool,
    /// Every connection is greeted with 421.
    pub(crate) closed: bool,
    /// Replies are held back for ever at this step, once for the whole life of the server.
    pub(crate) hang_at: Option<Step>,
    /// Messages after which a connection is closed without a word.
    pub(crate) most: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Greeting,
    Mail,
    Rcpt,
    Data,
    /// The message is stored, the reply is not sent.
    Stored,
}

/// A message that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) tls: bool,
    pub(crate) user: Option<String>,
    pub(crate) message: String,
}

#[derive(Debug, Default)]
struct Seen {
    got: Vec<Got>,
    /// Commands, as they came.
    lines: Vec<String>,
    recipients: BTreeMap<String, usize>,
    hung: bool,
}

pub(crate) struct MailServer {
    pub(crate) port: u16,
    /// What a client must trust.
    pub(crate) pem: String,
    seen: Arc<Mutex<Seen>>,
    _runtime: tokio::runtime::Runtime,
}

impl MailServer {
    pub(crate) fn start(script: Script) -> MailServer {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = seen.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), shared.clone());
                tokio::spawn(async move {
                    let talk = Talk { script, seen, tls: false, user: None, taken: 0 };
                    if script.wrapped {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            Talk { tls: true, ..talk }.run(stream, true).await;
                        }
                    } else if let Some((stream, talk)) = talk.run(stream, true).await
                        && let Ok(stream) = acceptor.accept(stream).await
                    {
                        Talk { tls: true, ..talk }.run(stream, false).await;
                    }
                });
            }
        });
        MailServer { port, pem: own.cert.pem(), seen, _runtime: runtime }
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.seen.lock().unwrap().got.clone()
    }

    /// How many messages for an address were taken.
    pub(crate) fn count(&self, to: &str) -> usize {
        self.got().iter().filter(|g| g.to == to).count()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().lines.clone()
    }

    /// Waits until a connection hangs where the script says.
    pub(crate) fn wait_until_hung(&self) {
        for _ in 0..600 {
            if self.seen.lock().unwrap().hung {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("nobody came so far: {:?}", self.lines());
    }
}

/// One conversation.
struct Talk {
    script: Script,
    seen: Arc<Mutex<Seen>>,
    tls: bool,
    user: Option<String>,
    taken: usize,
}

/// What is said to a recipient, by the beginning of the address.
enum Manner {
    Take,
    Reply(&'static str),
    Drop,
    /// After the message: a reply, without taking it.
    ReplyAfter(&'static str),
    /// Reads some of the message and cuts the connection.
    DropInside,
    /// Takes it and cuts the connection.
    Lose,
    /// Takes it and answers what nobody understands.
    Garble,
    /// Takes it and answers after this.
    Slow(Duration),
    SlowRcpt(Duration),
}

impl Talk {
    async fn hang(&self, step: Step) {
        let hangs = {
            let mut seen = self.seen.lock().unwrap();
            let hangs = self.script.hang_at == Some(step) && !seen.hung;
            seen.hung |= hangs;
            hangs
        };
        if hangs {
            std::future::pending::<()>().await;
        }
    }

    fn manner(&self, to: &str) -> Manner {
        let mut seen = self.seen.lock().unwrap();
        let before = seen.recipients.entry(to.to_owned()).or_default();
        *before += 1;
        let first = *before == 1;
        let word = to.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
        match word {
            "grey" if first => Manner::Reply("451 4.7.1 greylisted, come again"),
            "full" => Manner::Reply("452 4.2.2 mailbox full"),
            "nouser" => Manner::Reply("550 5.1.1 no such user"),
            "drop" if first => Manner::Drop,
            "closing" if first => Manner::Reply("421 4.3.2 closing down"),
            "spam" => Manner::ReplyAfter("554-5.7.1 this is\r\n554 5.7.1 spam"),
            "later" if first => Manner::ReplyAfter("451 4.3.0 try again"),
            "inside" => Manner::DropInside,
            "lost" => Manner::Lose,
            "garble" => Manner::Garble,
            "pause" => Manner::Slow(Duration::from_secs(4)),
            "slow" => Manner::Slow(Duration::from_secs(30)),
            "mute" => Manner::SlowRcpt(Duration::from_secs(30)),
            _ => Manner::Take,
        }
    }

    /// Talks until the end; gives the stream back where it is to be encrypted.
    async fn run<S: AsyncRead + AsyncWrite + Unpin>(mut self, mut stream: S, greet: bool) -> Option<(S, Talk)> {
        if greet {
            self.hang(Step::Greeting).await;
            let greeting = if self.script.closed { "421 not today" } else { "220 localhost ready" };
            say(&mut stream, greeting).await?;
        }
        let (mut from, mut to, mut manner) = (None::<String>, None::<String>, Manner::Take);
        loop {
            let line = read_line(&mut stream).await?;
            self.seen.lock().unwrap().lines.push(line.clone());
            let upper = line.to_ascii_uppercase();
            let inside = || line.split_once('<').and_then(|(_, r)| r.split_once('>')).map(|(a, _)| a.to_owned());
            if upper.starts_with("EHLO") {
                let mut reply = String::from("250-localhost\r\n250-SIZE 100000000\r\n");
                if !self.tls && !self.script.no_starttls {
                    reply.push_str("250-STARTTLS\r\n");
                }
                reply.push_str("250 AUTH PLAIN LOGIN");
                say(&mut stream, &reply).await?;
            } else if upper == "STARTTLS" {
                say(&mut stream, "220 go ahead").await?;
                return Some((stream, self));
            } else if upper.starts_with("AUTH PLAIN ") {
                // base64 of NUL billing NUL s3cret
                let right = self.tls && line.ends_with("AGJpbGxpbmcAczNjcmV0");
                self.user = right.then(|| "billing".to_owned());
                say(&mut stream, if right { "235 welcome" } else { "535 5.7.8 wrong password" }).await?;
            } else if upper.starts_with("MAIL FROM") {
                self.hang(Step::Mail).await;
                if self.script.most.is_some_and(|most| self.taken >= most) {
                    return None;
                }
                if self.script.login && self.user.is_none() {
                    say(&mut stream, "530 5.7.0 log in first").await?;
                    continue;
                }
                from = inside();
                say(&mut stream, "250 sender ok").await?;
            } else if upper.starts_with("RCPT TO") {
                self.hang(Step::Rcpt).await;
                let address = inside().unwrap_or_default();
                manner = self.manner(&address);
                match manner {
                    Manner::Drop => return None,
                    Manner::Reply(reply) => {
                        say(&mut stream, reply).await?;
                        continue;
                    }
                    Manner::SlowRcpt(wait) => tokio::time::sleep(wait).await,
                    _ => {}
                }
                to = Some(address);
                say(&mut stream, "250 recipient ok").await?;
            } else if upper == "DATA" {
                self.hang(Step::Data).await;
                if from.is_none() || to.is_none() {
                    say(&mut stream, "503 nobody to send to").await?;
                    continue;
                }
                say(&mut stream, "354 go on").await?;
                if matches!(manner, Manner::DropInside) {
                    let _ = stream.read_u64().await;
                    return None;
                }
                let message = read_message(&mut stream).await?;
                if let Manner::ReplyAfter(reply) = manner {
                    (from, to) = (None, None);
                    say(&mut stream, reply).await?;
                    continue;
                }
                let got = Got {
                    from: from.take().unwrap_or_default(),
                    to: to.take().unwrap_or_default(),
                    tls: self.tls,
                    user: self.user.clone(),
                    message,
                };
                self.seen.lock().unwrap().got.push(got);
                self.taken += 1;
                self.hang(Step::Stored).await;
                match manner {
                    Manner::Lose => return None,
                    Manner::Garble => {
                        say(&mut stream, "what?").await?;
                        return None;
                    }
                    Manner::Slow(wait) => tokio::time::sleep(wait).await,
                    _ => {}
                }
                say(&mut stream, "250 2.0.0 queued").await?;
            } else if upper == "RSET" || upper == "NOOP" {
                (from, to) = (None, None);
                say(&mut stream, "250 ok").await?;
            } else if upper == "QUIT" {
                say(&mut stream, "221 bye").await?;
                return None;
            } else {
                say(&mut stream, "500 what?").await?;
            }
        }
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) -> Option<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

/// Ends a line at CR LF only: a bare one is part of it.
async fn read_line<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(stream.read_u8().await.ok()?);
    }
    line.truncate(line.len() - 2);
    Some(String::from_utf8_lossy(&line).into_owned())
}

async fn read_message<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut message = String::new();
    loop {
        let line = read_line(stream).await?;
        if line == "." {
            return Some(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
        message.push_str("\r\n");
    }
}

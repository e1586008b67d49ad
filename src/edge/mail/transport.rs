//! Where messages go: a server, or a folder that gets one file a message.

use sha2::{Digest, Sha256};

use super::envelope::{Envelope, Outcome};
use super::proof;
use super::smtp::{Smtp, SmtpSession};
use crate::domain::period::Instant;
use crate::edge::blob::{Blob, BlobError, PutOutcome};

/// A folder that gets one file a message.
#[derive(Clone, Debug)]
pub struct Folder(pub Blob);

/// Where messages go.
#[derive(Clone, Debug)]
pub enum Transport {
    Smtp(Smtp),
    Folder(Folder),
}

/// Messages given one after another, over one connection where that lasts.
#[derive(Debug)]
pub enum Session<'a> {
    Smtp(Box<SmtpSession<'a>>),
    Folder(&'a Folder),
}

impl Transport {
    pub fn session(&self) -> Session<'_> {
        match self {
            Transport::Smtp(smtp) => Session::Smtp(Box::new(SmtpSession::new(smtp))),
            Transport::Folder(folder) => Session::Folder(folder),
        }
    }

    /// Where it is, for people: never a password.
    pub fn place(&self) -> String {
        match self {
            Transport::Smtp(smtp) => smtp.place(),
            Transport::Folder(folder) => folder.0.place(),
        }
    }

    /// Whether a message could be given now, as far as that shows without giving one.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn probe(&self) -> Result<(), String> {
        match self {
            Transport::Smtp(smtp) => SmtpSession::new(smtp).probe().await,
            Transport::Folder(folder) => folder.0.try_to_write(".probe").await.map_err(|e| e.to_string()),
        }
    }

    /// Removes what a writer that was killed left half written; to be asked only where no other one writes.
    ///
    /// # Errors
    /// What is in the way, in words.
    pub async fn sweep(&self) -> Result<(), String> {
        match self {
            Transport::Smtp(_) => Ok(()),
            Transport::Folder(folder) => folder.0.sweep(Instant::MAX).await.map(|_| ()).map_err(|e| e.to_string()),
        }
    }

    /// Makes what is there last: a writer that was killed may not have.
    ///
    /// # Errors
    /// Of the folder.
    pub async fn settle(&self) -> Result<(), BlobError> {
        match self {
            Transport::Smtp(_) => Ok(()),
            Transport::Folder(folder) => folder.0.settle().await,
        }
    }

    /// Whether a message whose sending was cut short arrived; `None` where nobody can tell.
    pub async fn arrived(&self, message_id: &str, bytes: &[u8]) -> Option<bool> {
        match self {
            Transport::Smtp(_) => None,
            Transport::Folder(folder) => {
                let key = folder.key(message_id);
                match folder.0.exists(&key).await.ok()? {
                    false => Some(false),
                    true => (folder.0.get(&key).await.ok()? == bytes).then_some(true),
                }
            }
        }
    }
}

impl Session<'_> {
    /// Sees to it that a message can be given away; nothing is said of any yet.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn ready(&mut self) -> Result<(), String> {
        match self {
            Session::Smtp(session) => session.ready().await,
            Session::Folder(_) => Ok(()),
        }
    }

    /// Gives one message away. Bytes that could be read as anything but one message are refused here.
    pub async fn deliver(&mut self, envelope: &Envelope<'_>) -> Outcome {
        if let Some(fault) = proof::fault(envelope.bytes) {
            return Outcome::Refused(format!("the message contains {fault}"));
        }
        match self {
            Session::Smtp(session) => session.deliver(envelope).await,
            Session::Folder(folder) => folder.drop_in(envelope).await,
        }
    }

    /// Says goodbye.
    pub async fn close(self) {
        if let Session::Smtp(session) = self {
            session.close().await;
        }
    }
}

impl Folder {
    /// The Message-ID where it is a harmless name, else one made of its hash: two never share a file.
    fn key(&self, message_id: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        let harmless = message_id.len() <= 200 && message_id.chars().all(plain);
        if harmless && message_id.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return format!("{message_id}.eml");
        }
        let hash: String = Sha256::digest(message_id).iter().take(16).map(|b| format!("{b:02x}")).collect();
        format!("id-{hash}.eml")
    }

    async fn drop_in(&self, envelope: &Envelope<'_>) -> Outcome {
        let key = self.key(envelope.message_id);
        match self.0.put_if_absent(&key, envelope.bytes.to_vec()).await {
            Ok(PutOutcome::Created) => Outcome::Accepted(format!("written to {key}")),
            Ok(PutOutcome::Exists) => match self.0.get(&key).await {
                Ok(there) if there == envelope.bytes => Outcome::Accepted(format!("{key} was there already")),
                Ok(_) => Outcome::Refused(format!("{key} is there with another content")),
                Err(e) => Outcome::Unreachable(e.to_string()),
            },
            Err(e) => Outcome::Unreachable(e.to_string()),
        }
    }
}

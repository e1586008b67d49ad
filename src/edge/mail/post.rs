//! Where messages go, and what can become of one.

use sha2::{Digest, Sha256};

use super::clean::Address;
use super::proof;
use super::smtp::{Session, Smtp};
use crate::domain::period::Instant;
use crate::edge::blob::{Blob, PutOutcome};

/// One message on its way.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    pub from: &'a Address,
    pub to: &'a Address,
    /// Without angle brackets.
    pub message_id: &'a str,
    pub bytes: &'a [u8],
}

/// What became of a message, with what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted(String),
    /// It will never be taken.
    Refused(String),
    /// It was surely not taken, and may be tried again later.
    Later(String),
    /// It may have been taken or not: the connection was lost after its end was sent.
    Unknown(String),
    /// No message can be given to anybody just now; this one was surely not.
    Unreachable(String),
}

/// A folder that gets one file a message.
#[derive(Clone, Debug)]
pub struct Folder(pub Blob);

/// Where messages go.
#[derive(Clone, Debug)]
pub enum Post {
    Smtp(Smtp),
    Folder(Folder),
}

/// Messages given one after another, over one connection where that lasts.
#[derive(Debug)]
pub enum Round<'a> {
    Smtp(Box<Session<'a>>),
    Folder(&'a Folder),
}

impl Post {
    pub fn round(&self) -> Round<'_> {
        match self {
            Post::Smtp(smtp) => Round::Smtp(Box::new(Session::new(smtp))),
            Post::Folder(folder) => Round::Folder(folder),
        }
    }

    /// Where it is, for people: never a password.
    pub fn place(&self) -> String {
        match self {
            Post::Smtp(smtp) => smtp.place(),
            Post::Folder(folder) => folder.0.place(),
        }
    }

    /// Whether a message could be given now, as far as that shows without giving one.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn probe(&self) -> Result<(), String> {
        match self {
            Post::Smtp(smtp) => Session::new(smtp).probe().await,
            Post::Folder(folder) => folder.0.prove_put_if_absent(".probe").await.map_err(|e| e.to_string()),
        }
    }

    /// Removes what a writer that was killed left half written; to be asked only where no other one writes.
    ///
    /// # Errors
    /// What is in the way, in words.
    pub async fn sweep(&self) -> Result<(), String> {
        match self {
            Post::Smtp(_) => Ok(()),
            Post::Folder(folder) => folder.0.sweep(Instant::MAX).await.map(|_| ()).map_err(|e| e.to_string()),
        }
    }

    /// Whether a message whose sending was cut short arrived; `None` where nobody can tell.
    pub async fn arrived(&self, message_id: &str, bytes: &[u8]) -> Option<bool> {
        match self {
            Post::Smtp(_) => None,
            Post::Folder(folder) => {
                let key = folder.key(message_id);
                match folder.0.exists(&key).await.ok()? {
                    false => Some(false),
                    true => (folder.0.get(&key).await.ok()? == bytes).then_some(true),
                }
            }
        }
    }
}

impl Round<'_> {
    /// Sees to it that a message can be given away; nothing is said of any yet.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn ready(&mut self) -> Result<(), String> {
        match self {
            Round::Smtp(session) => session.ready().await,
            Round::Folder(_) => Ok(()),
        }
    }

    /// Gives one message away. Bytes that could be read as anything but one message are refused here.
    pub async fn deliver(&mut self, parcel: &Parcel<'_>) -> Outcome {
        if let Some(fault) = proof::fault(parcel.bytes) {
            return Outcome::Refused(format!("the message contains {fault}"));
        }
        match self {
            Round::Smtp(session) => session.deliver(parcel).await,
            Round::Folder(folder) => folder.drop_in(parcel).await,
        }
    }

    /// Says goodbye.
    pub async fn close(self) {
        if let Round::Smtp(session) = self {
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

    async fn drop_in(&self, parcel: &Parcel<'_>) -> Outcome {
        let key = self.key(parcel.message_id);
        match self.0.put_if_absent(&key, parcel.bytes.to_vec()).await {
            Ok(PutOutcome::Created) => Outcome::Accepted(format!("written to {key}")),
            Ok(PutOutcome::Exists) => match self.0.get(&key).await {
                Ok(there) if there == parcel.bytes => Outcome::Accepted(format!("{key} was there already")),
                Ok(_) => Outcome::Refused(format!("{key} is there with another content")),
                Err(e) => Outcome::Unreachable(e.to_string()),
            },
            Err(e) => Outcome::Unreachable(e.to_string()),
        }
    }
}

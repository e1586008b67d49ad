//! Which state a lake belongs to, so that two states never write one lake.

use serde::{Deserialize, Serialize};

use super::{Lake, LakeError};
use crate::edge::blob::PutOutcome;

pub(super) const KEY: &str = "lake.json";
/// Version of the layout of keys, parts and manifests.
const LAYOUT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Identity {
    schema: u32,
    state: String,
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

/// Whose the lake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    Ours,
    /// It belongs to the state with this id.
    OtherState(String),
}

impl Lake {
    /// The id of the state that a lake belongs to; `None` for a lake that nobody has used.
    ///
    /// # Errors
    /// As [`Lake::claim`].
    pub async fn owner(&self) -> Result<Option<String>, LakeError> {
        match self.blob.get(KEY).await {
            Ok(bytes) => self.read_owner(&bytes).map(Some),
            Err(e) if e.is_not_found() => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Whether a lake that is in use does not say whose it is.
    ///
    /// # Errors
    /// When the lake cannot be reached.
    pub async fn lost_identity(&self) -> Result<bool, LakeError> {
        Ok(!self.blob.exists(KEY).await? && !self.blob.list("manifests/").await?.is_empty())
    }

    /// Writes the state's id into a new lake, or compares it.
    ///
    /// # Errors
    /// Newer: laid out by a later version. Damaged: `lake.json` cannot be read.
    pub async fn claim(&self, state_id: &str) -> Result<Claim, LakeError> {
        if !self.blob.exists(KEY).await? {
            let ours = Identity { schema: LAYOUT, state: state_id.to_owned() };
            let mut text = serde_json::to_string_pretty(&ours).map_err(|e| LakeError::damaged(KEY, e.to_string()))?;
            text.push('\n');
            if self.blob.put_if_absent(KEY, text).await? == PutOutcome::Created {
                return Ok(Claim::Ours);
            }
        }
        let owner = self.read_owner(&self.blob.get(KEY).await?)?;
        Ok(if owner == state_id { Claim::Ours } else { Claim::OtherState(owner) })
    }

    fn read_owner(&self, bytes: &[u8]) -> Result<String, LakeError> {
        let unreadable =
            |e: serde_json::Error| LakeError::damaged(self.place(KEY), format!("is not a lake's identity: {e}"));
        // The version first: of a later shape nothing else is known.
        let there: Version = serde_json::from_slice(bytes).map_err(unreadable)?;
        if there.schema > LAYOUT {
            return Err(LakeError::Newer { place: self.place(KEY), schema: there.schema, known: LAYOUT, build: None });
        }
        let there: Identity = serde_json::from_slice(bytes).map_err(unreadable)?;
        Ok(there.state)
    }
}

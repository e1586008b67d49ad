//! Creating an object that must not be there yet.

use std::time::Duration;

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::errors::{Verdict, told, verdict};
use super::{Result, S3, base64};
use crate::edge::blob::{PutOutcome, key};

const TRIES: u32 = 6;

impl S3 {
    /// Our own retries, not the client's: a retry that finds our own first attempt must not take it for
    /// somebody else's.
    pub(in crate::edge::blob) async fn put_if_absent(&self, key: &str, bytes: Bytes) -> Result<PutOutcome> {
        key::segments(key)?;
        let sum = base64(&Sha256::digest(&bytes));
        let (mut doubtful, mut tries) = (false, 0);
        loop {
            tries += 1;
            let request = self.client.put_object().bucket(&self.bucket).key(self.full(key)).if_none_match("*");
            let request = request.checksum_sha256(&sum).body(ByteStream::from(bytes.clone())).customize();
            let once = aws_sdk_s3::Config::builder().retry_config(RetryConfig::disabled());
            let Err(error) = request.config_override(once).send().await else { return Ok(PutOutcome::Created) };
            match verdict(&error) {
                Verdict::Exists if !doubtful => return Ok(PutOutcome::Exists),
                Verdict::Exists => return self.whose(key, &bytes).await?.ok_or_else(|| self.tell(&error, key)),
                Verdict::Unknown => {
                    doubtful = true;
                    if let Ok(Some(outcome)) = self.whose(key, &bytes).await {
                        return Ok(outcome);
                    }
                }
                Verdict::Conflict => {}
                Verdict::Refused => return Err(self.tell(&error, key)),
            }
            if tries == TRIES {
                return Err(self.tell(&error, key));
            }
            tokio::time::sleep(Duration::from_millis(50 << tries)).await;
        }
    }

    fn tell<E>(&self, error: &aws_sdk_s3::error::SdkError<E>, key: &str) -> crate::edge::blob::BlobError
    where
        E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        told(error, "create", self.key_place(key))
    }

    /// After an attempt whose answer was lost: with our bytes it counts as ours. `None`: still absent.
    async fn whose(&self, key: &str, bytes: &Bytes) -> Result<Option<PutOutcome>> {
        match self.get(key).await {
            Ok(there) if there == *bytes => Ok(Some(PutOutcome::Created)),
            Ok(_) => Ok(Some(PutOutcome::Exists)),
            Err(e) if e.is_not_found() => Ok(None),
            Err(e) => Err(e),
        }
    }
}

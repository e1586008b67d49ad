//! The one integration-test binary.

#![expect(clippy::disallowed_methods, reason = "tests prepare and look at folders")]

mod bills;
mod demo;
mod desk;
mod errors;
mod house;
mod mail_documents;
mod mail_notices;
mod mail_transport;
mod s3;
mod s3_server;
mod smtp_server;

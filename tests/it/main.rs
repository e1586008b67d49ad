//! The one integration-test binary.

#![expect(clippy::disallowed_methods, reason = "tests prepare and look at folders")]

mod demo;
mod desk;
mod dispute;
mod errors;
mod house;
mod s3;
mod s3_server;

//! The one integration-test binary.

mod house;
mod demo;
mod desk;
mod errors;
mod s3_server;

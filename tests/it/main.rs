//! The one integration-test binary.

#![expect(clippy::disallowed_methods, reason = "tests prepare and look at folders")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod answers;
mod arrival;
mod bills;
mod bills_hostile;
mod circles;
mod compat;
mod demo;
mod desk;
mod dispute;
mod docs;
mod errors;
mod faults;
mod files_as_they_come;
mod house;
mod identity;
mod lateness;
mod mail_documents;
mod mail_held;
mod mail_notices;
mod mail_old;
mod mail_transport;
mod manners;
mod missed;
mod one_answer;
mod one_number;
mod operations;
mod pages;
mod pages_hostile;
mod partitions;
mod poison;
mod prices;
mod quotes;
mod rehearsals;
mod repricing;
mod rot;
mod s3;
mod s3_server;
mod scenarios;
mod set_aside;
mod signals;
mod smtp_server;
mod storm;
mod tables;
mod tampering;
mod trace;

//! Readers of logs, ledgers and price books.

pub mod book;

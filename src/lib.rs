//! trueup brings what was billed for LLM API calls into line with what was used.
//!
//! # Rooms
//!
//! | room | what it does |
//! | --- | --- |
//! | [`domain`] | pure: money, periods, calls, prices, rating, ledger, reconciliation, rollups |
//! | `report` | pure: tables, pages and workbooks as values |
//! | [`edge`] | effects, one outside library each: log formats, the lake, state, blobs, rendering |
//! | `pipeline` | the order of steps: load, compute, seal |
//! | [`cli`] | arguments, settings, the clock, messages, exit codes |
//! | `synth` | made-up operators with planted faults, priced by arithmetic of its own |
//!
//! Flow, one direction only: raw log → ingest → calls; ledger → ingest → postings, balances; price
//! files → register → books. One pass over a day rates, matches, classifies, diagnoses and sums up;
//! weeks and months are sums of days.
//!
//! # Words
//!
//! *call*: one API request. *usage*: what it consumed, in disjoint buckets. *expected*: what we
//! compute. *recorded*: what the gateway's log says it charged. *posted*: what the ledger debited.
//! *posting*: one movement in the operator's ledger. *wallet*: one pot of one unit of one account.
//! *balance*: the ledger's dated assertion of a wallet. *finding*: one difference or broken rule.
//! *incident*: all findings of one cause and one origin. *run*: one execution of one job for one
//! period, sealed when its manifest is written. "Ledger" always means the operator's: it is read,
//! never written.
//!
//! # Laws, checked on every run
//!
//! Rows read = calls + duplicate rows + duplicates + rejects, per file. Every row of a leg is in
//! exactly one class, and the classes' differences sum to the leg's. Charges = day = week slices =
//! month. Opening + movements = closing + named findings + unexplained. Every sealed file has the
//! hash its manifest says. A broken law publishes nothing and exits 5.

pub mod cli;
pub mod domain;
pub mod edge;
pub(crate) mod pipeline;
pub(crate) mod report;
pub(crate) mod synth;

#[cfg(test)]
mod deep_tests;
#[cfg(test)]
mod fuzz_tests;

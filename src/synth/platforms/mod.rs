//! The five platforms as data: models, prices, habits and faults.
//!
//! Knows nothing of: how a month is made from them.

mod llmhub;
mod resayil;
mod toki;
mod tokmodel;
mod tokone;

pub(super) use llmhub::LLM_HUB;
pub(super) use resayil::RESAYIL;
pub(super) use toki::TOKI;
pub(super) use tokmodel::TOK_MODEL;
pub(super) use tokone::TOK_ONE;

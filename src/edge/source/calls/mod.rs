//! Calls, from whatever writes them.

mod bedrock;
mod cloudflare;
mod context;
mod context_field;
mod explain;
mod helicone;
mod langfuse;
mod litellm;
mod modifiers;
mod native;
mod new_api;
mod one_api;
mod openrouter;
mod otel;
mod parts;
mod portkey;
mod quote_rows;
mod registry;
mod trace;
mod usage;
mod usage_fields;

#[cfg(test)]
mod tests;

pub use context::{CallContext, CallFormat};
pub use explain::{ReadRow, explain_calls};
pub use quote_rows::{QuoteLines, QuoteReader, QuoteRow, QuoteText, RowError};
pub use registry::{FORMATS, call_format, format_of_calls, read_calls};
pub use trace::{TraceRow, read_trace};

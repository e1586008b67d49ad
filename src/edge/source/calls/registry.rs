//! Every format of call logs that is read. Adding one: a file beside this one, and its line in [`FORMATS`].

use super::context::{CallContext, CallFormat};
use super::{bedrock, cloudflare, helicone, langfuse, litellm, native, new_api, one_api, openrouter, otel, portkey};
use crate::domain::call::Call;
use crate::edge::blob::Body;
use crate::edge::source::record::error::SourceError;
use crate::edge::source::record::fields::dated;
use crate::edge::source::record::format::named;
use crate::edge::source::record::read::{format_of, read};
use crate::edge::source::record::report::FileReport;

/// Our own first: it is what a file without a single row is read as.
pub const FORMATS: &[CallFormat] = &[
    native::FORMAT,
    litellm::FORMAT,
    new_api::FORMAT,
    one_api::FORMAT,
    openrouter::FORMAT,
    helicone::FORMAT,
    portkey::FORMAT,
    cloudflare::FORMAT,
    bedrock::FORMAT,
    langfuse::FORMAT,
    otel::FORMAT,
];

/// The format of a name, or of another name of it.
pub fn call_format(name: &str) -> Option<&'static CallFormat> {
    named(FORMATS, name)
}

/// The name of the format that a file's members tell; `name` is the file's own.
///
/// # Errors
/// When the file cannot be read, or fits none of [`FORMATS`], or several equally.
pub fn format_of_calls(body: Body, name: &str) -> Result<&'static str, SourceError> {
    format_of(FORMATS, body, name)
}

/// Reads every call of a file, in the file's order.
///
/// # Errors
/// When the file as a whole cannot be trusted; the calls it gave before belong to a refused file.
pub fn read_calls(body: Body, context: &CallContext, sink: &mut impl FnMut(Call)) -> Result<FileReport, SourceError> {
    read(FORMATS, body, context, &mut |call: Call| {
        dated("started_at", call.started_at)?;
        sink(call);
        Ok(())
    })
}

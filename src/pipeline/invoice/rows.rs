//! A sealed day's calls beside what the seal says of each.

use crate::edge::lake::Manifest;
use crate::pipeline::desk::Desk;
pub(crate) use crate::pipeline::sealed_day::SealedDay as DayCalls;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;

/// Reads a sealed day. Calls that arrived after the seal are left out.
///
/// # Errors
/// Law: the seal speaks of a call that is not in the lake.
pub(crate) async fn day_calls(desk: &Desk, view: &View, manifest: &Manifest) -> Result<DayCalls, Stop> {
    DayCalls::load(desk, view, manifest).await
}

//! The exports of one period, as bytes in their files.

use super::content::to_bytes;
use super::customers;
use super::list::Writer;
use crate::edge::lake::Manifest;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::report::{PeriodReport, Scope, Write, exports_of};

/// Writes every export that applies, one after the other.
pub(super) async fn write_all(
    context: &RunContext,
    catalog: &RawCatalog,
    (report, scope): (&PeriodReport<'_>, Scope),
    days: &[Manifest],
    out: &mut Writer<'_>,
) -> Result<(), AppError> {
    for export in exports_of(scope) {
        match export.write {
            Write::File(content) => {
                let content = content(report).map_err(AppError::internal)?;
                out.put(export.name, to_bytes(content)?).await?;
            }
            Write::Customers(files) => customers::write(context, catalog, days, files(report), out).await?,
        }
    }
    Ok(())
}

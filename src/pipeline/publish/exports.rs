//! The exports of one period, as bytes in their files.

use super::customers;
use super::list::Writer;
use crate::edge::lake::schema::rollup_batch;
use crate::edge::lake::{Manifest, to_parquet};
use crate::edge::render::{findings_to_json_lines, to_csv, to_html, to_xlsx};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::report::{Content, PeriodReport, Scope, Write, exports_of};

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

/// One file.
pub(super) fn to_bytes(content: Content<'_>) -> Result<Vec<u8>, AppError> {
    Ok(match content {
        Content::Csv(table) => to_csv(&table),
        Content::Html(page) => to_html(&page),
        Content::Xlsx(book) => to_xlsx(&book).map_err(AppError::internal)?,
        Content::FindingsJsonl(findings) => findings_to_json_lines(findings),
        Content::RollupParquet(rollup) => to_parquet(&rollup_batch(rollup))?,
    })
}

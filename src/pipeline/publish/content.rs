//! What an export or a customer's page says, as the bytes of its file.

use crate::edge::lake::schema::rollup_batch;
use crate::edge::lake::to_parquet;
use crate::edge::render::{findings_to_json_lines, to_csv, to_html, to_xlsx};
use crate::pipeline::error::AppError;
use crate::report::Content;

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

//! Lost parts of raw rows, read once more from the files they were read from. The files of one ingest are read in
//! its order and with its numbers, so that the same parts come out, under the same names.

use std::collections::BTreeSet;

use super::part_builder::{Kind, PartBuilder};
use super::{hash_with_prefixes, id_index};
use crate::edge::blob::Body;
use crate::edge::lake::schema::{FileRow, mentions_batch, to_batch};
use crate::edge::lake::{InputRef, Manifest, PartRef};
use crate::pipeline::close::day_inputs::reach_days;
use crate::pipeline::close::remade::Remade;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::{AppError, ErrorKind};
use crate::pipeline::query::sealed::place_of;
use crate::pipeline::raw_catalog::INGEST;

/// Reads the files of every ingest again whose parts are lost.
///
/// # Errors
/// When the lake cannot be read or written.
pub(crate) async fn remake_raw(context: &RunContext, lost: &BTreeSet<String>) -> Result<Remade, AppError> {
    let (mut remade, mut number, mut mentions) = (Remade::default(), 0u32, Vec::new());
    let mut before: Vec<(u32, InputRef)> = Vec::new();
    for revision in context.lake.revisions(INGEST.0, INGEST.1).await? {
        let manifest = context.revision(INGEST.0, INGEST.1, revision).await?;
        if manifest.parts.iter().any(|part| lost.contains(&part.path)) {
            let why = match one(context, &manifest, number, (&mentions, &before)).await {
                Ok(()) if remade.look(context, &manifest.parts, lost).await? => None,
                Ok(()) => Some("its rows come out otherwise now".to_owned()),
                Err(e) => Some(e.what),
            };
            let note =
                |why| format!("{} could not be read again: {why}; put its parts back from a copy", manifest.path());
            remade.notes.extend(why.map(note));
        }
        before.extend((number..).zip(manifest.inputs.iter().cloned()));
        number += u32::try_from(manifest.inputs.len()).unwrap_or(u32::MAX);
        mentions.extend(manifest.parts.into_iter().filter(|part| part.table == id_index::TABLE));
    }
    Ok(remade)
}

async fn one(
    context: &RunContext,
    manifest: &Manifest,
    first: u32,
    (old, before): (&[PartRef], &[(u32, InputRef)]),
) -> Result<(), AppError> {
    let (mut builder, mut files) = (PartBuilder::new(context), Vec::new());
    for (number, input) in (first..).zip(&manifest.inputs) {
        let kind = kind_of(context, &input.source)?;
        let earlier = before.iter().rev().find(|(_, e)| (&e.source, &e.path) == (&input.source, &input.path));
        let (body, outgrows) = body_of(context, input, earlier).await?;
        let read = builder.read(&kind, number, &input.path, body).await?;
        let report = read.map_err(|why| AppError::new(ErrorKind::Input, format!("{}: {why}", input.path)))?;
        let unknown: Vec<String> = report.unknown.iter().map(|(name, n)| format!("{name}={n}")).collect();
        files.push(FileRow {
            number,
            kind: input.source.clone(),
            path: input.path.clone(),
            size: input.size,
            sha256: input.sha256.clone(),
            rows: report.rows_read,
            accepted: report.accepted,
            rejects: report.rejects.len() as u64,
            unknown: unknown.join(" "),
            outgrows,
            tail: None,
        });
        let tail = builder.keep_file(&input.source, report).await?;
        if let Some(file) = files.last_mut() {
            file.tail = tail;
        }
    }
    let made = builder.finish().await?.parts;
    context.lake.write_batch("files", "all", to_batch(&files)).await?;
    let new: Vec<&PartRef> = made.iter().filter(|part| part.table == id_index::TABLE).collect();
    let old: Vec<&PartRef> = old.iter().collect();
    let reach = reach_days(context.config.rules.match_within);
    let crossing = mentions_batch(&id_index::crossing(&context.lake, &new, &old, reach).await?);
    if crossing.num_rows() > 0 {
        context.lake.write_batch("crossings", "all", crossing).await?;
    }
    Ok(())
}

fn kind_of(context: &RunContext, name: &str) -> Result<Kind, AppError> {
    let sources = context.config.sources.iter().enumerate();
    let mut kinds = sources.map(|(source, s)| Kind::Calls { source, name: s.name.clone() });
    let kind = kinds.find(|kind| kind.name() == name);
    let kind = kind.or_else(|| [Kind::Postings, Kind::Balances].into_iter().find(|kind| kind.name() == name));
    kind.ok_or_else(|| AppError::config(format!("{name} is no longer configured")))
}

/// The bytes that were read then, where the file still begins with them; and the earlier reading of it that they go
/// on from.
async fn body_of(
    context: &RunContext,
    input: &InputRef,
    earlier: Option<&(u32, InputRef)>,
) -> Result<(Body, Option<u32>), AppError> {
    let place = place_of(&context.config, &input.source)
        .ok_or_else(|| AppError::config(format!("{} is no longer configured", input.source)))?;
    let body = place.blob.open(&input.path).await?;
    let sizes = [input.size].into_iter().chain(earlier.map(|(_, e)| e.size)).collect();
    let hashes = hash_with_prefixes(&body, sizes)
        .map_err(|e| AppError::new(ErrorKind::Temporary, format!("cannot read {}: {e}", input.path)))?;
    let grown = earlier.filter(|(_, e)| e.size < input.size && hashes.prefixes.get(&e.size) == Some(&e.sha256));
    let outgrows = grown.map(|(number, _)| *number);
    // Hashing has moved the file's position; reading begins anew.
    if hashes.whole == input.sha256 {
        return Ok((place.blob.open(&input.path).await?, outgrows));
    }
    if hashes.prefixes.get(&input.size) == Some(&input.sha256) {
        let size = usize::try_from(input.size).map_err(AppError::internal)?;
        return Ok((Body::Bytes(place.blob.get(&input.path).await?.slice(..size)), outgrows));
    }
    Err(AppError::new(ErrorKind::Input, format!("{} is not the file that was read", input.path)))
}

use std::path::Path;

use crate::cli::End;
use crate::cli::args::DemoArgs;
use crate::cli::failure::Failure;
use crate::cli::out::Out;

pub(super) async fn demo(_args: &DemoArgs, _dir: &Path, _out: &mut Out) -> Result<End, Failure> {
    Ok(End::Done)
}

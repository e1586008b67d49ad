//! What a packager installs beside the binary: completions and the manual.

use clap::CommandFactory;

use crate::cli::End;
use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::output::Out;
use crate::pipeline::AppError;

pub(super) fn completions(args: &CompletionsArgs, out: &mut Out) -> Result<End, AppError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "trueup", &mut script);
    out.bytes(&script)?;
    Ok(End::Done)
}

/// One page with every command, in roff.
pub(super) fn man(out: &mut Out) -> Result<End, AppError> {
    let unprintable = |e: std::io::Error| AppError::internal(e);
    let mut page = Vec::new();
    let program = Cli::command();
    clap_mangen::Man::new(program.clone()).render(&mut page).map_err(unprintable)?;
    for command in program.get_subcommands() {
        let named = command.clone().bin_name(format!("trueup {}", command.get_name()));
        let manual = clap_mangen::Man::new(named);
        roff_section(&mut page, command.get_name());
        manual.render_synopsis_section(&mut page).map_err(unprintable)?;
        manual.render_description_section(&mut page).map_err(unprintable)?;
        manual.render_options_section(&mut page).map_err(unprintable)?;
    }
    out.bytes(&page)?;
    Ok(End::Done)
}

fn roff_section(page: &mut Vec<u8>, name: &str) {
    page.extend_from_slice(format!(".SH \"TRUEUP {}\"\n", name.to_uppercase()).as_bytes());
}

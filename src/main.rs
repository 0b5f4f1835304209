//! The `dataweaver` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    dataweaver::cli::run()
}

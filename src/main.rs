//! The `dataweaver` program.

use std::process::ExitCode;

/// Requests and extractions alike allocate much, and on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dataweaver::cli::run()
}

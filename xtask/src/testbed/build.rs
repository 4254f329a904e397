//! One tool after the other; `go build` uses all cores itself.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use dittofs_testbed::{Missing, Tool, Tools, recipe};

use super::{Failed, cache};

/// Builds what is not there. A folder of that name is complete: it gets its name when all is in it.
pub(super) fn all(cache: &Path, folder: &Path) -> Result<(), Failed> {
    if is_there(folder) {
        println!("the testbed is there: {}", folder.display());
        return Ok(());
    }
    let lock = cache::lock(cache)?;
    if is_there(folder) {
        println!("the testbed is there, built by another process meanwhile: {}", folder.display());
        return Ok(());
    }
    cache::clean_unfinished(cache, &lock)?;
    let begin = Instant::now();
    let key = folder.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = cache.join(format!("{}{key}", cache::UNFINISHED));
    fs::create_dir(&unfinished).map_err(Failed::to(format!("make {}", unfinished.display())))?;
    for (number, tool) in (1..).zip(Tool::ALL) {
        println!("building {} ({number} of {})", tool.name(), Tool::ALL.len());
        let seconds = one(tool, &unfinished)?;
        println!("built {} in {seconds} s", tool.name());
    }
    // Somebody may have removed a binary from a folder that was complete.
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Failed::to(format!("remove {}", folder.display())))?;
    }
    fs::rename(&unfinished, folder).map_err(Failed::to(format!("name {}", folder.display())))?;
    println!("the testbed is built, in {} s: {}", begin.elapsed().as_secs(), folder.display());
    Ok(())
}

fn is_there(folder: &Path) -> bool {
    match Tools::at(folder) {
        Ok(_) => true,
        Err(Missing::NotBuilt { .. } | Missing::Go | Missing::GoUnusable(_) | Missing::NoCache) => false,
    }
}

/// Gives the seconds it took. What `go` says goes straight to the terminal, whole.
fn one(tool: Tool, into: &Path) -> Result<u64, Failed> {
    let begin = Instant::now();
    let status = Command::new("go")
        .current_dir(tool.module().folder())
        .envs(recipe::BUILD_ENVIRONMENT)
        .args(["build", "-ldflags", tool.ldflags(), "-o"])
        .arg(into.join(tool.name()))
        .arg(tool.package())
        .status()
        .map_err(Failed::to(format!("run go build of {}", tool.name())))?;
    if !status.success() {
        return Err(Failed::Build { tool: tool.name(), status });
    }
    Ok(begin.elapsed().as_secs())
}

//! `cargo xtask testbed` with a Go toolchain that is played: what it builds are empty files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dittofs_testbed::{Folder, Tool, Tools};

/// Notes what it is asked to build, and makes it, unless there is a file that says it fails.
const GO: &str = r#"#!/bin/sh
here=$(dirname "$0")
if [ "$1" = env ]; then echo go1.99.0; exit; fi
while [ "$1" != -o ]; do shift; done
echo "$2" >>"$here/built"
if [ -e "$here/fails" ]; then
    echo "main.go:1:1: the first of all errors" >&2
    echo "main.go:2:1: and the last" >&2
    exit 1
fi
: >"$2"
"#;

struct World {
    folder: Folder,
}

impl World {
    fn new() -> Self {
        let folder = Folder::new().unwrap();
        let go = folder.path().join("go");
        fs::write(&go, GO).unwrap();
        fs::set_permissions(&go, Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn xtask(&self, arguments: &[&str]) -> Command {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask.arg("testbed").args(arguments).env("DITTOFS_TESTBED_CACHE", self.cache());
        xtask.env("PATH", format!("{}:/usr/bin:/bin", self.folder.path().display()));
        xtask
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.xtask(arguments).output().unwrap()
    }

    /// How many builds were begun.
    fn built(&self) -> usize {
        fs::read_to_string(self.folder.path().join("built")).unwrap_or_default().lines().count()
    }

    fn target(&self) -> PathBuf {
        PathBuf::from(text(&self.run(&["--path"]).stdout).trim())
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| name != "lock").collect();
    names.sort();
    names
}

#[test]
fn it_builds_once_and_then_says_that_all_is_there() {
    let world = World::new();
    let first = world.run(&[]);
    assert!(first.status.success(), "{}", text(&first.stderr));
    for tool in Tool::ALL {
        let said = text(&first.stdout);
        assert!(said.contains(&format!("built {} in 0 s\n", tool.name())), "{said}");
    }
    assert_eq!(Tools::at(&world.target()).unwrap().folder(), world.target());
    let second = world.run(&[]);
    assert!(second.status.success());
    assert_eq!(text(&second.stdout), format!("the testbed is there: {}\n", world.target().display()));
    assert_eq!(world.built(), Tool::ALL.len());
}

#[test]
fn two_at_once_build_once() {
    let world = World::new();
    let start = || world.xtask(&[]).stdout(Stdio::null()).spawn().unwrap();
    let mut both = [start(), start()];
    assert!(both.iter_mut().all(|child| child.wait().unwrap().success()));
    assert_eq!(world.built(), Tool::ALL.len());
}

#[test]
fn a_build_that_fails_shows_all_errors_and_leaves_nothing_that_counts() {
    let world = World::new();
    let fails = world.folder.path().join("fails");
    fs::write(&fails, "").unwrap();
    let failed = world.run(&[]);
    assert_eq!(failed.status.code(), Some(1));
    let said = text(&failed.stderr);
    for part in ["the first of all errors", "and the last", "go build of etcd failed: exit status: 1"] {
        assert!(said.contains(part), "no {part} in {said}");
    }
    assert!(!world.target().exists());
    fs::remove_file(fails).unwrap();
    assert!(world.run(&[]).status.success());
    let key = world.target().file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(names(&world.cache()), [key], "what was broken off is gone");
}

#[test]
fn a_binary_that_somebody_removed_is_built_again() {
    let world = World::new();
    world.run(&[]);
    fs::remove_file(world.target().join(Tool::Kubectl.name())).unwrap();
    assert!(world.run(&[]).status.success());
    assert!(Tools::at(&world.target()).is_ok());
}

#[test]
fn builds_of_other_versions_are_removed_on_demand() {
    let world = World::new();
    world.run(&[]);
    let old = world.cache().join("0".repeat(32));
    fs::create_dir(&old).unwrap();
    let cleaned = world.run(&["--clean"]);
    assert!(
        cleaned.status.success() && !old.exists() && world.target().exists(),
        "{}",
        text(&cleaned.stdout)
    );
}

#[test]
fn without_go_it_says_what_is_skipped_by_an_exit_code_of_its_own() {
    let world = World::new();
    let output = world.xtask(&[]).env("PATH", world.cache()).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(said.contains("there is no Go toolchain") && said.contains("are skipped"), "{said}");
}

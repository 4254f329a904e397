//! What the shape promises, checked: the core is pure by its dependencies, arrows point one way, no file is forgotten.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]
#![allow(clippy::disallowed_methods, reason = "tests read files; the core itself does not")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The names of all crates that a package is built with, itself included.
fn tree(package: &str) -> Vec<String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments =
        ["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none", "--package", package];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_core_has_no_runtime_no_client_and_no_randomness() {
    let crates = tree("dittofs-core");
    assert!(crates.iter().any(|name| name == "kube-core"), "the tree is read: {crates:?}");
    for banned in
        ["tokio", "reqwest", "hyper", "kube-client", "kube-runtime", "tower", "rustls", "rand", "getrandom"]
    {
        assert!(!crates.iter().any(|name| name == banned), "dittofs-core is built with {banned}");
    }
}

#[test]
fn arrows_point_from_the_wire_to_the_vocabulary() {
    let ours = |package: &str| -> Vec<String> {
        let mut found: Vec<String> =
            tree(package).into_iter().filter(|name| name.starts_with("dittofs-")).collect();
        found.sort();
        found.dedup();
        found
    };
    assert_eq!(ours("dittofs-effects"), ["dittofs-effects"]);
    assert_eq!(ours("dittofs-core"), ["dittofs-core", "dittofs-effects"]);
    assert_eq!(ours("dittofs-interpreters"), ["dittofs-core", "dittofs-effects", "dittofs-interpreters"]);
    let shipped = ["dittofs-adapters", "dittofs-core", "dittofs-effects", "dittofs-interpreters"];
    assert_eq!(ours("dittofs-adapters"), shipped, "fixtures and property tests never ship");
}

/// A file that no `mod` reaches is never compiled, and a test in it never runs.
#[test]
fn no_file_is_forgotten() {
    let mut forgotten = Vec::new();
    let embedded = ["fixtures/dittofs", "fixtures/kubernetes"];
    let crates = ["effects", "core", "interpreters", "operator", "fixtures", "proptests"];
    let real = ["fixtures/testbed", "xtask"];
    for package in crates.into_iter().chain(embedded).chain(real) {
        for folder in ["src", "tests", "benches", "examples"] {
            let folder = root().join(package).join(folder);
            if folder.is_dir() {
                check(&folder, &folder, &mut forgotten);
            }
        }
    }
    assert!(forgotten.is_empty(), "no `mod` reaches {forgotten:?}");
}

fn check(top: &Path, folder: &Path, forgotten: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check(top, &path, forgotten);
        } else if path.extension().is_some_and(|e| e == "rs") && !is_root(top, &path) && !is_reached(&path) {
            forgotten.push(path);
        }
    }
}

/// A crate's own root: `lib.rs` and `main.rs`; elsewhere each file right under `tests` or `benches`, and the `main.rs` of
/// each folder there.
fn is_root(top: &Path, path: &Path) -> bool {
    let direct = path.parent() == Some(top);
    let name = path.file_name().unwrap_or_default();
    if top.ends_with("src") {
        return direct && (name == "lib.rs" || name == "main.rs");
    }
    let in_folder = path.parent().and_then(Path::parent) == Some(top);
    direct || (in_folder && name == "main.rs")
}

fn is_reached(path: &Path) -> bool {
    let mut module = path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut folder = path.parent().unwrap().to_owned();
    if module == "mod" {
        module = folder.file_name().unwrap().to_string_lossy().into_owned();
        folder = folder.parent().unwrap().to_owned();
    }
    let declared = |file: &Path| {
        fs::read_to_string(file).is_ok_and(|text| {
            let names = text.lines().map(str::trim).filter(|line| line.ends_with(&format!("mod {module};")));
            names.into_iter().any(|line| line.starts_with("mod ") || line.starts_with("pub"))
        })
    };
    let beside = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path());
    let parents = ["lib.rs", "main.rs", "mod.rs"].map(|name| folder.join(name));
    let by_file = folder.with_extension("rs");
    let in_tests = folder.ends_with("tests") && beside.filter(|p| p.is_file()).any(|p| declared(&p));
    parents.iter().any(|p| declared(p)) || declared(&by_file) || in_tests
}

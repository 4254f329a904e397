//! The tour comes to its end, and shows what it promises.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::time::{Duration, Instant};

use assert_cmd::Command;

fn tour(arguments: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_dittofs-adapters"));
    let output = program.arg("demo").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_tour_shows_what_it_promises_and_is_quick() {
    let start = Instant::now();
    let text = tour(&["--fast"]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let steps = [
        ("1. Fresh install", "+ Service demo-adapter-nfs"),
        ("2. An administrator stops smb", "- Service demo-adapter-smb"),
        ("3. Somebody else has the name", "= hold smb: NameTaken"),
        ("4. DittoFS fails for half an hour", "every Service and its address is the same"),
        ("5. DittoFS answers with an empty list", "= hold everything: EmptyList"),
        ("6. Somebody deletes a Service", "DittoFS was asked 0 times meanwhile."),
        ("7. nfs moves to port 2049", "The same Service, and the same pod."),
        ("8. The DittoServer is deleted", "nothing is left"),
    ];
    let mut rest = text.as_str();
    for (title, shows) in steps {
        for wanted in [title, shows] {
            let at = rest.find(wanted).unwrap_or_else(|| panic!("no {wanted:?} in {rest}"));
            rest = &rest[at..];
        }
    }
}

#[test]
fn the_tour_is_the_same_every_time_fits_80_columns_and_has_colour_on_request_only() {
    let plain = tour(&["--fast"]);
    assert_eq!(plain, tour(&["--fast"]));
    let longest = plain.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= 80, "{longest} columns");
    assert!(!plain.contains('\u{1b}'));
    assert!(tour(&["--fast", "--color", "always"]).contains('\u{1b}'));
}

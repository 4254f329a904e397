//! What the README shows is what the program prints.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::path::Path;

use assert_cmd::Command;

#[test]
fn the_readme_s_commands_print_what_it_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let commands: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("    cargo run -q -- ")).collect();
    assert_eq!(commands.len(), 3, "the demo, the plan of a takeover, and of an outage");
    for (index, command) in commands.iter().enumerate() {
        let mut program = Command::new(env!("CARGO_BIN_EXE_dittofs-adapters"));
        let output = program.args(command.split_whitespace()).current_dir(&root).output().unwrap();
        assert!(output.status.success(), "{command}");
        let indent = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
        let shown: String = String::from_utf8(output.stdout).unwrap().lines().map(indent).collect();
        assert!(index < 2 || readme.contains(&shown), "{command} prints\n{shown}");
    }
}

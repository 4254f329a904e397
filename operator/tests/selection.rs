//! Which DittoServer a plan is for, and what is printed how.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/examples")
}

fn dittofs(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dittofs-adapters"));
    command.current_dir(examples()).env_remove("NO_COLOR").args(arguments);
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = dittofs(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn file(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn server() -> String {
    std::fs::read_to_string(examples().join("server.yaml")).unwrap()
}

fn first_line(arguments: &[&str]) -> String {
    let (code, out, error) = run(arguments);
    assert_eq!(code, 0, "{error}");
    out.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn several_servers_need_a_name_and_the_error_lists_them() {
    let other = server().replace("name: minimal", "name: other");
    let elsewhere = other.replace("namespace: dittofs", "namespace: elsewhere");
    let both = file("several.yaml", &[server(), other, elsewhere].join("---\n"));
    for flag in ["--spec", "--cluster"] {
        let (code, out, error) = run(&["plan", flag, &both]);
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(error.contains("dittofs/minimal") && error.contains("elsewhere/other"), "{error}");
        assert_eq!(first_line(&["plan", "minimal", flag, &both]), "DittoServer dittofs/minimal");
        assert_eq!(run(&["plan", "nobody", flag, &both]).0, 1);
    }
    let named = ["plan", "other", "--cluster", &both];
    assert_eq!(run(&named).0, 1, "in two namespaces");
    assert_eq!(first_line(&[&named[..], &["-n", "elsewhere"]].concat()), "DittoServer elsewhere/other");
}

#[test]
fn a_name_or_namespace_that_contradicts_the_resource_is_an_error() {
    let (code, _, error) = run(&["plan", "other", "--spec", "server.yaml"]);
    assert_eq!(code, 1);
    assert!(error.contains("server.yaml:5:9"), "{error}");
    let (code, _, error) = run(&["plan", "-n", "other", "--spec", "server.yaml"]);
    assert_eq!(code, 1);
    assert!(error.contains("server.yaml:6:14"), "{error}");
}

#[test]
fn the_namespace_comes_from_the_resource_the_option_the_cluster_or_is_default() {
    let bare = file("bare.yaml", &server().replace("  namespace: dittofs\n", ""));
    assert_eq!(first_line(&["plan", "--spec", &bare]), "DittoServer default/minimal");
    assert_eq!(first_line(&["plan", "--spec", &bare, "-n", "files"]), "DittoServer files/minimal");
    let proposed = ["plan", "--spec", &bare, "--cluster", "cluster.yaml"];
    assert_eq!(first_line(&proposed), "DittoServer dittofs/minimal");
}

#[test]
fn the_uid_comes_from_the_cluster_and_two_different_ones_are_an_error() {
    let proposed =
        ["plan", "--spec", "server.yaml", "--cluster", "cluster.yaml", "--adapters", "adapters.json"];
    let (code, out, error) = run(&proposed);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(out.contains("0 to create, 4 to update"), "{out}");
    let other = server().replace("  namespace: dittofs", "  namespace: dittofs\n  uid: another");
    let other = file("uid.yaml", &other);
    let (code, _, error) = run(&["plan", "--spec", &other, "--cluster", "cluster.yaml"]);
    assert_eq!(code, 1);
    assert!(error.contains("another") && error.contains("583605d6"), "{error}");
    let (_, out, _) = run(&["plan", "--spec", "server.yaml", "--adapters", "adapters.json"]);
    assert!(out.contains("has no uid"), "{out}");
}

#[test]
fn storage_cannot_be_changed() {
    let bigger = file("storage.yaml", &server().replace("metadataSize: 1Gi", "metadataSize: 2Gi"));
    let (code, _, error) = run(&["plan", "--spec", &bigger, "--cluster", "cluster.yaml"]);
    assert_eq!(code, 1);
    assert!(error.contains("spec.storage.metadataSize"), "{error}");
}

#[test]
fn secu_01_fields_of_the_past_are_warned_about_and_read_past() {
    let old =
        file("old.yaml", &server().replace("  replicas: 1", "  replicas: 1\n  nfsPort: 2049\n  bogus: 1"));
    let (code, out, error) = run(&["plan", "--spec", &old, "-o", "json"]);
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("old.yaml:10: spec.nfsPort: removed"), "{error}");
    assert!(error.contains("old.yaml:11: spec.bogus: unknown"), "{error}");
    assert!(error.lines().all(|line| line.starts_with("warning: ")), "{error}");
    assert!(serde_json::from_str::<Value>(&out).is_ok(), "warnings go elsewhere");
}

const PLAN: [&str; 5] = ["plan", "--cluster", "cluster.yaml", "--adapters", "adapters.json"];

#[test]
fn every_format_is_printed_and_out_writes_the_json() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plan.json");
    let out = ["--out", path.to_str().unwrap()];
    let (_, json, _) = run(&[&PLAN[..], &["-o", "json"]].concat());
    let (_, markdown, _) = run(&[&PLAN[..], &["-o", "markdown"], &out].concat());
    let (_, yaml, _) = run(&[&PLAN[..], &["-o", "yaml"]].concat());
    assert_eq!(std::fs::read_to_string(path).unwrap(), json);
    assert!(markdown.starts_with("### DittoServer"));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_yaml::from_str::<Value>(&yaml).unwrap(), json);
    assert_eq!(run(&[&PLAN[..], &["--out", "/nowhere/plan.json"]].concat()).0, 1);
}

#[test]
fn colours_are_off_in_a_pipe_and_on_when_asked_for() {
    let coloured = |more: &[&str], no_color: Option<&str>| {
        let mut command = dittofs(&[&PLAN[..], more].concat());
        no_color.map(|value| command.env("NO_COLOR", value));
        String::from_utf8(command.output().unwrap().stdout).unwrap().contains('\u{1b}')
    };
    assert!(!coloured(&[], None));
    assert!(coloured(&["--color", "always"], None));
    assert!(coloured(&["--color", "always"], Some("1")), "asked for beats NO_COLOR");
    assert!(!coloured(&["--color", "never"], None));
    assert!(!coloured(&["--color", "auto"], Some("1")));
}

#[test]
fn prose_fits_into_the_width() {
    for width in ["40", "60", "80", "120"] {
        let (_, out, _) = run(&[
            &["plan", "--cluster", "cluster.yaml", "--adapters-status", "401"],
            &["--width", width][..],
        ]
        .concat());
        let limit = width.parse().unwrap();
        let table = out.lines().position(|line| line == "Open ports").unwrap();
        assert!(out.lines().take(table).all(|line| line.chars().count() <= limit), "{out}");
    }
}

#[test]
fn secrets_are_never_shown() {
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: dittofs}\ndata: {password: c2VjcmV0}\n";
    let cluster = std::fs::read_to_string(examples().join("cluster.yaml")).unwrap();
    let path = file("secret.yaml", &format!("{cluster}---\n{secret}"));
    for format in ["text", "json", "yaml", "markdown"] {
        let (code, out, error) =
            run(&["plan", "--cluster", &path, "--adapters", "adapters.json", "-o", format]);
        assert_eq!(code, 0, "{error}");
        assert!(!out.contains("c2VjcmV0"));
    }
}

#[test]
fn the_definition_and_completions_are_printed() {
    let (code, out, _) = run(&["crd"]);
    assert_eq!(code, 0);
    assert_eq!(serde_yaml::from_str::<Value>(&out).unwrap()["kind"], "CustomResourceDefinition");
    assert_eq!(
        out,
        include_str!("../../deploy/crd/dittoservers.yaml"),
        "the file is what the command prints"
    );
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, out, _) = run(&["completions", shell]);
        assert!(code == 0 && out.contains("detailed-exitcode"), "{shell}");
    }
}

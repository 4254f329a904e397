//! The command line as scripts and people call it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// The binary, in the folder of the examples, without anything of the surroundings.
fn dittofs(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dittofs-adapters"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/examples"));
    command.env_remove("NO_COLOR").args(arguments);
    command
}

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/examples").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Exit code, standard output, standard error.
fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A file for one test.
fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// What is said of a file with this content.
fn refused(flag: &str, name: &str, text: &str) -> String {
    let path = file(name, text);
    let (code, out, error) = run(&mut dittofs(&["plan", flag, path.to_str().unwrap()]));
    assert_eq!((code, out.as_str()), (1, ""), "{error}");
    assert!(error.starts_with("error: "), "{error}");
    assert!(!error.contains('\u{1b}'), "plain where there is no terminal");
    error
}

const CLUSTER: [&str; 2] = ["--cluster", "cluster.yaml"];

fn plan(more: &[&str]) -> (i32, String, String) {
    run(&mut dittofs(&[&["plan"], &CLUSTER[..], more].concat()))
}

#[test]
fn plan_01_exit_codes_tell_what_a_plan_does_when_asked() {
    let (code, out, error) = plan(&["--adapters", "adapters.json"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(out.lines().last(), Some("Plan: 0 to create, 4 to update, 0 to delete, 0 held."));
    let code = |more: &[&str]| plan(&[&["--detailed-exitcode"], more].concat()).0;
    assert_eq!(code(&["--adapters", "adapters.json"]), 3, "a takeover closes ports");
    assert_eq!(code(&["--adapters", "adapters-empty.json"]), 4);
    assert_eq!(code(&["--adapters-status", "503"]), 4);
    let fresh = ["plan", "--spec", "server.yaml", "--adapters", "adapters.json", "--detailed-exitcode"];
    assert_eq!(run(&mut dittofs(&fresh)).0, 2);
}

#[test]
fn usage_errors_exit_1_and_help_exits_0() {
    for wrong in [&["plan", "--bogus"][..], &["nonsense"], &[], &["plan", "--adapters-status", "9"]] {
        assert_eq!(run(&mut dittofs(wrong)).0, 1, "{wrong:?}");
    }
    for help in [
        &["--help"][..],
        &["--version"],
        &["plan", "--help"],
        &["apply", "--help"],
        &["replay", "--help"],
        &["crd", "--help"],
        &["completions", "--help"],
    ] {
        let (code, out, _) = run(&mut dittofs(help));
        assert_eq!(code, 0, "{help:?}");
        assert!(help.len() == 1 || out.contains("Example"), "{out}");
    }
}

#[test]
fn without_any_input_it_is_said_what_to_give() {
    let (code, _, error) = run(&mut dittofs(&["plan"]));
    assert_eq!(code, 1);
    for flag in ["--spec", "--adapters", "--cluster"] {
        assert!(error.contains(flag), "{error}");
    }
}

#[test]
fn each_input_can_come_from_standard_input_but_only_one_of_them() {
    let both = ["plan", "--cluster", "cluster.yaml", "--adapters", "adapters.json"];
    let (_, expected, _) = run(&mut dittofs(&both));
    let piped = |arguments: &[&str], name: &str| run(dittofs(arguments).write_stdin(example(name))).1;
    assert_eq!(piped(&["plan", "--cluster", "-", "--adapters", "adapters.json"], "cluster.yaml"), expected);
    assert_eq!(piped(&["plan", "--cluster", "cluster.yaml", "--adapters", "-"], "adapters.json"), expected);
    let (code, out, error) = run(dittofs(&["plan", "--cluster", "-", "--adapters", "-"]).write_stdin("[]"));
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(error.contains("--adapters") && error.contains("--cluster"), "{error}");
}

#[test]
fn a_missing_file_is_named_with_its_option() {
    for flag in ["--spec", "--adapters", "--cluster"] {
        let (code, _, error) = run(&mut dittofs(&["plan", flag, "nowhere.yaml"]));
        assert_eq!(code, 1);
        assert!(error.contains(&format!("reading nowhere.yaml ({flag})")), "{error}");
        assert!(error.contains("No such file"), "{error}");
        let (code, _, error) = run(&mut dittofs(&["plan", flag, "."]));
        assert_eq!(code, 1);
        assert!(error.contains("reading . ") && error.contains("help: give a file, not a folder"), "{error}");
    }
}

#[test]
fn a_file_without_the_dittoserver_is_named_with_what_it_has_instead() {
    let other = example("server.yaml").replace("kind: DittoServer", "kind: Deployment");
    let error = refused("--spec", "other.yaml", &other);
    assert!(error.contains("other.yaml, which has Deployment of dittofs.dittofs.com/"), "{error}");
    let error = refused("--spec", "list.json", "[]");
    assert!(error.contains("list.json, which has something that is no Kubernetes object"), "{error}");
    let (_, _, error) = plan(&["-n", "nowhere"]);
    let said = "no DittoServer of namespace nowhere in cluster.yaml, which has dittofs/minimal";
    assert!(error.contains(said) && error.contains("help: "), "{error}");
    let (_, _, error) = run(&mut dittofs(&["plan", "--adapters", "adapters.json"]));
    assert!(error.contains("no DittoServer in what was given\n"), "{error}");
}

#[test]
fn what_is_no_recording_is_said_once_and_of_many_bad_lines_the_first() {
    let (code, _, error) = run(&mut dittofs(&["replay", "server.yaml"]));
    assert_eq!((code, error.matches("error: ").count()), (1, 1), "{error}");
    assert!(error.contains("server.yaml is no recording") && error.contains("DIR/*.jsonl"), "{error}");
    let later = file("later.jsonl", &"{\"formatVersion\":\"9.0\"}\n".repeat(9));
    let (code, _, error) = run(&mut dittofs(&["replay", later.to_str().unwrap()]));
    assert_eq!((code, error.matches("error: ").count()), (1, 5), "{error}");
    assert!(error.contains("4 more lines cannot be replayed"), "{error}");
}

#[test]
fn bad_yaml_is_shown_with_its_line() {
    let error = refused("--cluster", "bad.yaml", "kind: List\nitems:\n- kind: Service: x\n");
    assert!(error.contains("bad.yaml:3:"), "{error}");
    let error = refused("--spec", "nul.yaml", "a\0b");
    assert!(error.contains("nul.yaml"), "{error}");
}

#[test]
fn an_invalid_field_is_shown_with_its_line() {
    let spec = example("server.yaml");
    let error = refused("--spec", "range.yaml", &spec.replace("port: 2049", "port: 70000"));
    assert!(error.contains("spec.adapterServices.overrides[0].port"), "{error}");
    assert!(error.contains("range.yaml:23:13"), "{error}");
    let error = refused("--spec", "name-port.yaml", &spec.replace("port: 2049", "port: nfs"));
    assert!(error.contains("string \"nfs\", expected a whole number\n"), "{error}");
    let error = refused("--spec", "word.yaml", &spec.replace("emptyList: Hold", "emptyList: Maybe"));
    assert!(
        error.contains("spec.adapterDiscovery.emptyList") && error.contains("word.yaml:18:16"),
        "{error}"
    );
    let error = refused("--spec", "missing.yaml", &spec.replace("    metadataSize: 1Gi\n", ""));
    assert!(error.contains("spec.storage.metadataSize") && error.contains("missing.yaml:11:5"), "{error}");
    let two = spec.replace("port: 2049", "port: 0").replace("- 10.0.0.0/8", "- anywhere");
    let error = refused("--spec", "two.yaml", &two);
    assert!(error.contains("two.yaml:23:") && error.contains("two.yaml:26:"), "{error}");
}

#[test]
fn an_object_of_the_cluster_that_cannot_be_read_is_shown_with_its_line() {
    let cluster = example("cluster.yaml");
    let line = |text: &str| cluster.lines().position(|line| line.trim() == text).unwrap() + 1;
    let typed = cluster.replacen("port: 12049\n      targetPort", "port: x\n      targetPort", 1);
    let typed = if typed == cluster { cluster.replacen("port: 12049", "port: x", 1) } else { typed };
    let error = refused("--cluster", "typed.yaml", &typed);
    assert!(error.contains("spec.ports[0].port of Service dittofs/minimal-adapter-nfs"), "{error}");
    assert!(error.contains(&format!("typed.yaml:{}:", line("port: 12049"))), "{error}");
    let error = refused("--cluster", "name.yaml", "apiVersion: v1\nkind: Service\nmetadata: {}\n");
    assert!(error.contains("metadata.name") && error.contains("name.yaml:1:1"), "{error}");
    let twice = format!(
        "{cluster}---\napiVersion: v1\nkind: Service\nmetadata: {{name: minimal-api, namespace: dittofs}}\n"
    );
    let error = refused("--cluster", "twice.yaml", &twice);
    assert!(error.contains("Service dittofs/minimal-api is there twice"), "{error}");
    let error = refused("--cluster", "text.yaml", "No resources found in default namespace.");
    assert!(error.contains("no Kubernetes object"), "{error}");
}

#[test]
fn kinds_that_decide_nothing_are_read_past_whatever_they_look_like() {
    let odd = "\
        ---\napiVersion: v1\nkind: ConfigMap\n---\n\
        apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: minimal-adapter-nfs, namespace: dittofs}\n\
        spec: {ports: none}\n";
    let path = file("odd.yaml", &format!("{}{odd}", example("cluster.yaml")));
    let (code, out, error) = run(&mut dittofs(&["plan", "--cluster", path.to_str().unwrap()]));
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(out, plan(&[]).1);
}

#[test]
fn json_lists_and_single_documents_say_the_same_as_yaml() {
    let list: serde_json::Value = serde_yaml::from_str(&example("cluster.yaml")).unwrap();
    let json = file("cluster.json", &list.to_string());
    let items = list["items"].as_array().unwrap();
    let documents: Vec<_> = items.iter().map(|object| serde_yaml::to_string(object).unwrap()).collect();
    let documents = file("documents.yaml", &documents.join("---\n"));
    for path in [json, documents] {
        let (_, out, error) = run(&mut dittofs(&["plan", "--cluster", path.to_str().unwrap()]));
        assert_eq!((out, error), (plan(&[]).1, String::new()), "{}", path.display());
    }
}

#[test]
fn an_object_without_identity_is_an_error_only_where_it_would_be_written() {
    let without = example("cluster.yaml").replacen("    resourceVersion: '285'\n", "", 1);
    let path = file("identity.yaml", &without);
    let path = path.to_str().unwrap();
    let (code, _, error) = run(&mut dittofs(&["plan", "--cluster", path, "--adapters", "adapters.json"]));
    assert_eq!(code, 1);
    assert!(error.contains("Service dittofs/minimal-adapter-nfs has no metadata.resourceVersion"), "{error}");
    assert!(error.contains("identity.yaml:"), "{error}");
    assert_eq!(run(&mut dittofs(&["plan", "--cluster", path])).0, 0, "an outage writes nothing");
}

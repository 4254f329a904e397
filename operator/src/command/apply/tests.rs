//! `apply` of a DittoServer by name, with somebody who answers, or nobody.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::io::{self, BufReader, Cursor, Read};

use clap::Parser as _;
use embedded_kubernetes::Kind;
use miette::Diagnostic as _;
use serde_json::json;

use super::*;
use crate::cli::{Cli, Command};
use crate::stage::Stage;

const NAMESPACE: &str = "files";

/// A server for which no operator ever ran: its policies are to be written.
fn stage() -> Stage {
    let stage = Stage::new(embedded_kubernetes::Options::default());
    let spec = json!({ "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" } });
    stage.add(NAMESPACE, "srv", &spec, embedded_dittofs::Options::default()).unwrap();
    stage.kubernetes.forget_requests();
    stage
}

fn args(flags: &[&str]) -> ApplyArgs {
    let line = [&["dittofs-adapters", "apply", "srv"], flags].concat();
    match Cli::try_parse_from(line).unwrap().command {
        Command::Apply(args) => args,
        other => panic!("{other:?}"),
    }
}

/// What became of it, and what was asked.
async fn applied(
    stage: &Stage,
    flags: &[&str],
    is_there: bool,
    answers: impl Read,
) -> (Result<u8, InputError>, String) {
    let connected = Connected { client: stage.client(), namespace: NAMESPACE.to_owned(), url: String::new() };
    let mut questions = Vec::new();
    let person = Person { is_there, answers: BufReader::new(answers), questions: &mut questions };
    let result = named(&args(flags), &connected, Some("srv"), person).await;
    (result, String::from_utf8(questions).unwrap())
}

fn writes(stage: &Stage) -> usize {
    stage.kubernetes.requests().iter().filter(|request| request.verb.is_write()).count()
}

#[tokio::test(start_paused = true)]
async fn plan_01_yes_applies_what_was_shown() {
    for answer in ["yes\n", " yes \r\n"] {
        let stage = stage();
        let (result, asked) = applied(&stage, &[], true, answer.as_bytes()).await;
        assert_eq!((result.unwrap(), asked.as_str()), (0, "Do this? Only yes is a yes: "), "{answer:?}");
        assert!(writes(&stage) > 0, "{answer:?}");
        let policies = stage.kubernetes.list(Kind::NetworkPolicy, Some(NAMESPACE));
        assert!(!policies.is_empty(), "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn plan_01_any_other_answer_applies_nothing_and_neither_does_the_end_of_the_input() {
    for answer in ["y\n", "Y\n", "Yes\n", "YES\n", "no\n", "\n", "yes please\n", "no\nyes\n", "ye", ""] {
        let stage = stage();
        let (result, asked) = applied(&stage, &[], true, answer.as_bytes()).await;
        assert_eq!((result.unwrap(), writes(&stage)), (1, 0), "{answer:?}");
        assert!(asked.contains("Only yes is a yes"), "it says what would have been one: {asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_applies_nothing() {
    let stage = stage();
    let (result, _) = applied(&stage, &[], true, Cursor::new(b"\xff\xfe\n")).await;
    let error = result.unwrap_err();
    assert!(matches!(error, InputError::Apply(ApplyError::NoAnswer { .. })), "{error:?}");
    assert!(error.to_string().starts_with("reading the answer"), "{error}");
    assert!(error.help().unwrap().to_string().starts_with("nothing was done"));
    assert_eq!(writes(&stage), 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_terminal_nobody_is_asked_and_the_error_says_what_to_do() {
    let stage = stage();
    let (result, asked) = applied(&stage, &[], false, &b"yes\n"[..]).await;
    let error = result.unwrap_err();
    assert!(matches!(error, InputError::Apply(ApplyError::NobodyToAsk)), "{error}");
    assert!(error.help().unwrap().to_string().contains("--yes"));
    assert_eq!((asked.as_str(), writes(&stage)), ("", 0));
    let (result, asked) = applied(&stage, &["--yes"], false, io::empty()).await;
    assert_eq!((result.unwrap(), asked.as_str()), (0, ""), "told beforehand, nobody is asked");
    assert!(writes(&stage) > 0);
}

/// Somebody who says yes while somebody else writes.
struct Meanwhile<F>(Option<F>);

impl<F: FnOnce()> Read for Meanwhile<F> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let Some(change) = self.0.take() else { return Ok(0) };
        change();
        (&b"yes\n"[..]).read(bytes)
    }
}

#[tokio::test(start_paused = true)]
async fn a_yes_to_what_has_changed_meanwhile_applies_nothing() {
    let stage = stage();
    let taken = || {
        let policy = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": "srv-baseline", "namespace": NAMESPACE }, "spec": { "podSelector": {} },
        });
        stage.kubernetes.create(policy).unwrap();
        stage.kubernetes.forget_requests();
    };
    let (result, _) = applied(&stage, &[], true, Meanwhile(Some(taken))).await;
    assert_eq!((result.unwrap(), writes(&stage)), (STALE, 0));
}

#[tokio::test(start_paused = true)]
async fn mode_01_a_yes_to_what_was_paused_meanwhile_applies_nothing() {
    let stage = stage();
    let paused = || {
        let pause = |server: &mut serde_json::Value| {
            server["metadata"]["annotations"] = json!({ "dittofs.io/paused": "true" });
        };
        stage.kubernetes.edit(Kind::DittoServer, NAMESPACE, "srv", pause).unwrap();
        stage.kubernetes.forget_requests();
    };
    let (result, _) = applied(&stage, &[], true, Meanwhile(Some(paused))).await;
    assert!(matches!(result, Err(InputError::Apply(ApplyError::Stopped { .. }))), "{result:?}");
    assert_eq!(writes(&stage), 0);
}

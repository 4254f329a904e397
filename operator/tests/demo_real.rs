//! The tour on the real Kubernetes and DittoFS comes to its end, and leaves nothing behind.
//!
//! What each step promises the tour itself asserts. Without the testbed (`cargo xtask testbed`) it is skipped, and says so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dittofs_testbed::{Tool, Tools, tools_or_skip};

const BINARY: &str = env!("CARGO_BIN_EXE_dittofs-adapters");
const SKIPPED: &str = "the demo on the real Kubernetes and DittoFS";

#[test]
fn the_tour_shows_the_same_on_real_servers() {
    if tools_or_skip(SKIPPED).is_none() {
        return;
    }
    let output = Command::new(BINARY).args(["demo", "--real", "--fast"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let steps = [
        ("1. Fresh install", "DittoFS refused it: least"),
        ("2. An administrator stops smb", "- Service demo-adapter-smb"),
        ("3. Somebody else has the name", "= hold smb: NameTaken"),
        ("4. DittoFS hangs for 15 seconds", "every Service and its address is the same"),
        ("5. DittoFS answers with an empty list", "= hold everything: EmptyList"),
        ("6. Somebody deletes a Service", "+ Service demo-adapter-nfs"),
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
    let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= 80 && !text.contains('\u{1b}'), "{longest} columns: {text}");
}

#[test]
fn what_is_served_ends_with_ctrl_c_and_leaves_nothing_behind() {
    let Some(tools) = tools_or_skip(SKIPPED) else { return };
    let mut served = Command::new(BINARY);
    served.args(["demo", "--real", "--fast", "--serve"]).stdout(Stdio::piped());
    let mut served = Ending(served.spawn().unwrap());
    let mut lines = BufReader::new(served.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let kubeconfig = lines.find_map(|line| Some(line.trim().strip_prefix("export KUBECONFIG=")?.to_owned()));
    let kubeconfig = kubeconfig.unwrap();
    lines.find(|line| line.starts_with("Ctrl-C")).unwrap();
    assert_eq!(kubectl(&tools, &kubeconfig), Some("demo".to_owned()));

    let pid = served.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let status = dittofs_testbed::until(Duration::from_secs(30), || served.0.try_wait().unwrap());
    assert!(status.unwrap().success(), "{status:?}");
    assert!(!Path::new(&kubeconfig).parent().unwrap().exists(), "{kubeconfig} is still there");
}

/// The name of the only DittoServer.
fn kubectl(tools: &Tools, kubeconfig: &str) -> Option<String> {
    let mut kubectl = Command::new(tools.path(Tool::Kubectl));
    kubectl.args(["--kubeconfig", kubeconfig, "get", "dittoservers", "-n", "files"]);
    let output = kubectl.args(["-o", "jsonpath={.items[*].metadata.name}"]).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Ends with the test, however that ends.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

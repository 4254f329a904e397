//! `manifests`: all that is to be installed, from the files of `deploy/`.

use json_patch::Patch;
use serde_json::{Value, json};

use crate::cli::ManifestsArgs;
use crate::input::InputError;

const DEPLOYMENT: &str = include_str!("../../../deploy/operator/deployment.yaml");
/// For the whole cluster.
const CLUSTER: [&str; 4] = [
    include_str!("../../../deploy/namespace.yaml"),
    include_str!("../../../deploy/rbac/service-account.yaml"),
    include_str!("../../../deploy/rbac/cluster-role.yaml"),
    include_str!("../../../deploy/rbac/cluster-role-binding.yaml"),
];
/// For one namespace.
const NAMESPACED: [&str; 3] = [
    include_str!("../../../deploy/namespaced/service-account.yaml"),
    include_str!("../../../deploy/namespaced/role.yaml"),
    include_str!("../../../deploy/namespaced/role-binding.yaml"),
];
/// What keeps the operator to its own namespace.
const SCOPE: &str = include_str!("../../../deploy/namespaced/scope.yaml");

pub fn run(args: &ManifestsArgs) -> Result<u8, InputError> {
    let mut text = super::crd::text()?;
    for object in objects(args)? {
        text.push_str("---\n");
        text.push_str(&serde_yaml::to_string(&object).map_err(InputError::Yaml)?);
    }
    super::print(&text)
}

/// All but the resource definition.
fn objects(args: &ManifestsArgs) -> Result<Vec<Value>, InputError> {
    let (files, usual): (&[&str], _) =
        if args.namespaced { (&NAMESPACED, "default") } else { (&CLUSTER, "dittofs-system") };
    let mut objects = Vec::new();
    for file in files.iter().chain([&DEPLOYMENT]) {
        objects.push(serde_yaml::from_str(file).map_err(InputError::Yaml)?);
    }
    let namespace = args.namespace.as_deref().unwrap_or(usual);
    for object in &mut objects {
        settle(object, namespace);
        if object["kind"] == "Deployment" {
            configure(object, args)?;
        }
    }
    Ok(objects)
}

/// Puts an object where the operator is.
fn settle(object: &mut Value, namespace: &str) {
    match object["kind"].as_str() {
        Some("Namespace") => object["metadata"]["name"] = json!(namespace),
        Some("ClusterRole" | "ClusterRoleBinding") => {}
        _ => object["metadata"]["namespace"] = json!(namespace),
    }
    if let Some(subjects) = object.get_mut("subjects").and_then(Value::as_array_mut) {
        for subject in subjects {
            subject["namespace"] = json!(namespace);
        }
    }
}

#[expect(clippy::expect_used, reason = "the message is the proof")]
fn configure(deployment: &mut Value, args: &ManifestsArgs) -> Result<(), InputError> {
    if args.namespaced {
        let scope: Patch = serde_yaml::from_str(SCOPE).map_err(InputError::Yaml)?;
        json_patch::patch(deployment, &scope)
            .expect("both are files of this repository, which a test puts together");
    }
    if let Some(image) = &args.image {
        deployment["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(namespaced: bool, namespace: Option<&str>, image: Option<&str>) -> Vec<Value> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        objects(&ManifestsArgs { namespaced, namespace: owned(namespace), image: owned(image) }).unwrap()
    }

    fn one<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
        objects.iter().find(|object| object["kind"] == kind).unwrap()
    }

    #[test]
    fn everything_is_in_the_namespace_that_is_asked_for() {
        let objects = of(false, Some("here"), Some("registry.example/operator:1"));
        assert_eq!(one(&objects, "Namespace")["metadata"]["name"], "here");
        assert_eq!(one(&objects, "ServiceAccount")["metadata"]["namespace"], "here");
        assert_eq!(one(&objects, "ClusterRoleBinding")["subjects"][0]["namespace"], "here");
        assert_eq!(one(&objects, "ClusterRole")["metadata"].get("namespace"), None);
        let container = &one(&objects, "Deployment")["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["image"], "registry.example/operator:1");
        assert!(!container["args"].to_string().contains("--namespace"), "the whole cluster");
    }

    #[test]
    fn secu_01_for_one_namespace_there_is_no_right_outside_of_it() {
        let objects = of(true, Some("files"), None);
        assert!(objects.iter().all(|object| object["metadata"]["namespace"] == "files"), "{objects:?}");
        let role = one(&objects, "Role");
        assert_eq!(role["rules"], one(&of(false, None, None), "ClusterRole")["rules"], "the same rules");
        let container = &one(&objects, "Deployment")["spec"]["template"]["spec"]["containers"][0];
        assert!(container["args"].as_array().unwrap().contains(&json!("--namespace=$(POD_NAMESPACE)")));
        assert!(
            container["env"].as_array().unwrap().iter().any(|variable| variable["name"] == "POD_NAMESPACE")
        );
    }

    #[test]
    fn the_operator_is_started_with_flags_that_it_knows() {
        use clap::Parser as _;
        for namespaced in [false, true] {
            let objects = of(namespaced, None, None);
            let container = &one(&objects, "Deployment")["spec"]["template"]["spec"]["containers"][0];
            let flags =
                container["args"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap().to_owned());
            let parsed =
                crate::cli::Cli::try_parse_from(std::iter::once("dittofs-adapters".to_owned()).chain(flags));
            assert!(parsed.is_ok(), "{parsed:?}");
        }
    }
}

//! Names of the objects of one server, and the rules that Kubernetes has for them.

use dittofs_effects::AdapterType;

/// Services are DNS-1035 labels (RFC 1035 §2.3.1): they become host names.
const SERVICE_LIMIT: usize = 63;
/// Label values (Kubernetes API conventions).
const LABEL_VALUE_LIMIT: usize = 63;

/// Names of a server's own Services, in this order: API, headless, metrics.
pub(crate) const STATIC_SUFFIXES: [&str; 3] = ["-api", "-headless", "-metrics"];

/// The template of an adapter Service's name (CONF-01), such as `{name}-adapter-{type}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTemplate(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Adapter,
}

impl NameTemplate {
    /// Fills in name and namespace of the server; what is left open is the adapter.
    pub fn new(template: &str, server: &str, namespace: &str) -> Self {
        let filled = template.replace("{name}", server).replace("{namespace}", namespace);
        let mut parts = Vec::new();
        for (index, literal) in filled.split("{type}").enumerate() {
            if index > 0 {
                parts.push(Part::Adapter);
            }
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
        }
        Self(parts)
    }

    /// The name that Services have had so far, and have by default.
    pub fn default_for(server: &str) -> Self {
        Self::new("{name}-adapter-{type}", server, "")
    }

    /// Writes the name of the adapter's Service into `name`, whose memory is used again.
    pub(crate) fn render_into(&self, adapter: &AdapterType, name: &mut String) {
        name.clear();
        for part in &self.0 {
            name.push_str(match part {
                Part::Literal(literal) => literal,
                Part::Adapter => adapter.as_str(),
            });
        }
    }

    /// The name of the adapter's Service.
    pub fn render(&self, adapter: &AdapterType) -> String {
        let mut name = String::new();
        self.render_into(adapter, &mut name);
        name
    }

    /// The adapter for which this template gives `name`.
    pub(crate) fn adapter_of(&self, name: &str) -> Option<AdapterType> {
        let literals: usize = self.0.iter().map(|p| if let Part::Literal(l) = p { l.len() } else { 0 }).sum();
        let holes = self.0.iter().filter(|p| **p == Part::Adapter).count();
        let start = match self.0.first()? {
            Part::Literal(literal) => literal.len(),
            Part::Adapter => 0,
        };
        let length = name.len().checked_sub(literals)?.checked_div(holes)?;
        let adapter = AdapterType::sanitise(name.get(start..start + length)?).ok()?;
        (self.render(&adapter) == name).then_some(adapter)
    }
}

/// The name of an adapter's policy; the template names Services only.
pub(crate) fn adapter_policy(server: &str, adapter: &AdapterType) -> String {
    format!("{server}-adapter-{adapter}")
}

/// The name of the policy that opens the server's own ports.
pub(crate) fn baseline_policy(server: &str) -> String {
    format!("{server}-baseline")
}

/// The name of the ConfigMap with the server's configuration.
pub(crate) fn config_map(server: &str) -> String {
    format!("{server}-config")
}

/// The name of the Service that gives the pod its name.
pub(crate) fn headless_service(server: &str) -> String {
    format!("{server}-headless")
}

/// The name of the API's Service.
pub(crate) fn api_service(server: &str) -> String {
    format!("{server}-api")
}

/// The name of the metrics' Service, and of the ServiceMonitor.
pub(crate) fn metrics_service(server: &str) -> String {
    format!("{server}-metrics")
}

/// The name of the Secret with the key that signs tokens, where we make it.
pub(crate) fn signing_key_secret(server: &str) -> String {
    format!("{server}-jwt-secret")
}

/// The name of the Secret with the administrator's first password, where we make it.
pub(crate) fn admin_secret(server: &str) -> String {
    format!("{server}-admin-bootstrap-credentials")
}

/// The name that the Go operator had for it before.
pub(crate) fn legacy_admin_secret(server: &str) -> String {
    format!("{server}-admin-credentials")
}

/// What Kubernetes, or another server's own Services, have against a Service's name.
pub(crate) fn service_name_problem(name: &str) -> Option<NameProblem> {
    if STATIC_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
        return Some(NameProblem::Static);
    }
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    if name.len() > SERVICE_LIMIT || !starts_well || !is_dns_label(name) {
        return Some(NameProblem::Refused(format!(
            "Kubernetes refuses {name:?} as the name of a Service: it needs 1–{SERVICE_LIMIT} characters of a-z, 0-9 \
             and -, a letter first and no - last"
        )));
    }
    None
}

/// Why a Service cannot have a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NameProblem {
    /// It is the form of a server's own Service (`-api`, `-headless`, `-metrics`).
    Static,
    /// Kubernetes refuses it.
    Refused(String),
}

/// What Kubernetes has against the server's name, which is the value of a label on everything.
pub(crate) fn server_name_problem(server: &str) -> Option<String> {
    (server.len() > LABEL_VALUE_LIMIT).then(|| {
        format!(
            "the server's name has {} characters, and a label value may have {LABEL_VALUE_LIMIT}",
            server.len()
        )
    })
}

/// What Kubernetes has against a server's name as that of a StatefulSet and, with an ending, of its Services. Of the 63
/// characters of a label value, a pod's revision takes 11.
pub(crate) fn workload_name_problem(server: &str) -> Option<String> {
    const LIMIT: usize = LABEL_VALUE_LIMIT - 11;
    let starts_well = server.starts_with(|c: char| c.is_ascii_lowercase());
    (server.len() > LIMIT || !starts_well || !is_dns_label(server)).then(|| {
        format!(
            "no pod can be started for a server called {server:?}: its name needs 1–{LIMIT} characters of a-z, 0-9 and -, \
             a letter first and no - last; make another DittoServer"
        )
    })
}

/// What Kubernetes has against the name of an adapter's policy or the value of its label.
pub(crate) fn adapter_name_problem(server: &str, adapter: &AdapterType) -> Option<String> {
    if adapter.as_str().len() > LABEL_VALUE_LIMIT {
        return Some(format!(
            "the type has {} characters, and a label value may have {LABEL_VALUE_LIMIT}",
            adapter.as_str().len()
        ));
    }
    // A policy's name may have 253 characters (RFC 1123): any two label values and `-adapter-` fit.
    server_name_problem(server)
}

fn is_dns_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(name: &str) -> AdapterType {
        AdapterType::sanitise(name).unwrap()
    }

    #[test]
    fn conf_01_a_template_is_rendered_and_read_back() {
        for (template, name) in [
            ("{name}-adapter-{type}", "srv-adapter-nfs"),
            ("{type}", "nfs"),
            ("{namespace}-{type}-{name}", "files-nfs-srv"),
            ("{type}-x-{type}", "nfs-x-nfs"),
        ] {
            let template = NameTemplate::new(template, "srv", "files");
            assert_eq!(template.render(&adapter("nfs")), name);
            assert_eq!(template.adapter_of(name), Some(adapter("nfs")));
            assert_eq!(template.adapter_of("other"), None.or((name == "nfs").then(|| adapter("other"))));
        }
        let twice = NameTemplate::new("{type}-x-{type}", "srv", "files");
        assert_eq!(twice.adapter_of("nfs-x-smb"), None);
        assert_eq!(twice.adapter_of(""), None);
        assert_eq!(NameTemplate::default_for("srv").render(&adapter("smb")), "srv-adapter-smb");
        assert_eq!(NameTemplate::default_for("srv").adapter_of("srv-adapter-"), None);
        assert_eq!(NameTemplate::default_for("srv").adapter_of("srv-adapter-NFS"), None);
        assert_eq!(NameTemplate::default_for("srv").adapter_of("srv-adapter-\u{e9}"), None);
    }

    #[test]
    fn names_that_kubernetes_refuses_are_found_before_it_does() {
        let refused = |name: &str| matches!(service_name_problem(name), Some(NameProblem::Refused(_)));
        assert!(!refused("a"));
        assert!(!refused(&"a".repeat(63)));
        for bad in ["", &"a".repeat(64), "9p", "-a", "a-", "A", "a.b", "a_b"] {
            assert!(refused(bad), "{bad}");
        }
        for (suffix, is_static) in [("-api", true), ("-headless", true), ("-metrics", true), ("-apis", false)]
        {
            let problem = service_name_problem(&format!("srv{suffix}"));
            assert_eq!(problem == Some(NameProblem::Static), is_static, "{suffix}");
        }
    }

    #[test]
    fn a_workload_needs_a_name_that_its_pod_and_its_services_can_have() {
        for good in ["a", "srv-1", &"a".repeat(52)] {
            assert_eq!(workload_name_problem(good), None, "{good}");
        }
        for bad in ["", "a.b", "1a", "-a", "a-", "A", &"a".repeat(53)] {
            assert!(workload_name_problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn labels_and_policy_names_have_limits() {
        assert_eq!(adapter_name_problem("srv", &adapter(&"a".repeat(63))), None);
        assert!(adapter_name_problem("srv", &adapter(&"a".repeat(64))).unwrap().contains("64"));
        assert_eq!(adapter_name_problem(&"s".repeat(63), &adapter("nfs")), None);
        assert!(
            adapter_name_problem(&"s".repeat(64), &adapter("nfs")).unwrap().contains("server's name has 64")
        );
    }
}

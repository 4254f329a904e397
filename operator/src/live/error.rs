//! What can go wrong with a live cluster, and what to do about it.

use std::error::Error;

use dittofs_interpreters::memory::Unreadable;
use miette::Diagnostic;

/// Why there is no plan of a live cluster.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum LiveError {
    /// There is no way to the API server.
    #[error("finding the API server: {cause}")]
    #[diagnostic(help(
        "set KUBECONFIG, or give --kubeconfig FILE and --context NAME ('kubectl config get-contexts' lists them); or \
         plan from files with --spec, --adapters and --cluster"
    ))]
    Kubeconfig {
        /// Why.
        cause: String,
    },
    /// The API server does not answer.
    #[error("asking the API server at {url}: {cause}")]
    #[diagnostic(help(
        "see that it is the right one ('kubectl config current-context', --context NAME) and that it can be reached \
         ('kubectl version')"
    ))]
    Unreachable {
        /// Where it should be.
        url: String,
        /// Why.
        cause: String,
    },
    /// The API server does not know us.
    #[error("the API server at {url} refuses the credentials of the kubeconfig: {message}")]
    #[diagnostic(help("log in again, as for kubectl; 'kubectl auth whoami' shows who you are"))]
    Unauthorized {
        /// Where it is.
        url: String,
        /// Its words.
        message: String,
    },
    /// We may not read something.
    #[error("reading {what} in namespace {namespace} is not allowed: {message}")]
    #[diagnostic(help(
        "a plan needs the verb list on dittoservers.dittofs.dittofs.com, services, \
         networkpolicies.networking.k8s.io, statefulsets.apps and pods in namespace {namespace}: without one of them \
         it would be wrong, so there is none. Ask for a role, or let somebody who may run 'kubectl get -o yaml' for \
         --cluster FILE"
    ))]
    Forbidden {
        /// The resource.
        what: &'static str,
        /// Where.
        namespace: String,
        /// The API server's words.
        message: String,
    },
    /// The kind is not there.
    #[error("the API server has no {what}")]
    #[diagnostic(help(
        "install the resource definition: dittofs-adapters crd | kubectl apply --server-side -f -"
    ))]
    NotInstalled {
        /// The resource.
        what: &'static str,
    },
    /// The next page of a list is gone.
    #[error("reading {what}: it changes faster than it can be read")]
    #[diagnostic(help("try again"))]
    Expired {
        /// The resource.
        what: &'static str,
    },
    /// Another answer.
    #[error("reading {what} in namespace {namespace}: {message}")]
    #[diagnostic(help("try again; 'kubectl get {what} -n {namespace}' should say the same"))]
    Refused {
        /// The resource.
        what: &'static str,
        /// Where.
        namespace: String,
        /// The API server's words.
        message: String,
    },
    /// There is no DittoServer at all.
    #[error("namespace {namespace} has no DittoServer")]
    #[diagnostic(help("'kubectl get dittoservers -A' lists them; say where with -n NAMESPACE"))]
    NoServers {
        /// Where.
        namespace: String,
    },
    /// There is none of that name.
    #[error("namespace {namespace} has no DittoServer {name}{}", others(.found))]
    #[diagnostic(help("'kubectl get dittoservers -A' lists them; say where with -n NAMESPACE"))]
    NoSuchServer {
        /// Where.
        namespace: String,
        /// Which.
        name: String,
        /// Those that are there.
        found: Vec<String>,
    },
    /// There are several.
    #[error("namespace {namespace} has several DittoServers: {}", .found.join(", "))]
    #[diagnostic(help("say which one by its NAME"))]
    SeveralServers {
        /// Where.
        namespace: String,
        /// Them.
        found: Vec<String>,
    },
    /// It cannot be read.
    #[error("reading {field} of DittoServer {name}: {cause}")]
    #[diagnostic(help("the operator holds it as it is; mend it with 'kubectl edit dittoserver {name}'"))]
    BadServer {
        /// Which.
        name: String,
        /// The field.
        field: String,
        /// What is wrong with it.
        cause: String,
    },
    /// An object cannot be read.
    #[error("reading the objects of the namespace")]
    Unreadable(#[source] Unreadable),
}

fn others(found: &[String]) -> String {
    if found.is_empty() { String::new() } else { format!(", it has {}", found.join(", ")) }
}

impl LiveError {
    /// What an error of a read means.
    pub fn of(what: &'static str, namespace: &str, url: &str, error: &kube::Error) -> Self {
        let (url, namespace) = (url.to_owned(), namespace.to_owned());
        let kube::Error::Api(status) = error else {
            return match error {
                kube::Error::SerdeError(error) => {
                    Self::Refused { what, namespace, message: format!("the answer cannot be read: {error}") }
                }
                error => Self::Unreachable { url, cause: Self::innermost(error) },
            };
        };
        let message = status.message.clone();
        match status.code {
            401 => Self::Unauthorized { url, message },
            403 => Self::Forbidden { what, namespace, message },
            404 => Self::NotInstalled { what },
            410 => Self::Expired { what },
            code => Self::Refused { what, namespace, message: format!("{code}: {message}") },
        }
    }

    /// The innermost cause says what happened; those around it repeat it.
    pub fn innermost(error: &(dyn Error + 'static)) -> String {
        let mut innermost = error;
        while let Some(cause) = innermost.source() {
            innermost = cause;
        }
        innermost.to_string()
    }
}

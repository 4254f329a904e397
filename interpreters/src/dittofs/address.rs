//! Where a server is: derived from the resource, and from nothing that somebody else can write (design: `server-url` of
//! the Secret is never read).

use dittofs_core::effects::Port;

/// A URL with `{name}`, `{namespace}` and `{port}`, for an operator outside of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(String);

/// Why a template is no URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlTemplateError {
    /// Not a URL when filled in.
    #[error(
        "{template:?} is not a URL: {error}; write one such as http://{{name}}-api.{{namespace}}.svc:{{port}}"
    )]
    NotAUrl {
        /// What was given.
        template: String,
        /// What the parser says.
        error: String,
    },
    /// Another scheme.
    #[error("{template:?} begins with {scheme}://, but only http:// and https:// can be used")]
    Scheme {
        /// What was given.
        template: String,
        /// Its scheme.
        scheme: String,
    },
    /// More than scheme, host and port.
    #[error("{template:?} has a path, a query or a user name; write scheme, host and port alone")]
    MoreThanOrigin {
        /// What was given.
        template: String,
    },
}

impl UrlTemplate {
    /// Checks a template.
    ///
    /// # Errors
    /// [`UrlTemplateError`] when what it gives is no origin (scheme, host, port).
    pub fn parse(template: &str) -> Result<Self, UrlTemplateError> {
        let filled = fill(template, "name", "namespace", Port::literal::<8080>());
        let owned = || template.to_owned();
        let url = reqwest::Url::parse(&filled)
            .map_err(|error| UrlTemplateError::NotAUrl { template: owned(), error: error.to_string() })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlTemplateError::Scheme { template: owned(), scheme: url.scheme().to_owned() });
        }
        let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_origin || !url.username().is_empty() || url.password().is_some() {
            return Err(UrlTemplateError::MoreThanOrigin { template: owned() });
        }
        Ok(Self(template.trim_end_matches('/').to_owned()))
    }
}

fn fill(template: &str, name: &str, namespace: &str, port: Port) -> String {
    template.replace("{name}", name).replace("{namespace}", namespace).replace("{port}", &port.to_string())
}

/// How servers are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// By the API Service, in a cluster with this domain.
    Service {
        /// Such as `cluster.local`.
        cluster_domain: String,
    },
    /// As somebody says.
    Template(UrlTemplate),
}

impl Address {
    /// The base URL of a server, without a slash at its end (a double one is a 404).
    pub fn of(&self, name: &str, namespace: &str, port: Port, tls: bool) -> String {
        match self {
            Self::Service { cluster_domain } => {
                let scheme = if tls { "https" } else { "http" };
                format!("{scheme}://{name}-api.{namespace}.svc.{cluster_domain}:{port}")
            }
            Self::Template(UrlTemplate(template)) => fill(template, name, namespace, port),
        }
    }
}

/// The domain of the cluster, by the search list of its pods: the entry `svc.<domain>` (Kubernetes DNS specification).
pub fn cluster_domain(resolv_conf: &str) -> Option<&str> {
    resolv_conf
        .lines()
        .filter_map(|line| line.trim().strip_prefix("search"))
        .flat_map(str::split_whitespace)
        .find_map(|domain| domain.strip_prefix("svc."))
        .map(|domain| domain.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_server_is_derived_from_its_resource() {
        let in_cluster = Address::Service { cluster_domain: "corp.example".to_owned() };
        let port = Port::literal::<8443>();
        assert_eq!(in_cluster.of("srv", "files", port, true), "https://srv-api.files.svc.corp.example:8443");
        let outside = Address::Template(UrlTemplate::parse("http://127.0.0.1:{port}/").unwrap());
        assert_eq!(outside.of("srv", "files", port, true), "http://127.0.0.1:8443");
    }

    #[test]
    fn a_template_that_is_more_than_an_origin_is_refused() {
        for bad in
            ["{name}", "ftp://{name}", "http://x/api", "http://u:p@x", "http://x?a=b", "http://[::1", ""]
        {
            let error = UrlTemplate::parse(bad).unwrap_err().to_string();
            assert!(error.contains(&format!("{bad:?}")), "{bad}: {error}");
        }
    }

    #[test]
    fn the_cluster_domain_is_that_of_the_search_list() {
        let conf = "nameserver 10.96.0.10\nsearch files.svc.corp.example svc.corp.example corp.example\noptions ndots:5";
        assert_eq!(cluster_domain(conf), Some("corp.example"));
        assert_eq!(cluster_domain("nameserver 192.0.2.1\nsearch example.org"), None);
    }
}

//! Which DittoServer the plan is for, and what it asks for.

use dittofs_core::ServerSpec;
use dittofs_core::api::{
    DittoServer, PathSegment, UnknownField, Violation, missing_fields, unknown_fields, validate,
    validate_update,
};
use dittofs_interpreters::memory::ObjectKey;
use serde_json::Value;

use super::InputError;
use super::cluster::{ClusterFile, Found, segments};
use super::locate::locate;
use super::problem::Problem;
use super::source::Text;

/// What the command line says about the server.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// NAME.
    pub name: Option<&'a str>,
    /// `--namespace`.
    pub namespace: Option<&'a str>,
}

impl Wanted<'_> {
    /// As it follows "DittoServer" in a sentence.
    fn said(&self) -> String {
        let name = self.name.map(|name| format!(" {name}")).unwrap_or_default();
        let namespace = self.namespace.map(|namespace| format!(" of namespace {namespace}"));
        name + &namespace.unwrap_or_default()
    }
}

/// A DittoServer in a file.
struct Place<'a> {
    text: &'a Text,
    document: usize,
    path: &'a [PathSegment],
}

/// The server, and what is odd about it.
pub fn server(
    wanted: Wanted<'_>,
    proposed: Option<Text>,
    cluster: &ClusterFile,
) -> Result<(ServerSpec, Vec<String>), InputError> {
    let (server, warnings) = match proposed {
        Some(text) => from_spec(wanted, &text, cluster)?,
        None => from_cluster(wanted, cluster)?,
    };
    let (spec, more) = ServerSpec::resolve(&server);
    Ok((spec, warnings.into_iter().chain(more).collect()))
}

fn from_spec(
    wanted: Wanted<'_>,
    text: &Text,
    cluster: &ClusterFile,
) -> Result<(DittoServer, Vec<String>), InputError> {
    let (document, raw) = proposed(wanted, text)?;
    let place = Place { text, document, path: &[] };
    let (mut server, warnings) = read(&raw, &place)?;
    let name = server.metadata.name.clone().unwrap_or_default();
    if let Some(asked) = wanted.name.filter(|asked| *asked != name) {
        let problem = Problem::OtherName { found: name, wanted: asked.to_owned() };
        return Err(place.problem(&["metadata", "name"], problem));
    }
    let namespace = match (&server.metadata.namespace, wanted.namespace) {
        (Some(found), Some(asked)) if found != asked => {
            let problem = Problem::OtherNamespace { found: found.clone(), wanted: asked.to_owned() };
            return Err(place.problem(&["metadata", "namespace"], problem));
        }
        (Some(found), _) => Some(found.clone()),
        (None, asked) => asked.map(str::to_owned),
    };
    let Some(in_cluster) = named(&name, namespace.as_deref(), cluster)? else {
        server.metadata.namespace = Some(namespace.unwrap_or_else(|| "default".to_owned()));
        return Ok((server, warnings));
    };
    continue_from(&mut server, in_cluster, &place, cluster)?;
    Ok((server, warnings))
}

/// The resource in the cluster is what the proposed one becomes a new version of.
fn continue_from(
    server: &mut DittoServer,
    (key, found): (&ObjectKey, &Found),
    place: &Place<'_>,
    cluster: &ClusterFile,
) -> Result<(), InputError> {
    let Some(text) = cluster.text() else { return Ok(()) };
    let old = Place { text, document: found.document, path: &found.path };
    let old = typed(&found.object, &old)?;
    if let (Some(new), Some(old)) = (&server.metadata.uid, &old.metadata.uid)
        && new != old
    {
        let problem = Problem::OtherUid { found: new.clone(), in_cluster: old.clone() };
        return Err(place.problem(&["metadata", "uid"], problem));
    }
    place.all(validate_update(&old, server))?;
    server.metadata.namespace = Some(key.namespace.clone());
    server.metadata.uid = server.metadata.uid.take().or(old.metadata.uid);
    // Whatever is proposed for it, a resource that is being deleted goes on being deleted.
    server.metadata.deletion_timestamp =
        server.metadata.deletion_timestamp.take().or(old.metadata.deletion_timestamp);
    Ok(())
}

/// The one DittoServer of a `--spec` file, or the one that is asked for.
fn proposed(wanted: Wanted<'_>, text: &Text) -> Result<(usize, Value), InputError> {
    let is_server = |value: &Value| {
        let group = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        let kind = value.get("kind").and_then(Value::as_str);
        kind == Some("DittoServer") && group.starts_with("dittofs.dittofs.com/")
    };
    let mut servers = text.documents()?;
    if let [(_, list)] = servers.as_slice()
        && list.get("kind").and_then(Value::as_str) == Some("List")
        && let Some([only]) = list.get("items").and_then(Value::as_array).map(Vec::as_slice)
    {
        servers = vec![(servers[0].0, only.clone())];
    }
    let others: Vec<_> = servers.iter().map(|(_, value)| kind(value)).collect();
    servers.retain(|(_, value)| is_server(value));
    if let (Some(name), true) = (wanted.name, servers.len() > 1) {
        servers.retain(|(_, value)| value.pointer("/metadata/name").and_then(Value::as_str) == Some(name));
    }
    let mut named = Vec::new();
    for (document, value) in &servers {
        let key = ObjectKey::of(value);
        let key = key.map_err(|e| text.at(*document, &[], Problem::Unidentified(e)))?;
        named.push(if key.namespace.is_empty() {
            key.name
        } else {
            format!("{}/{}", key.namespace, key.name)
        });
    }
    let several = servers.len() > 1;
    match servers.pop() {
        None => {
            Err(InputError::NoServer { wanted: wanted.said(), file: Some(text.name.clone()), found: others })
        }
        Some(_) if several => Err(InputError::SeveralServers { file: text.name.clone(), servers: named }),
        Some(server) => Ok(server),
    }
}

/// What an object says it is.
fn kind(value: &Value) -> String {
    let word = |field: &str| value.get(field).and_then(Value::as_str);
    match (word("kind"), word("apiVersion")) {
        (Some(kind), Some(version)) => format!("{kind} of {version}"),
        (Some(kind), None) => format!("{kind} without an apiVersion"),
        (None, _) => "something that is no Kubernetes object".to_owned(),
    }
}

/// The DittoServer of that name in the cluster; several namespaces may have one.
fn named<'a>(
    name: &str,
    namespace: Option<&str>,
    cluster: &'a ClusterFile,
) -> Result<Option<(&'a ObjectKey, &'a Found)>, InputError> {
    let matches = |key: &ObjectKey| key.name == name && namespace.is_none_or(|n| key.namespace == n);
    one(cluster.servers().filter(|(key, _)| matches(key)).collect(), cluster)
}

fn from_cluster(wanted: Wanted<'_>, cluster: &ClusterFile) -> Result<(DittoServer, Vec<String>), InputError> {
    let Wanted { name, namespace } = wanted;
    let matches =
        |key: &ObjectKey| name.is_none_or(|n| key.name == n) && namespace.is_none_or(|n| key.namespace == n);
    let found = one(cluster.servers().filter(|(key, _)| matches(key)).collect(), cluster)?;
    let (Some((_, found)), Some(text)) = (found, cluster.text()) else {
        let found = cluster.servers().map(|(key, _)| format!("{}/{}", key.namespace, key.name)).collect();
        let file = cluster.text().map(|text| text.name.clone());
        return Err(InputError::NoServer { wanted: wanted.said(), file, found });
    };
    read(&found.object, &Place { text, document: found.document, path: &found.path })
}

fn one<'a>(
    mut servers: Vec<(&'a ObjectKey, &'a Found)>,
    cluster: &ClusterFile,
) -> Result<Option<(&'a ObjectKey, &'a Found)>, InputError> {
    if servers.len() > 1 {
        let file = cluster.text().map(|text| text.name.clone()).unwrap_or_default();
        let servers = servers.iter().map(|(key, _)| format!("{}/{}", key.namespace, key.name)).collect();
        return Err(InputError::SeveralServers { file, servers });
    }
    Ok(servers.pop())
}

/// Reads and validates a resource. What is unknown in it is a warning, what the API server would refuse an error.
fn read(raw: &Value, place: &Place<'_>) -> Result<(DittoServer, Vec<String>), InputError> {
    let server = typed(raw, place)?;
    let in_spec = |path: &[PathSegment]| path.first() == Some(&PathSegment::Key("spec".to_owned()));
    let missing = missing_fields(raw).into_iter().filter(|violation| in_spec(&violation.path));
    let mut violations: Vec<_> = missing.collect();
    for violation in validate(&server) {
        if !violations.iter().any(|known| known.path == violation.path) {
            violations.push(violation);
        }
    }
    // The schema of v0.29 takes a resource without any spec, though it cannot serve.
    if raw.get("spec").is_none_or(Value::is_null) {
        violations.clear();
    }
    place.all(violations)?;
    let unknown = unknown_fields(raw).into_iter().filter(|field| in_spec(&field.path));
    let warn = |field: UnknownField| format!("{}: {field}", place.line(&field.path));
    Ok((server, unknown.map(warn).collect()))
}

fn typed(raw: &Value, place: &Place<'_>) -> Result<DittoServer, InputError> {
    serde_path_to_error::deserialize(raw.clone()).map_err(|error| {
        let path = segments(error.path());
        let field = error.path().to_string();
        let problem =
            Problem::Type { field, object: "the DittoServer".to_owned(), source: error.into_inner().into() };
        place.at(&path, problem)
    })
}

impl Place<'_> {
    fn at(&self, path: &[PathSegment], problem: Problem) -> InputError {
        self.text.at(self.document, &[self.path, path].concat(), problem)
    }

    fn problem(&self, path: &[&str], problem: Problem) -> InputError {
        let path: Vec<_> = path.iter().map(|key| PathSegment::Key((*key).to_owned())).collect();
        self.at(&path, problem)
    }

    /// File and line of a field.
    fn line(&self, path: &[PathSegment]) -> String {
        let place = locate(&self.text.text, self.document, &[self.path, path].concat());
        place.map_or_else(|| self.text.name.clone(), |place| format!("{}:{}", self.text.name, place.line))
    }

    /// All violations, if there are any.
    fn all(&self, violations: Vec<Violation>) -> Result<(), InputError> {
        let one = |violation: Violation| self.at(&violation.path.clone(), Problem::Violation(violation));
        let mut errors: Vec<_> = violations.into_iter().map(one).collect();
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(InputError::Several(errors)),
        }
    }
}

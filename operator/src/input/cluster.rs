//! `--cluster`: what `kubectl get -o yaml` prints, a List or many documents.

use std::collections::BTreeMap;

use dittofs_core::ClusterObject;
use dittofs_core::api::PathSegment;
use dittofs_effects::{Effect, Precondition, Seen};
use dittofs_interpreters::memory::{MISSING_IDENTITY, ObjectKey, cluster_object};
use serde_json::{Map, Value};

use super::InputError;
use super::problem::Problem;
use super::source::Text;

/// The kind of a DittoServer in an [`ObjectKey`].
pub const DITTO_SERVER: &str = "DittoServer.dittofs.dittofs.com";

/// The kinds that decide something. All others are read past, whatever they look like.
const KINDS: [&str; 5] = ["Service", "NetworkPolicy", "StatefulSet", "Pod", DITTO_SERVER];

/// The objects of a file, each with its place.
#[derive(Debug)]
pub struct ClusterFile {
    text: Option<Text>,
    objects: BTreeMap<ObjectKey, Found>,
}

/// An object of the file.
#[derive(Debug)]
pub struct Found {
    /// As it is in the file; without a namespace there, in `default`.
    pub object: Value,
    /// The number of its document.
    pub document: usize,
    /// Where it is in that.
    pub path: Vec<PathSegment>,
}

impl ClusterFile {
    /// Reads the file; none is an empty cluster.
    pub fn read(text: Option<Text>) -> Result<Self, InputError> {
        let mut file = Self { text: None, objects: BTreeMap::new() };
        let Some(text) = text else { return Ok(file) };
        for (document, value) in text.documents()? {
            file.add_document(&text, document, value)?;
        }
        file.text = Some(text);
        Ok(file)
    }

    fn add_document(&mut self, text: &Text, document: usize, mut value: Value) -> Result<(), InputError> {
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
        let Some(of) = kind.strip_suffix("List").map(str::to_owned) else {
            return self.add(text, Found { object: value, document, path: Vec::new() });
        };
        let api_version = value.get("apiVersion").cloned();
        let items = match value.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            Some(Value::Null) | None => return Ok(()),
            Some(_) => return Err(text.at(document, &[key("items")], Problem::NoObject)),
        };
        for (index, mut item) in items.into_iter().enumerate() {
            // The items of a ServiceList, as the API itself gives one, do not say what they are.
            if let Some(fields) = item.as_object_mut().filter(|_| !of.is_empty()) {
                fields.entry("kind").or_insert_with(|| of.clone().into());
                if let Some(api_version) = &api_version {
                    fields.entry("apiVersion").or_insert_with(|| api_version.clone());
                }
            }
            let path = vec![key("items"), PathSegment::Index(index)];
            self.add(text, Found { object: item, document, path })?;
        }
        Ok(())
    }

    fn add(&mut self, text: &Text, mut found: Found) -> Result<(), InputError> {
        let wrong = |found: &Found, problem| Err(text.at(found.document, &found.path, problem));
        if !found.object.is_object() {
            return wrong(&found, Problem::NoObject);
        }
        let object = match identify(&mut found.object) {
            Ok(Some(key)) => key,
            Ok(None) => return Ok(()),
            Err(problem) => return wrong(&found, problem),
        };
        if let Some(first) = self.objects.get(&object) {
            let place = super::locate::locate(&text.text, first.document, &first.path);
            let problem =
                Problem::Duplicate { object: object.to_string(), first: place.map_or(0, |place| place.line) };
            return wrong(&found, problem);
        }
        self.objects.insert(object, found);
        Ok(())
    }

    /// The DittoServers of the file.
    pub fn servers(&self) -> impl Iterator<Item = (&ObjectKey, &Found)> {
        self.objects.iter().filter(|(key, _)| key.kind == DITTO_SERVER)
    }

    /// The file itself; none was given for an empty cluster.
    pub const fn text(&self) -> Option<&Text> {
        self.text.as_ref()
    }

    /// The objects of a namespace that decisions are taken on.
    pub fn typed(&self, namespace: &str) -> Result<Vec<ClusterObject>, InputError> {
        let mut objects = Vec::new();
        for (key, found) in self.objects.iter().filter(|(key, _)| key.namespace == namespace) {
            match cluster_object(&key.kind, found.object.clone()) {
                Ok(object) => objects.extend(object),
                Err(_) => return Err(self.bad_type(key, found)),
            }
        }
        Ok(objects)
    }

    /// Reads the object once more, so slowly that it is known where it fails.
    fn bad_type(&self, key: &ObjectKey, found: &Found) -> InputError {
        let mut track = serde_path_to_error::Track::new();
        let deserializer = serde_path_to_error::Deserializer::new(found.object.clone(), &mut track);
        let result = cluster_object(&key.kind, deserializer);
        let path = track.path();
        let source = result.err().unwrap_or_else(|| serde::de::Error::custom("not what it seemed"));
        let problem =
            Problem::Type { field: path.to_string(), object: key.to_string(), source: source.into() };
        self.at(found, &segments(&path), problem)
    }

    /// The problem, at a field of an object.
    pub fn at(&self, found: &Found, path: &[PathSegment], problem: Problem) -> InputError {
        let path = [&found.path, path].concat();
        match &self.text {
            Some(text) => text.at(found.document, &path, problem),
            None => InputError::NoServer { wanted: String::new(), file: None, found: Vec::new() },
        }
    }

    /// Nothing may be written that the file does not identify.
    pub fn check_identities(&self, effects: &[Effect]) -> Result<(), InputError> {
        effects.iter().try_for_each(|effect| match effect {
            Effect::Update(update) => {
                if let Precondition::Seen(seen) = &update.precondition {
                    self.check(&(&update.target).into(), seen)?;
                }
                update.guards.iter().try_for_each(|guard| {
                    let pod = ObjectKey::new("Pod", &update.target.namespace, &guard.name);
                    self.require(&pod, "uid", guard.uid.as_str())
                })
            }
            Effect::Delete(delete) => self.check(&(&delete.target).into(), &delete.precondition),
            Effect::Create(_) | Effect::Hold(_) => Ok(()),
        })
    }

    fn check(&self, key: &ObjectKey, seen: &Seen) -> Result<(), InputError> {
        self.require(key, "uid", seen.uid.as_str())?;
        self.require(key, "resourceVersion", seen.resource_version.as_str())
    }

    fn require(&self, key: &ObjectKey, field: &'static str, value: &str) -> Result<(), InputError> {
        match self.objects.get(key) {
            Some(found) if value == MISSING_IDENTITY => {
                let problem = Problem::NoIdentity { object: key.to_string(), field };
                Err(self.at(found, &[self::key("metadata")], problem))
            }
            _ => Ok(()),
        }
    }

    /// The raw objects of a namespace.
    pub fn into_objects(self, namespace: &str) -> impl Iterator<Item = Value> {
        let objects = self.objects.into_iter().filter(move |(key, _)| key.namespace == namespace);
        objects.map(|(_, found)| found.object)
    }
}

/// The key of an object, if its kind decides anything. Without a namespace it is in `default`.
fn identify(object: &mut Value) -> Result<Option<ObjectKey>, Problem> {
    // The kind first: an object that is read past may be nameless.
    let mut probe = Map::new();
    for field in ["apiVersion", "kind"] {
        probe.insert(field.to_owned(), object.get(field).cloned().unwrap_or_default());
    }
    probe.insert("metadata".to_owned(), serde_json::json!({"name": "probe"}));
    let kind = ObjectKey::of(&Value::Object(probe)).map_err(Problem::Unidentified)?.kind;
    if !KINDS.contains(&kind.as_str()) {
        return Ok(None);
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let namespace = metadata.entry("namespace").or_insert(Value::Null);
        if namespace.is_null() || namespace == "" {
            *namespace = "default".into();
        }
    }
    ObjectKey::of(object).map(Some).map_err(Problem::Unidentified)
}

fn key(name: &str) -> PathSegment {
    PathSegment::Key(name.to_owned())
}

/// A path of the deserializer as one of the resource.
pub fn segments(path: &serde_path_to_error::Path) -> Vec<PathSegment> {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(PathSegment::Index(*index)),
            Segment::Map { key } => Some(PathSegment::Key(key.clone())),
            Segment::Enum { variant } => Some(PathSegment::Key(variant.clone())),
            Segment::Unknown => None,
        })
        .collect()
}

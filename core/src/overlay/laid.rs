//! A wanted object laid over a raw one, by rules that say what of it is one piece.
//!
//! For kinds with too many fields to compare by hand. A piece that is wanted is there, as it is wanted; what stands beside
//! it is left alone: annotations of the template that others put there, containers, variables, volumes of other names.
//! What the API server filled in within a piece stays, too, so a piece counts as equal when all that is wanted of it is
//! there.
//!
//! That alone would not notice what somebody takes out of a piece. So the pieces are booked, each with a digest of what was
//! wanted of it: a piece with another digest is written as a whole, and one that is booked and no longer wanted goes.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use dittofs_effects::Change;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Difference;
use super::quantity::same_quantity;

/// What of a value is one piece.
#[derive(Debug)]
pub(crate) enum Rule {
    /// The value as a whole.
    Whole,
    /// The same, and texts in it are quantities: `1000m` is `1`.
    Quantities,
    /// The value as a whole, of which no member is ever taken away: what others have in it stays.
    Fields,
    /// Each member by itself; those that are not named here are whole.
    Members(&'static [(&'static str, Rule)]),
    /// A list whose items are known by this member, and how they are read.
    Items(&'static str, &'static Rule),
}

/// The digest of each piece that was wanted, by its name.
pub(crate) type Book = BTreeMap<String, String>;

/// Whether a difference between a piece that is there and the one that is wanted can wait for the next restart.
pub(crate) type CanWait = fn(name: &str, observed: &Value, wanted: &Value) -> bool;

/// What laying came to.
#[derive(Debug, Default)]
pub(crate) struct Laid {
    /// The operations.
    pub difference: Difference,
    /// Something differs that cannot wait.
    pub presses: bool,
    /// The pieces that are wanted.
    pub book: Book,
}

/// Lays `wanted` over `observed`, which stands at `path`. Without a book, what is called one of `known` and is not wanted
/// goes: it was left behind by whoever kept no books.
pub(crate) fn lay(
    path: &[&str],
    rule: &Rule,
    (observed, wanted): (Option<&Value>, &Value),
    book: Option<&Book>,
    known: &[&str],
    can_wait: CanWait,
) -> Laid {
    let mut laying = Laying { booked: book, can_wait, laid: Laid::default() };
    let path = path.iter().map(|step| (*step).to_owned()).collect();
    let start = Place { path, name: String::new() };
    laying.lay(&start, rule, observed, wanted);
    let surplus: BTreeSet<&str> = match book {
        Some(book) => book.keys().map(String::as_str).collect(),
        None => known.iter().copied().collect(),
    };
    if let Some(observed) = observed {
        laying.remove(&start, rule, observed, &surplus);
    }
    laying.laid
}

/// Where a piece is, and what it is called.
#[derive(Clone)]
struct Place {
    path: Vec<String>,
    name: String,
}

impl Place {
    fn member(&self, key: &str) -> Self {
        self.step(key, key)
    }

    fn item(&self, index: usize, id: &str) -> Self {
        self.step(&index.to_string(), id)
    }

    fn step(&self, step: &str, called: &str) -> Self {
        let mut path = self.path.clone();
        path.push(step.to_owned());
        let name = if self.name.is_empty() { called.to_owned() } else { format!("{}.{called}", self.name) };
        Self { path, name }
    }

    fn steps(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }
}

struct Laying<'a> {
    booked: Option<&'a Book>,
    can_wait: CanWait,
    laid: Laid,
}

impl Laying<'_> {
    fn lay(&mut self, place: &Place, rule: &Rule, observed: Option<&Value>, wanted: &Value) {
        match (rule, wanted) {
            (Rule::Members(rules), Value::Object(members)) => {
                if !members.is_empty() {
                    self.laid.difference.ensure_object(&place.steps(), observed.is_some());
                }
                for (key, wanted) in members {
                    let found = observed.and_then(|observed| observed.get(key));
                    self.lay(&place.member(key), member(rules, key), found, wanted);
                }
            }
            (Rule::Items(key, rule), Value::Array(items)) => self.items(place, (key, rule), observed, items),
            (Rule::Whole | Rule::Quantities | Rule::Fields | Rule::Members(_) | Rule::Items(..), _) => {
                self.piece(place, rule, observed, wanted);
            }
        }
    }

    fn items(
        &mut self,
        place: &Place,
        (key, rule): (&str, &Rule),
        observed: Option<&Value>,
        items: &[Value],
    ) {
        if !items.is_empty() {
            self.laid.difference.ensure_list(&place.steps(), observed.is_some());
        }
        let found = observed.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for wanted in items {
            let id = id(wanted, key);
            match found.iter().position(|item| self::id(item, key) == id) {
                Some(index) => self.lay(&place.item(index, &id), rule, Some(&found[index]), wanted),
                None => {
                    let added = place.step("-", &id);
                    self.laid.difference.set(&added.steps(), wanted.clone());
                    self.laid.presses = true;
                    self.laid.difference.changes.push(Change::FieldSet(added.name.clone()));
                    let book = &mut self.laid.book;
                    each_piece(&added, rule, wanted, &mut |piece, value| {
                        book.insert(piece.name.clone(), digest(value));
                    });
                }
            }
        }
    }

    fn piece(&mut self, place: &Place, rule: &Rule, observed: Option<&Value>, wanted: &Value) {
        let digest = digest(wanted);
        let quantities = matches!(rule, Rule::Quantities);
        let edited =
            self.booked.and_then(|book| book.get(&place.name)).is_some_and(|booked| *booked != digest);
        self.laid.book.insert(place.name.clone(), digest);
        match observed {
            None if is_nothing(wanted) => return,
            None => self.laid.difference.set(&place.steps(), wanted.clone()),
            Some(observed) if covers(observed, wanted, quantities) && !(edited && observed != wanted) => {
                return;
            }
            Some(observed) if matches!(rule, Rule::Fields) => self.fields(place, observed, wanted),
            Some(_) => self.laid.difference.replace(&place.steps(), wanted.clone()),
        }
        self.laid.presses |= !observed.is_some_and(|observed| (self.can_wait)(&place.name, observed, wanted));
        self.laid.difference.changes.push(Change::FieldSet(place.name.clone()));
    }

    fn fields(&mut self, place: &Place, observed: &Value, wanted: &Value) {
        for (key, wanted) in wanted.as_object().into_iter().flatten() {
            if observed.get(key).is_none_or(|found| !covers(found, wanted, false)) {
                self.laid.difference.set(&place.member(key).steps(), wanted.clone());
            }
        }
    }

    /// Takes away what is called one of `surplus` and is not wanted. From the end of each list, so that what is left keeps
    /// its place until it is its turn.
    fn remove(&mut self, start: &Place, rule: &Rule, observed: &Value, surplus: &BTreeSet<&str>) {
        let mut places = Vec::new();
        each_piece(start, rule, observed, &mut |place, _| {
            if surplus.contains(place.name.as_str()) && !self.laid.book.contains_key(&place.name) {
                places.push(place.clone());
            }
        });
        places.sort_by(|a, b| by_position(&b.path, &a.path));
        for place in places {
            self.laid.difference.remove(&place.steps());
            self.laid.difference.changes.push(Change::FieldReset(place.name));
            self.laid.presses = true;
        }
    }
}

fn member<'a>(rules: &'a [(&'static str, Rule)], key: &str) -> &'a Rule {
    rules.iter().find(|(name, _)| *name == key).map_or(&Rule::Whole, |(_, rule)| rule)
}

fn id(item: &Value, key: &str) -> String {
    item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Visits every piece of a value.
fn each_piece(place: &Place, rule: &Rule, value: &Value, visit: &mut impl FnMut(&Place, &Value)) {
    match (rule, value) {
        (Rule::Members(rules), Value::Object(members)) => {
            for (key, value) in members {
                each_piece(&place.member(key), member(rules, key), value, visit);
            }
        }
        (Rule::Items(key, rule), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                each_piece(&place.item(index, &id(item, key)), rule, item, visit);
            }
        }
        (Rule::Whole | Rule::Quantities | Rule::Fields | Rule::Members(_) | Rule::Items(..), _) => {
            visit(place, value);
        }
    }
}

/// Indices of lists as numbers.
fn by_position(a: &[String], b: &[String]) -> Ordering {
    let steps = a.iter().zip(b).map(|(a, b)| match (a.parse::<usize>(), b.parse::<usize>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => a.cmp(b),
    });
    steps.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
}

/// Twelve digits tell the values of one piece apart.
fn digest(value: &Value) -> String {
    Sha256::digest(value.to_string()).iter().take(6).fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Nothing, as the API server leaves it out.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.values().all(is_nothing),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Members that are quantities wherever they stand: in volumes, and in variables that say what the container may use.
const QUANTITIES: [&str; 3] = ["sizeLimit", "storage", "divisor"];

/// All that is wanted is there. What is there beside it was filled in by the API server.
fn covers(observed: &Value, wanted: &Value, quantities: bool) -> bool {
    match (observed, wanted) {
        (Value::Object(found), Value::Object(members)) => members.iter().all(|(key, wanted)| {
            let quantities = quantities || QUANTITIES.contains(&key.as_str());
            found.get(key).map_or_else(|| is_nothing(wanted), |found| covers(found, wanted, quantities))
        }),
        (Value::Array(found), Value::Array(items)) => {
            let mut pairs = found.iter().zip(items);
            found.len() == items.len() && pairs.all(|(found, wanted)| covers(found, wanted, quantities))
        }
        (Value::String(found), Value::String(wanted)) if quantities => {
            found == wanted || same_quantity(found, wanted)
        }
        (found, wanted) => found == wanted,
    }
}

#[cfg(test)]
mod tests;

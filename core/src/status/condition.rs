//! Conditions: in the order in which they are, their times moving only when their status does.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::bounded;
use crate::session::condition::Status;

/// Conditions under way. What is there and not set stays.
pub(super) struct Conditions<'a> {
    list: Vec<Condition>,
    generation: Option<i64>,
    now: &'a Time,
}

impl<'a> Conditions<'a> {
    pub fn new(before: &[Condition], generation: Option<i64>, now: &'a Time) -> Self {
        Self { list: before.to_vec(), generation, now }
    }

    pub fn set(&mut self, name: &str, status: Status, reason: &str, message: &str) {
        let before = self.list.iter().position(|condition| condition.type_ == name);
        let since = before.map(|index| &self.list[index]).filter(|before| before.status == status.as_str());
        let condition = Condition {
            last_transition_time: since.map_or(self.now, |before| &before.last_transition_time).clone(),
            message: bounded(message),
            observed_generation: self.generation,
            reason: reason.to_owned(),
            status: status.as_str().to_owned(),
            type_: name.to_owned(),
        };
        match before {
            Some(index) => self.list[index] = condition,
            None => self.list.push(condition),
        }
    }

    /// Nobody says anything about it any more.
    pub fn remove(&mut self, name: &str) {
        self.list.retain(|condition| condition.type_ != name);
    }

    pub fn get(&self, name: &str) -> Option<&Condition> {
        self.list.iter().find(|condition| condition.type_ == name)
    }

    pub fn is(&self, name: &str, status: Status) -> bool {
        self.get(name).is_some_and(|condition| condition.status == status.as_str())
    }

    pub fn into_list(self) -> Vec<Condition> {
        self.list
    }
}

//! What DittoFS said to the operator, read without the product's own eyes: the only thing that may justify a withdrawal.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::time::{Duration, Instant};

/// Effects of a decision may still be under way when the next answer comes: the API server may be slow.
const SLACK: Duration = Duration::from_secs(20);

/// One adapter of an answer.
#[derive(Clone, Debug)]
struct Entry {
    enabled: bool,
    running: bool,
    port: u64,
    /// Without a gap, since when it has not run.
    stopped_since: Option<Instant>,
}

#[derive(Clone, Debug)]
enum Said {
    /// A list of adapters; some of its entries may have no name.
    Report { entries: BTreeMap<String, Entry>, unnamed: bool },
    /// A complete `[]`.
    EmptyList,
    /// Everything else.
    Nothing,
}

/// All answers to one operator process.
#[derive(Debug, Default)]
pub struct Answers(Vec<(Instant, Said)>);

/// The status, the media type and the body, if there was an answer.
pub type Answer<'a> = Option<(u16, Option<&'a str>, &'a [u8])>;

impl Answers {
    /// An answer came, or its lack was noticed.
    pub fn came(&mut self, answer: Answer<'_>) {
        let now = Instant::now();
        let said = self.read(answer, now);
        self.0.push((now, said));
    }

    /// A new process knows nothing.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    fn read(&self, answer: Answer<'_>, now: Instant) -> Said {
        let Some((200, Some(media), body)) = answer else { return Said::Nothing };
        if !media.starts_with("application/json") {
            return Said::Nothing;
        }
        let Ok(Value::Array(list)) = serde_json::from_slice(body) else { return Said::Nothing };
        if list.is_empty() {
            return Said::EmptyList;
        }
        let before = self.0.last().map(|(_, said)| said);
        let mut entries = BTreeMap::new();
        let mut unnamed = false;
        for entry in &list {
            let Some(name) = entry["type"].as_str() else {
                unnamed = true;
                continue;
            };
            let running = entry["running"] == true;
            let known = match before {
                Some(Said::Report { entries, .. }) => {
                    entries.get(name).and_then(|entry: &Entry| entry.stopped_since)
                }
                Some(Said::EmptyList | Said::Nothing) | None => None,
            };
            let default = if name == "nfs" { 12049 } else { 12445 };
            let port = entry["port"].as_u64().filter(|port| *port != 0).unwrap_or(default);
            let enabled = entry["enabled"] == true;
            let stopped_since = (enabled && !running).then_some(known.unwrap_or(now));
            entries.insert(name.to_owned(), Entry { enabled, running, port, stopped_since });
        }
        Said::Report { entries, unnamed }
    }

    /// What may be acted on now, with the time of each.
    fn standing(&self) -> impl Iterator<Item = (Instant, &Said)> {
        let now = Instant::now();
        self.0.iter().enumerate().rev().take(8).filter_map(move |(index, (at, said))| {
            let until = self.0.get(index + 1).map(|(next, _)| *next + SLACK);
            until.is_none_or(|until| now <= until).then_some((*at, said))
        })
    }

    /// Whether an answer says that the adapter is gone, is disabled, or has not run for longer than `grace`.
    pub fn withdraw(&self, adapter: &str, grace: Duration, trusts_empty: bool) -> bool {
        self.standing().any(|(at, said)| match said {
            Said::Report { entries, unnamed } => match entries.get(adapter) {
                None => !unnamed,
                Some(entry) => {
                    let confirmed = |since: Instant| at.duration_since(since) > grace;
                    !entry.enabled || entry.stopped_since.is_some_and(confirmed)
                }
            },
            Said::EmptyList => trusts_empty,
            Said::Nothing => false,
        })
    }

    /// Whether an answer says that somebody is served on this port.
    pub fn serve(&self, port: u64) -> bool {
        self.standing().any(|(_, said)| match said {
            Said::Report { entries, .. } => {
                entries.values().any(|e| e.enabled && e.running && e.port == port)
            }
            Said::EmptyList | Said::Nothing => false,
        })
    }

    /// Whether an answer says that the adapter is served on another port.
    pub fn moved(&self, adapter: &str, port: u64) -> bool {
        self.standing().any(|(_, said)| match said {
            Said::Report { entries, .. } => {
                entries.get(adapter).is_some_and(|e| e.enabled && e.running && e.port != port)
            }
            Said::EmptyList | Said::Nothing => false,
        })
    }
}

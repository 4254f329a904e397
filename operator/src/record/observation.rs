//! What was known of the adapters, as it is written.

use dittofs_core::effects::{AdapterType, Port};
use dittofs_core::{AdapterReport, EmptyKind, Entry, Observation, State, Why};
use serde::{Deserialize, Serialize};

use super::why::{EmptyKindDef, WhyDef};

/// [`Observation`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "observed", rename_all = "camelCase")]
pub(super) enum ObservationEntry {
    Reported {
        entries: Vec<AdapterEntry>,
        unnamed: Vec<String>,
    },
    Empty {
        #[serde(with = "EmptyKindDef")]
        kind: EmptyKind,
    },
    Unavailable {
        #[serde(with = "WhyDef")]
        cause: Why,
    },
    NotPolled,
}

/// [`Entry`].
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AdapterEntry {
    adapter: String,
    written: String,
    state: StateEntry,
}

/// [`State`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum StateEntry {
    Running { port: i64 },
    RunningOnNoPort { what: String },
    NotRunning { confirmed: bool },
    Disabled,
    Invalid { what: String },
}

impl From<&Observation> for ObservationEntry {
    fn from(observation: &Observation) -> Self {
        match observation {
            Observation::Reported(report) => Self::Reported {
                entries: report.entries().iter().map(AdapterEntry::from).collect(),
                unnamed: report.unnamed().to_vec(),
            },
            Observation::Empty(kind) => Self::Empty { kind: *kind },
            Observation::Unavailable(why) => Self::Unavailable { cause: why.clone() },
            Observation::NotYetPolled => Self::NotPolled,
        }
    }
}

impl From<&Entry> for AdapterEntry {
    fn from(entry: &Entry) -> Self {
        let state = match &entry.state {
            State::Running(Ok(port)) => StateEntry::Running { port: port.get().into() },
            State::Running(Err(what)) => StateEntry::RunningOnNoPort { what: what.clone() },
            State::NotRunning { confirmed } => StateEntry::NotRunning { confirmed: *confirmed },
            State::Disabled => StateEntry::Disabled,
            State::Invalid(what) => StateEntry::Invalid { what: what.clone() },
        };
        Self { adapter: entry.adapter.to_string(), written: entry.written.clone(), state }
    }
}

impl TryFrom<ObservationEntry> for Observation {
    type Error = String;

    fn try_from(entry: ObservationEntry) -> Result<Self, String> {
        Ok(match entry {
            ObservationEntry::Reported { entries, unnamed } => {
                let entries = entries.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?;
                let report = AdapterReport::new(entries, unnamed);
                Self::Reported(report.ok_or_else(|| "a report has at least one entry".to_owned())?)
            }
            ObservationEntry::Empty { kind } => Self::Empty(kind),
            ObservationEntry::Unavailable { cause } => Self::Unavailable(cause),
            ObservationEntry::NotPolled => Self::NotYetPolled,
        })
    }
}

impl TryFrom<AdapterEntry> for Entry {
    type Error = String;

    fn try_from(entry: AdapterEntry) -> Result<Self, String> {
        let AdapterEntry { adapter, written, state } = entry;
        let state = match state {
            StateEntry::Running { port } => {
                State::Running(Ok(Port::try_from(port).map_err(|error| error.to_string())?))
            }
            StateEntry::RunningOnNoPort { what } => State::Running(Err(what)),
            StateEntry::NotRunning { confirmed } => State::NotRunning { confirmed },
            StateEntry::Disabled => State::Disabled,
            StateEntry::Invalid { what } => State::Invalid(what),
        };
        let adapter = AdapterType::sanitise(&adapter).map_err(|error| error.to_string())?;
        Ok(Self { adapter, written, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(observation: &Observation) -> Observation {
        let json = serde_json::to_string(&ObservationEntry::from(observation)).unwrap();
        serde_json::from_str::<ObservationEntry>(&json).unwrap().try_into().unwrap()
    }

    #[test]
    fn plan_02_every_observation_reads_back_as_it_was() {
        let text = || "text \u{202e} \"quoted\"".to_owned();
        let whys = [
            Why::Status { status: 503, text: text() },
            Why::MediaType { found: text(), text: String::new() },
            Why::NotJson { error: text(), text: text() },
            Why::NotAList(text()),
            Why::TooLarge { limit: 16 },
            Why::NoAnswer(text()),
            Why::NoToken,
        ];
        let kinds = [EmptyKind::List, EmptyKind::Null, EmptyKind::NoBody];
        let states = [
            State::Running(Ok(Port::literal::<12049>())),
            State::Running(Err(text())),
            State::NotRunning { confirmed: false },
            State::NotRunning { confirmed: true },
            State::Disabled,
            State::Invalid(text()),
        ];
        let entry = |(index, state): (usize, State)| Entry {
            adapter: AdapterType::sanitise(&format!("Type {index}")).unwrap(),
            written: format!("Type {index}"),
            state,
        };
        let entries: Vec<_> = states.into_iter().enumerate().map(entry).collect();
        let reports = [(entries, vec![text()]), (Vec::new(), vec![text()])];
        let reports = reports.map(|(entries, unnamed)| AdapterReport::new(entries, unnamed).unwrap());
        let all = whys
            .map(Observation::Unavailable)
            .into_iter()
            .chain(kinds.map(Observation::Empty))
            .chain(reports.map(Observation::Reported))
            .chain([Observation::NotYetPolled]);
        for observation in all {
            assert_eq!(round(&observation), observation);
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let read = |json: &str| {
            let entry = serde_json::from_str::<ObservationEntry>(json).unwrap();
            Observation::try_from(entry)
        };
        assert!(read(r#"{"observed":"reported","entries":[],"unnamed":[]}"#).is_err());
        let port = r#"{"observed":"reported","entries":[{"adapter":"nfs","written":"nfs","state":{"running":{"port":0}}}],"unnamed":[]}"#;
        assert!(read(port).is_err());
    }
}

//! Whether the adapters are known.

use dittofs_effects::HoldCode;

use super::Cycle;
use super::condition::Conditions;
use crate::observation::Observation;
use crate::session::condition::Status;

pub(super) const DISCOVERED: &str = "AdaptersDiscovered";

/// What holds everybody alike, and the whole server with them.
pub(crate) const fn holds_everybody(code: HoldCode) -> bool {
    match code {
        HoldCode::ApiUnavailable
        | HoldCode::Unauthorized
        | HoldCode::EmptyList
        | HoldCode::NotYetPolled
        | HoldCode::PodNotReady
        | HoldCode::ScaledToZero
        | HoldCode::Deleting => true,
        HoldCode::NotRunning
        | HoldCode::InvalidPort
        | HoldCode::InvalidEntry
        | HoldCode::UnnamedEntry
        | HoldCode::PortClash
        | HoldCode::NameClash
        | HoldCode::ReservedPort
        | HoldCode::NameTaken
        | HoldCode::NameTooLong
        | HoldCode::ReplaceRequired
        | HoldCode::NodePortsExhausted
        | HoldCode::Terminating
        | HoldCode::RolloutInProgress
        | HoldCode::SecretMissing
        | HoldCode::StorageFixed
        | HoldCode::UpsertOnly
        | HoldCode::Observe
        | HoldCode::Paused => false,
    }
}

pub(super) fn condition(cycle: &Cycle<'_>, conditions: &mut Conditions<'_>) {
    let held = cycle.holds().find(|hold| hold.adapter.is_none() && holds_everybody(hold.code));
    if let Some(hold) = held {
        // That nobody was asked yet is no news where it is known why nobody could be told before.
        let known = hold.code == HoldCode::NotYetPolled && conditions.is(DISCOVERED, Status::False);
        if !known {
            conditions.set(DISCOVERED, Status::False, hold.code.as_str(), &hold.reason);
        }
        return;
    }
    let (reason, message) = match cycle.observed {
        Observation::Reported(report) => {
            let (named, unnamed) = (report.entries().len(), report.unnamed().len());
            let unnamed =
                if unnamed == 0 { String::new() } else { format!(", and {unnamed} without a name") };
            ("Reported", format!("DittoFS reports {named} adapters{unnamed}"))
        }
        Observation::Empty(kind) => {
            ("EmptyListTrusted", format!("DittoFS answered with {kind}, which is trusted"))
        }
        // Each of these holds everybody, and was said above: nothing was decided on this observation.
        Observation::Unavailable(_) | Observation::NotYetPolled => return,
    };
    conditions.set(DISCOVERED, Status::True, reason, &message);
}

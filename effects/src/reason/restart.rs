//! What a write does to the pod.

use std::fmt;

use super::Cause;

/// Whether a write restarts the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It does.
    Now,
    /// It does not; the next start brings what changes.
    AtNextStart,
    /// It does not, and there is nothing to be brought.
    Never,
}

impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now => "the pod restarts",
            Self::AtNextStart => "the pod is not restarted, its next start brings it",
            Self::Never => "no pod restarts",
        })
    }
}

impl Cause {
    /// What a write with this cause does to the pod, if the StatefulSet or the pod is what it writes.
    pub const fn restart(&self) -> Restart {
        match self {
            Self::PortsNow | Self::RestartRequested | Self::TemplateChanged | Self::BrokenRollout => {
                Restart::Now
            }
            Self::PortsForNextRestart | Self::TemplateForNextRestart => Restart::AtNextStart,
            Self::Running(_)
            | Self::Disabled
            | Self::Absent
            | Self::TrustedEmptyList
            | Self::StoppedRunning
            | Self::NotExposed
            | Self::ClosedUntilKnown
            | Self::KeepsServedPortsOpen
            | Self::AdapterPoliciesInPlace
            | Self::OwnPorts
            | Self::SurplusPolicy
            | Self::ReplacementApproved
            | Self::RolloutComplete
            | Self::ServerDeleted
            | Self::Wanted
            | Self::WantedOtherwise
            | Self::NotWanted
            | Self::TakenOver
            | Self::Scaled
            | Self::LegacySecret
            | Self::Grown => Restart::Never,
        }
    }
}

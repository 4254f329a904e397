//! Template and strategy, decided together.
//!
//! Starting or stopping an adapter must not restart the pod (SAFE-03), whatever restarts it next must bring the right
//! ports, and `kubectl rollout restart` must work at any time. Under `OnDelete` the pod stays and any restart brings the
//! newest template (behind a `partition` it would come back with the old one); but a rollout restart does nothing there,
//! so that it is carried out by going back to `RollingUpdate`. The table was found by searching an abstract controller
//! for needless restarts and stuck states.
//!
//! T is the template that is there, D the one that is wanted. The first row that fits counts.
//!
//! | # | state | write |
//! | --- | --- | --- |
//! | 1 | D and T differ in more than ports | D, RollingUpdate |
//! | 2 | no replicas, D and T differ | D, RollingUpdate |
//! | 3 | RollingUpdate, does not run yet | nothing; if ports differ, they wait |
//! | 4 | RollingUpdate, runs, ports differ | D, OnDelete (RollingUpdate if at once) |
//! | 5 | RollingUpdate, runs, no difference | nothing |
//! | 6 | OnDelete, a restart was asked for | T, RollingUpdate |
//! | 7 | OnDelete, ports differ | D, OnDelete (RollingUpdate if at once) |
//! | 8 | OnDelete, runs, no difference | T, RollingUpdate |
//! | 9 | OnDelete, else | nothing |
//!
//! "Ports" stands for all that can wait. Where the whole workload is ours there is a tenth row, for pods that are left
//! behind by a broken rollout: `workload/broken.rs`.

use dittofs_effects::Cause;

/// How a StatefulSet replaces pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    RollingUpdate,
    OnDelete,
}

impl Strategy {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RollingUpdate => "RollingUpdate",
            Self::OnDelete => "OnDelete",
        }
    }
}

/// In what the wanted template differs from the one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Differs {
    Nothing,
    /// In what can wait for the next restart: container ports named `adapter-*`, modes of mounted files.
    Ports,
    /// In anything that the pod has to be restarted for.
    More,
}

/// What decides about a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rollout {
    pub strategy: Strategy,
    pub differs: Differs,
    /// Every pod runs the template, as far as the controller knows it.
    pub runs: bool,
    pub replicas: i32,
    /// An annotation of the template is missing on the live pod, or has another value there.
    pub restart_requested: bool,
    /// `portRollout: Immediate`.
    pub immediate: bool,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Nothing,
    /// Nothing, and ports that differ wait for it.
    Wait,
    /// The wanted template, under this strategy.
    Ports((Strategy, Cause)),
    /// The template that is there, under this strategy.
    Strategy((Strategy, Cause)),
}

/// Reads the table.
#[expect(clippy::match_same_arms, reason = "an arm a row of the table")]
pub(crate) fn decide(rollout: Rollout) -> Write {
    use Differs::{More, Nothing, Ports};
    use Strategy::{OnDelete, RollingUpdate};
    let ports = if rollout.immediate {
        (RollingUpdate, Cause::PortsNow)
    } else {
        (OnDelete, Cause::PortsForNextRestart)
    };
    match (rollout.strategy, rollout.differs) {
        (_, More) => Write::Ports((RollingUpdate, Cause::TemplateChanged)),
        (_, Ports) if rollout.replicas == 0 => Write::Ports((RollingUpdate, Cause::PortsForNextRestart)),
        (RollingUpdate, Ports) if !rollout.runs => Write::Wait,
        (RollingUpdate, Ports) => Write::Ports(ports),
        (RollingUpdate, Nothing) => Write::Nothing,
        (OnDelete, _) if rollout.restart_requested => {
            Write::Strategy((RollingUpdate, Cause::RestartRequested))
        }
        (OnDelete, Ports) => Write::Ports(ports),
        (OnDelete, Nothing) if rollout.runs => Write::Strategy((RollingUpdate, Cause::RolloutComplete)),
        (OnDelete, Nothing) => Write::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test a row of the table, over every state, so that each row is reached by exactly the states it names.
    #[test]
    fn safe_03_every_state_has_the_write_of_its_row() {
        for strategy in [Strategy::RollingUpdate, Strategy::OnDelete] {
            for differs in [Differs::Nothing, Differs::Ports, Differs::More] {
                for bits in 0..16_u8 {
                    let bit = |n: u8| bits & (1 << n) != 0;
                    let (runs, restart_requested, immediate) = (bit(0), bit(1), bit(2));
                    let replicas = i32::from(bit(3));
                    let rollout = Rollout { strategy, differs, runs, replicas, restart_requested, immediate };
                    assert_eq!(decide(rollout), row(rollout), "{rollout:?}");
                }
            }
        }
    }

    fn row(r: Rollout) -> Write {
        let rolling = r.strategy == Strategy::RollingUpdate;
        let (ports, more) = (r.differs == Differs::Ports, r.differs == Differs::More);
        let same = r.differs == Differs::Nothing;
        let at = |strategy, cause| Write::Ports((strategy, cause));
        let deferred = if r.immediate {
            at(Strategy::RollingUpdate, Cause::PortsNow)
        } else {
            at(Strategy::OnDelete, Cause::PortsForNextRestart)
        };
        let rows = [
            (more, at(Strategy::RollingUpdate, Cause::TemplateChanged)),
            (r.replicas == 0 && !same, at(Strategy::RollingUpdate, Cause::PortsForNextRestart)),
            (rolling && !r.runs, if ports { Write::Wait } else { Write::Nothing }),
            (rolling && r.runs && ports, deferred.clone()),
            (rolling && r.runs && same, Write::Nothing),
            (
                !rolling && r.restart_requested,
                Write::Strategy((Strategy::RollingUpdate, Cause::RestartRequested)),
            ),
            (!rolling && ports, deferred),
            (!rolling && r.runs && same, Write::Strategy((Strategy::RollingUpdate, Cause::RolloutComplete))),
            (!rolling, Write::Nothing),
        ];
        rows.into_iter().find_map(|(fits, write)| fits.then_some(write)).unwrap()
    }
}

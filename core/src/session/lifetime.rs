//! How long a token is good, by our own clock: what the server's clock says is never compared with ours.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use crate::moment::Moment;

/// Claims are whole seconds, so a token dies up to one second before its nominal end.
const EARLY: Duration = Duration::from_secs(1);

/// An access token, and until when it is of use.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub token: SecretString,
    /// Which one it is, counted up: so that a late answer is not held against its successor.
    pub serial: u64,
    /// When it may be dead.
    pub dies: Duration,
    /// When the next one is asked for (AUTH-05).
    pub refresh_at: Duration,
    /// The list said 401.
    pub refused: bool,
}

impl Access {
    /// A token that came with an answer at this moment and is valid for `lifetime`.
    pub fn granted(token: SecretString, serial: u64, lifetime: Duration, moment: Moment) -> Self {
        // 80 % of the lifetime, minus up to 10 % of it.
        let share = 800 - moment.jitter.thousandths() / 10;
        let refresh_after = lifetime.saturating_mul(share) / 1000;
        Self {
            token,
            serial,
            dies: moment.now.saturating_add(lifetime.saturating_sub(EARLY)),
            refresh_at: moment.now.saturating_add(refresh_after),
            refused: false,
        }
    }

    /// Whether it may be sent.
    pub fn is_good(&self, now: Duration) -> bool {
        !self.refused && now < self.dies
    }
}

/// A token to send with polls.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The token itself.
    pub token: SecretString,
    /// Goes back with what the list answered ([`super::Input::Listed`]).
    pub serial: u64,
}

/// Whether two secrets are the same.
pub(crate) fn same(a: &SecretString, b: &SecretString) -> bool {
    a.expose_secret() == b.expose_secret()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Jitter;

    fn granted(seconds: u64, jitter: u16) -> Access {
        let moment = Moment { now: Duration::from_secs(1000), jitter: Jitter::new(jitter) };
        Access::granted("t".into(), 1, Duration::from_secs(seconds), moment)
    }

    #[test]
    fn auth_05_refresh_is_due_at_80_percent_minus_up_to_10_counted_from_the_answer() {
        assert_eq!(granted(900, 0).refresh_at, Duration::from_secs(1000 + 720));
        assert_eq!(granted(900, 1000).refresh_at, Duration::from_secs(1000 + 630));
        assert!(granted(1, 1000).refresh_at > Duration::from_secs(1000), "never at once");
    }

    #[test]
    fn a_token_dies_a_second_before_its_nominal_end() {
        let access = granted(900, 0);
        assert!(access.is_good(Duration::from_millis(1_898_999)));
        assert!(!access.is_good(Duration::from_secs(1899)));
        assert!(!granted(1, 0).is_good(Duration::from_secs(1000)), "too short to be of use");
        assert!(granted(u64::MAX, 0).dies > Duration::from_secs(u64::MAX - 1), "no overflow");
    }
}

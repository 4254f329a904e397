//! Ports and transport protocols, checked at the door.

use std::fmt;
use std::num::NonZeroU16;

use serde::{Serialize, Serializer};

/// A TCP or UDP port in 1–65535. Port 0 ("the default of the type") is resolved before a `Port` exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(NonZeroU16);

/// A number that is no port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("port {0} is not in 1–65535")]
pub struct PortOutOfRange(pub i64);

impl Port {
    /// The number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// A port that is known when the program is compiled; 0 does not compile.
    pub const fn literal<const N: u16>() -> Self {
        const {
            assert!(N != 0, "0 is not a port");
        }
        match NonZeroU16::new(N) {
            Some(port) => Self(port),
            None => Self(NonZeroU16::MIN),
        }
    }
}

impl TryFrom<i64> for Port {
    type Error = PortOutOfRange;

    fn try_from(number: i64) -> Result<Self, PortOutOfRange> {
        let port = u16::try_from(number).ok().and_then(NonZeroU16::new);
        port.map(Self).ok_or(PortOutOfRange(number))
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Port {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.get())
    }
}

/// The transport of a port, in the words of the Kubernetes API. SCTP is known so that foreign objects can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `TCP`, also what an absent protocol means.
    Tcp,
    /// `UDP`.
    Udp,
    /// `SCTP`.
    Sctp,
}

impl Protocol {
    /// The word of the Kubernetes API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }

    /// Reads the optional `protocol` field of the API: absent means TCP, a word that is none is no protocol.
    pub fn from_field(field: Option<&str>) -> Option<Self> {
        match field {
            None | Some("TCP") => Some(Self::Tcp),
            Some("UDP") => Some(Self::Udp),
            Some("SCTP") => Some(Self::Sctp),
            Some(_) => None,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_one_to_65535() {
        for bad in [-1, 0, 65_536, 1_000_000_000, i64::MIN, i64::MAX] {
            assert_eq!(Port::try_from(bad), Err(PortOutOfRange(bad)));
        }
        for good in [1, 2049, 65_535] {
            assert_eq!(Port::try_from(good).map(|p| i64::from(p.get())), Ok(good));
        }
        assert_eq!(Port::literal::<12049>().to_string(), "12049");
    }

    #[test]
    fn an_absent_protocol_is_tcp_and_an_unknown_one_is_none() {
        assert_eq!(Protocol::from_field(None), Some(Protocol::Tcp));
        for known in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
            assert_eq!(Protocol::from_field(Some(known.as_str())), Some(known));
        }
        assert_eq!(Protocol::from_field(Some("tcp")), None);
    }
}

//! Ports that may accompany an adapter's own: off unless the resource asks for them (SRVC-02, CONF-02).

use dittofs_effects::{AdapterType, Port, Protocol};

use crate::api::CompanionPort;

/// One companion port, with the names that the Go operator gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Companion {
    /// The embedded portmapper over TCP (RFC 1833): 111 → 10111.
    PortmapperTcp,
    /// The embedded portmapper over UDP.
    PortmapperUdp,
    /// The adapter's own port over UDP (NLM, NSM, MOUNT).
    OwnUdp,
    /// Multicast DNS (RFC 6762).
    Mdns,
    /// WS-Discovery over UDP.
    WsDiscovery,
    /// WS-Discovery metadata exchange over TCP.
    WsDiscoveryMetadata,
}

impl Companion {
    /// Every companion there is.
    pub const ALL: [Self; 6] = [
        Self::PortmapperTcp,
        Self::PortmapperUdp,
        Self::OwnUdp,
        Self::Mdns,
        Self::WsDiscovery,
        Self::WsDiscoveryMetadata,
    ];

    /// The opt-in that brings it.
    pub const fn option(self) -> CompanionPort {
        match self {
            Self::PortmapperTcp | Self::PortmapperUdp => CompanionPort::Portmapper,
            Self::OwnUdp => CompanionPort::UDP,
            Self::Mdns => CompanionPort::MDNS,
            Self::WsDiscovery | Self::WsDiscoveryMetadata => CompanionPort::WSDiscovery,
        }
    }

    /// Whether the adapter can have it at all.
    pub fn fits(self, adapter: &AdapterType) -> bool {
        match self {
            Self::PortmapperTcp | Self::PortmapperUdp | Self::OwnUdp => adapter.as_str() == "nfs",
            Self::Mdns => true,
            Self::WsDiscovery | Self::WsDiscoveryMetadata => adapter.as_str() == "smb",
        }
    }

    /// Its name in the Service.
    pub const fn service_port_name(self) -> &'static str {
        match self {
            Self::PortmapperTcp => "portmap",
            Self::PortmapperUdp => "portmap-udp",
            Self::OwnUdp => "adapter-nfs-udp",
            Self::Mdns => "mdns",
            Self::WsDiscovery => "wsd",
            Self::WsDiscoveryMetadata => "wsd-meta",
        }
    }

    /// Its name among the container's ports; the adapter's own port over UDP has never been declared there.
    pub const fn container_port_name(self) -> Option<&'static str> {
        match self {
            Self::PortmapperTcp => Some("adapter-nfs-pm"),
            Self::PortmapperUdp => Some("adapter-pm-udp"),
            Self::OwnUdp => None,
            Self::Mdns => Some("adapter-mdns"),
            Self::WsDiscovery => Some("adapter-wsd"),
            Self::WsDiscoveryMetadata => Some("adapter-wsdmeta"),
        }
    }

    /// Its transport.
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::PortmapperTcp | Self::WsDiscoveryMetadata => Protocol::Tcp,
            Self::PortmapperUdp | Self::OwnUdp | Self::Mdns | Self::WsDiscovery => Protocol::Udp,
        }
    }

    /// True for TCP, the only transport that adapters themselves use.
    pub const fn is_tcp(self) -> bool {
        matches!(self.protocol(), Protocol::Tcp)
    }

    /// The port in the pod; `None` for the one that follows the adapter's own.
    pub const fn fixed_target(self) -> Option<Port> {
        match self {
            Self::PortmapperTcp | Self::PortmapperUdp => Some(Port::literal::<10111>()),
            Self::OwnUdp => None,
            Self::Mdns => Some(Port::literal::<5353>()),
            Self::WsDiscovery => Some(Port::literal::<3702>()),
            Self::WsDiscoveryMetadata => Some(Port::literal::<5357>()),
        }
    }

    /// The port of the Service; `None` for the one that follows the adapter's own.
    pub const fn fixed_port(self) -> Option<Port> {
        match self {
            Self::PortmapperTcp | Self::PortmapperUdp => Some(Port::literal::<111>()),
            Self::OwnUdp | Self::Mdns | Self::WsDiscovery | Self::WsDiscoveryMetadata => self.fixed_target(),
        }
    }

    /// What the port is for, in a few words.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::PortmapperTcp | Self::PortmapperUdp => "the portmapper's port",
            Self::OwnUdp => "the adapter's port over UDP",
            Self::Mdns => "the mDNS port",
            Self::WsDiscovery => "the WS-Discovery port",
            Self::WsDiscoveryMetadata => "the WS-Discovery metadata port",
        }
    }

    /// Why such a port is closed at a takeover.
    pub const fn why_closed(self) -> &'static str {
        match self {
            Self::PortmapperTcp | Self::PortmapperUdp => {
                "the server's portmapper is off unless an administrator turns it on (companionPorts: [Portmapper])"
            }
            Self::OwnUdp => "NFS is served over TCP (companionPorts: [UDP])",
            Self::Mdns => "multicast does not pass a Service (companionPorts: [MDNS])",
            Self::WsDiscovery | Self::WsDiscoveryMetadata => {
                "discovery does not pass a Service (companionPorts: [WSDiscovery])"
            }
        }
    }
}

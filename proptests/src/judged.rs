//! What policies let in, put as a question to an evaluator that is not ours (`fixtures/policies/real`).
//!
//! For each port at which anything could change, by each protocol, one attempt from the world and one from a pod of another
//! namespace: the evaluator is to let in exactly what [`reachable`](dittofs_core::reachable) says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use dittofs_core::{OpenPort, PolicyPort, Reachability};
use dittofs_effects::Protocol;
use serde_json::{Value, json};

/// Who tries to get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An address that is no pod's.
    World,
    /// A pod of another namespace.
    Neighbour,
}

const WORLD: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);
const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(10, 1, 2, 3);
/// Labels of the other namespace: as every namespace has it.
const NEIGHBOURHOOD: (&str, &str) = ("kubernetes.io/metadata.name", "elsewhere");

impl Source {
    const ALL: [Self; 2] = [Self::World, Self::Neighbour];

    const fn address(self) -> Ipv4Addr {
        match self {
            Self::World => WORLD,
            Self::Neighbour => NEIGHBOUR,
        }
    }

    fn json(self) -> Value {
        let address = self.address().to_string();
        match self {
            Self::World => json!({ "ip": address }),
            Self::Neighbour => json!({
                "ip": address, "namespace": NEIGHBOURHOOD.1, "namespaceLabels": { NEIGHBOURHOOD.0: NEIGHBOURHOOD.1 },
                "podLabels": { "app": "client" },
            }),
        }
    }

    /// Whether a word of [`OpenPort::from`] means this source.
    fn is(self, word: &str) -> bool {
        if word == "anywhere" {
            return true;
        }
        if word == "nobody" || word.starts_with("pods:") {
            // Pods of the server's own namespace.
            return false;
        }
        if let Some(selectors) = word.strip_prefix("namespaces:") {
            let (namespaces, pods) = selectors.split_once(" pods:").unwrap_or((selectors, ""));
            let its_pod = BTreeMap::from([("app", "client")]);
            return self == Self::Neighbour
                && selects(namespaces, &BTreeMap::from([NEIGHBOURHOOD]))
                && selects(pods, &its_pod);
        }
        let (cidr, except) = word.split_once(" except ").unwrap_or((word, ""));
        let inside = |cidr: &str| contains(cidr, self.address());
        inside(cidr) && !except.split(", ").filter(|cidr| !cidr.is_empty()).any(inside)
    }
}

/// A selector as a plan writes it, of equalities alone.
fn selects(written: &str, labels: &BTreeMap<&str, &str>) -> bool {
    let mut terms = written.split(',').map(str::trim).filter(|term| !term.is_empty() && *term != "*");
    terms.all(|term| {
        let (key, value) = term.split_once('=').unwrap_or_else(|| panic!("no equality: {term}"));
        labels.get(key) == Some(&value)
    })
}

fn contains(cidr: &str, address: Ipv4Addr) -> bool {
    let (network, length) = cidr.split_once('/').unwrap_or_else(|| panic!("no CIDR: {cidr}"));
    // Of another family.
    let Ok(network) = network.parse::<Ipv4Addr>() else { return false };
    let length: u32 = length.parse().unwrap();
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    u32::from(network) & mask == u32::from(address) & mask
}

/// One try to get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    source: Source,
    protocol: Protocol,
    number: u16,
    /// What the pod calls the port.
    name: Option<String>,
}

impl Attempt {
    fn is_admitted(&self, reachability: &Reachability) -> bool {
        !reachability.isolated || reachability.ports.iter().any(|open| self.is_admitted_by(open))
    }

    fn is_admitted_by(&self, open: &OpenPort) -> bool {
        let is_the_port = match &open.port {
            PolicyPort::All => true,
            PolicyPort::Number(number) => *number == self.number,
            PolicyPort::Range(first, last) => (*first..=*last).contains(&self.number),
            PolicyPort::Named(name) => self.name.as_ref() == Some(name),
        };
        is_the_port && open.protocol == self.protocol && open.from.iter().any(|word| self.source.is(word))
    }
}

/// A pod, as policies look at it.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its labels.
    pub labels: &'a BTreeMap<String, String>,
    /// The ports that its containers name.
    pub ports: &'a [Value],
}

/// A question, and what is expected for an answer.
#[derive(Clone, Debug)]
pub struct Question {
    /// As the evaluator reads it.
    pub line: String,
    attempts: Vec<Attempt>,
    expected: Vec<bool>,
}

impl Question {
    /// What these policies let in to that pod, which is expected to be this.
    pub fn new(policies: &[&Value], pod: &Target<'_>, reachability: &Reachability) -> Self {
        let attempts = attempts(pod, reachability);
        let json: Vec<Value> = attempts
            .iter()
            .map(|a| {
                json!({ "source": a.source.json(), "port": a.number, "portName": a.name.as_deref().unwrap_or_default(),
                    "protocol": a.protocol.to_string() })
            })
            .collect();
        let target = json!({ "ip": "10.9.9.9", "namespace": pod.namespace, "podLabels": pod.labels });
        let line = json!({ "policies": policies, "pod": target, "attempts": json }).to_string();
        let expected = attempts.iter().map(|attempt| attempt.is_admitted(reachability)).collect();
        Self { line, attempts, expected }
    }

    /// How many attempts it is made of, and how many of them are expected to get in.
    pub fn size(&self) -> (usize, usize) {
        (self.attempts.len(), self.expected.iter().filter(|admitted| **admitted).count())
    }

    /// The ports of TCP, of those that are tried, that are expected to let in the world.
    pub fn open_to_the_world(&self) -> Vec<u16> {
        let tried = self.attempts.iter().zip(&self.expected);
        let of_the_world = |a: &Attempt| a.source == Source::World && a.protocol == Protocol::Tcp;
        tried
            .filter(|(attempt, admitted)| **admitted && of_the_world(attempt))
            .map(|(a, _)| a.number)
            .collect()
    }

    /// Holds the answer against what is expected.
    ///
    /// # Errors
    /// The first attempt of which the evaluator thinks otherwise.
    pub fn check(&self, answer: &str) -> Result<(), String> {
        let answer: Vec<bool> = serde_json::from_str(answer).map_err(|error| error.to_string())?;
        ensure!(answer.len() == self.attempts.len(), "{} answers", answer.len());
        let judged = self.attempts.iter().zip(answer).zip(&self.expected);
        for ((attempt, admitted), expected) in judged {
            ensure!(
                admitted == *expected,
                "{attempt:?}: admitted {admitted}, expected {expected}: {}",
                self.line
            );
        }
        Ok(())
    }
}

/// Each port at which anything could change, and one where nothing is.
fn attempts(pod: &Target<'_>, reachability: &Reachability) -> Vec<Attempt> {
    let mut numbers = BTreeSet::from([1, 40_000]);
    let mut names: BTreeMap<(Protocol, u16), String> = BTreeMap::new();
    for port in pod.ports {
        let number = u16::try_from(port["containerPort"].as_u64().unwrap()).unwrap();
        numbers.insert(number);
        if let (Some(name), Some(protocol)) =
            (port["name"].as_str(), Protocol::from_field(port["protocol"].as_str()))
        {
            names.insert((protocol, number), name.to_owned());
        }
    }
    for open in &reachability.ports {
        let (first, last) = match open.port {
            PolicyPort::Number(number) => (number, number),
            PolicyPort::Range(first, last) => (first, last),
            PolicyPort::All | PolicyPort::Named(_) => continue,
        };
        numbers.extend([first.saturating_sub(1), first, last, last.saturating_add(1)]);
    }
    numbers.remove(&0);
    let mut attempts = Vec::new();
    for number in numbers {
        for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
            let name = names.get(&(protocol, number));
            attempts.extend(Source::ALL.map(|source| Attempt {
                source,
                protocol,
                number,
                name: name.cloned(),
            }));
        }
    }
    attempts
}

//! `demo`: the tour.

use std::io::IsTerminal as _;
use std::time::Duration;

use crate::cli::DemoArgs;
use crate::demo::{DemoError, Ports, Servers, Settings, demo};
use crate::input::InputError;
use crate::terminal;

/// How long a page is left to be read.
const PACE: Duration = Duration::from_millis(2500);

/// Runs the tour.
pub fn run(args: &DemoArgs) -> Result<u8, InputError> {
    let is_read = std::io::stdout().is_terminal() && !args.fast;
    let ports = Ports { kubernetes: args.kubernetes_port, dittofs: args.dittofs_port };
    let servers = if args.real {
        Servers::Real { serve: args.serve }
    } else {
        Servers::Embedded { serve: args.serve.then_some(ports) }
    };
    let settings = Settings {
        style: terminal::style(args.color),
        width: terminal::width(None),
        pace: if is_read { PACE } else { Duration::ZERO },
        servers,
    };
    demo(settings).map_err(|error: DemoError| InputError::Demo(Box::new(error)))?;
    Ok(0)
}

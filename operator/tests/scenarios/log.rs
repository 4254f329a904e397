//! What this thread's operator logged.
//!
//! One subscriber serves the whole process: a thread's own would miss the places that another thread passed first, since
//! `tracing` remembers of a place that nobody listened there.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Once;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

thread_local! {
    /// The lines, where somebody asked for this thread's.
    static LINES: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Takes everything that this thread logs from now on, at level trace.
pub fn take() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let asked_for = dynamic_filter_fn(|_, _| LINES.with_borrow(Option::is_some))
            .with_max_level_hint(LevelFilter::TRACE);
        registry().with(fmt::layer().with_ansi(false).with_writer(ThisThread).with_filter(asked_for)).init();
    });
    LINES.set(Some(Vec::new()));
}

/// What was taken.
pub fn taken() -> String {
    let lines = LINES.take().unwrap_or_default();
    String::from_utf8_lossy(&lines).into_owned()
}

struct ThisThread;

impl Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.as_mut().map_or(Ok(bytes.len()), |lines| lines.write(bytes)))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for ThisThread {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

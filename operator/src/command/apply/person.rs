//! Who says yes to what was shown.

use std::io::{self, BufRead, IsTerminal as _, Stderr, StdinLock, Write};

use super::ApplyError;
use crate::input::InputError;

/// Somebody who can be asked, or nobody.
pub(super) struct Person<A, Q> {
    /// Whether the question is seen, and the answer is somebody's own.
    pub is_there: bool,
    /// Where the answers come from.
    pub answers: A,
    /// Where the questions go.
    pub questions: Q,
}

impl Person<StdinLock<'static>, Stderr> {
    /// Whoever sits at the terminal. Standard output may be piped: the question is not part of it.
    pub fn at_the_terminal() -> Self {
        let is_there = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { is_there, answers: io::stdin().lock(), questions: io::stderr() }
    }
}

impl<A: BufRead, Q: Write> Person<A, Q> {
    /// Asks. The end of the input is no yes.
    pub fn confirms(&mut self) -> Result<bool, InputError> {
        if !self.is_there {
            return Err(ApplyError::NobodyToAsk.into());
        }
        let failed = |source| ApplyError::NoAnswer { source };
        let asked =
            write!(self.questions, "Do this? Only yes is a yes: ").and_then(|()| self.questions.flush());
        asked.map_err(failed)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(failed)?;
        Ok(answer.trim() == "yes")
    }
}

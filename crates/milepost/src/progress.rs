//! Progress on a terminal; silence elsewhere.

use std::io::IsTerminal;
use std::sync::{Arc, Once};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use milepost_sources::{Listener, Progress};

use crate::globals::Globals;

/// A bar that comes with the first step and goes away at the end.
pub(crate) struct Bar {
    bar: ProgressBar,
    is_shown: bool,
}

impl Bar {
    pub(crate) fn new(globals: &Globals, doing: &'static str) -> Bar {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = "{msg} {wide_bar} {human_pos}/{human_len} {eta}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.set_message(doing);
        Bar { bar, is_shown: !globals.is_quiet && std::io::stderr().is_terminal() }
    }

    pub(crate) fn callback(&self) -> Progress {
        let (bar, is_shown, begin) = (self.bar.clone(), self.is_shown, Once::new());
        Arc::new(move |done, total| {
            if is_shown {
                begin.call_once(|| bar.set_draw_target(ProgressDrawTarget::stderr()));
            }
            bar.set_length(total);
            bar.set_position(done);
        })
    }
}

/// Told of what happens while servers are asked.
pub(crate) struct Told {
    bar: ProgressBar,
    globals: Globals,
    is_shown: bool,
}

impl Told {
    pub(crate) fn new(globals: &Globals) -> Told {
        let is_shown = !globals.is_quiet && std::io::stderr().is_terminal();
        let target =
            if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Told {
            bar: ProgressBar::with_draw_target(None, target),
            globals: globals.clone(),
            is_shown,
        }
    }

    /// Leaves the terminal as it was.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Listener for Told {
    fn notice(&self, sentence: &str) {
        self.bar.suspend(|| self.globals.remark(sentence));
    }

    fn progress(&self, doing: &str, done: u64, total: Option<u64>) {
        if !self.is_shown {
            return;
        }
        let style = match total {
            Some(_) => "{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}",
            None => "{msg} {human_pos} {per_sec}",
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            self.bar.set_style(style);
        }
        if let Some(total) = total {
            self.bar.set_length(total.max(done));
        }
        self.bar.set_message(doing.to_owned());
        self.bar.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

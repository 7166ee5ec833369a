//! Progress on a terminal; silence elsewhere.

use std::io::IsTerminal;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use milepost_sources::Progress;

use crate::globals::Globals;

/// A bar that goes away at the end.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(globals: &Globals, doing: &'static str) -> Bar {
        if globals.is_quiet || !std::io::stderr().is_terminal() {
            return Bar(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) =
            ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}")
        {
            bar.set_style(style);
        }
        bar.set_message(doing);
        Bar(bar)
    }

    pub(crate) fn callback(&self) -> Progress {
        let bar = self.0.clone();
        Arc::new(move |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

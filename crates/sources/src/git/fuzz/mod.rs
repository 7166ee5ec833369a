//! Targets for what is parsed from a repository; see `crate::fuzz`.

mod against_git;
mod commits;
mod messages;
mod tags;

use proptest::prelude::*;

use crate::fuzz::text;

/// What messages are made of.
const PIECES: [&str; 66] = [
    "Fix the door",
    "feat(api)!: ",
    "Merge pull request #12 from ann/door",
    "Merge branch 'door' into 'main'",
    "Merged in door (pull request #7)",
    "See merge request group/sub/shop!77",
    "See merge request !",
    "Revert \"",
    "\"",
    " (#9)",
    "(#",
    ")",
    "Reverts acme/shop#7",
    "Reverts #12",
    "Reverts !999999999",
    "reverts ",
    "This reverts commit ",
    "this reverts commit",
    "0123456789abcdef0123456789abcdef01234567",
    "abcdef1",
    "ABCDEF12",
    ", reversing\nchanges made to ",
    ".",
    "(cherry picked from commit ",
    "(cherry-picked from commit abcdef1234)",
    "Co-authored-by: Ann Arbor <ann@acme.test>",
    "Co-Authored-By: Bo <Bo@ACME.test>",
    "co-authored-by:Cy<cy@acme.test>",
    "Co-authored-by: ",
    "Co-authored-by",
    "Co-authored-by :",
    "\nCo-authored-by: Di Ek <di@acme.test>\n",
    "\n\nCo-authored-by: Ef <ef@acme.test>\nSigned-off-by: Ef <ef@acme.test>\n",
    "\n\nSigned-off-by: Ann Arbor <ann@acme.test>\nCo-authored-by: Gé <gé@acme.test>",
    "Signed-off-by: Ann Arbor <ann@acme.test>\n",
    "Reviewed-by: ",
    "Ann <ann@acme.test>",
    "İda <İDA@ACME.TEST>",
    "<",
    ">",
    "<>",
    "@",
    ":",
    "#",
    "!",
    "-",
    "---\n",
    "# a comment\n",
    "PAY-12",
    "OPS-7",
    "SHA-256",
    "UTF-8",
    "X1-0",
    "AB-99999999",
    "Generated with [Claude Code](https://example.test)",
    "Claude-Session: 1",
    "noreply@anthropic.com",
    "1+copilot-swe-agent[bot]@users.noreply.github.com",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    "\n \n",
    "\n    ",
];

fn message() -> impl Strategy<Value = String> {
    text(&PIECES, 24)
}

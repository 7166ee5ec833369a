//! Mappings are part of the program: a new one is a reason to build it again.

#[expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
fn main() {
    println!("cargo::rerun-if-changed=mappings");
}

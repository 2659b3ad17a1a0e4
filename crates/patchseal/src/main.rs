//! patchseal
fn main() {}

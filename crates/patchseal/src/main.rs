//! The binary; everything is in the library, so that documentation can be generated from it.

fn main() -> std::process::ExitCode {
    patchseal::main()
}

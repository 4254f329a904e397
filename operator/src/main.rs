//! The binary; everything is in the library, so that tests run the very loop.

fn main() -> std::process::ExitCode {
    dittofs_adapters::main()
}

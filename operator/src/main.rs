//! The binary; everything is in the library, so that tests run the very loop.

// It gives back what was freed, which glibc's does not, and is fast where musl's is slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    dittofs_adapters::main()
}

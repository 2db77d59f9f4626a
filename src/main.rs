//! The program: everything it does is in the library.
//!
//! **Why another allocator.** librdkafka allocates each record's message on the thread that fetches and has it freed on the thread
//! that reads, which is what the system's allocator does worst. mimalloc is built to take the place of `malloc` and `free` too, so
//! that the C code is served by it as well. Its second version is taken: the third spends more on sizes that are no power of two, which
//! most of ours are.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    contactpulse::cli::run()
}

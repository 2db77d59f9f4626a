//! The program: everything it does is in the library.
//!
//! **Why another allocator.** librdkafka allocates each record's message on the thread that fetches and has it freed on the thread
//! that reads, which is what the system's allocator does worst. jemalloc is built to take the place of `malloc` and `free` too, so
//! that the C code is served by it as well. mimalloc folds some percent faster, but its memory goes to pieces: a backlog of three million
//! records took 500 MB with it and 380 MB with this one, whose settings are in `.cargo/config.toml`.

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    contactpulse::cli::run()
}

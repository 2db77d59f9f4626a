//! Where the programs are that the tests run: `.tools/`, as `deploy/tools.sh` filled it, or else PATH.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub fn promtool() -> Command {
    Command::new(program(&["promtool"]))
}

pub fn prometheus() -> Command {
    Command::new(program(&["prometheus"]))
}

pub fn amtool() -> Command {
    Command::new(program(&["amtool"]))
}

/// Debian's package gives it the longer name. It runs in `.tools/`, where `deploy/tools.sh` put its templates.
pub fn alertmanager() -> Command {
    let mut command = Command::new(program(&["prometheus-alertmanager", "alertmanager"]));
    command.current_dir(tools());
    command
}

/// Java with Kafka's classes. A quick start counts for more here than speed later: one collector thread, one compiler.
pub fn java_kafka() -> Command {
    let jars = tools().join("kafka");
    assert!(jars.is_dir(), "Kafka's jars are not in {}: run `make tools`", jars.display());
    let mut java = Command::new(program(&["java"]));
    java.args([
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    ]);
    java.arg("-cp").arg(jars.join("*"));
    java
}

/// Runs a command to its end, giving it `input` to read.
pub fn run_with_input(command: &mut Command, input: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut pipe = child.stdin.take().expect("its input is a pipe");
    let input = input.to_owned();
    // It may end without reading all; its output tells.
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()).ok());
    let output = child.wait_with_output().expect("a child can be waited for");
    writer.join().expect("writing does not panic");
    output
}

fn program(names: &[&str]) -> PathBuf {
    let found =
        directories().find_map(|directory| names.iter().map(|name| directory.join(name)).find(|path| path.is_file()));
    found.unwrap_or_else(|| panic!("{} is neither in .tools/bin nor on PATH: run `make tools`", names[0]))
}

fn directories() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = env::split_paths(&path).collect();
    std::iter::once(tools().join("bin")).chain(on_path)
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools")
}

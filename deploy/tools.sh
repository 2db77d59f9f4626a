#!/usr/bin/env bash
# Makes sure of the programs that ContactPulse is built and tested with. Quick, and changes nothing, when all are there.
#
#   deploy/tools.sh build    what `cargo build` needs besides Rust: a C and a C++ compiler, make, perl
#   deploy/tools.sh tests    what the tests run against: a Kafka broker, Prometheus, Alertmanager, Chromium
#
# A program on PATH is used as it is. What is missing comes from Debian's packages and from Maven:
#   - Prometheus and Alertmanager are unpacked into .tools/bin, not installed: that needs no root and starts no service;
#   - Kafka's jars go into .tools/kafka;
#   - compilers, Java, Maven and Chromium are installed, as root or by sudo without a password.
# Where that cannot be done, it says what is missing and how to get it, and exits 1.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/.tools
kafka_pom=$root/deploy/kafka/pom.xml
java_min=17

main() {
    case "${1:-}" in
    build)
        require_rust
        ensure missing_for_build
        ;;
    tests)
        ensure missing_for_tests
        found prometheus promtool || unpack prometheus prometheus promtool
        found amtool prometheus-alertmanager || found amtool alertmanager || unpack_alertmanager
        cmp -s "$kafka_pom" "$tools/kafka/pom.xml" || fetch_kafka
        ;;
    *) die "usage: deploy/tools.sh build|tests" ;;
    esac
}

# Each prints the Debian packages whose programs are missing, one a line.
missing_for_build() {
    have cc || echo gcc
    have c++ || echo g++
    have make || echo make
    perl -MFindBin -MIPC::Cmd -MPod::Usage -e 1 2>/dev/null || echo perl # OpenSSL's configure script uses these
}

missing_for_tests() {
    java_is_new_enough || echo default-jre-headless
    have mvn || echo maven
    have chromium || echo chromium
}

require_rust() {
    have cargo || die "cargo is missing: install Rust with rustup, or put cargo on PATH"
}

have() { command -v "$1" >/dev/null; }

java_is_new_enough() {
    have java || return 1
    local version
    version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${version:-0}" -ge "$java_min" ]
}

# ensure LISTER: installs the packages that LISTER prints, and has it look again.
ensure() {
    local missing
    missing=$("$1")
    [ -z "$missing" ] && return
    install_packages $missing
    missing=$("$1")
    [ -z "$missing" ] || die_missing $missing
}

install_packages() {
    have apt-get && can_be_root || die_missing "$@"
    say "installing $*"
    apt_install "$@" || { as_root apt-get update -q && apt_install "$@"; } || die_missing "$@"
}

# RUNLEVEL=1 tells the packages' scripts that this is no time to start a service.
apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -q -y --no-install-recommends "$@"
}

can_be_root() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# found PROGRAM...: whether all are in .tools/bin or on PATH.
found() {
    local program
    for program in "$@"; do
        [ -x "$tools/bin/$program" ] || have "$program" || return 1
    done
}

# unpack PACKAGE PROGRAM...: puts these programs of a Debian package, and what it has in share/prometheus, into .tools.
unpack() {
    local package=$1 work
    shift
    have apt-get && have dpkg || die_missing "$package"
    say "unpacking $package into .tools/bin"
    work=$(mktemp -d)
    (cd "$work" && download_package "$package" && dpkg -x ./*.deb .) || { rm -rf "$work"; die_missing "$package"; }
    mkdir -p "$tools/bin" "$tools/share"
    [ ! -d "$work/usr/share/prometheus" ] || cp -a "$work/usr/share/prometheus" "$tools/share/"
    (cd "$work/usr/bin" && mv "$@" "$tools/bin/")
    rm -rf "$work"
}

# Debian's Alertmanager reads its templates from a directory that only root can fill. In our copy that name is overwritten by
# one of the same length, which leads to .tools/share for a process that runs in .tools.
unpack_alertmanager() {
    unpack prometheus-alertmanager prometheus-alertmanager amtool
    LC_ALL=C sed -i 's|/usr/share/prometheus/alertmanager|share//////prometheus/alertmanager|g' "$tools/bin/prometheus-alertmanager"
}

# Into the current directory. With no package lists, or old ones, it fetches lists of its own: reading them needs no root.
download_package() {
    apt-get download -q "$1" 2>/dev/null && return
    local lists=$PWD/apt
    mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial"
    local private=(-q -o "Dir::State=$lists/state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$lists/cache")
    apt-get "${private[@]}" update && apt-get "${private[@]}" download "$1"
}

# The copy of the pom beside the jars tells which version they are of.
fetch_kafka() {
    local jars=$tools/kafka
    say "fetching Apache Kafka into .tools/kafka"
    rm -rf "$jars" "$jars.partial"
    mvn -B -q -f "$kafka_pom" dependency:copy-dependencies -DoutputDirectory="$jars.partial" ||
        die "Maven could not fetch Apache Kafka (deploy/kafka/pom.xml): see its message above"
    cp "$kafka_pom" "$jars.partial/pom.xml"
    mv "$jars.partial" "$jars"
}

say() { echo "tools: $*" >&2; }

die() {
    say "$*"
    exit 1
}

die_missing() {
    local package
    say "missing, and not to be had without help:"
    for package in "$@"; do say "  - $(what_is "$package")"; done
    die "on Debian, run as root: apt-get update && apt-get install --no-install-recommends $*"
}

what_is() {
    case "$1" in
    gcc) echo "a C compiler, as cc" ;;
    g++) echo "a C++ compiler, as c++ (librdkafka's build asks for one)" ;;
    perl) echo "perl with its standard modules (OpenSSL's build asks for them)" ;;
    default-jre-headless) echo "Java $java_min or newer, as java" ;;
    maven) echo "Maven, as mvn" ;;
    prometheus) echo "Prometheus, as prometheus and promtool" ;;
    prometheus-alertmanager) echo "Alertmanager, as prometheus-alertmanager and amtool" ;;
    *) echo "$1" ;;
    esac
}

main "$@"

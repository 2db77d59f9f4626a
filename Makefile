# What there is to do with ContactPulse. `make` alone lists the targets; the list is made of the `##` comments below.
# Everything but `build` uses the dev profile (optimised, see Cargo.toml), so that librdkafka is compiled once.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test test-core properties flood crash backlog memory fuzz bench check build run tools clean

# How many random streams each property of `make properties` reads, and with which seed they begin.
STREAMS := 10000
SEED := 0

# How many faults `make crash` makes, for how many seconds members come and go, and how long the group waits for one that is silent.
KILLS := 200
PAUSES := 50
BROKER_KILLS := 20
STOPS := 20
STORM := 300
SESSION_MS := 10000

# How long `make fuzz` looks for each kind of fault.
fuzz: SECONDS := 60

# How many records `make backlog` catches up.
backlog: EVENTS := 20000000

# The modules of tests/it that need a broker, Prometheus or the like.
NEEDS_PARTS := real_parts kafka kafka_cloud_events letters recovery crash backlog deploy exposition outage page paging backtest

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: compilers ## Run a simulated contact centre, an embedded broker and the service: nothing else is needed
	cargo run -- demo $(ARGS)

test: compilers tools ## Run all tests, with real parts, which it fetches first; CONTACTPULSE_DATA names the shared data
	tests/run $(ARGS)

test-core: compilers ## Run the quick tests: those without real parts
	cargo test --lib
	cargo test --test it -- $(NEEDS_PARTS:%=--skip %::)

properties: compilers ## Hold STREAMS random streams, from seed SEED on, against a naive recount: make properties STREAMS=100000 SEED=7
	PROPERTY_STREAMS=$(STREAMS) PROPERTY_SEED=$(SEED) cargo test --test it -- properties:: laws::

check: compilers ## Check format, lints and documentation; a warning is an error
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps

flood: compilers ## Send a million made-up names of queues and agents: memory, series and everybody else's figures stay as they are
	FLOOD_NAMES=1000000 cargo test --test it -- flood:: --nocapture

crash: compilers tools ## Crash instances and the broker while events go on, and compare what is shown with a replay: make crash KILLS=200
	CRASH_KILLS=$(KILLS) CRASH_PAUSES=$(PAUSES) CRASH_BROKER_KILLS=$(BROKER_KILLS) CRASH_STOPS=$(STOPS) CRASH_SEED=$(SEED) CRASH_SESSION_MS=$(SESSION_MS) STORM_SECONDS=$(STORM) \
		cargo test --test it -- crash:: --nocapture

backlog: compilers tools ## Catch up twenty million records, a tenth of them garbage, and look at the memory: make backlog EVENTS=20000000
	BACKLOG_EVENTS=$(EVENTS) cargo test --test it -- backlog:: --nocapture

memory: compilers ## Measure what a contact, an agent, a queue and a closed contact take
	cargo bench --bench memory --profile dev

fuzz: compilers ## Let a fuzzer think up events, snapshots and configs, SECONDS each: make fuzz SECONDS=600
	fuzz/run $(SECONDS)

bench: compilers tools ## Measure stages, growth, scrapes, replay, snapshots, and the whole against librdkafka alone: make bench EVENTS=2000000 PAIRS=5
	cargo bench --bench stages
	cargo bench --bench growth
	cargo bench --bench scrape
	cargo bench --bench replay
	cargo bench --bench restore
	cargo bench --bench whole

build: compilers ## Build the optimised program, target/release/contactpulse
	cargo build --release

run: compilers ## Run the service; ARGS='--config FILE' gives it a configuration
	cargo run -- run $(ARGS)

tools: ## Fetch what the tests run against: Kafka, Prometheus, Alertmanager, Chromium
	@deploy/tools.sh tests

clean: ## Remove what was built and fetched
	rm -rf target .tools

.PHONY: compilers
compilers:
	@deploy/tools.sh build

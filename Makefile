# Two commands do everything on a machine that has Swift 6.2 or later:
#   make demo   runs the main job: three branches of a bank, apart, killed, healed
#   make test   runs the tests
# make install puts the command with networks into PREFIX/bin (/usr/local, unless something else is said).
# make demo-network runs three branches on a network, and make torture-network five on a bad one.
# The rest: make traits, make lint, make layers, make docs, make bench, make torture, make ring, make attack,
# make simulate, make simulate-orders, make spread, make order-runs, make bench-simulation, make fuzz-bytes.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

.PHONY: help deps build install network demo-network torture-network build-tests demo test traits lint layers docs bench bench-store bench-invariants bench-order bench-simulation torture ring attack simulate simulate-orders spread order-runs large fuzz fuzz-bytes clean

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

# What is missing of the C libraries is installed, or named with the command that installs it.
deps:
	@.ci/deps

build: deps
	swift build -c release --product merganser

demo: build
	@"$$(swift build -c release --show-bin-path)/merganser" demo --report demo/report.html --store demo/stores

# The command with networks, built in a folder of its own, so that neither build is thrown away for the other.
PREFIX ?= /usr/local
install: deps
	swift build -c release --traits Network --product merganser --scratch-path .build/network
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 "$$(swift build -c release --traits Network --scratch-path .build/network --show-bin-path)/merganser" "$(DESTDIR)$(PREFIX)/bin/merganser"
	"$(DESTDIR)$(PREFIX)/bin/merganser" --version

# Three branches as three processes, in network namespaces where the machine lets one make them; ten minutes of faults, or as
# many as SECONDS_OF_FAULTS says, on a bad network.
SECONDS_OF_FAULTS ?= 600
RATE ?= 200
network: deps
	.ci/deps ip
	swift build -c release --traits Network --product merganser --scratch-path .build/network

demo-network: network
	@"$$(swift build -c release --traits Network --scratch-path .build/network --show-bin-path)/merganser" demo-network --store demo/network

torture-network: network
	"$$(swift build -c release --traits Network --scratch-path .build/network --show-bin-path)/merganser" torture-network demo/torture --seconds $(SECONDS_OF_FAULTS) --rate $(RATE)

build-tests: deps
	swift build --build-tests

# The tests run the command as a user would, built as for a user. Four at a time for each core: each goes on only when all
# that are running had their turn.
test: build build-tests
	MERGANSER_COMMAND="$$(swift build -c release --show-bin-path)/merganser" TMPDIR="$$(.ci/temporary)" \
	  SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$$((4 * $$(getconf _NPROCESSORS_ONLN))) swift test --skip-build

# What a trait changes: the macro, metrics, and the network. A test of these that did not run fails it.
traits: deps
	.ci/ran-test
	.ci/traits

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks Snippets
	.ci/snippets
	.ci/words-test
	.ci/words
	.ci/internals
	.ci/labels-test
	.ci/labels

# Modules import only what they declare, and only from layers below them.
layers: deps
	.ci/layers-test
	.ci/layers
	swift build --build-system native --explicit-target-dependency-import-check error

# The documentation of all modules that users see, as one archive; a warning is an error.
docs: deps
	.ci/docs

bench: deps
	Benchmarks/run

clean:
	rm -rf .build Benchmarks/.build demo

# The store beside the same work in C on the same LMDB, and beside SQLite; on Linux with a counter of allocations.
bench-store: deps
	@.ci/deps sqlite3
	swift build -c release --package-path Benchmarks/Store
	@bin="$$(swift build -c release --package-path Benchmarks/Store --show-bin-path)"; preload=; \
	  if [ "$$(uname)" = Linux ]; then preload="$$bin/allocations.so"; \
	    cc -O2 -shared -fPIC -o "$$preload" Benchmarks/Store/Preload/allocations.c; fi; \
	  LD_PRELOAD="$$preload" "$$bin/StoreBenchmark"

# What runs in one order: how many a second through one primary on disk, what that costs others, and what reading what is
# tentative takes.
bench-order: deps
	@.ci/deps sqlite3
	swift run -c release --package-path Benchmarks/Store StoreBenchmark orders

# How fast clusters are simulated, and how that grows with replicas and events.
bench-simulation: deps
	swift run -c release --package-path Benchmarks/Simulation SimulationBenchmark

# What rules cost at commit, and how fast the search for broken ones goes.
bench-invariants: deps
	swift run -c release --package-path Benchmarks/Invariants InvariantBenchmark

# Tests at length: the store's damage, kills and faults, each many times over, and orders of processes that are killed.
torture: deps
	swift build --build-tests
	MERGANSER_TORTURE=$${MERGANSER_TORTURE:-10} swift test --skip-build --filter "MerganserLogTests|MerganserTests.DiskFaultTests|ProcessOrderTests"

# Five replicas in a ring that are written to, synced, reopened, compacted and copied at the same time, for a minute, or
# for RING seconds.
ring: deps
	MERGANSER_RING=$${RING:-60} swift test --filter RingTests

# Random programs are analysed; what is said of them is held against random histories, and their plans are attacked on
# real replicas: 2,000 programs, or PROGRAMS.
attack: deps
	swift build -c release --product PlanAttack
	"$$(swift build -c release --show-bin-path)/PlanAttack" 1 $${PROGRAMS:-2000}

# Clusters in one process, each from a seed, with all that can go wrong: SEEDS of them (10,000), half by each of two
# processes.
simulate: deps
	swift build -c release --product SimulationRuns
	@runs="$$(swift build -c release --show-bin-path)/SimulationRuns"; half=$$(( ($${SEEDS:-10000} + 1) / 2 )); \
	  "$$runs" 1 $$half & first=$$!; "$$runs" $$((half + 1)) $$half; wait $$first

# The same of what is submitted to an order, while its primary and its voters change.
simulate-orders: deps
	swift build -c release --product SimulationRuns
	@runs="$$(swift build -c release --show-bin-path)/SimulationRuns"; half=$$(( ($${SEEDS:-10000} + 1) / 2 )); \
	  "$$runs" orders 1 $$half & first=$$!; "$$runs" orders $$((half + 1)) $$half; wait $$first

# A change comes to all of 10 to 1,000 replicas that sync at random: what it takes, and a picture of it.
spread: deps
	swift build -c release --product SimulationRuns
	"$$(swift build -c release --show-bin-path)/SimulationRuns" spread 1000 \
	  Sources/MerganserSimulation/MerganserSimulation.docc/Resources/spread.svg

# The machine by which voters choose an order: STATES (300,000) of each small cluster, runs from SEEDS (50,000) seeds, and then
# each rule left out, until as many miss it.
order-runs: deps
	swift build -c release --product OrderRuns
	@runs="$$(swift build -c release --show-bin-path)/OrderRuns"; \
	  "$$runs" states $${STATES:-300000}; "$$runs" seeds 1 $${SEEDS:-50000}; \
	  "$$runs" missing $${STATES:-300000} $${SEEDS:-50000}

# A database that is larger than the memory it may take, filled by one process and read by another:
# 10^6 rows, or ROWS of them.
large: deps
	swift run -c release --package-path Benchmarks/Store LargeStore $${ROWS:-1000000}

# The merge core beside its model over 10^6 random steps, or MERGANSER_FUZZ_STEPS of them; DEBUG has the
# invariants of its structures checked.
fuzz: deps
	MERGANSER_FUZZ_STEPS=$${MERGANSER_FUZZ_STEPS:-1000000} \
	  swift test -c release -Xswiftc -DDEBUG --filter MerganserTypesTests.DifferentialTests

# libFuzzer gives bytes to all that reads what others send: SECONDS_EACH (60) seconds for each part.
fuzz-bytes: deps
	.ci/fuzz-bytes

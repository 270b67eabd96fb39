# The front door: `make` lists what can be done here.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Where `make install` puts bin/lmdeploy; DESTDIR stages it for a package.
PREFIX ?= /usr/local
DESTDIR ?=
PYTHON ?= python3

SWIFT_FLAGS := -c release
# No test looks inside a module, so programs and tests share one set of objects.
TEST_FLAGS := $(SWIFT_FLAGS) --disable-testable-imports --disable-xctest
# Servers, clients and downloads in a process of their own: tests of the engine keep all threads of Swift's pool busy
# for seconds, and these would wait for one.
LIVE_SUITES := '^(APIServerTests|ServingTests|HubTests)[.]'
LMDEPLOY := .build/release/lmdeploy
STORY := Write a story of about 300 words about a lighthouse keeper who finds a message in a bottle.
LINTED := -r Sources Tests Package.swift --configuration .swift-format
# The program that `make install` copies: Swift's runtime is linked in, symbols are left out.
STATIC_BUILD := .build-static
STATIC_FLAGS := $(SWIFT_FLAGS) --scratch-path $(STATIC_BUILD) --static-swift-stdlib --product lmdeploy
ifeq ($(shell uname -s),Linux)
STATIC_FLAGS += -Xlinker -s
endif

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: prerequisites
prerequisites: ## Install what the build and the tests need from the system
	@tools/prerequisites.sh --install test

.PHONY: build
build: ## Build the program: .build/release/lmdeploy
	@tools/prerequisites.sh build
	swift build $(SWIFT_FLAGS) --product lmdeploy

.PHONY: chat
chat: model ## Chat with the default model
	@$(LMDEPLOY) chat

.PHONY: story
story: model ## Let the default model write a story
	@$(LMDEPLOY) chat --prompt "$(STORY)" --max-new-tokens 480 --temperature 0.6 \
		--repetition-penalty 1.1 --stats

.PHONY: test
test: model ## Run all tests
	@tools/other-suites.sh $(LMDEPLOY)
	swift test $(TEST_FLAGS) --filter $(LIVE_SUITES)
	swift test $(TEST_FLAGS) --skip $(LIVE_SUITES)

.PHONY: test-pages
test-pages: model ## Drive the web pages in a real browser; SCREENSHOTS=FOLDER keeps pictures
	@tools/prerequisites.sh pages
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet -r Tests/WebPages/requirements.txt
	.venv/bin/python Tests/WebPages/run.py $(if $(SCREENSHOTS),--screenshots "$(SCREENSHOTS)")
	.venv/bin/python Tests/WebPages/run.py --program $(LMDEPLOY) "$$($(LMDEPLOY) pull)"

.PHONY: test-arm
test-arm: ## Compare the kernels for Arm with plain C, under QEMU
	@tools/prerequisites.sh test
	tools/cross/arm.sh

.PHONY: lint
lint: ## Check the formatting, and that the fuzz package's links lead somewhere
	@broken=$$(find -L Fuzz/Sources -type l); test -z "$$broken" || { echo "broken links: $$broken" >&2; exit 1; }
	swift format lint --strict --parallel $(LINTED)

.PHONY: format
format: ## Format the Swift sources
	swift format --in-place --parallel $(LINTED)

.PHONY: docs
docs: build ## Write docs/cli-reference.md and the library's documentation
	$(PYTHON) tools/docs/cli_reference.py $(LMDEPLOY)
	swift package $(SWIFT_FLAGS) generate-documentation --target LMDeploy --warnings-as-errors

.PHONY: docs-check
docs-check: build ## Check that documentation, goldens and the dashboard are up to date
	$(PYTHON) tools/deploy/dashboard.py --check
	$(PYTHON) tools/goldens/generate.py check
	$(PYTHON) tools/docs/cli_reference.py --check $(LMDEPLOY)
	swift package $(SWIFT_FLAGS) generate-documentation --target LMDeploy --warnings-as-errors

.PHONY: goldens
goldens: model ## Regenerate Tests/Goldens with the reference implementations
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet -r tools/goldens/requirements.txt
	.venv/bin/python tools/goldens/generate.py all --model "$$($(LMDEPLOY) pull)"

.PHONY: bench
bench: model ## Measure this machine, then the default model on it
	$(LMDEPLOY) benchmark machine
	$(LMDEPLOY) benchmark profile_generation --csv .build/profile_generation.csv

# Ratios to ceilings, no seconds: a slow machine passes, a slower kernel does not.
.PHONY: bench-guard
bench-guard: build ## Check that no kernel has become slower
	$(LMDEPLOY) benchmark kernels --guard tools/bench/kernel-ratios.json

# Another seed is another engine, with other requests.
SEED ?= 1
STEPS ?= 1000000
.PHONY: simulate
simulate: ## Simulate the scheduler: STEPS (1000000) steps from SEED (1) on
	swift build $(SWIFT_FLAGS) --product Simulator
	.build/release/Simulator $(SEED) $(STEPS)

.PHONY: fuzz
fuzz: ## Fuzz every reader of files for FUZZ_SECONDS (60) each
	PYTHON=$(PYTHON) Fuzz/run.sh

.PHONY: conformance
conformance: conformance-tools ## Compare ids, prompts and weights with the reference implementations
	.venv/bin/python tools/conformance/run.py --model "$$($(LMDEPLOY) pull)"

.PHONY: bench-tokenizers
bench-tokenizers: conformance-tools ## Measure encoding against Hugging Face tokenizers
	.venv/bin/python tools/bench/tokenizers.py --model "$$($(LMDEPLOY) pull)"

.PHONY: install
install: ## Install the program as PREFIX/bin/lmdeploy
	@tools/prerequisites.sh build
	swift build $(STATIC_FLAGS)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 "$$(swift build $(STATIC_FLAGS) --show-bin-path)/lmdeploy" "$(DESTDIR)$(PREFIX)/bin/lmdeploy"
	@ls -l "$(DESTDIR)$(PREFIX)/bin/lmdeploy" | awk '{ printf "installed %s, %.1f MB\n", $$NF, $$5 / 1e6 }'

.PHONY: ci
ci: ## Do what continuous integration does
	.ci/run

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf .build $(STATIC_BUILD) .venv

# The default model in the cache; a model that is already there is not fetched again.
.PHONY: model
model: build
	@$(LMDEPLOY) pull >&2

# The program that answers for us, and the references.
.PHONY: conformance-tools
conformance-tools: model
	swift build $(SWIFT_FLAGS) --product ConformanceProbe
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet -r tools/conformance/requirements.txt

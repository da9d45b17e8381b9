# Lodestar: everything a contributor runs. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO      ?= go
NPM     ?= npm
BIN     := bin/lodestar
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
WEB_SRC := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)
GO_SRC  := $(shell find cmd internal web -name '*.go' -not -path 'web/node_modules/*' 2>/dev/null)
ADDR    ?= 127.0.0.1:8080
BENCH   ?= all
SOAK    ?= CancelledQueries|^TestCancel$$|^TestQueryAgainstOracle$$|RankingFirst|KilledSyncs|ClientsWhileKilled|^TestPopulation$
FUZZ    ?= 60s

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  %-14s %s\n", $$1, $$2}'

# ---- build ----------------------------------------------------------------

.PHONY: build
build: $(BIN) ## build the page and the program into bin/lodestar

$(BIN): $(GO_SRC) go.mod go.sum web/dist/index.html
	$(GO) build -ldflags '-s -w -X main.version=$(VERSION)' -o $@ ./cmd/lodestar

web/node_modules/.installed: web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund && touch node_modules/.installed

web/dist/index.html: web/node_modules/.installed $(filter-out web/e2e/%,$(WEB_SRC))
	cd web && $(NPM) run --silent build

.PHONY: demo
demo: build ## build, then serve a throw-away workspace with generated data
	$(BIN) demo --addr $(ADDR)

.PHONY: dev
dev: web/node_modules/.installed ## serve the program on :8080 and the page with live reload on :5173
	@trap 'kill 0' EXIT; $(GO) run ./cmd/lodestar serve --addr $(ADDR) & cd web && $(NPM) run dev

# ---- checks ---------------------------------------------------------------

.PHONY: test
test: ## install what the tests need and run every test
	@tools/beside tools-for-tests build
	@tools/beside test-web test-go test-pages

.PHONY: test-go
test-go: web/dist/index.html ## Go: format, vet and tests of all packages
	@test -z "$$(gofmt -l cmd internal bench tools web/*.go)" || { echo "gofmt these files:"; gofmt -l cmd internal bench tools web/*.go; exit 1; }
	tools/on-memory $(GO) test -vet=all -timeout 25m ./...

.PHONY: test-web
test-web: web/node_modules/.installed ## page: types, lint, strings in both languages, unit tests
	cd web && $(NPM) run --silent check

.PHONY: test-pages
test-pages: build tools-for-tests ## drive the real program in a browser, both languages, wide and phone, light and dark
	cd web && $(NPM) run --silent e2e

.PHONY: test-clients
test-clients: build ## ask the SQL door with psycopg, SQLAlchemy, pandas and JDBC (downloads them)
	tools/clients/run

.PHONY: test-engines
test-engines: tools-for-tests ## everything that is asked of DuckDB on every engine, Trino among them (long)
	@tools/install-trino
	LODESTAR_ENGINES=all $(GO) test -count=1 -timeout 90m -v -run 'TestOn|TestPostgres|TestMariaDB|TestClickHouse|TestTrino' ./internal/warehouse/... ./internal/app
	LODESTAR_ENGINES=all $(GO) test -count=1 -timeout 90m -v -parallel 1 -run 'TestRatchet|TestMatrix|TestRenamed' ./tools/conformance

.PHONY: tools-for-tests
tools-for-tests: ## install the browser, fonts, database servers and engines that tests use (Debian, as root)
	@tools/install-test-tools

.PHONY: lint
lint: web/node_modules/.installed ## static checks beyond vet
	$(GO) vet ./...
	@command -v golangci-lint >/dev/null || $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	PATH="$$PATH:$$($(GO) env GOPATH)/bin" golangci-lint run ./...
	cd web && $(NPM) run --silent lint

.PHONY: fmt
fmt: web/node_modules/.installed ## format the Go code
	gofmt -w cmd internal bench tools web/*.go

.PHONY: generate
generate: web/node_modules/.installed ## remake the schemas of definitions, the API description and the types the page reads it with
	$(GO) test ./internal/schema -run TestWords -update
	$(GO) test ./internal/schema -run TestGolden -update
	$(GO) test ./internal/httpapi -run TestOpenAPIGolden -update
	cd web && $(NPM) run --silent gen

.PHONY: verify
verify: generate ## fail when a generated file is stale
	git diff --exit-code -- internal/schema internal/httpapi/testdata web/src/api

# ---- figures and pictures ---------------------------------------------------

.PHONY: bench
bench: build ## print benchmark figures as JSON lines; BENCH=load runs one
	@tools/bench $(BENCH)

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZ, a minute if not said; FUZZ=10m is the long trial
	@tools/fuzz $(FUZZ)

.PHONY: soak
soak: web/dist/index.html ## the long trials, of which make test runs a short form each
	LODESTAR_SOAK=1 $(GO) test -count=1 -timeout 180m -v -run '$(SOAK)' ./internal/...
	@tools/fuzz 10m

.PHONY: pictures
pictures: build tools-for-tests ## remake the pictures of the documentation and a contact sheet of every page
	cd web && $(NPM) run --silent pictures

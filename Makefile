# `make` lists the targets. `make run` and `make test` need Go, git and make, nothing
# else; every other tool is installed into .tmp/bin in the version written here.

# What a machine's own Go settings say about vendoring, workspaces or version control
# would break the build in one place or another; so they are set, not inherited.
export GOFLAGS := -buildvcs=false
export GOWORK :=

# Programs that are handed out know their commit, where there is a repository to ask.
STAMP = $(if $(shell git rev-parse --verify --quiet HEAD 2>/dev/null),-buildvcs=true)

MODULES := gen workflows services deploy/standalone
# Outside the workspace, so that nothing that reads Compose files and manifests comes into the programs.
CHECK   := deploy/check
BIN     := $(CURDIR)/.tmp/bin

# The plugins that write gen/ have the versions of the libraries that gen/ is compiled with.
gen_pin = $(shell awk '{ for (i = 1; i < NF; i++) if ($$i == "$(1)") print $$(i + 1) }' gen/go.mod)
GATEWAY := github.com/grpc-ecosystem/grpc-gateway/v2

TOOL_buf                     := github.com/bufbuild/buf/cmd/buf@v1.75.0
TOOL_golangci-lint           := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
TOOL_workflowcheck           := go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
TOOL_protoc-gen-go            = google.golang.org/protobuf/cmd/protoc-gen-go@$(call gen_pin,google.golang.org/protobuf)
TOOL_protoc-gen-go-grpc      := google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2
TOOL_protoc-gen-grpc-gateway  = $(GATEWAY)/protoc-gen-grpc-gateway@$(call gen_pin,$(GATEWAY))
TOOL_protoc-gen-openapiv2     = $(GATEWAY)/protoc-gen-openapiv2@$(call gen_pin,$(GATEWAY))

# tool gives the stamp of an installed tool. The version is in its name, so a new
# version is a missing stamp.
tool    = $(BIN)/.$(notdir $(TOOL_$(1)))
PLUGINS = $(foreach t,go go-grpc grpc-gateway openapiv2,$(call tool,protoc-gen-$(t)))

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

POLICY ?=
ARGS   ?=
.PHONY: run
run: ## start everything in one process (POLICY=file, ARGS="--flag …")
	@echo "building; the first time takes some minutes"
	@go build -o $(BIN)/standalone ./deploy/standalone
	@exec $(BIN)/standalone $(if $(POLICY),--policy $(POLICY)) $(ARGS)

# In a second terminal, beside: make run POLICY=deploy/standalone/policy-demo.yaml
.PHONY: demo
demo: ## tell a customer's story on a running demo policy (ARGS="--lang zh")
	@go build -o $(BIN)/demo ./services/cmd/demo
	@exec $(BIN)/demo $(ARGS)

.PHONY: build
build: ## compile all packages, and the programs into .tmp/bin
	@mkdir -p $(BIN)
	go build work
	go build $(STAMP) -o $(BIN)/ ./deploy/standalone ./services/cmd/redress

# REDRESS_TEST_POSTGRES_URL adds PostgreSQL to the suites that run on both databases.
TESTFLAGS ?=
.PHONY: test
test: ## run all tests, end-to-end ones included
	go test -timeout 20m $(TESTFLAGS) work

# The engine of SQLite is C that was translated: as one package of 300,000 lines it has no goroutines, and what Go hands to it the
# driver beside it touches first. So the detector watches the driver, and all else, but not the engine, which would take most
# of the time.
RACE := -race '-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0'

# Without the standalone: compiling Temporal's server for the detector takes longer than
# all our tests, and its goroutines are not ours. -short leaves out what only repeats
# a test with more data.
.PHONY: test-race
test-race: ## run the tests of services and workflows under the race detector
	go test $(RACE) -short -timeout 20m $(TESTFLAGS) ./workflows/... ./services/...

# Go's test cache knows which tests read the URL of the database, so those that do not
# are not run again after `make test`. End-to-end stories are told to six roles in processes
# of their own there, and not to the standalone a second time.
.PHONY: test-postgres
test-postgres: ## run all tests with a throw-away PostgreSQL 15
	REDRESS_TEST_POSTGRES_REQUIRED=1 .ci/postgres run -- go test -timeout 20m $(TESTFLAGS) work

# -count=1: these tests run a program whose changes the test cache may not see.
.PHONY: e2e
e2e: ## run only the end-to-end tests
	go test -count=1 -timeout 20m $(TESTFLAGS) ./deploy/standalone/...

.PHONY: test-crash
test-crash: ## kill everything under 10,000 complaints and count what is left
	REDRESS_CRASH_COMPLAINTS=10000 REDRESS_OUTAGE=60s go test -count=1 -v -run TestCrash -timeout 60m ./deploy/standalone/e2e/...

# The release before is the commit in deploy/previous-release; a shallow clone does not have it.
.PHONY: test-upgrade
test-upgrade: ## replace the release before by this one under load, and count what is left
	REDRESS_TEST_UPGRADE=1 go test -count=1 -v -run TestUpgrade -timeout 60m ./deploy/standalone/e2e/...

# About three quarters of an hour on two processors; --due and --burst with smaller numbers shorten it most. On a machine
# that does something else, too, the numbers are worth little.
.PHONY: bench
bench: ## measure and write what was measured into docs/benchmarks.md (ARGS="--only filing …")
	go build -o $(BIN)/bench ./deploy/standalone/bench
	$(if $(filter -h -help --help,$(ARGS)),$(BIN)/bench --help,\
	  .ci/postgres run -- $(BIN)/bench --commit "$$(git describe --always --dirty --exclude '*')" --out docs/benchmarks.md $(ARGS))

.PHONY: lint
lint: .tmp/protodeps $(foreach t,buf golangci-lint workflowcheck,$(call tool,$(t))) ## check style, arrows, contract and modules
	$(BIN)/buf lint
	$(BIN)/buf format proto --diff --exit-code
	@unformatted=$$(gofmt -l $(MODULES) $(CHECK)); [ -z "$$unformatted" ] || { echo "gofmt: $$unformatted"; exit 1; }
	@set -e; for m in $(MODULES); do echo "golangci-lint $$m"; \
	   (cd $$m && $(BIN)/golangci-lint run --allow-parallel-runners --config $(CURDIR)/.golangci.yaml ./...); done
	@echo "golangci-lint $(CHECK)"; cd $(CHECK) && GOWORK=off $(BIN)/golangci-lint run --allow-parallel-runners --config $(CURDIR)/.golangci.yaml ./...
	$(BIN)/workflowcheck ./workflows/...
	@set -e; for m in $(MODULES) $(CHECK); do echo "go mod tidy $$m"; \
	   GOWORK=off go -C $$m mod tidy -diff || { echo 'run `make tidy`'; exit 1; }; done

.PHONY: generate
generate: .tmp/generated ## write gen/ anew from proto/
	rm -rf gen/redress
	mv .tmp/generated/gen/redress gen/redress
	mv .tmp/generated/gen/openapi/redress.swagger.json gen/openapi/

.PHONY: verify
verify: .tmp/generated ## fail when gen/ is not what proto/ generates
	@diff -r -q .tmp/generated/gen/redress gen/redress && \
	 diff -q .tmp/generated/gen/openapi/redress.swagger.json gen/openapi/ || \
	 { echo 'gen/ is not what proto/ generates: run `make generate` and commit the result'; exit 1; }

# A test fails when the committed weights are not those of the committed letters.
LETTERS = $(filter-out $(wildcard services/intake/risk/testdata/held_out*.jsonl),$(sort $(wildcard services/intake/risk/testdata/*.jsonl)))
.PHONY: weights
weights: ## learn the weights of the risk analyser anew from its letters
	@go build -o $(BIN)/risktrain ./services/cmd/risktrain
	$(BIN)/risktrain $(LETTERS) > .tmp/weights.txt
	mv .tmp/weights.txt services/intake/risk/weights.txt

.PHONY: expected
expected: ## measure what the risk analyser finds in letters of authors it did not learn from
	@go build -o $(BIN)/risktrain ./services/cmd/risktrain
	@$(BIN)/risktrain -measure $(LETTERS)

# AGAINST is the commit whose contract the work tree must not break.
AGAINST ?= HEAD
.PHONY: breaking
breaking: .tmp/protodeps $(call tool,buf) ## fail when proto/ breaks clients of AGAINST (a commit)
	@.ci/breaking $(BIN)/buf $(AGAINST)

.PHONY: coverage-map
coverage-map: ## list the tests that prove each requirement
	@go run ./services/cmd/coverage

.PHONY: access
access: ## write docs/access.md, the table of who may call what
	go run ./services/cmd/access > .tmp/access.md
	mv .tmp/access.md docs/access.md

.PHONY: tidy
tidy: ## tidy the five go.mod files
	@set -e; for m in $(MODULES) $(CHECK); do GOWORK=off go -C $$m mod tidy; done

# -count=1: it runs programs and reads files whose changes the test cache may not see.
.PHONY: check-deploy
check-deploy: ## hold image, Compose file, manifests, alerts and dashboards to their formats and to the product
	GOWORK=off go -C $(CHECK) test -count=1 -timeout 15m $(TESTFLAGS) ./...

.PHONY: clean
clean: ## delete the built and installed programs; var/ stays
	rm -rf .tmp

# Generated beside gen/ and moved there, so that a failure leaves gen/ as it was.
.PHONY: .tmp/generated
.tmp/generated: .tmp/protodeps $(call tool,buf) $(PLUGINS)
	@rm -rf $@
	$(BIN)/buf generate --output $@

.PHONY: .tmp/protodeps
.tmp/protodeps:
	@go run ./services/cmd/protodeps $@

$(BIN)/.%:
	@mkdir -p $(@D)
	GOWORK=off GOBIN=$(BIN) go install $(TOOL_$(firstword $(subst @, ,$*)))
	@rm -f $(@D)/.$(firstword $(subst @, ,$*))@* && touch $@

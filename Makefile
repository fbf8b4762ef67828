# MeshTop: what a person types. `make demo` and `make test` need nothing but Debian 12 and a Swift 6 toolchain.

PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= 2
SWIFT_BUILD = swift build -j $(JOBS)
RELEASE = $(SWIFT_BUILD) -c release --static-swift-stdlib
# A Swift trap must end a test run, not wait for a key in a debugger's prompt.
export SWIFT_BACKTRACE = enable=no

.PHONY: deps test-deps build demo test golden bench figures trials fuzz man picture install deb dist clean format lint

deps: ## Installs the libraries that are missing (libcurl, ncurses, libyaml, zlib)
	@Scripts/install-packages.sh libncurses-dev libcurl4-openssl-dev libyaml-dev zlib1g-dev pkg-config ca-certificates

test-deps: deps ## Installs what the tests use: Prometheus, kubectl, nginx, tmux, openssl, groff, dpkg-dev, Envoy, RE2
	@Scripts/install-packages.sh --commands kubectl:kubernetes-client prometheus:prometheus nginx:nginx-light tmux:tmux openssl:openssl curl:curl python3:python3 groff:groff-base dpkg-shlibdeps:dpkg-dev
	@Scripts/install-packages.sh python3-venv
	@Scripts/install-envoy.sh .build/envoy
	@Scripts/install-re2.sh .build/re2

build: deps ## Builds the release binary
	@[ -d .build/release ] || echo "Building the optimised program: about 7 minutes on 2 cores."
	$(RELEASE) --product meshtop

demo: deps ## Opens the dashboard on the embedded mesh
	@[ -d .build/debug ] || echo "Building, then the dashboard opens: about 3 minutes on 2 cores, once. 'make build' optimises, for daily use."
	$(SWIFT_BUILD) --product meshtop
	@"$$($(SWIFT_BUILD) --show-bin-path)/meshtop" --demo

test: test-deps ## Runs every test
	@Scripts/test.sh

golden: deps ## Writes the kept screens of Tests/ViewsTests/Golden anew and says which changed
	@Scripts/golden.sh

bench: build ## Measures the budgets of the design, each beside its reference
	@Scripts/bench.sh "$$($(RELEASE) --show-bin-path)/meshtop" $(PARTS)

figures: build ## Simulated guarded rollouts beside a threshold rule and a Mann-Whitney judge, RUNS (500) of each kind
	@"$$($(RELEASE) --show-bin-path)/meshtop" figures --runs $(or $(RUNS),500)

trials: test-deps ## Guarded shifts on the demo mesh itself, RUNS (20) of each kind and rate; over an hour
	@$(SWIFT_BUILD) --build-tests
	@TRIALS=$(or $(RUNS),20) swift test --skip-build --filter theFiguresOnTheDemoMesh

fuzz: deps ## Looks for inputs that break a decoder, for SECONDS (600)
	@Scripts/fuzz.sh $(or $(SECONDS),600)

man: build ## Writes the man pages, made from the command tree, to .build/man
	@Scripts/install-packages.sh --commands python3:python3
	@Scripts/man.py "$$($(RELEASE) --show-bin-path)/meshtop" .build/man

install: build ## Installs the program, man pages, completions, kubectl plugin, themes and examples under PREFIX
	@Scripts/install-packages.sh --commands python3:python3
	@Scripts/install.sh "$$($(RELEASE) --show-bin-path)/meshtop" "$(DESTDIR)/" "$(PREFIX)"

picture: build ## Draws the README's picture anew, from the dashboard in tmux
	@Scripts/install-packages.sh --commands python3:python3 tmux:tmux
	@Scripts/picture.py "$$($(RELEASE) --show-bin-path)/meshtop" >docs/screen.svg

deb: build ## Makes a Debian package under dist/
	@Scripts/install-packages.sh --commands python3:python3 dpkg-shlibdeps:dpkg-dev
	@Scripts/deb.sh "$$($(RELEASE) --show-bin-path)/meshtop"

dist: build ## Makes a tarball with one stripped binary, themes, examples and documents
	@Scripts/dist.sh "$$($(RELEASE) --show-bin-path)/meshtop"

format: ## Lays the sources out
	swift format -ipr Sources Tests Package.swift

lint: ## Says where layout, numbers from outside, pure screens, folders or named files are not as they should be
	swift format lint -pr --strict Sources Tests Package.swift
	@Scripts/lint-numbers.py
	@Scripts/lint-pure.py
	@Scripts/lint-folders.py
	@Scripts/lint-links.py

clean:
	rm -rf .build dist

# What a person or CI types. `make help` lists it. Every target works from a fresh clone.

PREFIX ?= /usr/local
DESTDIR ?=
OUTPUT ?= out
# Set to 1 where the libraries do not come from apt.
SKIP_DEPENDENCIES ?=

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: bench-peers demo test build install uninstall package check-package check-system lint docs \
	clean help dependencies dependencies-tests dependencies-package

# Found when a recipe runs, so that `make help` works without it.
swift = $$(scripts/find-swift.sh)
# Swift's own libraries go into the program, so that it runs where there is no Swift.
build_program = YOLACT_VIDEO_COMMIT="$$(scripts/build-commit.sh)" \
	"$(swift)" build -c release --static-swift-stdlib
binary := .build/release/yolact-video
program := $(DESTDIR)$(PREFIX)/lib/yolact-video
bin := $(DESTDIR)$(PREFIX)/bin
share := $(DESTDIR)$(PREFIX)/share
modules := VideoIO Model Pipeline
# The system that check-system tries.
SYSTEM ?= trixie

demo: build ## Segment the sample clip with the built-in model
	@mkdir -p $(OUTPUT)
	$(binary) segment samples/shapes.mp4 -o $(OUTPUT)/shapes.mp4 \
		--json $(OUTPUT)/shapes.ndjson --overwrite
	@echo "The annotated clip: $(abspath $(OUTPUT)/shapes.mp4)"
	@echo "Its instances, one JSON line a frame: $(abspath $(OUTPUT)/shapes.ndjson)"

test: dependencies-tests ## Build and run all tests
	$(build_program)
	# A scratch path of its own: builds and tests would otherwise rebuild each other.
	# A short wait between OpenMP's threads, as the program has it: tests run side by side.
	@rm -f .build/not-run
	YOLACT_VIDEO_BINARY="$(abspath $(binary))" GOMP_SPINCOUNT=1000 \
		YOLACT_NOT_RUN="$(abspath .build/not-run)" \
		"$(swift)" test -c release --scratch-path .build/tests
	scripts/test-instruction-sets.sh "$(swift)" .build/not-run

bench-peers: build ## Time the raw network beside other runtimes (installs them below OUTPUT)
	@test -x $(OUTPUT)/peers/bin/python || python3 -m venv $(OUTPUT)/peers
	$(OUTPUT)/peers/bin/pip install --quiet --extra-index-url https://download.pytorch.org/whl/cpu \
		-r scripts/requirements-peers.txt
	$(OUTPUT)/peers/bin/python scripts/benchmark-peers.py --binary $(binary)

build: dependencies ## Build the program in release mode
	$(build_program)

install: $(binary) ## Install the built program, its resources and shell completions below PREFIX
	install -d $(program) $(bin) $(share)/bash-completion/completions \
		$(share)/zsh/site-functions $(share)/fish/vendor_completions.d
	install $(binary) $(program)/yolact-video
	@if ldd $(binary) | grep -q libswiftCore; then \
		echo "note: what was built needs the Swift toolchain's libraries; 'make build' builds them in"; \
	fi
	# The resources must lie beside the program; it finds itself through symbolic links.
	for module in Model Pipeline; do \
		rm -rf $(program)/yolact-video_$$module.resources; \
		cp -R .build/release/yolact-video_$$module.resources $(program)/; \
	done
	chmod -R a+rX $(program)
	ln -sfn ../lib/yolact-video/yolact-video $(bin)/yolact-video
	$(binary) --generate-completion-script bash \
		>$(share)/bash-completion/completions/yolact-video
	$(binary) --generate-completion-script zsh >$(share)/zsh/site-functions/_yolact-video
	$(binary) --generate-completion-script fish \
		>$(share)/fish/vendor_completions.d/yolact-video.fish

uninstall: ## Remove what install put there
	rm -rf $(program)
	rm -f $(bin)/yolact-video $(share)/bash-completion/completions/yolact-video \
		$(share)/zsh/site-functions/_yolact-video \
		$(share)/fish/vendor_completions.d/yolact-video.fish

package: dependencies-package ## Make a Debian package of the program in OUTPUT
	$(build_program)
	scripts/make-package.sh $(binary) $(OUTPUT)

check-package: package ## Install the packages in OUTPUT in bare systems and run them there (root)
	for package in $(OUTPUT)/yolact-video_*.deb; do scripts/check-package.sh "$$package"; done

check-system: ## Build and test a clean clone in SYSTEM, a Debian or Ubuntu in a folder (root)
	scripts/check-system.sh $(SYSTEM)

lint: ## Check formatting and shell scripts
	"$(swift)" format lint --strict --recursive Sources Tests Package.swift
	@if command -v shellcheck >/dev/null; then \
		echo shellcheck scripts/*.sh .ci/run; shellcheck scripts/*.sh .ci/run; \
	else echo "shellcheck not found; scripts not checked"; fi

docs: dependencies ## Build the libraries' documentation into OUTPUT/docs
	mkdir -p .build/docs/symbols $(OUTPUT)/docs
	"$(swift)" build --scratch-path .build/docs --product yolact-video -Xswiftc -emit-symbol-graph \
		-Xswiftc -emit-symbol-graph-dir -Xswiftc $(abspath .build/docs/symbols) \
		-Xswiftc -symbol-graph-minimum-access-level -Xswiftc public \
		-Xswiftc -emit-extension-block-symbols
	@set -e; for module in $(modules); do \
		rm -rf .build/docs/$$module; mkdir -p .build/docs/$$module; \
		cp .build/docs/symbols/$$module.symbols.json .build/docs/$$module/; \
		find .build/docs/symbols -name "$$module@*.symbols.json" \
			-exec cp {} .build/docs/$$module/ \;; \
		"$$(dirname "$(swift)")/docc" convert Sources/$$module/Documentation.docc \
			--additional-symbol-graph-dir .build/docs/$$module --warnings-as-errors \
			--fallback-display-name $$module --fallback-bundle-identifier yolact-video.$$module \
			--output-path $(OUTPUT)/docs/$$module; \
		echo "$(abspath $(OUTPUT)/docs)/$$module"; \
	done

clean: ## Remove everything that was built
	rm -rf .build $(OUTPUT)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(binary):
	$(MAKE) build

dependencies:
ifneq ($(SKIP_DEPENDENCIES),1)
	@scripts/install-dependencies.sh
endif

dependencies-tests:
ifneq ($(SKIP_DEPENDENCIES),1)
	@scripts/install-dependencies.sh --tests
endif

dependencies-package:
ifneq ($(SKIP_DEPENDENCIES),1)
	@scripts/install-dependencies.sh --package
endif

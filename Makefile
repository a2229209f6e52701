# Every habit of this repository; `make help` lists them. Fresh machine: `make demo` and `make test` are enough.
#
#   CI=true          warnings are errors (Package.swift reads it, too)
#   JOBS=2           compile with so many jobs; unset: as many as there are processors
#   PACKAGES=        install no system packages
#   PYTHON=python3   the Python that the virtual environments are made from
#   BENCH_PYTHON=    a Python that has PyTorch already, for `make bench`; unset: one is made in build/bench-venv
#   BENCH_OPTIONS=   options of Benchmarks/run.py, such as --quick

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# include/sgc.h knows the version and the number of the ABI.
version_part = $(shell awk '$$2 == "SGC_$(1)" { print $$3 }' include/sgc.h)
VERSION := $(call version_part,VERSION_MAJOR).$(call version_part,VERSION_MINOR).$(call version_part,VERSION_PATCH)
SONAME := libsgc.so.$(call version_part,ABI_VERSION)

PYTHON ?= python3
JOBS ?=
PACKAGES ?= binutils cmake g++ libdnnl-dev libgomp1 libonnx-dev libopenblas-dev libpng-dev libprotobuf-dev \
	libturbojpeg0-dev python3 python3-venv
# The browser in which tests open report pages; `make demo` does without.
TEST_PACKAGES ?= $(if $(PACKAGES),chromium)

# Two builds of the whole, each in a folder of its own: for hosts, with the Swift runtime inside, and for tests.
LIBRARY_BUILD := .build-lib
TEST_BUILD := .build-test

LIBRARY := build/lib/libsgc.so.$(VERSION)
COMMAND := build/bin/sgc
VENV := build/venv
VENV_PYTHON := $(abspath $(VENV))/bin/python
REQUIREMENTS := Tests/python/requirements.txt
# PyTorch is large and only benchmarks need it, so they have an environment of their own.
BENCH_VENV := build/bench-venv
BENCH_PYTHON ?=
BENCH_OPTIONS ?=

STRICT := $(if $(filter true 1,$(CI)),yes)
# SwiftPM's cached plan does not notice that flags differ, so it is made anew each time (a second).
SWIFT_FLAGS := --disable-build-manifest-caching --explicit-target-dependency-import-check error \
	$(if $(JOBS),--jobs $(JOBS))
# Two products with different linker flags share the compiled modules. lld, because gold leaves local Swift symbols in
# the table that hosts see.
LIBRARY_FLAGS := -c release --scratch-path $(LIBRARY_BUILD) -Xswiftc -static-stdlib -Xswiftc -use-ld=lld $(SWIFT_FLAGS)
LIBRARY_LINK := -Xlinker --version-script=Sources/SGCABI/sgc.map -Xlinker -soname=$(SONAME) \
	-Xlinker -z -Xlinker nodelete
TEST_FLAGS := -c release --scratch-path $(TEST_BUILD) -Xswiftc -enable-testing $(SWIFT_FLAGS)

# What a Python that uses the binding needs to find it, and the library.
PYTHON_SETTING := PYTHONPATH=$(abspath bindings/python/src) SGC_LIBRARY=$(abspath $(LIBRARY)) PYTHONDONTWRITEBYTECODE=1

SWIFT_FOLDERS := Package.swift Sources Tests $(wildcard Benchmarks)
C_FILES = $(shell find Sources include bindings examples Tests \( -name '*.[ch]' -o -name '*.[ch]pp' \) -not -path '*/.*')
# From the virtual environment: other versions break lines elsewhere.
CLANG_FORMAT := $(VENV)/bin/clang-format

say = @echo "== $@: $(1)"

.PHONY: help lib command demo test test-swift test-examples test-python bench bench-check format lint packages \
	test-packages venv bench-venv clean

help:
	@echo "make demo      train a small tokenizer on built-in scenes, encode and decode with it, report in out/demo"
	@echo "make test      every test: Swift, C and C++ hosts, Python"
	@echo "make lib       build/lib/libsgc.so and the command build/bin/sgc"
	@echo "make bench     time tokenizers and teachers against PyTorch, ONNX Runtime and OpenVINO: out/bench"
	@echo "make bench-check  the quick form, without PyTorch, against the ratios in Benchmarks/ratios.json"
	@echo "make lint      formatting, imports, calls that the library must not make; changes nothing"
	@echo "make format    format every source file in place"
	@echo "make packages  install the system packages that are missing"
	@echo "make venv      the Python environment of tests, in build/venv"
	@echo "make clean     remove what was built, and keep what was trained (out)"

# MARK: What hosts use

lib: packages
	$(call say,building libsgc.so with the Swift runtime inside)
	swift build $(LIBRARY_FLAGS) $(LIBRARY_LINK) --product sgc
	@mkdir -p $(dir $(LIBRARY))
	strip --strip-unneeded -o $(LIBRARY) $(LIBRARY_BUILD)/release/libsgc.so
	ln -sf $(notdir $(LIBRARY)) build/lib/$(SONAME)
	ln -sf $(SONAME) build/lib/libsgc.so
	$(call say,checking what libsgc.so exports and needs)
	Tests/lint/library.sh $(LIBRARY) $(SONAME) $(LIBRARY_BUILD)/release/libsgc.so
	$(call say,building the command sgc)
	swift build $(LIBRARY_FLAGS) --product sgc-command
	@mkdir -p $(dir $(COMMAND))
	strip -o $(COMMAND) $(LIBRARY_BUILD)/release/sgc-command
	$(call say,$(LIBRARY) and $(COMMAND) are ready)

demo: lib
	$(call say,training and showing a tokenizer in out/demo)
	$(COMMAND) demo --teacher examples/teachers/segformer.onnx --out out/demo
	$(call say,what two teachers see in the unseen scenes: out/demo/teachers)
	$(COMMAND) teacher run examples/teachers/segformer.onnx out/demo/images --out out/demo/teachers/classes
	$(COMMAND) teacher run examples/teachers/clip-image.onnx out/demo/images --out out/demo/teachers/features

# MARK: Tests

test: test-swift test-examples test-python
	$(call say,all tests passed)

test-swift: packages
	$(call say,building and running the Swift tests in release)
	swift test $(TEST_FLAGS)

test-examples: lib
	$(call say,building and running the C and C++ hosts)
	cmake -S . -B build/cmake -DCMAKE_BUILD_TYPE=Release $(if $(STRICT),-DCMAKE_COMPILE_WARNING_AS_ERROR=ON)
	cmake --build build/cmake --parallel $(JOBS)
	ctest --test-dir build/cmake --output-on-failure --no-tests=error

test-python: lib venv test-packages
	$(call say,testing the Python binding and the results against NumPy and its kin)
	$(PYTHON_SETTING) $(VENV_PYTHON) -m pytest -p no:cacheprovider Tests/python

bench: lib $(if $(BENCH_PYTHON),,bench-venv)
	$(call say,timing against the peers)
	$(PYTHON_SETTING) $(or $(BENCH_PYTHON),$(BENCH_VENV)/bin/python) Benchmarks/run.py --out out/bench $(BENCH_OPTIONS)

# What a runner without PyTorch can watch: ratios to ONNX Runtime, against those of the last release on such a machine.
bench-check: lib venv
	$(call say,timing against ONNX Runtime and the stored ratios)
	$(PYTHON_SETTING) $(VENV_PYTHON) Benchmarks/run.py --out out/bench-check --quick \
	  --peers 'ONNX Runtime,ONNX Runtime forward' --limits Benchmarks/ratios.json $(BENCH_OPTIONS)

# MARK: Style

format: venv
	$(call say,formatting Swift, C and C++)
	swift format --in-place --parallel --recursive $(SWIFT_FOLDERS)
	$(CLANG_FORMAT) -i $(C_FILES)

lint: packages venv
	$(call say,formatting)
	swift format lint --strict --parallel --recursive $(SWIFT_FOLDERS)
	$(CLANG_FORMAT) --dry-run -Werror $(C_FILES)
	$(call say,headers stand alone in C99 and C++17)
	Tests/lint/headers.sh
	$(call say,imports and calls that the library must not make)
	Tests/lint/sources.sh
	$(call say,imports that Package.swift does not declare)
	swift build $(TEST_FLAGS) --target CHost

# MARK: What the above need

packages:
	@.ci/packages.sh $(PACKAGES)

test-packages:
	@.ci/packages.sh $(TEST_PACKAGES)

venv: $(VENV)/.made

$(VENV)/.made: $(REQUIREMENTS)
	@echo "== venv: making the Python environment $(VENV)"
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --requirement $(REQUIREMENTS)
	@touch $@

bench-venv: $(BENCH_VENV)/.made

$(BENCH_VENV)/.made: Benchmarks/requirements.txt
	@echo "== bench-venv: making the Python environment $(BENCH_VENV); PyTorch takes a while"
	$(PYTHON) -m venv --clear $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

clean:
	$(call say,removing build and the Swift build folders)
	rm -rf build .build $(LIBRARY_BUILD) $(TEST_BUILD)

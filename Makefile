# Two commands do everything on a fresh machine: make report, make test. `make report` installs what the program
# needs, all of it as wheels: no C compiler. The other targets add the tools of developers to the same environment.
PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin

.PHONY: report test coverage mutants check bench fragments man recorded claims clean
.DELETE_ON_ERROR:

report: $(VENV)/ready
	@mkdir -p build
	$(RUN)/kconfig-explorer report -o build/report.html

# All tests. OTHERS="python3.13 ..." are other Pythons: each gets an environment under build/, and every command must
# write the same bytes with them.
test: check
	OTHER_PYTHONS=`$(RUN)/python -m tests.other_pythons build/pythons $(OTHERS)` $(RUN)/pytest -n auto --dist loadgroup

# The tests but the live ones, which evaluate whole kernel trees hundreds of times. Fails below the floor of branch
# coverage in pyproject.toml. Takes half as long again as without coverage, so CI, which has 20 minutes, does not run it.
coverage: check
	$(RUN)/pytest -n auto --dist loadgroup -m "not live" --cov --cov-report=term

# Mutation testing of explorer/boot with tests/boot; takes hours. MUTANTS='explorer.boot.zones*' selects a part.
# See docs/mutation.md.
mutants: $(VENV)/developer
	$(RUN)/pip install --quiet --group mutants
	-$(RUN)/mutmut run $(MUTANTS)
	$(RUN)/mutmut results

check: $(VENV)/developer
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy

bench: $(VENV)/developer
	$(RUN)/python -m benchmarks.report_against_boot
	$(RUN)/python -m benchmarks.report_page
	$(RUN)/python -m benchmarks.simulator
	$(RUN)/python -m benchmarks.trees
	$(RUN)/python -m benchmarks.check
	$(RUN)/python -m benchmarks.counting
	$(RUN)/python -m benchmarks.sweep
	$(RUN)/python -m benchmarks.proof

# Compares the fragments with kernel checkouts: make fragments TREES="DIR ...". Fails on differences that
# kconfig/differences.toml does not list. See kconfig/README.md.
fragments: $(VENV)/developer
	$(RUN)/python -m tests.configuration.fragments_against_trees $(TREES)

man: $(VENV)/ready
	@mkdir -p build
	$(RUN)/python -m explorer.man_page > build/kconfig-explorer.1

# The summary of the recorded boots that reports cite. A test fails if it is stale.
recorded: $(VENV)/developer
	$(RUN)/python -m tests.evidence.write_boot_evidence > reports/recorded.json.new
	mv reports/recorded.json.new reports/recorded.json

# What is proven of the default kernels for every memory map. A test fails if it is stale. Builds that were
# proven by the same rules are not proven again; all of them take half an hour. It may be interrupted.
claims: $(VENV)/developer
	$(RUN)/python -m tests.proof.write_claims

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN)/pip install --quiet --disable-pip-version-check --no-compile --editable .
	@touch $@

# The group "oracle" needs a C compiler. The tests that need it are skipped without it.
$(VENV)/developer: $(VENV)/ready
	$(RUN)/pip install --quiet --upgrade "pip>=25.1"
	$(RUN)/pip install --quiet --group dev
	@$(RUN)/pip install --quiet --group oracle >$(VENV)/oracle.log 2>&1 || \
		echo "pylibfdt could not be compiled (see $(VENV)/oracle.log): tests that compare with libfdt are skipped"
	@touch $@

clean:
	rm -rf build dist mutants $(VENV)

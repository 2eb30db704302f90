# SPDX-License-Identifier: GPL-2.0-or-later
"""The architecture as laws over the sources: which room may import which, and what names may not do.

Each law gives its violations; there must be none. Each law is shown to find a violation that was planted.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import explorer

Sources = Mapping[str, str]
"""Module names without ``explorer.`` to their text."""

# From the top down; a room may import those that come after it.
ORDER = (
    *("explorer", "__main__", "man_page", "cli", "application", "commands", "api"),
    *("terminal", "report", "formats", "document", "narrative"),
    *("sweep", "checking", "study", "proof", "evidence", "audit", "boot"),
    *("configuration", "configuration.patch", "configuration.queries", "configuration.encoding"),
    *("configuration.tree", "configuration.toolchain", "configuration.files"),
    *(
        "machine",
        "resources",
        "json_input",
        "output_files",
        "files",
        "process",
        "version",
        "errors",
        "unicode_text",
    ),
)
# Rooms that know nothing of each other, whatever the order.
STRANGERS = (
    ("configuration", "machine"),
    ("boot", "configuration"),
    ("configuration.patch", "configuration.queries"),
)
LICENCE = "SPDX-License-Identifier: GPL-2.0-or-later"
BELOW_COMMANDS = ORDER[ORDER.index("terminal") :]


def sources() -> dict[str, str]:
    root = Path(explorer.__file__).parent
    modules = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        modules[name or "explorer"] = path.read_text()
    return modules


def room(module: str) -> str:
    """The longest name in ``ORDER`` that holds the module."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in ORDER:
            return ".".join(parts[:length])
    return module


def imports(modules: Sources) -> Iterator[tuple[str, str]]:
    """Each module with each module of ``explorer`` that it imports."""
    for module, text in modules.items():
        for node in ast.walk(ast.parse(text)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                if name == "explorer" or name.startswith("explorer."):
                    yield module, _module_of(name.removeprefix("explorer."), modules)


def _module_of(name: str, modules: Sources) -> str:
    """A name that is imported, less what lies inside its module."""
    return name if name in modules else name.rpartition(".")[0] or "explorer"


def upward(modules: Sources) -> set[str]:
    """Imports of a room from one above it, or of a room that is not in the plan."""
    found = set()
    for importer, imported in imports(modules):
        here, there = room(importer), room(imported)
        if here != there and not (
            here in ORDER and there in ORDER and ORDER.index(here) < ORDER.index(there)
        ):
            found.add(f"{importer} -> {imported}")
    return found


def strangers(modules: Sources) -> set[str]:
    """Imports between rooms that know nothing of each other."""

    def within(module: str, outer: str) -> bool:
        return module == outer or module.startswith(f"{outer}.")

    pairs = [*STRANGERS, *(pair[::-1] for pair in STRANGERS)]
    return {
        f"{importer} -> {imported}"
        for importer, imported in imports(modules)
        if any(within(importer, one) and within(imported, other) for one, other in pairs)
    }


def circles(modules: Sources) -> set[str]:
    """Modules that import themselves by way of others."""
    arrows = defaultdict(set)
    for importer, imported in imports(modules):
        arrows[importer].add(imported)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            new = arrows[ahead.pop()] - seen
            seen |= new
            ahead += new
        return seen

    return {module for module in modules if module in reached(module)}


def option_names(modules: Sources) -> set[str]:
    """Literals below ``commands/``, docstrings apart, that name an option of the command line."""
    option = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
    options = {
        name
        for module, text in modules.items()
        if room(module) == "commands"
        for literal in literals(text)
        for name in option.findall(literal)
    }
    return {
        f"{module}: {name}"
        for module, text in modules.items()
        if room(module) in BELOW_COMMANDS
        for literal in literals(text)
        for name in option.findall(literal)
        if name in options
    }


def literals(text: str) -> Iterator[str]:
    """The string literals of a module that are no statements of their own, as docstrings are."""
    nodes = list(ast.walk(ast.parse(text)))
    alone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def namesakes(modules: Sources) -> set[str]:
    """Modules that bear the name of a public function of theirs."""
    return {
        module
        for module, text in modules.items()
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == module.rpartition(".")[2]
    }


def shared_class_names(modules: Sources) -> set[str]:
    """Public classes of which several modules have one."""
    homes = defaultdict(set)
    for module, text in modules.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].add(module)
    return {f"{name}: {', '.join(sorted(where))}" for name, where in homes.items() if len(where) > 1}


def signal_handlers(modules: Sources) -> set[str]:
    """Modules outside the room of the process that set handlers of signals."""
    setting = {"signal", "sigaction", "setitimer", "set_wakeup_fd", "siginterrupt"}
    return {
        module
        for module, text in modules.items()
        if room(module) != "process"
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.Attribute) and node.attr in setting and ast.unparse(node.value) == "signal")
        or (isinstance(node, ast.ImportFrom) and node.module == "signal")
    }


# Where modules that know of trees may ask the file system, and for what.
_READERS = {
    "configuration.files.sources": "the guarded reader of trees",
    "configuration.files.confined_open": "a part of it",
    "configuration.files.dotconfig": "the .config that the user names",
    "configuration.files.cache": "this program's own cache",
    "configuration.files.releases": "a shipped table",
    "configuration.files.programs": "whether the folder that the user names exists",
    "configuration.toolchain.probes": "shipped answers of compilers",
    "configuration.toolchain.shell": "the date of an installed compiler",
    "configuration.toolchain.running_command": "the output of a command that the user allowed",
    "configuration.tree.loading": "the code of this program, and ProbeShell.open()",
    "study.release_search": "a shipped table",
}
_ASKING = frozenset(
    {
        *("open", "read_text", "read_bytes", "readlink", "copyfile", "copytree", "copy2"),
        *("iterdir", "glob", "rglob", "iglob", "scandir", "listdir"),
        *(
            "is_file",
            "is_dir",
            "is_symlink",
            "exists",
            "lexists",
            "isfile",
            "isdir",
            "islink",
            "stat",
            "lstat",
        ),
    }
)


def readers_of_trees(modules: Sources) -> set[str]:
    """Calls that ask the file system, in rooms that know of trees, outside the guarded reader."""
    rooms = ("configuration", "study", "checking", "boot")
    return {
        f"{module}: {name}"
        for module, text in modules.items()
        if module.partition(".")[0] in rooms and module not in _READERS
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and (name := getattr(node.func, "attr", getattr(node.func, "id", ""))) in _ASKING
    }


def unguarded_output(modules: Sources) -> set[str]:
    """Modules that write to a terminal past the guards: what they print can hold control characters."""
    guards = {
        "commands.printing",
        "terminal.guarded_console",
        "man_page",
    }  # the page holds no stranger's text
    consoles = {"rich.console.Console", "rich.print"}
    return {
        f"{module}: {ast.unparse(node)}"
        for module, text in modules.items()
        if room(module) != "process" and module not in guards
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and (
            (name := ast.unparse(node.func)) in {"print", "Console", "typer.echo", "typer.secho", *consoles}
            or name.removeprefix("sys.__").removeprefix("sys.") in _WRITES
        )
    }


_WRITES = {
    f"{stream}{part}.{way}"
    for stream in ("stdout", "stderr", "stdout__", "stderr__")
    for part in ("", ".buffer")
    for way in ("write", "writelines")
}

Law = Callable[[Sources], set[str]]
LAWS: tuple[Law, ...] = (
    *(upward, strangers, circles, option_names, namesakes, shared_class_names, signal_handlers),
    *(readers_of_trees, unguarded_output),
)

PLANTED: dict[Law, list[dict[str, str]]] = {
    upward: [
        {"boot.zones": "from explorer.study.matrix import Cell", "study.matrix": ""},
        {"machine.efi": "import explorer.boot"},
        {"errors": "from explorer import files", "files": ""},
        {"configuration.files.cache": "from explorer.configuration import Tree", "configuration": ""},
        {"attic": "from explorer.errors import InputError", "errors": ""},
    ],
    strangers: [
        {"configuration.tree.tree": "from explorer.machine import Region", "machine": ""},
        {"boot.zones": "from explorer.configuration.tree import Tree", "configuration.tree": ""},
    ],
    circles: [
        {
            "boot.zones": "from explorer.boot.memmap import PageRun",
            "boot.memmap": "from explorer.boot import sections",
            "boot.sections": "def f() -> None:\n    from explorer.boot.zones import Zone",
        }
    ],
    option_names: [
        {"commands.options": 'Option("--set")', "study.matrix": 'hint = f"give --set {name}"'},
        {"commands.options": 'Option("--with-fix")', "boot.kernel": 'WHERE = "--with-fix"'},
    ],
    namesakes: [{"boot.kernel": "def kernel() -> None: ..."}],
    signal_handlers: [
        {"sweep.processes": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_DFL)"},
        {"cli": "from signal import signal"},
        {"commands.check": "run(initializer=signal.signal)"},
    ],
    readers_of_trees: [
        {"configuration.patch.application": "text = (folder / name).read_text()"},
        {"boot.source_marks": "with open(name) as file: ..."},
        {"study.matrix": "import os\nos.path.exists(name)"},
    ],
    unguarded_output: [
        {"commands.check": "typer.echo(name, err=True)"},
        {"terminal.matrix": "from rich.console import Console\nConsole(stderr=True).print(name)"},
        {"commands.graph": "import sys\nsys.stdout.write(graph)"},
        {"study.matrix": "print(name)"},
        {"commands.sweep": "sys.__stderr__.buffer.write(name)"},
    ],
    shared_class_names: [{"boot.kernel": "class Kind: ...", "machine.efi": "class Kind: ..."}],
}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_sources_keep_the_law(law: Law) -> None:
    assert law(sources()) == set()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_planted_violation_is_found(law: Law) -> None:
    for modules in PLANTED[law]:
        assert law(modules), modules


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_what_is_allowed_is_no_violation(law: Law) -> None:
    allowed = {
        "commands.options": 'Option("--set")\nfrom explorer.boot.kernel import Kernel',
        "boot.kernel": '"""Not --set."""\nrun("git", "--no-index")\nclass Kernel: ...\ndef released(): ...',
        "commands.printing": "import sys\nsys.stdout.write(guarded(text))",
        "terminal.matrix": "console.print(name)\nfile.write(name)",
        "process.interrupts": "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)",
        "configuration.toolchain.running_command": "os.killpg(7, signal.SIGKILL)",
        "boot.zones": "import ast\nfrom explorer.boot.kernel import Kernel\nclass _Kernel: ...",
    }
    assert law(allowed) == set()


def test_every_room_has_tests_and_every_folder_of_tests_a_room() -> None:
    kinds = {"browser", "campaigns", "data", "fuzz", "live"}  # kinds of tests and what they read
    tests = Path(__file__).parent
    folders = {path.relative_to(tests) for path in tests.rglob("test_*.py")}
    rooms = {".".join(path.parent.parts) for path in folders if path.parts[0] not in kinds} - {""}
    assert rooms <= set(ORDER)
    roots = {room(module).partition(".")[0] for module in sources() if "." in module}
    assert roots - {name.partition(".")[0] for name in rooms} == set()


def test_each_source_names_the_licence_of_the_project_in_its_first_line() -> None:
    root = Path(explorer.__file__).parents[1]
    paths = [
        path for room in ("explorer", "tests", "benchmarks", "reports") for path in (root / room).rglob("*")
    ]
    wanted = [path for path in paths if path.suffix in {".py", ".j2", ".js", ".c"} and path.stat().st_size]
    unnamed = [path for path in wanted if LICENCE not in path.read_text().partition("\n")[0]]
    assert len(wanted) > 400
    assert not unnamed

# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs every command in every format on small inputs whose names hold control characters.

``python -m tests.every_command`` reads runs as JSON from standard input, and writes their results as JSON. It
imports the program once and forks for each run, which takes a tenth of a second instead of half a second.
"""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from explorer import application

__all__ = ["HOSTILE", "Result", "Run", "formats", "results_of", "runs"]

HOSTILE = "\x1b]0;t\x07\x1b[31m\x9b1m\x85\x7f\u202e\u200b\u2028\udcff\n::error::"
"""Escape sequences, C1, DEL, a change of direction, no width, line separators, no UTF-8, another line."""
_WORD = HOSTILE.partition("\udcff")[0]  # text that a file in UTF-8 can hold
_MAP = {"memory": [{"base": 1 << 30, "size": 1 << 30}], "reserved": [{"base": 3 << 29, "size": 1 << 16}]}
_WALKER = f"""\
#ifdef CONFIG_{_WORD.strip()}
void walk(unsigned long pfn) {{ for (;; pfn++) PageLRU(pfn_to_page(pfn {_WORD})); }}
#endif
void other(unsigned long pfn) {{ for (;; pfn++) if (pfn_valid(pfn)) PageLRU(pfn_to_page(pfn)); }}
"""
_FORMAT = "--format"


@dataclass(frozen=True, slots=True)
class Result:
    """What a run wrote, and its exit code.

    Attributes:
        code: the exit code.
        stdout: the bytes on standard output.
        stderr: those on standard error.
        files: the files that it wrote.
        strayed: what it did that no run may do: files outside its folder, programs, connections.
    """

    code: int
    stdout: bytes
    stderr: bytes
    files: Mapping[str, bytes]
    strayed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A command line.

    Attributes:
        command: the command; empty for a run without one.
        form: the format; empty if the command has none.
        words: the whole command line.
        is_refused: whether the program cannot judge it.
    """

    command: str
    form: str
    words: tuple[str, ...]
    is_refused: bool


def formats() -> dict[str, tuple[str, ...]]:
    """The formats of each command, as the program declares them; ("",) for a command without."""
    top: Any = typer.main.get_command(application.app_of())
    return {
        name: next((tuple(each.type.choices) for each in command.params if _FORMAT in each.opts), ("",))
        for name, command in top.commands.items()
    }


def _write_inputs(folder: Path) -> None:
    """Writes the inputs of ``runs`` into a folder."""
    tree = folder / f"tree{HOSTILE}"
    sub = tree / f"sub{HOSTILE}"
    sub.mkdir(parents=True)
    (tree / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n")
    prompt = _WORD.replace("\x85", "").replace("\u2028", "")
    (tree / "Kconfig").write_text(
        f'mainmenu "{prompt}"\nconfig ARM64\n\tdef_bool y\nsource "sub*/K*"\n'
        f'config EVIL\n\tstring "{prompt}"\n\tdefault "{prompt}"\n\tdepends on NUMA\n'
    )
    (sub / f"K{HOSTILE}").write_text(f'config NUMA\n\tbool "{prompt}"\n\tdefault y\n\tselect FAR\n')
    (sub / "Kpad").write_text(f"# {'-' * 1000}\n" * 300)  # so that the tree is kept in the cache
    (sub / "Kfar").write_text("config FAR\n\tbool\nconfig NEVER\n\tbool\n\tdepends on !ARM64\n")
    (tree / "mm").mkdir()
    (tree / f"mm/w{HOSTILE}.c").write_text(_WALKER)
    (folder / f"map{HOSTILE}.json").write_text(json.dumps(_MAP))
    header = "# Linux/arm64 6.1.0 Kernel Configuration\n"
    config = f'{header}CONFIG_ARM64=y\nCONFIG_NUMA=maybe\nCONFIG_EVIL="{prompt}"\nCONFIG_GONE=y\n# {prompt}\n'
    (folder / f"config{HOSTILE}").write_text(config)
    (folder / f"plain{HOSTILE}").write_text(f"{header}CONFIG_ARM64=y\nCONFIG_NUMA=y\nCONFIG_FAR=n\n")
    (folder / f"boots{HOSTILE}.jsonl").write_text(json.dumps(_recording()) + "\n")
    (folder / f"patch{HOSTILE}.diff").write_text(
        "--- a/Kfar\n+++ b/Kfar\n@@ -1,2 +1,3 @@\n config FAR\n \tbool\n+\tdefault y\n"
    )


def _recording() -> dict[str, Any]:
    lines = (Path(__file__).parent / "data" / "steals.jsonl").read_text().splitlines()
    return {**json.loads(lines[0]), "layout": _WORD, "id": _WORD}


def runs() -> Iterator[Run]:
    """Command lines for the inputs: each command in each format, accepted ones and refused ones."""
    for command, names in formats().items():
        for name in names:
            for is_refused, of_command in ((False, _ACCEPTED), (True, _REFUSED)):
                for words in of_command.get(command, ()):
                    form = [_FORMAT, name] if name else []
                    yield Run(command, name, (command, *form, *words), is_refused)
    yield Run("", "", (HOSTILE,), is_refused=True)


_TREE = ["--tree", f"tree{HOSTILE}"]
_MAPS = ["-m", f"map{HOSTILE}.json"]
_CONFIG = f"config{HOSTILE}"
_SWEEP = ["--kernel", "6.1", "-c", _CONFIG, *_MAPS, "-j", "1"]
_NO_TREE, _NO_MAP = ["--tree", f"none{HOSTILE}"], ["-m", f"none{HOSTILE}"]
_NO_OPTION, _NO_SYMBOL = [f"--{HOSTILE}"], ["--set", f"{HOSTILE}=y"]
_ACCEPTED: Mapping[str, list[list[str]]] = {
    "matrix": [[*_TREE, *_MAPS]],
    "report": [
        [*_TREE, *_MAPS, "-o", f"page{HOSTILE}.html"],
        [*_TREE, *_MAPS, "-o", "-"],
        [*_TREE, *_MAPS, "--audit", f"tree{HOSTILE}", "-o", "audit.html"],
    ],
    "prove": [["--kernel", "4.17", *_MAPS]],
    "simulate": [[*_TREE, *_MAPS, "--set", "NUMA=y"], [*_TREE, "-m", "flat", "-c", _CONFIG]],
    "check": [
        [*_TREE, *_MAPS, "--verbose", "--", _CONFIG],
        [*_TREE, *_MAPS, "-o", "out", "--", _CONFIG],
        [*_TREE, "--diff", "--", f"plain{HOSTILE}"],
        [*_TREE, "--fix", "--", f"plain{HOSTILE}"],
        [*_TREE, "--requested", _CONFIG, "--", _CONFIG],
    ],
    "rule": [["unsafe"]],
    "audit": [[f"tree{HOSTILE}"], [f"tree{HOSTILE}", "mm", "--compare", f"tree{HOSTILE}"]],
    "explain": [[*_TREE, "NUMA=n", "FAR=n"], [*_TREE, "NEVER=y"], [*_TREE, "-c", _CONFIG, "NUMA=n"]],
    "count": [[*_TREE, "NUMA"]],
    "diff": [
        [f"tree{HOSTILE}", "6.1", *_MAPS],
        [f"tree{HOSTILE}", "--patch", f"patch{HOSTILE}.diff", *_MAPS],
    ],
    "sweep": [[*_SWEEP, "-o", "rows.parquet"], [*_SWEEP, "-o", f"rows{_WORD}.parquet"]],
    "replay": [[f"boots{HOSTILE}.jsonl"]],
    "graph": [_TREE],
    "maps": [[]],
}
"""The words of each command without its format, which the program can judge."""
_REFUSED: Mapping[str, list[list[str]]] = {
    "matrix": [_NO_TREE, _NO_MAP, _NO_OPTION, _NO_SYMBOL, ["--kernel", f"6{HOSTILE}"]],
    "report": [[*_TREE, *_MAPS, "-o", f"none/{HOSTILE}"], ["--audit", f"none{HOSTILE}", "-o", "-"]],
    "prove": [_NO_TREE, _NO_SYMBOL],
    "simulate": [[*_MAPS, *_NO_TREE], [*_MAPS, *_NO_SYMBOL]],
    "check": [[*_TREE, "--", _CONFIG, f"none{HOSTILE}"], [*_NO_TREE, "--", _CONFIG]],
    "audit": [[f"none{HOSTILE}"], [f"tree{HOSTILE}", f"none{HOSTILE}"]],
    "rule": [[HOSTILE]],
    "explain": [[*_TREE, f"{HOSTILE}=y"], [*_TREE, f"NUMA={HOSTILE}"]],
    "count": [[*_TREE, HOSTILE]],
    "diff": [[f"none{HOSTILE}", "6.1"]],
    "sweep": [
        [*_SWEEP, "-o", f"rows{HOSTILE}.parquet"],
        [*_SWEEP, "-c", f"map{HOSTILE}.json", "-o", "rows.duckdb"],
    ],
    "replay": [[f"none{HOSTILE}"], [_CONFIG]],
    "graph": [[*_TREE, "--symbol", HOSTILE], _NO_TREE],
}
"""The same for words that it refuses."""


def results_of(
    chosen: Sequence[Run],
    folder: Path,
    environment: Mapping[str, str],
    *,
    umask: int = 0o022,
    python: str = sys.executable,
) -> list[Result]:
    """What some ``runs`` give, in their order.

    Args:
        chosen: these runs.
        folder: becomes the working folder and gets the inputs.
        environment: variables that are put over those of this process.
        umask: of the runs.
        python: an interpreter that has the program.
    """
    _write_inputs(folder)
    done = subprocess.run(
        [python, "-m", "tests.every_command", str(folder), str(umask)],
        input=json.dumps([run.words for run in chosen]),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        Result(
            code,
            _decoded(out),
            _decoded(err),
            {name: _decoded(data) for name, data in files},
            tuple(_decoded(strayed).decode().splitlines()),
        )
        for code, out, err, strayed, files in json.loads(done.stdout)
    ]


def _forked(words: list[str], folder: Path) -> list[Any]:
    """Runs a command line in a fork of this process."""
    before = set(_files(folder))
    outputs = [folder.parent / f"{folder.name}.{name}" for name in ("out", "err", "strayed")]
    child = os.fork()
    if not child:
        _run(words, folder, *outputs)
    _, status = os.waitpid(child, 0)
    written = [name for name in _files(folder) if name not in before]
    texts = [_encoded(output.read_bytes()) for output in outputs]
    files = [(name, _encoded((folder / name).read_bytes())) for name in sorted(written)]
    for name in written:
        (folder / name).unlink()
    return [os.waitstatus_to_exitcode(status), *texts, files]


def _run(words: list[str], folder: Path, output: Path, errors: Path, strayed: Path) -> None:
    code = 3
    seen: list[str] = []
    try:
        for number, path in ((0, Path(os.devnull)), (1, output), (2, errors)):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
        os.chdir(folder)
        sys.addaudithook(_watch(folder, seen))
        code = application.exit_code_of(words)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        strayed.write_text("\n".join(seen))
        os._exit(code)


def _watch(folder: Path, seen: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that notes files outside of what a run may open, programs and connections."""
    program = (sys.prefix, f"{sys.base_prefix}/lib", str(Path(__file__).parents[1]))
    system = ("/dev/null", "/proc", "/usr/share/zoneinfo")
    paths = (str(folder), os.environ["XDG_CACHE_HOME"], *program, *system)
    allowed = tuple(str(Path(path).resolve()) for path in paths)

    def watched(event: str, values: tuple[Any, ...]) -> None:
        if event in _PROGRAMS or (event.startswith("socket.") and event != "socket.__new__"):
            seen.append(f"{event} {values!a}")
        elif event == "open" and isinstance(values[0], str | bytes | os.PathLike):
            path = os.path.realpath(os.fsdecode(values[0]))
            if path != "/" and not path.startswith(allowed):
                seen.append(f"open {path!a}")

    return watched


_PROGRAMS = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen", "pty.spawn"}


def _files(folder: Path) -> Iterator[str]:
    return (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _main() -> None:
    application.app_of()
    os.umask(int(sys.argv[2]))
    found = [_forked(words, Path(sys.argv[1])) for words in json.load(sys.stdin)]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _main()

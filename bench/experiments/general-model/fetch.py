#!/usr/bin/env python3
"""Fetches the packages of corpus.tsv by their names and lays out their sources, one folder each.

usage: fetch.py FOLDER [NAME...]

npm, pip, Maven, Go and apt-get fetch what corpus.tsv pins, each from its own registry; nothing of a package is built or
run. A folder keeps files of the package's language alone, a sample where there are many. What is there already is kept. apt-get reads Debian's sources
through an `apt` folder of its own in FOLDER, whose lists it fetches first.
"""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

HERE = Path(__file__).parent
EXTENSIONS = {
    "javascript": {".js", ".mjs", ".cjs", ".jsx"},
    "typescript": {".ts", ".tsx", ".mts", ".cts"},
    "python": {".py"},
    "java": {".java"},
    "go": {".go"},
    "php": {".php"},
    "ruby": {".rb"},
    "c": {".c", ".h"},
    "cpp": {".cc", ".cpp", ".cxx", ".h", ".hpp", ".hh", ".hxx"},
    "csharp": {".cs"},
    "rust": {".rs"},
    "kotlin": {".kt"},
    "scala": {".scala"},
    "swift": {".swift"},
}
LARGEST_FILE = 200_000
MOST_FILES = 60
"""Of a package; more where few packages of a language are to be had."""
MORE_FILES = {"csharp": 300, "kotlin": 120, "scala": 120, "swift": 120}
NOT_THE_LIBRARY = re.compile(
    r"(^|[/_.-])(tests?|testing|__tests__|specs?|benchmarks?|examples?|samples?|vendor(ed)?|_vendor|third[_-]party|node_modules|dist|build|"
    r"generated|locales?|min|pb2?|pb2_grpc)([/_.-]|$)|\.d\.[cm]?ts$"
)


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()[-400:]}")
    return done.stdout


def npm(name, version, into, _):
    run("npm", "pack", "--silent", "--ignore-scripts", f"{name}@{version}", cwd=into)
    return list(into.glob("*.tgz"))


def pypi(name, version, into, _):
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", into, f"{name}=={version}")
    return list(into.glob("*.whl"))


def maven(name, version, into, _):
    artifact = f"{name}:{version}:jar:sources"
    run("mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={into}", "-Dmdep.useBaseVersion=true")
    return list(into.glob("*.jar"))


def go(name, version, into, _):
    listed = run("go", "mod", "download", "-json", f"{name}@{version}", cwd=into)
    return [Path(json.loads(listed)["Zip"])]


def crates(name, version, into, _):
    (into / "src").mkdir()
    (into / "src/lib.rs").touch()
    dependency = f'[dependencies]\n"{name}" = "={version}"\n'
    (into / "Cargo.toml").write_text(f'[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n{dependency}')
    run("cargo", "vendor", "--quiet", "--versioned-dirs", "vendor", cwd=into)
    return [into / "vendor" / f"{name}-{version}"]


def debian_options(state):
    return [
        *("-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={state}/parts"),
        *("-o", f"Dir::State::lists={state}/lists", "-o", f"Dir::Cache={state}/cache"),
    ]


def read_debian_lists(state):
    """Lists of sources, which most machines leave out; the machine's own lists stay as they are."""
    if (state / "done").exists():
        return
    for folder in ("parts", "lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    for path in [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("debian*")]:
        if path.exists():
            text = re.sub(r"^Types: deb$", "Types: deb deb-src", path.read_text(), flags=re.M)
            (state / "parts" / path.name).write_text(re.sub(r"^deb (.*)$", r"deb \1\ndeb-src \1", text, flags=re.M))
    run("apt-get", *debian_options(state), "update")
    (state / "done").touch()


def debian(name, version, into, root):
    command = ["apt-get", *debian_options(root / "apt"), "-q", "source", "--download-only", f"{name}={version}"]
    run(*command, cwd=into)
    archives = [path for path in into.iterdir() if re.search(r"\.tar\.\w+$", path.name)]
    # Of a package with changes by Debian, what its authors wrote.
    return [path for path in archives if ".orig" in path.name] or archives


def debian_binary(name, version, into, root):
    """Packages of scripts hold the sources themselves."""
    run("apt-get", *debian_options(root / "apt"), "-q", "download", f"{name}={version}", cwd=into)
    (package,) = into.glob("*.deb")
    unpacked = into / "data.tar"
    with open(unpacked, "wb") as written:
        subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, stdout=written)
    return [unpacked]


REGISTRIES = {"npm": npm, "pypi": pypi, "maven": maven, "go": go, "crates": crates, "debian": debian, "debian-binary": debian_binary}


def members(archive):
    """The regular files of an archive or folder, as (path, size, read)."""
    if archive.is_dir():
        for path in sorted(archive.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(archive)), path.stat().st_size, path.read_bytes
    elif zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                if not info.is_dir():
                    yield info.filename, info.file_size, lambda info=info: opened.read(info)
    else:
        with tarfile.open(archive) as opened:
            for info in opened:
                if info.isfile():
                    yield info.name, info.size, lambda info=info: opened.extractfile(info).read()


def is_wanted(name, size, extensions, keep):
    path = PurePosixPath(name)
    if path.suffix not in extensions or path.is_absolute() or ".." in path.parts or size > LARGEST_FILE:
        return False
    return NOT_THE_LIBRARY.search(name) is None and (keep is None or re.search(keep, name) is not None)


def by_chance(name):
    """An order that is the same everywhere, and has nothing to do with what is in the file."""
    return hashlib.sha256(name.encode()).digest()


def lay_out(archives, language, keep, folder):
    """Writes source files of some archives, a sample where there are many; returns how many."""
    extensions = EXTENSIONS[language]
    wanted = [name for archive in archives for name, size, _ in members(archive) if is_wanted(name, size, extensions, keep)]
    drawn = set(sorted(wanted, key=by_chance)[: MORE_FILES.get(language, MOST_FILES)])
    for archive in archives:
        for name, _, read in members(archive):
            if name in drawn:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(read())
    return len(drawn)


def fetch(package, root):
    """Whether the package is there afterwards."""
    name, language = package["name"], package["language"]
    target = root / "sources" / language / re.sub(r"[^\w.-]+", "-", name).strip("-")
    if target.exists():
        return True
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        archives, written = Path(scratch, "archives"), Path(scratch, "files")
        archives.mkdir()
        try:
            found = REGISTRIES[package["registry"]](name, package["version"], archives, root)
            count = lay_out(found, language, package["keep"] or None, written)
            if count == 0:
                raise RuntimeError("no source file in it")
        except (RuntimeError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(written, target)
        print(f"{name} {package['version']}: {count} files", flush=True)
        return True


def main(root, names):
    with open(HERE / "corpus.tsv", newline="") as listed:
        packages = list(csv.DictReader(listed, delimiter="\t", restval=""))
    wanted = [package for package in packages if not names or package["name"] in names]
    root = Path(root).resolve()
    root.mkdir(parents=True, exist_ok=True)
    if any(package["registry"].startswith("debian") for package in wanted):
        read_debian_lists(root / "apt")
    with ThreadPoolExecutor(4) as pool:
        return 0 if all(list(pool.map(lambda package: fetch(package, root), wanted))) else 1


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))

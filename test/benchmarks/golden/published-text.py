"""What the published scripts make of programs before they are encoded, on real and on awkward rows.

python published-text.py CODEBERT_CHECKOUT CODEXGLUE_CHECKOUT FOLDER   # bare Git folders do; FOLDER is this one

The functions are taken out of the scripts themselves (UniXcoder/downstream-tasks/zero-shot-search/run.py and
code-search/run.py of microsoft/CodeBERT, Code-Code/Clone-detection-POJ-104/code/run.py of microsoft/CodeXGLUE) and run
here; the rows are functions of this repository's Python scripts, and the awkward programs below in each language.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tokenize
from io import StringIO

codebert, codexglue, here = sys.argv[1:4]


def script(checkout, path):
    return subprocess.run(["git", "-C", checkout, "show", f"HEAD:{path}"], check=True, capture_output=True, text=True).stdout


def function(source, name):
    """One function of a script, without the imports that the rest of it needs."""
    [node] = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == name]
    namespace = {"re": re, "tokenize": tokenize, "StringIO": StringIO}
    exec(compile(ast.Module([node], []), name, "exec"), namespace)
    return namespace[name]


remove = function(script(codebert, "UniXcoder/downstream-tasks/zero-shot-search/run.py"), "remove_comments_and_docstrings")


def expression(source, start):
    """The right side of the assignment whose line begins with `start`."""
    [line] = [l.strip() for l in source.split("\n") if l.strip().startswith(start)]
    return line[line.index("=") + 1 :].strip()


search = script(codebert, "UniXcoder/downstream-tasks/code-search/run.py")
code_text = eval("lambda js: " + expression(search, "code = ' '.join(js['code_tokens'])"))
query_text = eval("lambda js: " + expression(search, "nl = ' '.join(js['docstring_tokens'])"))
poj_text = eval("lambda js: " + expression(script(codexglue, "Code-Code/Clone-detection-POJ-104/code/run.py"), "code="))

awkward = {
    "python": [
        '"""module"""\nx = 1\n"at the first column"\n',
        'def f():\n    # c\n    """doc\n    more"""\n    return "kept" # gone\n',
        'def f():\n\n    "after a blank line"\n    x = """a\n  # not a comment\n  """\n    "after a statement"\n\n    "after statement and blank"\n    return x\n',
        "if a:\n    if b:\n        pass\n    'after dedent'\n    f('x', 'y')\n",
        "x = 1 + \\\n    2\ny = 'a' \\\n'b'\n",
        "z = [\n'first column in brackets',\n 'second',  # c\n]\n",
        "def f(a): 'one line'; return a\n",
        "s = rb'\\'' + b\"#\" + u'x' + f'{a}' # c\nprint '''py2''' \n",
        "x = 'a\\\nb'\n\tif_tab = 1\n",
        "class A:\n\t'''tab'''\n\tdef g(self):\n\t\tpass\n\t'x'\n",
        "a = 1;\r\n'''crlf'''\r\nb = '#'\r\n",
        "# only a comment",
        "x='no line break at the end'",
        "lambda: (yield)\n\n\n\n'''last'''",
        "x\u3000= 1\u00a0\n",
        "'é😀' # ü\n é = '''\n😀'''\n",
    ],
    "java": ['int f() { // c\n return "//" + \'"\' + "a\\"b"; /* d\n e */ }\n', "it's // not\n a string's end */\n", "/** doc */ char c = '\\''; //"],
    "javascript": ["const r = /\\/\\//; // c\n`// ${a}`; x = a / b / c;", "'a\\\n//b' // c"],
    "typescript": ["let a: string = `it's`; // don't\nlet b = 1;"],
    "csharp": ['var p = @"c:\\"; // c\n/// <summary>x</summary>\nint a;'],
    "c": ["#define A \"/*\"\n/* a */int main(){return 0;}// b", "int a/**/b;\u2028//c\u2028d\ne"],
    "php": ["<?php # kept\n// gone\n$a = 'it''s'; /* b */ ?>it's <b>//x</b>"],
    "go": ["s := `it's // raw`\nx := 'a' // c\n"],
    "ruby": ["# kept\ndef f; 'x' end\n=begin\nkept\n=end\n"],
}

root = subprocess.run(["git", "-C", here, "rev-parse", "--show-toplevel"], check=True, capture_output=True, text=True).stdout.strip()
for folder in sorted({"test/metrics/golden", "test/benchmarks/golden", "test/losses/golden"}):
    for name in sorted(os.listdir(os.path.join(root, folder))) if os.path.isdir(os.path.join(root, folder)) else []:
        if not name.endswith(".py"):
            continue
        with open(os.path.join(root, folder, name), encoding="utf-8") as f:
            tree = f.read()
        lines = tree.split("\n")
        for node in [n for n in ast.parse(tree).body if isinstance(n, (ast.FunctionDef, ast.ClassDef))][:4]:
            text = "\n".join(lines[node.lineno - 1 : node.end_lineno]) + "\n"
            if len(text) < 2000:
                awkward["python"].append(text)

golden = {"codeToCode": [], "codeSearch": [], "poj104": []}
for language, sources in awkward.items():
    for source in sources:
        try:
            text = " ".join(remove(source, language).split())
        except (tokenize.TokenError, IndentationError) as error:
            print(f"left out, the script fails: {error}: {source[:40]!r}")
            continue
        golden["codeToCode"].append([language, source, text])
        golden["poj104"].append([source, poj_text({"code": source})])
for row in [
    {"code_tokens": ["def", "f", "(", ")", "\n", " x "], "docstring_tokens": ["Does", " it", "."]},
    {"code_tokens": "def f ( )  :\n\treturn\u30001\x1c", "docstring_tokens": "", "doc": " how\tto  sort\u00a0\n"},
]:
    golden["codeSearch"].append([row, code_text(row), query_text(row)])

with open(os.path.join(here, "published-text.golden.json"), "w") as f:
    json.dump(golden, f, indent=1)
    f.write("\n")
print({name: len(rows) for name, rows in golden.items()})

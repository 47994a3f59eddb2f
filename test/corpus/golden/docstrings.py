"""What Python itself takes for the docstrings of docstrings.source.py.

python docstrings.py   # writes docstrings.golden.json beside it; needs nothing but Python 3
"""

import ast
import json
from pathlib import Path

here = Path(__file__).parent
tree = ast.parse((here / "docstrings.source.py").read_text())
functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
docs = {node.name: ast.get_docstring(node) or None for node in functions}
(here / "docstrings.golden.json").write_text(json.dumps(docs, indent=2, ensure_ascii=False) + "\n")

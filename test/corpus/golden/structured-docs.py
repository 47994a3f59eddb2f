"""Golden values of parseDoc: what docstring_parser (0.18.0) reads in docs of the styles of Python.

    pip install docstring_parser==0.18.0
    python test/corpus/golden/structured-docs.py > test/corpus/golden/structured-docs.golden.json
"""

import json

import docstring_parser as dp

DOCS = {
    "google": [
        "Fetches rows.\n\nLonger text.\n\nArgs:\n    table: An open table.\n    keys (list of str): The keys,\n        which may go on.\n    strict (bool, optional): Whether to fail.\n        Defaults to False.\n    **options: Anything else.\n\nReturns:\n    dict: Rows by key.\n\nRaises:\n    IOError: If the table is closed.\n    ValueError: If a key is empty,\n        or too long.",
        "Counts.\n\nArgs:\n  x (Dict[str, int]): counts: by name\n  y (Optional[int]): a number\n\nReturns:\n  A tuple of both.\n\nExample:\n  >>> count(1)",
        "Walks.\n\nYields:\n    int: The next one.\n",
    ],
    "numpy": [
        "Solve it.\n\nParameters\n----------\na : (M, M) array_like\n    A square matrix.\n\n    With a second paragraph.\nlower : bool, optional\n    Use only the lower half.\n*args\n    More.\n\nReturns\n-------\nx : ndarray\n    The solution.\n\nRaises\n------\nLinAlgError\n    If singular.\n\nSee Also\n--------\nother : this\n",
        "Sum.\n\nParameters\n----------\nx : int\n    First.\ny : {'a', 'b'}\n    Second.\n\nReturns\n-------\nfloat\n    The sum.\n",
    ],
    "rest": [
        "Send it.\n\n:param str sender: The person sending\n    the message.\n:param body: The body.\n:type body: bytes\n:param int priority: The priority: high.\n:returns: The id.\n:rtype: int\n:raises ValueError: If too long.\n:raises TypeError: If no text.",
        "Draw.\n\n:param x: Where.\n:type x: int or None\n:return: Nothing.\n",
    ],
}

STYLES = {"google": dp.DocstringStyle.GOOGLE, "numpy": dp.DocstringStyle.NUMPYDOC, "rest": dp.DocstringStyle.REST}


def line(text):
    return None if text is None else " ".join(text.split())


def read(doc, style):
    found = dp.parse(doc, style=STYLES[style])
    returns = found.returns or next(iter(found.many_returns), None)
    return {
        "style": style,
        "doc": doc,
        "parameters": [
            {"name": p.arg_name, "type": p.type_name, "description": line(p.description) or ""} for p in found.params
        ],
        "returns": returns and {"type": returns.type_name, "description": line(returns.description) or ""},
        "raises": [{"type": r.type_name, "description": line(r.description) or ""} for r in found.raises],
    }


print(json.dumps([read(doc, style) for style, docs in DOCS.items() for doc in docs], indent=1))

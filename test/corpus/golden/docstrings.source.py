"""Docstrings of every form that Python knows, and what only looks like one."""


def plain():
    """Adds."""
    return 1


def margins():
    """
    Adds numbers.

        An indented block,
      and a shorter one.\t
    """
    return 1


def tabs():
	"""Adds	numbers.

	One	more.
		Deeper.
	"""
	return 1


def escapes():
    "Tab\there, \x41, \101, \u2014, \U0001F600, \\d, \q, \"quoted\" and \
a line that goes on."
    return 1


def raw():
    r"""Matches \d and \n."""
    return 1


def upper_raw():
    R'''Matches \d.'''
    return 1


def unicode_prefix():
    u"""Adds."""
    return 1


def adjacent():
    "Adds " 'two ' r"\d."
    return 1


def parenthesized():
    ("Adds "
     "numbers.")
    return 1


def only_a_docstring():
    """Adds."""


def empty():
    """"""
    return 1


def blank():
    """   """
    return 1


def of_bytes():
    b"""Bytes."""
    return 1


def formatted():
    f"""{1}."""
    return 1


def partly_formatted():
    "a" f"{1}"
    return 1


def a_sum():
    "a" + "b"
    return 1


def a_call():
    print("x")
    return 1


async def asynchronous():
    # A comment before it.
    """Adds."""
    return 1


class Thing:
    def method(self):
        """Adds.

        More.
        """
        return 1

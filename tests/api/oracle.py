# SPDX-License-Identifier: ISC
"""What a request body means: the rules of the interface, written down apart
from the programs, to compare these with.

Bodies are values as Python's json module reads them.  In strict mode any
value of a wrong type refuses the whole body; otherwise it costs itself.
"""
import json
import math
import re

from replies import parse_error

MISSING, BAD = "missing", "bad"     # verdicts, compared by identity
MAX_SHOWN = 300                     # bytes of a bad value in a message
I64 = 2 ** 63


def integer(v):
    if isinstance(v, bool):
        return int(v)
    if v is None or v in ("", [], {}):
        return MISSING
    if isinstance(v, float):
        v = int(v) if math.isfinite(v) else BAD
    elif isinstance(v, str):
        v = int(v) if re.fullmatch(r"\s*[+-]?[0-9]+\s*", v) else BAD
    if v is BAD or not isinstance(v, int):
        return BAD
    return max(-I64, min(v, I64 - 1))


def number(v):
    if v is None or v in ("", [], {}):
        return MISSING
    if isinstance(v, (list, dict)):
        return BAD
    try:
        f = float(v)
    except OverflowError:
        return MISSING
    except ValueError:
        return BAD
    return f if math.isfinite(f) else MISSING


def text(v):
    if isinstance(v, str) and v:
        return v
    return BAD if v else MISSING


def boolean(v):
    if v is None:
        return MISSING
    if isinstance(v, str):
        return v.lower() not in ("false", "0")
    return v != 0


COERCE = {"int": integer, "float": number, "text": text, "radio": text,
          "source": text}


def shown(v):
    data = str(v).encode("utf-8", "surrogatepass")
    if len(data) <= MAX_SHOWN:
        return str(v)
    return data[:MAX_SHOWN].decode("utf-8", "ignore") + "..."


def fault(kind, name, v):
    """The message that V, member NAME, is not of KIND."""
    if kind in ("int", "float"):
        return f'"{shown(v)}" is not a number'
    if kind == "list":
        return f'"{shown(v)}" is not iterable'
    if kind == "object":
        return (f'"{shown(v)}" is not a mapping type: Does not implement '
                "dict-like functionality.")
    return f"{shown(v)} is not a string: {{'{name}': ''}}"


class Unsure(Exception):
    """The oracles do not know enough to answer."""


class Faults(dict):
    """Messages by path."""

    def add(self, path, kind, v, message=None):
        name = path[-1] if path else ""
        self[".".join(map(str, path))] = message or fault(kind, name, v)

    def member(self, path, obj, name, kind):
        """Member NAME of OBJ coerced, or None."""
        if name not in obj:
            return None
        got = COERCE[kind](obj[name])
        if got is BAD:
            self.add(path + [name], kind, obj[name])
        return None if got is MISSING or got is BAD else got

    def objects(self, path, v):
        """(index, element) of list V, as far as these are objects."""
        if not isinstance(v, list):
            self.add(path, "list", v)
            return
        for i, element in enumerate(v):
            if isinstance(element, dict):
                yield i, element
            else:
                self.add(path + [i], "object", element)


def parse(data):
    """Body DATA as a value, or the error reply: (value, None) or (None,
    error)."""
    try:
        return json.loads(data.decode("utf-8"), strict=True), None
    except UnicodeDecodeError as e:
        return None, parse_error({"decode": str(e)})
    except json.JSONDecodeError as e:
        return None, parse_error({"decode": repr(e)})

"""Writes what is made of something else; with --check, only says whether it is current.

- `schemas.py` from the server's description of its API: a TypedDict for each object, so that what is sent and what comes
  back are plain dictionaries;
- `_client.py` from `_async_client.py`: the same calls without `await`.
"""

from __future__ import annotations

import json
import keyword
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "src" / "mercato_client"
DESCRIPTION = HERE.parents[2] / "crates" / "server" / "src" / "tests" / "openapi.json"

HEAD = '''"""The documents of the API. Made by `tools/generate.py` from the server's OpenAPI document; not to be changed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired, TypeAlias
'''

NAMES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def type_of(schema: dict[str, Any] | bool) -> str:
    """The Python type of a schema."""
    if isinstance(schema, bool):
        return "Any"
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return union([type_of(one) for one in schema[several]])
    if "allOf" in schema:
        return type_of(schema["allOf"][0]) if len(schema["allOf"]) == 1 else "dict[str, Any]"
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(one, ensure_ascii=False) for one in schema['enum'])}]"
    kinds = schema.get("type", "any")
    return union([type_of_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds)])


def type_of_kind(kind: str, schema: dict[str, Any]) -> str:
    if kind == "array":
        if "prefixItems" in schema:
            return f"list[{union([type_of(one) for one in schema['prefixItems']])}]"
        return f"list[{type_of(schema.get('items', True))}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {type_of(values)}]" if isinstance(values, dict) and values else "dict[str, Any]"
    return NAMES.get(kind, "Any")


def union(types: list[str]) -> str:
    """One of several types, each said once."""
    distinct = list(dict.fromkeys(types))
    return distinct[0] if len(distinct) == 1 else " | ".join(distinct)


def doc(text: str | None, indent: str) -> str:
    """A docstring, or nothing."""
    if not text:
        return ""
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip()
    end = "\n" + indent if "\n" in text or text.endswith('"') else ""
    return f'{indent}"""' + text.replace("\n", "\n" + indent) + f'{end}"""\n'


def typed_dict(name: str, schema: dict[str, Any], bases: list[str]) -> str:
    """A TypedDict; one with a keyword among its keys can only be written as a call."""
    required = set(schema.get("required", []))
    fields = schema.get("properties", {})
    types = {key: type_of(value) for key, value in fields.items()}
    types = {key: kind if key in required else f"NotRequired[{kind}]" for key, kind in types.items()}
    if not bases and any(keyword.iskeyword(key) for key in fields):
        lines = "".join(f"        {json.dumps(key)}: {json.dumps(kind)},\n" for key, kind in types.items())
        return f"{name} = TypedDict(\n    {json.dumps(name)},\n    {{\n{lines}    }},\n)\n" + doc(schema.get("description"), "")
    body = doc(schema.get("description"), "    ")
    for key, kind in types.items():
        body += f"\n    {key}: {kind}\n" + doc(fields[key].get("description") if isinstance(fields[key], dict) else None, "    ")
    return f"class {name}({', '.join(bases or ['TypedDict'])}):\n{body or '    pass' + chr(10)}"


def definition(name: str, schema: dict[str, Any]) -> tuple[str, list[str]]:
    """What defines a schema, and the schemas that must stand before it."""
    if "allOf" in schema:
        bases = [type_of(part) for part in schema["allOf"] if "$ref" in part]
        own: dict[str, Any] = {"description": schema.get("description"), "properties": {}, "required": []}
        for part in schema["allOf"]:
            own["properties"].update(part.get("properties", {}))
            own["required"] += part.get("required", [])
        return typed_dict(name, own, bases), bases
    if schema.get("type") == "object" and "properties" in schema:
        return typed_dict(name, schema, []), []
    return f"{name}: TypeAlias = {json.dumps(type_of(schema), ensure_ascii=False)}\n" + doc(schema.get("description"), ""), []


def queries(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What may stand behind the `?` of a GET, by a name made from its path."""
    found = {}
    for path, methods in sorted(document["paths"].items()):
        parameters = [one for one in methods.get("get", {}).get("parameters", []) if one["in"] == "query"]
        if not parameters:
            continue
        words = [word for word in re.split(r"[/\-:]", path) if word and word != "v1" and not word.startswith("{")]
        name = "".join(word.capitalize() for word in words) + "Query"
        found[name] = {
            "type": "object",
            "description": f"What `GET {path}` may be asked.",
            "properties": {one["name"]: {**one["schema"], "description": one.get("description")} for one in parameters},
            "required": [one["name"] for one in parameters if one.get("required")],
        }
    return found


def schemas() -> str:
    """The text of `schemas.py`."""
    document = json.loads(DESCRIPTION.read_text("utf8"))
    wanted = {**document["components"]["schemas"], **queries(document)}
    written: list[str] = []
    text = HEAD

    def write(name: str) -> None:
        nonlocal text
        if name in written:
            return
        defined, before = definition(name, wanted[name])
        for other in before:
            write(other)
        written.append(name)
        text += f"\n\n{defined}"

    for name in sorted(wanted):
        write(name)
    text += f"\n\n__all__ = {json.dumps(sorted(wanted), indent=4)}\n".replace('"\n]', '",\n]')
    return text


#: What becomes of asynchronous code, in this order.
SYNCHRONOUS = [
    (r'^"""The calls.*?"""$', '"""The calls, synchronous. Made by `tools/generate.py`; not to be changed by hand."""'),
    (r"AsyncIterator, Awaitable, Callable", "Callable, Iterator"),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\b__aenter__\b", "__enter__"),
    (r"\b__aexit__\b", "__exit__"),
    (r"\baclose\b", "close"),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"^import asyncio$", "import time"),
    (r"\bAwaitable\[None\]", "None"),
]


def synchronous() -> str:
    """The text of `_client.py`."""
    text = (PACKAGE / "_async_client.py").read_text("utf8")
    for pattern, replacement in SYNCHRONOUS:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def main() -> int:
    """Writes or checks."""
    stale = []
    for name, text in (("schemas.py", schemas()), ("_client.py", synchronous())):
        path = PACKAGE / name
        if "--check" not in sys.argv:
            path.write_text(text, "utf8")
        elif not path.exists() or path.read_text("utf8") != text:
            stale.append(name)
    for name in stale:
        print(f"clients/python: {name} is not current; run `python tools/generate.py` there and commit it", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

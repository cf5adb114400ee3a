"""The command schema: what is each column, and what must hold?"""

__all__ = ["schema"]

import shlex
from pathlib import Path
from typing import Annotated

import typer

from gausscape.cli import output
from gausscape.cli.answering import answering, refuse_taken
from gausscape.cli.app import Json, Overwrite, app
from gausscape.cli.given import Given, open_space
from gausscape.cli.sources import Reading, Source, reads_source

YAML = (".yaml", ".yml")


@app.command()
@reads_source
def schema(
    source: Source,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="YAML file to write; unset: print it.")] = None,
    config: Annotated[Path | None, typer.Option(help="YAML as for fit: its modality says what is known already.")] = None,
    reading: Reading = Given,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Print the schema of SOURCE (or of a fitted space) as YAML: edit it, and fit with it."""
    from gausscape.space.durable import write_bytes

    refuse_taken(out, "--out", YAML, overwrite=overwrite)
    given = reading(source)
    with answering(as_json):
        folder = Path(source)
        fitted = (folder / "space.json").is_file()
        text = open_space(folder).modality.schema_yaml() if fitted else _drafted(given, config)
        if out is not None:
            write_bytes(out, text.encode())
    if as_json:
        output.print_json({"schema": text, "out": None if out is None else str(out)})
        return
    if out is None:
        print(text, end="")
        return
    print(f"The schema: {out}")
    words = shlex.join(given.words)
    output.print_next(f"gausscape fit {words} --config FILE --out SPACE   # FILE: modality: {{name: tables, schema: {out}}}")


def _drafted(given: Given, config: Path | None) -> str:
    from gausscape.chunks import Chunks
    from gausscape.cli.settings import fit_arguments
    from gausscape.modality import find_modality, recognise
    from gausscape.training.streaming import learning_sample

    asked = fit_arguments(config, {}).get("modality")
    source = given.load_or_scan()
    items = learning_sample(source, asked) if isinstance(source, Chunks) else source
    options = {key: value for key, value in asked.items() if key != "name"} if isinstance(asked, dict) else {}
    name = asked.get("name") if isinstance(asked, dict) else asked or items.modality
    kind = find_modality(name) if name else recognise(items.values)
    return kind.draft_schema(items.values, **options)

"""Shows what Pagewright makes: every model drawn on the mock, by the generated client and by the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segmind_client import SegmindClient
from segmind_client.spec.catalog import SLUGS, get

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "demo"
BIN = Path(sys.executable).parent
PROMPT = "A lighthouse above the fog, early light"


def main() -> None:
    OUT.mkdir(exist_ok=True)
    with mock_server() as url:
        print(f"mock     {url}")
        environment = {**os.environ, "SEGMIND_BASE_URL": url, "SEGMIND_API_KEY": "demo"}
        with SegmindClient(api_key="demo", base_url=url) as client:
            for slug in SLUGS:
                draw_with_client(client, slug)
        for slug in SLUGS:
            draw_with_command(slug, environment)
    print(f"\nThe images are in {OUT.relative_to(ROOT)}/. They are the mock's: true files, drawn from prompt and seed.")


def draw_with_client(client: SegmindClient, slug: str) -> None:
    model = get(slug)
    required = {name: value for name, value in model.example.items() if model.parameters[name].required}
    start = time.perf_counter()
    job = client.submit_async(slug, **{**required, "prompt": PROMPT, "seed": 7})
    result = job.download(interval=0.05)
    path = OUT / f"{slug}.client.{result.media_type.partition('/')[2]}"
    result.save(path, overwrite=True)
    print(f"client   {path.relative_to(ROOT)}  {result.width}x{result.height}  {time.perf_counter() - start:.2f} s")


def draw_with_command(slug: str, environment: dict[str, str]) -> None:
    model = get(slug)
    options = ["--prompt", PROMPT]
    for name, value in model.example.items():
        if model.parameters[name].required and name != "prompt":
            options += [f"--{model.parameters[name].option}", str(value)]
    path = OUT / f"{slug}.command.jpeg"
    command = [str(BIN / "segmind-client"), slug, *options, "--out", str(path), "--overwrite", "--quiet"]
    subprocess.run(command, env=environment, check=True)
    print(f"command  {path.relative_to(ROOT)}  segmind-client {slug} --prompt … --out {path.name}")


@contextmanager
def mock_server() -> Iterator[str]:
    """The mock on a free port, for as long as the block runs."""
    command = [str(BIN / "segmind-mock"), "--port", "0", "--queue", "polls:2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            raise SystemExit("the mock did not start")
        try:
            yield line.removeprefix("listening on ").strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    main()

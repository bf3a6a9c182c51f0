"""Logs behind URLs, over the wire: a web server and an object store on this machine."""

from __future__ import annotations

import gzip
import io
import json
import logging
import re
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.free_ports import free_port
from tests.test_archives import encrypted, zipped
from tests.test_properties import told
from tuner import pipeline
from tuner.cli import main as cli
from tuner.errors import InputError
from tuner.execution import engine, planning, units
from tuner.execution.parts import Part
from tuner.inputs import remote, streams
from tuner.summary.read_input import ReadInput

pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")

pytestmark = pytest.mark.filterwarnings("ignore")  # what the stores' libraries warn of
LOG = samples.FOLDER / "false-interruptions.jsonl"
DATA = LOG.read_bytes()
JOB = units.Job()


class Web:
    """What a web server has: path to (bytes, status), and what was asked of it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.status: dict[str, int] = {}
        self.ranges, self.url = True, ""
        self.asked: list[tuple[str, str]] = []
        self.cut: dict[str, int] = {}

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, wanted = request.path, request.headers.get("Range", "")
        self.asked.append((f"{request.command} {path}", wanted))
        data = self.files.get(path)
        status = self.status.get(path, 200 if data is not None else 404)
        if status != 200 or data is None:
            request.send_response(status)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        size, tag = len(data), f'"{hash(data)}"'
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted) if self.ranges else None
        if match:
            data = data[int(match[1]) : int(match[2]) + 1]
            request.send_response(206)
            end = int(match[1]) + len(data) - 1
            request.send_header("Content-Range", f"bytes {match[1]}-{end}/{size}")
        else:
            request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.send_header("ETag", tag)
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(data[: self.cut.get(path)])


@pytest.fixture
def web() -> Iterator[Web]:
    site = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.answer(self)

        do_HEAD = do_GET

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        site.url = f"http://127.0.0.1:{server.server_port}"
        yield site
        server.shutdown()
        thread.join()


def local(data: bytes, folder: Path) -> dict[str, Any]:
    path = folder / "local"
    path.write_bytes(data)
    return told(engine.read([path], JOB)[0][0].summary)


def one(url: str, **how: Any) -> ReadInput:
    (found,), _ = engine.read([url], JOB, engine.ReadOptions(**how))
    return found


# --- the web -----------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_a_log_on_the_web_is_that_on_the_disk(
    web: Web, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    web.files["/a.log"] = pack(DATA)
    web.asked.clear()
    found = one(f"{web.url}/a.log")
    assert (found.path, found.problem) == (f"{web.url}/a.log", "")
    assert told(found.summary) == local(web.files["/a.log"], tmp_path)
    assert sum(what == "GET /a.log" for what, _ in web.asked) == 1  # streamed, once


@pytest.mark.parametrize("ranges", [True, False])
def test_a_large_plain_log_is_read_in_ranges_if_the_server_can(
    web: Web, ranges: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "UNIT_BYTES", 200_000)
    web.files["/a.log"], web.ranges = DATA, ranges
    url = f"{web.url}/a.log"
    assert len(planning.plan(url)) == (-(-len(DATA) // 200_000) if ranges else 1)
    assert told(one(url).summary) == local(DATA, tmp_path)


def test_an_address_with_a_query_is_no_pattern(web: Web) -> None:
    web.files["/a.log?X-Signature=1"] = DATA
    assert one(f"{web.url}/a.log?X-Signature=1").problem == ""


def test_many_objects_some_of_them_bad(web: Web) -> None:
    broken = gzip.compress(DATA)
    web.files |= {f"/{n}.log": DATA[: 40_000 + n * 400] for n in range(20)}
    web.files |= {
        "/broken.gz": broken[: len(broken) // 2],
        "/denied": b"",
        "/down": b"",
        "/cut": DATA,
    }
    web.status |= {"/denied": 403, "/down": 503}
    web.cut["/cut"] = 100_000
    names = [*web.files, "/none"]
    report = pipeline.analyze([web.url + name for name in names], environ={})
    problems = {i.path.removeprefix(web.url): i.problem for i in report.inputs if i.problem}
    assert problems.keys() == {"/broken.gz", "/denied", "/down", "/none", "/cut"}
    assert problems["/denied"] == "permission refused (403)"
    assert problems["/down"] == "the server answers 503"
    assert problems["/none"] == "no such object"
    assert "reading stopped early" in problems["/broken.gz"]
    assert "reading stopped early" in problems["/cut"]
    assert sum(info.lines > 0 for info in report.inputs if not info.problem) == 20


def vanish(web: Web) -> None:
    web.files.pop("/a.log")


def change(web: Web) -> None:
    web.files["/a.log"] = DATA[:-1] + b" "


@pytest.mark.parametrize(
    ("happens", "problem"),
    [
        (vanish, "it vanished while it was read"),
        (change, "it changed while it was read"),
    ],
)
def test_an_object_that_changes_while_it_is_read_is_named(
    web: Web, happens: Callable[[Web], None], problem: str
) -> None:
    web.files |= {"/a.log": DATA, "/b.log": DATA[:90_000]}
    todo, web_answer = [happens], web.answer

    def answer(request: BaseHTTPRequestHandler) -> None:
        web_answer(request)
        if request.command == "GET" and request.path == "/a.log" and todo:
            todo.pop()(web)

    web.answer = answer  # type: ignore[method-assign]
    found, _ = engine.read([f"{web.url}/a.log", f"{web.url}/b.log"], JOB)
    assert [i.problem for i in found] == [problem, ""]


def tarred(mode: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:  # type: ignore[call-overload]
        for name, data in (("a.log", DATA), ("b.log.gz", gzip.compress(OTHER))):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


OTHER = (samples.FOLDER / "healthy-info.jsonl").read_bytes()
ARCHIVES = {
    "tar": tarred("w"),
    "tar.gz": tarred("w:gz"),
    "zip": zipped({"a.log": DATA, "b.log": OTHER}),
    "tar in zip": zipped({"logs.tar.gz": tarred("w:gz")}),
}


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("name", ARCHIVES)
def test_the_files_of_an_archive_on_the_web_are_read(web: Web, name: str, ranges: bool) -> None:
    web.files["/logs"], web.ranges = ARCHIVES[name], ranges
    found = one(f"{web.url}/logs")
    assert not found.problem
    assert found.summary.lines == DATA.count(b"\n") + OTHER.count(b"\n")
    assert not found.summary.unread


def test_each_file_of_an_archive_on_the_web_has_a_layout_of_its_own(web: Web) -> None:
    records = [json.loads(line) for line in OTHER.splitlines()]
    forms = (
        "<<{timestamp}>> [{level}] ({name}) ~ {message}\n",
        "{level};{name};{timestamp};{message}\n",
    )
    first, second = ("".join(form.format(**r) for r in records).encode() for form in forms)
    web.files |= {"/logs": zipped({"a.log": first, "b.log": second}), "/a": first, "/b": second}
    both, alone, other = (one(f"{web.url}/{name}").summary for name in ("logs", "a", "b"))
    assert alone.counts == other.counts
    assert not both.unread
    assert both.counts == alone.counts + other.counts


def test_a_broken_archive_on_the_web_is_read_up_to_the_damage(web: Web) -> None:
    web.files["/logs"] = ARCHIVES["tar"][: len(DATA) + 2000]
    found = one(f"{web.url}/logs")
    assert "broken" in found.problem
    assert found.summary.lines == DATA.count(b"\n")


def test_an_archive_on_the_web_is_not_unpacked_without_end(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNER_UNPACK_LIMIT_GB", "0.00001")
    web.files["/logs"] = ARCHIVES["zip"]
    assert "unpacks to more than" in one(f"{web.url}/logs").problem


def test_a_file_that_cannot_be_read_costs_no_other_of_an_archive_on_the_web(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNER_UNPACK_LIMIT_GB", str((len(DATA) + len(OTHER)) / (1 << 30)))
    understood = one_of_both(web).understood
    bomb, lines = bytes(len(DATA) + len(OTHER) + 1), DATA.count(b"\n") + OTHER.count(b"\n")
    deep = zipped({"a": zipped({"b": zipped({"c": zipped({"d": DATA})})})})
    for name, data, why in (
        ("bomb.log", bomb, "bomb.log: reading stopped early: it unpacks to more than"),
        ("bomb.log.gz", gzip.compress(bomb), "bomb.log.gz: it unpacks to more than"),
        ("bomb.zip", zipped({"x": bomb}), "bomb.zip!x: reading stopped early: it unpacks to"),
        ("half.gz", gzip.compress(OTHER)[:-40], "half.gz: reading stopped early: the gz data is"),
        ("half.zip", zipped({"x": b""})[:-30], "half.zip: the archive is broken: the zip"),
        ("deep.zip", deep, "deep.zip!a!b!c: archives inside archives, 3 deep"),
    ):
        web.files["/logs"] = zipped({name: data, "a.log": DATA, "b.log": OTHER})
        found = one(f"{web.url}/logs")
        assert found.problem.startswith(why), found.problem
        assert found.summary.understood >= understood
        assert found.summary.lines >= lines


def test_an_encrypted_file_costs_no_other_of_an_archive_on_the_web(web: Web) -> None:
    files = {"a.log": DATA, "b.log": OTHER, "c.log": DATA}
    web.files["/logs"] = encrypted(zipped(files), "c.log")
    found = one(f"{web.url}/logs")
    assert found.problem.startswith("c.log: ")
    assert "is encrypted" in found.problem
    assert told(found.summary) == told(one_of_both(web))


def test_of_many_files_that_cannot_be_read_the_first_are_named(web: Web) -> None:
    web.files["/logs"] = zipped({f"{n}\n\x1b.gz": b"\x1f\x8b\x08" for n in range(9)} | {"a": DATA})
    problem = one(f"{web.url}/logs").problem
    assert problem.startswith(r"0\n\x1b.gz: ")
    assert problem.endswith("; and 4 more")
    assert "\n" not in problem


def one_of_both(web: Web) -> Any:
    web.files["/both"] = zipped({"a.log": DATA, "b.log": OTHER})
    found = one(f"{web.url}/both")
    assert not found.problem
    return found.summary


@pytest.mark.parametrize("lie", ["all of it", "less", "nothing"])
def test_what_is_not_the_part_that_was_asked_for_is_not_read_as_it(
    lie: str, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of servers behind one name only some may know ranges; what is missing is never left out."""
    monkeypatch.setattr(planning, "UNIT_BYTES", 200_000)
    web.files["/a.log"], honest = DATA, web.answer

    def answer(request: BaseHTTPRequestHandler) -> None:
        first = request.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
        lies = int(first or 0) > 0
        web.ranges = not (lies and lie == "all of it")
        if lies and lie != "all of it":
            end = int(first) + (99 if lie == "less" else -1)
            request.headers.replace_header("Range", f"bytes={first}-{end}")
        honest(request)

    web.answer = answer  # type: ignore[method-assign]
    found = one(f"{web.url}/a.log")
    assert re.search(r"the server gave [\d,]+ bytes where [\d,]+ were asked for", found.problem)
    assert found.summary.lines < len(DATA.splitlines())


def test_nobody_answers(web: Web, capsys: pytest.CaptureFixture[str]) -> None:
    web.files["/a.log"] = DATA
    dead = "http://127.0.0.1:9/x.log"
    assert cli.run(["analyze", f"{web.url}/a.log", dead]) == 2
    captured = capsys.readouterr()
    assert "calls" in captured.out
    assert captured.err == f"tuner: {dead}: the server does not answer\n"


def test_reading_on_over_the_web(web: Web, tmp_path: Path) -> None:
    url, state = f"{web.url}/a.log", tmp_path / "state"
    web.files["/a.log"] = DATA[:300_100]
    assert told(one(url, state=state).summary) == local(DATA[:300_100], tmp_path)
    web.files["/a.log"] = DATA
    web.asked.clear()
    assert told(one(url, state=state).summary) == local(DATA, tmp_path)
    assert all(asked for what, asked in web.asked if what.startswith("GET"))  # only ranges


def test_without_fsspec_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    assert cli.run(["analyze", "s3://logs/a.log"]) == 2
    err = capsys.readouterr().err
    assert "reading it needs fsspec, which is not installed. Run `pip install '.[remote]'`" in err


@pytest.mark.parametrize("path", ["s3://b/k", "gs://b/k", "https://h/p", "HTTP://h/p"])
def test_urls(path: str) -> None:
    assert remote.is_url(path)
    assert not remote.is_url(path.replace("://", ":/"))


# --- an object store ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """A client of an S3 server on this machine."""
    server = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("s3fs")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    _, port = running.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="logs")
        yield client
    running.stop()


def put(store: Any, **objects: bytes) -> None:
    """Make these, under the folder of their first letter, all that the bucket has."""
    for there in store.list_objects_v2(Bucket="logs").get("Contents", []):
        store.delete_object(Bucket="logs", Key=there["Key"])
    for name, data in objects.items():
        store.put_object(Bucket="logs", Key=f"{name[0]}/{name}", Body=data)


def test_google_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against an emulator of the storage API over loopback; bucket types need Google itself."""
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")  # read on import
    emulator = pytest.importorskip("gcp_storage_emulator.server")
    gcsfs = pytest.importorskip("gcsfs")
    port = free_port()
    running = emulator.create_server("127.0.0.1", port, in_memory=True, default_bucket="logs")
    running.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    try:
        store = gcsfs.GCSFileSystem(token="anon", endpoint_url=f"http://127.0.0.1:{port}")
        store.pipe("logs/a/a1", DATA)
        store.pipe("logs/a/bad", gzip.compress(DATA)[:5000])
        found, _ = engine.read(["gs://logs/a/*"], JOB)
        assert [one.path for one in found] == ["gs://logs/a/a1", "gs://logs/a/bad"]
        assert told(found[0].summary) == local(DATA, tmp_path)
        assert found[1].problem
    finally:
        running.stop()


@pytest.fixture(autouse=True)
def _no_listings_kept() -> Iterator[None]:
    yield
    if "fsspec" in sys.modules:
        import fsspec

        for kind in list(fsspec.registry.values()):
            kind.clear_instance_cache()


@pytest.mark.parametrize("url", ["s3://logs/a/a1", "s3://logs/a", "s3://logs/*/a1", "s3://logs/a/"])
def test_an_object_a_folder_and_a_pattern(store: Any, url: str, tmp_path: Path) -> None:
    put(store, a1=DATA, b1=DATA[:1000])
    found = one(url)
    assert (found.path, found.problem) == ("s3://logs/a/a1", "")
    assert told(found.summary) == local(DATA, tmp_path)


def test_a_bucket_of_many_objects(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "UNIT_BYTES", 200_000)
    data = {f"a{n:02d}": DATA[: 40_000 + n * 400] for n in range(24)}
    put(store, **data, big=DATA, bzip=gzip.compress(DATA[:500_000]), bad=b"\x1f\x8b\x08\x00bad")
    (tmp_path / "folder").mkdir()
    for name, body in data.items():
        (tmp_path / "folder" / name).write_bytes(body)
    report = pipeline.analyze(["s3://logs/a/*", "s3://logs/b/*"], environ={})
    assert [i.path for i in report.inputs if i.problem] == ["s3://logs/b/bad"]
    lines = {i.path.rpartition("/")[2]: i.lines for i in report.inputs}
    assert lines["big"] == DATA.count(b"\n")
    assert lines["bzip"] == DATA[:500_000].count(b"\n") + 1
    assert {n: lines[n] for n in data} == {n: d.count(b"\n") + 1 for n, d in data.items()}


def test_reading_on_in_a_bucket_reads_only_new_objects(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, a1=gzip.compress(DATA[:200_000]), a2=DATA[:300_000])
    state = tmp_path / "state"
    how = engine.ReadOptions(state=state)
    engine.read(["s3://logs/a/*"], JOB, how)
    store.put_object(Bucket="logs", Key="a/a3", Body=gzip.compress(DATA[400_000:]))
    _forget()
    opened: list[str] = []
    open_log = streams.opened

    def spy(path: str, *more: Any, **named: Any) -> Any:
        opened.append(path)
        return open_log(path, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(streams, "opened", spy)
        found, _ = engine.read(["s3://logs/a/*"], JOB, how)
    assert "s3://logs/a/a1" not in opened or DATA[199_999:200_000] != b"\n"
    _forget()
    fresh, _ = engine.read(["s3://logs/a/*"], JOB)
    assert [told(i.summary) for i in found] == [told(i.summary) for i in fresh]


def _forget() -> None:
    import fsspec

    for kind in list(fsspec.registry.values()):
        kind.clear_instance_cache()


@pytest.mark.parametrize(
    ("after", "problem"),
    [(DATA[:-9], "it changed while it was read"), (None, "it vanished while it was read")],
)
def test_an_object_in_a_bucket_that_changes_is_named(
    store: Any, monkeypatch: pytest.MonkeyPatch, after: bytes | None, problem: str
) -> None:
    put(store, a1=DATA[:70_000], a2=DATA)
    part = units.part

    def changing(piece: units.Piece, job: units.Job) -> Part:
        if len(piece.chunk.data) > 70_000:
            if after is None:
                store.delete_object(Bucket="logs", Key="a/a2")
            else:
                store.put_object(Bucket="logs", Key="a/a2", Body=after)
        return part(piece, job)

    monkeypatch.setattr(units, "part", changing)
    found, _ = engine.read(["s3://logs/a/*"], JOB)
    assert [i.problem for i in found] == ["", problem]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("s3://logs/none", "no such object"),
        ("s3://nowhere/a/*", "no object matches|no such"),
        ("s3://logs/z*", "no object matches"),
        ("nonsense://x/y", "Protocol not known"),
    ],
)
def test_what_is_not_there_is_named(store: Any, url: str, problem: str) -> None:
    put(store, a1=DATA)
    found, _ = engine.read([url, "s3://logs/a/a1"], JOB)
    named = {i.path: i.problem for i in found}
    assert re.match(problem, named[url])
    assert named["s3://logs/a/a1"] == ""


def test_no_keys_is_an_error_that_says_so(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, a1=DATA)
    _forget()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", "/nonexistent")
    with pytest.raises(InputError, match="credentials"):
        pipeline.analyze(["s3://logs/a/a1"], environ={})


def test_export_reads_objects_too(store: Any) -> None:
    put(store, a1=gzip.compress(DATA))
    rows = [dict(row, path="") for row in pipeline.rows(["s3://logs/a/*"])]
    assert rows == [dict(row, path="") for row in pipeline.rows([LOG])]

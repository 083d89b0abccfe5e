"""Bad input, file by file: what becomes of the import, how many tasks it makes, and what it says about which line.

The readers are the real ones; records and tasks are in memory."""

import functools
import gzip
import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

import openpyxl
import pytest

from chalicelib.core.canonical import digest
from tests.fakes.import_memory import Memory
from tests.fakes.importing import Importing

TABLE = "a,b\n1,x\n2,é\n"
WIDE = ",".join(f"c{n}" for n in range(10_000)).encode()
LARGE = 400 * 1024
LONG = b"".join(b"%0900d\n" % n for n in range(20))  # longer than what files are judged by
FAILED = "failed"
DONE = "finished"
NOT_UTF8 = "save it as UTF-8"


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


# name of the file, its bytes, (state, tasks made, (line, words of the reason)…)
CSV: list[tuple[str, bytes, tuple[Any, ...]]] = [
    # empty and header-only
    ("nothing", b"", (FAILED, 0, (None, "empty"))),
    ("blank lines", b"\r\n \n\t\n", (FAILED, 0, (None, "empty"))),
    ("a byte-order mark alone", b"\xef\xbb\xbf", (FAILED, 0, (None, "empty"))),
    ("a header", b"a,b\n", (DONE, 0)),
    ("a header without line end", b"a,b", (DONE, 0)),
    # encodings
    ("UTF-8 with a mark", b"\xef\xbb\xbf" + TABLE.encode(), (DONE, 2)),
    ("UTF-16 with a mark", TABLE.encode("utf-16"), (FAILED, 0, (None, "UTF-16"))),
    ("UTF-16, big end first, with a mark", b"\xfe\xff" + TABLE.encode("utf-16-be"), (FAILED, 0, (None, "UTF-16"))),
    ("UTF-16, little end first", TABLE.encode("utf-16-le"), (FAILED, 0, (None, "UTF-16"))),
    ("UTF-16, big end first", TABLE.encode("utf-16-be"), (FAILED, 0, (None, "UTF-16"))),
    ("UTF-32 with a mark", TABLE.encode("utf-32"), (FAILED, 0, (None, "UTF-32"))),
    (
        "UTF-32, big end first, with a mark",
        b"\x00\x00\xfe\xff" + TABLE.encode("utf-32-be"),
        (FAILED, 0, (None, "UTF-32")),
    ),
    ("UTF-32", TABLE.encode("utf-32-le"), (FAILED, 0, (None, "UTF-32"))),
    ("Latin-1", TABLE.encode("latin-1"), (FAILED, 0, (3, "Latin-1: save it as UTF-8"))),
    ("Windows-1251", "a,b\nпривет,1\n".encode("cp1251"), (FAILED, 0, (2, NOT_UTF8))),
    ("KOI8-R", "a,b\nпривет,1\n".encode("koi8-r"), (FAILED, 0, (2, NOT_UTF8))),
    ("Shift JIS", "a,b\n1,2\nテスト,1\n".encode("shift_jis"), (FAILED, 0, (3, NOT_UTF8))),
    ("GB 18030", "a,b\n测试,1\n".encode("gb18030"), (FAILED, 0, (2, NOT_UTF8))),
    ("EBCDIC", TABLE.encode("cp500", "replace"), (FAILED, 0, (1, "save the file as UTF-8"))),
    ("Latin-1 in the header", "größe\n1\n".encode("latin-1"), (FAILED, 0, (1, "save the file as UTF-8"))),
    (
        "UTF-8 and then Latin-1",
        "a\né\n".encode() + "ü\n".encode("latin-1") + b"z\n",
        (DONE, 2, (3, "0xFC is not UTF-8")),
    ),
    ("UTF-8 with halves of surrogates", "a\né\n".encode() + b"\xed\xa0\x80\nz\n", (DONE, 2, (3, "0xED is not UTF-8"))),
    ("UTF-8 with a zero in two bytes", "a\né\n".encode() + b"\xc0\x80\nz\n", (DONE, 2, (3, "0xC0 is not UTF-8"))),
    (
        "UTF-16 further down",
        b"a\n" + LONG + "é\n".encode("utf-16-le") + b"\nz\n",
        (DONE, 21, (22, "zero bytes"), (23, "zero bytes")),
    ),
    ("ASCII in UTF-16 further down", b"a\n" + LONG + b"x\x00\nz\n", (DONE, 21, (22, "zero bytes"))),
    ("a mark in the middle", b"a\n\xef\xbb\xbfx\n", (DONE, 1)),
    # quotes
    ("an open quote in the last row", b'a,b\nx,1\n"open', (DONE, 1, (3, "never closed"))),
    ("an open quote in the first row", b'a,b\n"open,1\nx,2\n', (DONE, 0, (2, "never closed"))),
    ("an open quote in the header", b'"a,b\n1,2\n', (FAILED, 0, (1, "never closed"))),
    ("an open quote before two megabytes", b'a\n1\n"' + b"x\n" * (1 << 20), (DONE, 1, (3, "never closed"))),
    ("text behind a quote", b'a,b\n"x"y,1\n', (DONE, 1)),
    ("single quotes", b"a,b\n'x,y',1\nz,2\n", (DONE, 1, (2, "quote cells with commas"))),
    # columns
    ("10,000 columns", WIDE + b"\n" + b",".join([b"7"] * 10_000) + b"\n", (DONE, 1)),
    (
        "10,000 columns of long names",
        WIDE.replace(b"c", b"a_long_name_"),
        (FAILED, 0, (1, "longer than 100,000 bytes")),
    ),
    ("10,000 columns of long cells", WIDE + b"\n" + b",".join([b"x" * 40] * 10_000) + b"\n", (DONE, 0, (2, "380,000"))),
    ("10,000 cells under one header", b"a\n" + b",".join([b"7"] * 10_000) + b"\n8\n", (DONE, 1, (2, "10000 cells"))),
    ("two headers of one name", b"a,a\n1,2\n", (DONE, 1)),
    ("an empty header", b"a,,b\n1,2,3\n", (FAILED, 0, (1, "Column 2 has no name"))),
    ("an empty header at the end", b"a,b,\n1,2,\n", (FAILED, 0, (1, "Column 3 has no name"))),
    ("empty headers alone", b",,\n1,2,3\n", (FAILED, 0, (1, "Column 1 has no name"))),
    ("no header but numbers", b"1,2\n3,4\n", (FAILED, 0, (1, "looks like data"))),
    ("no header but addresses", b"https://x.org/1.jpg\nhttps://x.org/2.jpg\n", (FAILED, 0, (1, "looks like data"))),
    ("a row longer than the header", b"a,b\n1,2,3\n4,5\n", (DONE, 1, (2, "3 cells, and the header has 2"))),
    ("all rows longer than the header", b"a\n1,2\n3,4\n", (DONE, 0, (2, "2 cells"), (3, "2 cells"))),
    ("a comma too many", b"a,b\n1,2,\n", (DONE, 0, (2, "3 cells"))),
    ("a row shorter than the header", b"a,b\n1\n2,3\n", (DONE, 2)),
    # size, as stored: JSON in UTF-8
    ("400 KB", b"a\n" + b"x" * LARGE + b"\ny\n", (DONE, 1, (2, "409,608 bytes, and a task holds at most 380,000"))),
    ("just what fits", b"a\n" + b"x" * (380_000 - 8) + b"\n", (DONE, 1)),
    ("a byte more", b"a\n" + b"x" * (380_000 - 7) + b"\n", (DONE, 0, (2, "380,001 bytes"))),
    ("190,000 letters of two bytes", b"a\n" + "é".encode() * 190_000 + b"\n", (DONE, 0, (2, "380,008 bytes"))),
    ("190,000 quotes, which JSON escapes", b'a\n"' + b'""' * 190_000 + b'"\n', (DONE, 0, (2, "380,008 bytes"))),
    ("control characters, six bytes in JSON", b"a\n" + b"\x01" * 70_000 + b"\ny\n", (DONE, 1, (2, "420,008 bytes"))),
    ("five megabytes in a row", b"a\n" + b"x" * 5_000_000 + b"\ny\n", (DONE, 1, (2, "5,000,001 bytes"))),
    ("five megabytes without a line end", b"x" * 5_000_000, (FAILED, 0, (1, "header cannot be read"))),
    # numbers
    ("NaN", b"a,b\nNaN,1\n2,3\n", (DONE, 2)),
    ("infinities", b"a\ninf\n-Infinity\n1e400\n", (DONE, 3)),
    ("more digits than a number keeps", b"a\n9007199254740993\n9007199254740992\n", (DONE, 2)),
    ("one number in two notations", b"a\n1\n1.0\n-0.0\n0\n", (DONE, 2)),
    # reserved columns
    (
        "n_answers 0",
        b"a,n_answers\n1,0\n2,1\n",
        (DONE, 1, (2, "n_answers is 0: it must be a whole number from 1 to 1000")),
    ),
    ("n_answers 1001", b"a,n_answers\n1,1001\n2,1000\n", (DONE, 1, (2, "n_answers is 1001"))),
    ("n_answers -1", b"a,n_answers\n1,-1\n", (DONE, 0, (2, "n_answers is -1"))),
    ("n_answers 2.5", b"a,n_answers\n1,2.5\n2,2.0\n", (DONE, 1, (2, "n_answers is 2.5"))),
    ("n_answers in words", b"a,n_answers\n1,ten\n", (DONE, 0, (2, "n_answers is 'ten'"))),
    ("n_answers NaN", b"a,n_answers\n1,NaN\n", (DONE, 0, (2, "n_answers is 'NaN'"))),
    ("n_answers without end", b"a,n_answers\n1,1e400\n", (DONE, 0, (2, "n_answers is '1e400'"))),
    ("n_answers of 500 digits", b"a,n_answers\n1," + b"9" * 500 + b"\n2,3\n", (DONE, 1, (2, "n_answers is '9999"))),
    ("n_answers True", b"a,n_answers\n1,True\n", (DONE, 0, (2, "n_answers is 'True'"))),
    ("n_answers blank", b"a,n_answers\n1, \n2,\n", (DONE, 2)),
    (
        "priority_0 below 0",
        b"a,priority_0\n1,-0.01\n2,0\n",
        (DONE, 1, (2, "priority_0 is -0.01: it must be a number from 0 to 1")),
    ),
    ("priority_0 above 1", b"a,priority_0\n1,1.01\n2,1\n", (DONE, 1, (2, "priority_0 is 1.01"))),
    ("priority_0 nan", b"a,priority_0\n1,nan\n", (DONE, 0, (2, "priority_0 is 'nan'"))),
    ("priority_0 with a comma", b'a,priority_0\n1,"0,5"\n', (DONE, 0, (2, "priority_0 is '0,5'"))),
    (
        "quorum below 0",
        b"a,quorum\n1,-1\n2,0\n",
        (DONE, 1, (2, "quorum is -1: it must be a whole number of 0 or more")),
    ),
    ("quorum 0.5", b"a,quorum\n1,0.5\n", (DONE, 0, (2, "quorum is 0.5"))),
    ("quorum beyond exact numbers", b"a,quorum\n1,9007199254740993\n", (DONE, 0, (2, "quorum is '9007"))),
    ("calibration below 0", b"a,calibration\n1,-1\n2,1\n", (DONE, 1, (2, "calibration is -1"))),
    ("calibration in words", b"a,calibration\n1,yes\n", (DONE, 0, (2, "calibration is 'yes'"))),
    ("any state", b"a,state\n1,completed\n2,nonsense\n3,\n", (DONE, 3)),
    (
        "several wrong values",
        b"a,quorum,n_answers\n1,-1,0\n2,0,0\n3,0,1\n",
        (DONE, 1, (2, "n_answers is 0"), (3, "n_answers")),
    ),
    ("names in capitals, which are not reserved", b"N_ANSWERS,Quorum\n0,-1\n", (DONE, 1)),
    # other things
    ("a web page", b"<!DOCTYPE html><html><body>", (FAILED, 0, (None, "web page"))),
    ("a web page behind blanks", b"\xef\xbb\xbf" + b" \n" * 200 + b"<HTML>", (FAILED, 0, (None, "web page"))),
    ("a web page behind a comment", b"<!-- saved --><html>", (FAILED, 0, (None, "web page"))),
    ("a piece of a web page", b"<head><title>Sign in</title>", (FAILED, 0, (None, "web page"))),
    ("S3's XML", b"<Error><Code>AccessDenied</Code></Error>", (FAILED, 0, (None, "web page or XML"))),
    ("a JSON array", b'[{"a": 1}]', (FAILED, 0, (1, "must end in .json"))),
    ("a JSON object", b'{\n  "a": 1\n}\n', (FAILED, 0, (1, "must end in .json"))),
    ("JSON lines", b'{"a": 1}\n{"a": 2}\n', (FAILED, 0, (1, "must end in .json"))),
    ("a workbook", b"PK\x03\x04\x14\x00", (FAILED, 0, (None, "export the sheet as CSV"))),
    ("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1", (FAILED, 0, (None, "old Excel"))),
    ("gzip", b"\x1f\x8b\x08\x00", (FAILED, 0, (None, "unpack it"))),
    ("a PDF", b"%PDF-1.7\n", (FAILED, 0, (None, "PDF"))),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", (FAILED, 0, (None, "binary"))),
]
JSON: list[tuple[str, bytes, tuple[Any, ...]]] = [
    ("nothing", b"", (FAILED, 0, (None, "empty"))),
    ("an empty array", b"[]", (DONE, 0)),
    ("a byte-order mark", b"\xef\xbb\xbf[1]", (DONE, 1)),
    ("UTF-16", "[1]".encode("utf-16"), (FAILED, 0, (None, "UTF-16"))),
    ("UTF-32", "[1]".encode("utf-32"), (FAILED, 0, (None, "UTF-32"))),
    ("Latin-1", '["a",\n"é",\n"b"]'.encode("latin-1"), (DONE, 2, (2, "0xE9 is not UTF-8"))),
    ("UTF-8 and Latin-1", '["é",\n'.encode() + '"ü"]'.encode("latin-1"), (DONE, 1, (2, "0xFC is not UTF-8"))),
    ("NaN", b"[NaN,\n1]", (DONE, 1, (1, "NaN and Infinity are not JSON"))),
    ("infinities", b"[Infinity,\n-Infinity,\n1]", (DONE, 1, (1, "not JSON"), (2, "not JSON"))),
    ("a number without end", b'[{"a": 1e400},\n1]', (DONE, 1, (1, "infinity"))),
    ("a NaN inside", b'[{"a": [1, NaN]},\n1]', (DONE, 1, (1, "NaN"))),
    (
        "numbers of 25 digits",
        b"[%d,\n%d,\n1]" % (10**25 + 1, 10**25 + 2),
        (DONE, 1, (1, "in quotes"), (2, "in quotes")),
    ),
    ("the widest numbers that are kept", b"[%d, %d]" % (2**64 - 1, -(2**63)), (DONE, 2)),
    ("numbers one beyond", b"[%d,\n%d]" % (2**64, -(2**63) - 1), (DONE, 0, (1, "in quotes"), (2, "in quotes"))),
    ("25 digits in a text", b'["%d", 1e30, 0.1234567890123456789]' % 10**25, (DONE, 3)),
    ("one number in two notations", b"[1, 1.0, true, -0.0, 0]", (DONE, 3)),
    ("deeper than 100 levels", b"[" + nested(101) + b",\n1]", (DONE, 1, (1, "deeper than 100 levels"))),
    ("deeper than any parser goes", b"[" + nested(100_000) + b",\n1]", (DONE, 1, (1, "not JSON"))),
    ("deep and never closed", b"[" * 100_000, (DONE, 0, (1, "not JSON"), (1, "closing ] is missing"))),
    ("400 KB", b'["' + b"x" * LARGE + b'",\n1]', (DONE, 1, (1, "409,602 bytes"))),
    ("400 KB in escapes that are 130 as stored", b'["' + b"\\u00e9" * 66_000 + b'"]', (DONE, 1)),
    ("five megabytes", b'["' + b"x" * 5_000_000 + b'",\n1]', (DONE, 1, (1, "5,000,003 bytes"))),
    ("cut off", b"[1,\n2", (DONE, 2, (2, "closing ] is missing"))),
    ("cut off in a text", b'[1,\n"open', (DONE, 1, (2, "not JSON"), (2, "closing ]"))),
    ("a comma too many", b"[1,\n,2]", (DONE, 2, (2, "not JSON"))),
    ("no comma", b"[1 2]", (DONE, 0, (1, "not JSON"))),
    ("a bracket too many", b"[1]]", (DONE, 1, (1, "behind the array"))),
    ("single quotes", b"['a',\n1]", (DONE, 1, (1, "not JSON"))),
    ("a comment", b"[// ours\n1,\n2]", (DONE, 1, (1, "not JSON"))),
    ("half a surrogate", b'["\\ud800",\n1]', (DONE, 1, (1, "surrogate"))),
    ("an object over lines", b'{\n"a": 1\n}\n', (FAILED, 0, (1, "put the tasks between [ and ]"))),
    ("a table", b"a,b\n1,2\n", (FAILED, 0, (1, "its name must end in .csv"))),
    ("a web page", b"<html>", (FAILED, 0, (None, "web page"))),
    ("an unknown field", b'[{"info": 1, "colour": 2},\n{"info": 1}]', (DONE, 1, (1, "'colour'"))),
    ("n_answers 0", b'[{"info": 1, "n_answers": 0},\n{"info": 1, "n_answers": 1}]', (DONE, 1, (1, "n_answers is 0"))),
    ("n_answers as text", b'[{"info": 1, "n_answers": "5"}]', (DONE, 0, (1, "n_answers is '5'"))),
    ("n_answers true", b'[{"info": 1, "n_answers": true}]', (DONE, 0, (1, "n_answers is True"))),
    ("n_answers a list", b'[{"info": 1, "n_answers": [5]}]', (DONE, 0, (1, "n_answers is [5]"))),
    ("n_answers null", b'[{"info": 1, "n_answers": null}]', (DONE, 1)),
    ("priority_0 2", b'[{"info": 1, "priority_0": 2}]', (DONE, 0, (1, "priority_0 is 2"))),
    ("quorum -1", b'[{"info": 1, "quorum": -1}]', (DONE, 0, (1, "quorum is -1"))),
    ("calibration 1.5", b'[{"info": 1, "calibration": 1.5}]', (DONE, 0, (1, "calibration is 1.5"))),
    ("any state", b'[{"info": 1, "state": "nonsense"}]', (DONE, 1)),
]
LINES: list[tuple[str, bytes, tuple[Any, ...]]] = [
    ("nothing", b"\n", (FAILED, 0, (None, "empty"))),
    ("a line that is none", b'{"a": 1}\n{"a":\n{"a": 2}\n', (DONE, 2, (2, "not JSON"))),
    ("a first line of NaN", b"NaN\n1\n", (DONE, 1, (1, "NaN"))),
    ("an object over two lines", b'{"a":\n1}\n', (DONE, 0, (1, "not JSON"), (2, "not JSON"))),
    ("two objects on a line", b'{"a": 1}{"a": 2}\n1\n', (DONE, 1, (1, "not JSON"))),
    ("Latin-1 on one line", b'1\n"\xe9"\n2\n', (DONE, 2, (2, "0xE9 is not UTF-8"))),
    ("deep JSON", b"1\n" + nested(100_000) + b"\n2\n", (DONE, 2, (2, "not JSON"))),
    ("deep JSON that can be parsed", b"1\n" + nested(500) + b"\n2\n", (DONE, 2, (2, "100 levels"))),
    ("five megabytes", b'1\n"' + b"x" * 5_000_000 + b'"\n2\n', (DONE, 2, (2, "5,000,003 bytes"))),
    ("400 KB", b'1\n"' + b"x" * LARGE + b'"\n2\n', (DONE, 2, (2, "409,602 bytes"))),
    ("UTF-16", "1\n2\n".encode("utf-16"), (FAILED, 0, (None, "UTF-16"))),
    ("a web page", b"<html>\n", (FAILED, 0, (None, "web page"))),
    ("gzip", b"\x1f\x8b\x08", (FAILED, 0, (None, "gzip"))),
]
MANIFEST: list[tuple[str, bytes, tuple[Any, ...]]] = [
    ("nothing", b"", (FAILED, 0, (None, "empty"))),
    (
        "lines without a source",
        b'{"source": "a"}\n{"x": 1}\n[1]\n',
        (DONE, 1, (2, '"source-ref"'), (3, '"source-ref"')),
    ),
    ("a source that is no text", b'{"source": 1}\n{"source": "a"}\n', (DONE, 1, (1, '"source" with text'))),
    ("an object that is not in S3", b'{"source-ref": "https://x.org/a"}\n', (DONE, 0, (1, "must be s3://bucket/key"))),
    ("a bucket without key", b'{"source-ref": "s3://bucket"}\n', (DONE, 0, (1, "must be s3://bucket/key"))),
    ("a bucket in capitals", b'{"source-ref": "s3://Bucket/key"}\n', (DONE, 0, (1, "must be s3://bucket/key"))),
    ("a key of 1,025 bytes", b'{"source-ref": "s3://bucket/%s"}\n' % (b"k" * 1025), (DONE, 0, (1, "s3://bucket/key"))),
    ("an array", b'[{"source": "a"}]', (DONE, 0, (1, "each line"))),
    ("a table", b"source-ref\ns3://bucket/key\n", (FAILED, 0, (1, ".csv"))),
]
GZIP: list[tuple[str, bytes, tuple[Any, ...]]] = [
    ("nothing", b"", (FAILED, 0, (None, "empty"))),
    ("a table that is not packed", TABLE.encode(), (FAILED, 0, (None, "not gzip"))),
    ("a zipped table", b"PK\x03\x04\x14\x00", (FAILED, 0, (None, "not gzip"))),
    ("cut off", gzip.compress(TABLE.encode() * 99)[:-9], (FAILED, 0, (None, "cut off"))),
    ("damaged", gzip.compress(TABLE.encode() * 99)[:40] + bytes(40), (FAILED, 0, (None, "Compress it anew"))),
    ("gzip twice", gzip.compress(gzip.compress(TABLE.encode())), (FAILED, 0, (None, "unpack it"))),
    ("a web page", gzip.compress(b"<html>"), (FAILED, 0, (None, "web page"))),
    ("an empty table", gzip.compress(b""), (FAILED, 0, (None, "empty"))),
    ("two members", gzip.compress(b"a,n_answers\nx,1\n") + gzip.compress(b"y,0\nz,1\n"), (DONE, 2, (3, "n_answers"))),
    ("wrong rows", gzip.compress(b"a,b\n1,2,3\n4,5\n"), (DONE, 1, (2, "3 cells"))),
]
KINDS = {"csv": CSV, "json": JSON, "jsonl": LINES, "manifest": MANIFEST, "csv.gz": GZIP}
FILES = [(f"{kind}: {name}", f"t.{kind}", *row) for kind, rows in KINDS.items() for name, *row in rows]


def outcome(name: str, data: bytes, chunk: int, slice_rows: int) -> tuple[Any, ...]:
    memory = Memory()
    importing = Importing(slice_rows, chunk=chunk, records=memory, batches=memory)
    record = importing.deliver(importing.upload(name, data))
    errors = importing.imports.errors(record.id)
    assert record.tasks_made == len(memory.tasks)
    assert record.error_count == len(errors)
    whole = record.state == FAILED
    assert record.rows_seen == record.tasks_made + record.duplicates + record.error_count - whole
    return record.state, record.tasks_made, *((error.line, error.reason) for error in errors)


def assert_as_told(found: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    assert found[:2] == expected[:2], found
    assert [line for line, _ in found[2:]] == [line for line, _ in expected[2:]], found
    for (_, reason), (_, words) in zip(found[2:], expected[2:], strict=True):
        assert words in reason


def test_the_table_has_every_format_and_is_long() -> None:
    print(f"{len(FILES) + len(WORKBOOKS)} bad files")
    assert len(FILES) + len(WORKBOOKS) >= 80


@pytest.mark.parametrize(("name", "data", "expected"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_a_bad_file_says_what_to_change_and_gives_its_good_rows(
    name: str, data: bytes, expected: tuple[Any, ...]
) -> None:
    assert_as_told(outcome(name, data, 65_536, 500), expected)
    if len(data) < 10_000:
        assert_as_told(outcome(name, data, 1, 1), expected)


# --- workbooks, which are gathered as lines ---

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>u</t></is></c></row>'


def workbook(*rows: Iterable[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def by_hand(rows: str) -> bytes:
    """A workbook whose sheet holds what no program would write."""
    source, file = zipfile.ZipFile(io.BytesIO(workbook(["a"]))), io.BytesIO()
    sheet = f'<worksheet xmlns="{SPACE}"><sheetData>{HEADER}{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else source.read(name))
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    return file.getvalue()


def number(row: int, value: str) -> str:
    return f'<row r="{row}"><c r="A{row}"><v>{value}</v></c></row>'


def text(row: int, value: str) -> str:
    return f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{value}</t></is></c></row>'


RESERVED = ["u", "n_answers", "priority_0", "quorum", "calibration"]
WORKBOOKS: list[tuple[str, bytes, tuple[Any, ...]]] = [
    ("nothing", b"", (FAILED, 0, (None, "save it anew as .xlsx"))),
    ("a table", TABLE.encode(), (FAILED, 0, (None, "save it anew as .xlsx"))),
    ("a web page", b"<html><table>", (FAILED, 0, (None, "save it anew as .xlsx"))),
    ("an old or locked workbook", b"\xd0\xcf\x11\xe0" + bytes(600), (FAILED, 0, (None, "save it anew as .xlsx"))),
    ("a zipped table", zipped(), (FAILED, 0, (None, "save it anew as .xlsx"))),
    ("cut off", workbook(["u"], ["x"])[:-40], (FAILED, 0, (None, "save it anew as .xlsx"))),
    ("an empty sheet", workbook(), (FAILED, 0, (None, "first sheet of the workbook is empty"))),
    ("a header", workbook(["u", "v"]), (DONE, 0)),
    ("an empty header", workbook(["u", None, "w"], [1, 2, 3]), (FAILED, 0, (1, "Column 2 has no name"))),
    ("two headers of one name", workbook(["u", "u"], [1, 2]), (DONE, 1)),
    ("no header but numbers", workbook([1, 2], [3, 4]), (FAILED, 0, (1, "looks like data"))),
    ("10,000 columns", workbook([f"c{n}" for n in range(10_000)], range(10_000)), (DONE, 1)),
    ("a row longer than the header", workbook(["u"], [1, 2], [3]), (DONE, 1, (2, "2 cells, and the header has 1"))),
    ("errors of formulas", workbook(["u"], ["#N/A"], ["#REF!"], ["x"]), (DONE, 1, (2, "#N/A"), (3, "#REF!"))),
    (
        "n_answers",
        workbook(RESERVED, ["a", 0], ["b", 1.5], ["c", "ten"], ["d", True], ["e", 2]),
        (DONE, 1, *((line, "n_answers is") for line in (2, 3, 4, 5))),
    ),
    (
        "priority_0",
        workbook(RESERVED, ["a", 1, 1.5], ["b", 1, "half"], ["c", 1, 0.5]),
        (DONE, 1, (2, "priority_0 is 1.5"), (3, "priority_0 is 'half'")),
    ),
    (
        "quorum and calibration",
        workbook(RESERVED, ["a", 1, 0, -1], ["b", 1, 0, 0, -1], ["c", 1, 0, 1, 1]),
        (DONE, 1, (2, "quorum is -1"), (3, "calibration is -1")),
    ),
    ("400 KB in a cell", by_hand(text(2, "x" * LARGE) + text(3, "y")), (DONE, 1, (2, "409,608 bytes"))),
    ("numbers without end", by_hand(number(2, "1E400") + number(3, "1")), (DONE, 2)),
    ("numbers beyond exact ones", by_hand(number(2, "9007199254740993") + number(3, "9007199254740992")), (DONE, 2)),
    ("NaN, which no sheet has", by_hand(number(2, "NaN")), (FAILED, 0, (None, "save it anew as .xlsx"))),
    ("characters that XML has not", by_hand(text(2, "&#1;")), (FAILED, 0, (None, "save it anew as .xlsx"))),
]


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in WORKBOOKS], ids=[row[0] for row in WORKBOOKS])
def test_a_bad_workbook_says_what_to_change_and_gives_its_good_rows(data: bytes, expected: tuple[Any, ...]) -> None:
    assert_as_told(outcome("t.xlsx", data, 65_536, 500), expected)
    assert_as_told(outcome("t.xlsx", data, 4096, 1), expected)


# --- what a file says is stored as it says ---


def stored(name: str, data: bytes) -> set[str]:
    memory = Memory()
    importing = Importing(records=memory, batches=memory)
    importing.deliver(importing.upload(name, data))
    return set(memory.tasks)


def test_nan_and_infinity_of_a_table_are_text() -> None:
    assert stored("t.csv", b"a,b\nNaN,inf\n") == {digest({"a": "NaN", "b": "inf"})}


def test_a_value_as_deep_as_allowed_is_stored_as_it_is() -> None:
    deep = functools.reduce(lambda inner, _: [inner], range(97), [1])
    assert stored("t.json", json.dumps([{"info": deep}]).encode()) == {digest(deep)}

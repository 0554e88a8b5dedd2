"""CSV as it comes: every line is a record or says why it is none, and hides no other."""

from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.importing.csvfile import Record, read_records
from ops.importing.mapping import FileFormat


def records(folder: Path, content: bytes, **form: str) -> list[Record]:
    file = folder / "some.csv"
    file.write_bytes(content)
    return list(read_records(file, FileFormat.model_validate(form)))


def test_records_bear_the_line_on_which_they_begin(tmp_path: Path) -> None:
    found = records(tmp_path, b'a,b\r\n"one\r\ntwo",x\r\n\r\nthree,y\r\n')
    assert [(record.line, record.fields) for record in found] == [(1, ("a", "b")), (2, ("one\r\ntwo", "x")), (5, ("three", "y"))]


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le")])
def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path, mark: bytes, encoding: str) -> None:
    assert records(tmp_path, mark + "id,ö\n".encode(encoding))[0].fields == ("id", "ö")


def test_another_encoding_and_delimiter_are_read_as_the_mapping_says(tmp_path: Path) -> None:
    assert records(tmp_path, "id;Größe\n".encode("cp1252"), encoding="cp1252", delimiter=";")[0].fields == ("id", "Größe")


def test_bytes_that_are_not_in_the_encoding_spoil_their_own_line_only(tmp_path: Path) -> None:
    found = records(tmp_path, b"id\nM\xfcller\nMiller\n")
    assert [record.problem is None for record in found] == [True, False, True]
    assert "encoding" in str(found[1].problem)


def test_a_quote_that_is_never_closed_hides_no_later_line(tmp_path: Path) -> None:
    """Each line of the file is answered for: the one with the quote as unreadable, all behind it as what they are."""
    found = records(tmp_path, b'id,x\n1,"open\n2,b\n3,c\n')
    assert [(record.line, record.problem is None) for record in found] == [(1, True), (2, False), (3, True), (4, True)]
    assert found[3].fields == ("3", "c")


def test_text_behind_a_closing_quote_is_a_problem_of_its_line(tmp_path: Path) -> None:
    found = records(tmp_path, b'id,x\n1,"a"b\n2,c\n')
    assert found[1].problem == "the line is not CSV: ',' expected after '\"'"
    assert found[2].fields == ("2", "c")


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    assert records(tmp_path, b"") == []


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match=r"cannot be read: No such file"):
        list(read_records(tmp_path / "nowhere.csv", FileFormat()))

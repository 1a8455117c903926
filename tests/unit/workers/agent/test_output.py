from hpsearch_workers.agent.output import TAIL_BYTES, Output


def test_the_end_is_kept():
    output = Output()
    for number in range(20_000):
        output.write(f"line {number}\n".encode())
    assert output.tail().endswith("line 19998\nline 19999\n")
    assert len(output.tail()) == TAIL_BYTES
    output.clear()
    assert output.tail() == ""


def test_any_bytes_become_text():
    output = Output()
    output.write("é".encode()[:1] + b"\0ok")
    assert output.tail() == "\ufffd\ufffdok"

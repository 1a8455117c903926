from hpsearch_workers.agent.output import TAIL_BYTES, Output


def test_the_end_is_kept_and_all_is_passed_on():
    passed_on = []
    output = Output(passed_on.append)
    for number in range(20_000):
        output.write(f"line {number}\n".encode())
    assert output.tail().endswith("line 19998\nline 19999\n")
    assert len(output.tail()) == TAIL_BYTES
    assert b"".join(passed_on).startswith(b"line 0\nline 1\n")
    output.clear()
    assert output.tail() == ""


def test_any_bytes_become_text():
    output = Output(lambda chunk: None)
    output.write("é".encode()[:1] + b"\0ok")
    assert output.tail() == "\ufffd\ufffdok"

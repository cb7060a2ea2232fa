"""Small rooms: a file that outgrows its limit is split, or stands here with the reason why not."""

from tests.house_rules.sources import files, report, text

LINES_MAX = {".py": 350, ".js": 350, ".mjs": 350}
TEST_LINES_MAX = 450  # a table of cases is long without being hard to read

LONGER = {
    # "path": "why it is better in one piece"
}


def test_no_file_outgrows_its_limit():
    problems = []
    for path in files():
        limit = LINES_MAX.get(path.suffix)
        if limit is None or str(path) in LONGER:
            continue
        limit = TEST_LINES_MAX if path.parts[0] == "tests" else limit
        lines = len(text(path).splitlines())
        if lines > limit:
            problems.append("%s has %d lines (at most %d)" % (path, lines, limit))
    report(problems)


def test_the_list_of_longer_files_holds_only_longer_files():
    known = {str(path): path for path in files()}
    report(["%s is listed as longer and is not" % name for name in LONGER
            if name not in known or len(text(known[name]).splitlines()) <= LINES_MAX[known[name].suffix]])

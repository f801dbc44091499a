"""The same headers to check_csp and to csp_evaluator: who finds what keeps Sentry from working?

    cargo build && npm ci --prefix bench/csp && python3 bench/csp/csp.py target/debug/fixloop

Prints a Markdown table. Each header has one fault that is known (blocked in Chromium, or text that browsers leave out), or none.
csp_evaluator knows no DSN, so it is credited with a fault when any finding of it names the directive that is at fault.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from mcp_client import McpClient  # noqa: E402

DSN = "https://0123456789abcdef0123456789abcdef@o1.ingest.de.sentry.io/42"
ROW = "events to the ingest host"
# What is wrong, the header, the directive at fault (none = sound), the row of check_csp that must be blocked.
CASES = [
    ("sound", "default-src 'self'; connect-src 'self' https://o1.ingest.de.sentry.io; worker-src 'self' blob:; "
     "script-src 'self' 'nonce-abc' 'strict-dynamic'; object-src 'none'; base-uri 'none'", None, None),
    ("no connect-src: default-src blocks events", "default-src 'self'; script-src 'self'", "connect-src", ROW),
    ("wildcard of another region", "connect-src 'self' https://*.ingest.sentry.io", "connect-src", ROW),
    ("host of another organization", "connect-src 'self' https://o2.ingest.de.sentry.io", "connect-src", ROW),
    ("path without a / at its end", "connect-src https://o1.ingest.de.sentry.io/api", "connect-src", ROW),
    ("* in a path", "connect-src https://o1.ingest.de.sentry.io/*", "connect-src", ROW),
    ("* inside a host", "connect-src https://*.ingest.*.sentry.io", "connect-src", ROW),
    ("host in quotes", "connect-src \"https://*.ingest.de.sentry.io\"", "connect-src", ROW),
    ("two policies, the second blocks", "connect-src *, default-src 'self'", "connect-src", ROW),
    ("second connect-src does not count", "connect-src 'self'; connect-src https://*.sentry.io", "connect-src", ROW),
    ("ws: only", "connect-src 'self' wss:", "connect-src", ROW),
    ("misspelled directive", "default-src 'self'; conect-src https://*.sentry.io", "conect-src", ROW),
    ("worker of Replay blocked", "script-src 'self'; connect-src https://*.sentry.io", "worker-src", "worker of Replay"),
    ("CDN of the loader's bundle not listed", "script-src 'self' https://js.sentry-cdn.com", "script-src", "SDK from the CDN"),
]
NODE = """
const { CspParser } = require('csp_evaluator/dist/parser.js');
const { CspEvaluator } = require('csp_evaluator');
const headers = JSON.parse(process.argv[1]);
console.log(JSON.stringify(headers.map((header) => new CspEvaluator(new CspParser(header).csp).evaluate()
    .map((finding) => ({ directive: finding.directive, value: finding.value, text: finding.description })))));
"""


def main():
    headers = [header for _, header, _, _ in CASES]
    run = subprocess.run(["node", "-e", NODE, json.dumps(headers)], cwd=HERE, check=True, capture_output=True, text=True)
    theirs = json.loads(run.stdout)
    with tempfile.TemporaryDirectory() as folder:
        client = McpClient([str(pathlib.Path(sys.argv[1]).resolve()), "--workspace", folder, "--sink-port", "0"], cwd=folder)
        client.start()
        client.initialize()
        ours = []
        for header in headers:
            call = {"name": "check_csp", "arguments": {"policy": [header], "dsn": DSN}}
            answer = client.request("tools/call", call)
            answer = answer[0] if isinstance(answer, tuple) else answer
            ours.append((answer.get("result") or answer)["structuredContent"])
        client.close()
    print("| fault | check_csp | why it says so | csp_evaluator names the directive | its findings |")
    print("|---|---|---|---|---|")
    found = [0, 0]
    for (fault, _, directive, row), our, their in zip(CASES, ours, theirs):
        about = [finding for finding in their if finding["directive"] == directive]
        if directive is None:
            verdict = our["verdict"] == "allowed" and not [m for m in our["mistakes"] if m["severity"] != "info"]
            why, named = "nothing to say", "–"
        else:
            blocked = [target for target in our["targets"] if target["what"] == row and target["outcome"] == "blocked"]
            verdict = bool(blocked)
            why = blocked[0]["why"] if blocked else "missed"
            named = "yes: " + about[0]["text"].split(".")[0] if about else "no"
            found[0] += verdict
            found[1] += bool(about)
        names = ", ".join(sorted({finding["directive"] for finding in their})) or "none"
        said = why.replace("|", "\\|")
        print(f"| {fault} | {'right' if verdict else 'wrong'} | {said} | {named} | {names} |")
    total = sum(1 for case in CASES if case[2])
    print(f"\nFaults found: check_csp {found[0]} of {total}, csp_evaluator {found[1]} of {total}.")


if __name__ == "__main__":
    main()

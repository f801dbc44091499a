#!/usr/bin/env python3
"""Times what the peers have no counterpart to. Run `npm ci` in ../demo first.

    python3 loop.py [--runs 20] [--out results-loop.json]

throw -> reply   The demo shop throws on a click, its Sentry SDK sends the event. From the throw in the page until the agent has
                 read the whole answer of that same call; the answer must hold the TypeScript line and the LOCAL-n.
post -> wake     wait_for_event waits; an event is posted. From just before the post until the answer line has been read.
demo             `fixloop demo`, whole, as its process: from spawn to exit.
"""
import argparse
import functools
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

import mock_sentry
from bench import Sender, free_port, note, summary
from mcp_client import McpClient, content_of

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(HERE, "..", "demo")
# Page clock of the last throw, in ms since the epoch: the same clock as time.time() here.
WATCH = "() => { addEventListener('error', () => { window.__thrown = performance.timeOrigin + performance.now() }, true); return 1 }"


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *args):
        pass


def call(client, tool, **arguments):
    result, ms, _ = client.request("tools/call", {"name": tool, "arguments": arguments})
    content = content_of(result)
    if content["is_error"]:
        raise SystemExit("%s: %s" % (tool, content["text"]))
    return result, content["text"], ms


def find(value, key):
    """The first value under this key, however deep."""
    if isinstance(value, dict):
        if key in value:
            return value[key]
        value = list(value.values())
    if isinstance(value, list):
        return next((found for found in (find(item, key) for item in value) if found is not None), None)
    return None


def throw_to_reply(client, app, runs):
    """-> [(ms from the throw, ms of the whole call)]"""
    status, _, _ = call(client, "status")
    dsn = find(status["structuredContent"], "dsn")
    env = dict(os.environ, NODE_PATH=os.path.join(DEMO, "node_modules"), SENTRY_DSN=dsn)
    subprocess.run(["node", "build.cjs"], cwd=app, env=env, check=True, stdout=subprocess.DEVNULL)
    pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=os.path.join(app, "dist")))
    pages.daemon_threads = True
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d/" % pages.server_address[1]
    call(client, "browser_open", url=url)
    times = []
    for i in range(runs + 1):  # the first one warms up: maps are fetched and parsed
        call(client, "browser_navigate", url=url)
        call(client, "browser_evaluate", expression=WATCH)
        _, text, ms = call(client, "browser_act", steps=[{"do": "click", "role": "button", "name": "Pay"}])
        answered = time.time() * 1000
        if "src/checkout.ts:16" not in text or "LOCAL-" not in text:
            raise SystemExit("the answer does not hold the line or the issue:\n" + text)
        result, text, _ = call(client, "browser_evaluate", expression="window.__thrown")
        thrown = float(next(word for word in text.replace("\n", " ").split() if word.replace(".", "", 1).isdigit() and float(word) > 1e12))
        if i:
            times.append((answered - thrown, ms))
    call(client, "browser_close")
    pages.shutdown()
    return times


def post_to_wake(client, port, runs):
    sender, times = Sender(port, "/stream"), []
    for i in range(runs + 1):
        client.next_id += 1
        client._write({"jsonrpc": "2.0", "id": client.next_id, "method": "tools/call", "params": {
            "name": "wait_for_event", "arguments": {"contains": "#%d" % (7000 + i), "timeout_s": 10}}})
        time.sleep(0.1)  # the wait has begun
        body = mock_sentry.envelope(7000 + i)
        begin = time.perf_counter()
        if sender.post(body) >= 300:
            raise SystemExit("the sink refused the event")
        while True:
            line, at = client._line(begin + 15)
            answer = json.loads(line)
            if answer.get("id") == client.next_id:
                break
        if content_of(answer["result"])["is_error"] or "#%d" % (7000 + i) not in content_of(answer["result"])["text"]:
            raise SystemExit("wait_for_event answered: %s" % content_of(answer["result"])["text"])
        if i:
            times.append((at - begin) * 1000)
    sender.close()
    return times


def demo(binary, runs):
    times = []
    for i in range(runs):
        start = time.perf_counter()
        done = subprocess.run([binary, "demo"], capture_output=True, text=True)
        times.append((time.perf_counter() - start) * 1000)
        if done.returncode:
            raise SystemExit("the demo failed:\n%s\n%s" % (done.stdout, done.stderr))
        note("demo %d of %d: %.1f s" % (i + 1, runs, times[-1] / 1000))
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--demo-runs", type=int, default=3)
    parser.add_argument("--out")
    args = parser.parse_args()
    binary = os.path.abspath(os.environ.get("OURS") or os.path.join(HERE, "..", "target", "release", "fixloop"))
    results, work = {"runs": args.runs}, tempfile.mkdtemp(prefix="fixloop-bench-")
    try:
        app, port = os.path.join(work, "shop"), free_port()
        shutil.copytree(DEMO, app, ignore=shutil.ignore_patterns("node_modules", "dist"))
        client = McpClient([binary, "serve", "--workspace", app, "--sink-port", str(port)],
                           {"PATH": os.environ["PATH"], "HOME": work, "LANG": "C.UTF-8"}, app, os.path.join(work, "stderr")).start()
        try:
            client.initialize()
            times = throw_to_reply(client, app, args.runs)
            results["throw_to_reply_ms"] = summary([t[0] for t in times])
            results["act_call_ms"] = summary([t[1] for t in times])
            results["post_to_wake_ms"] = summary(post_to_wake(client, port, args.runs))
        finally:
            client.close()
        results["demo_ms"] = summary(demo(binary, min(args.runs, args.demo_runs)))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("| what | median ms (min-max) | n |\n|---|---:|---:|")
    for key, value in results.items():
        if isinstance(value, dict):
            print("| %s | %.1f (%.1f-%.1f) | %d |" % (key, value["median"], value["min"], value["max"], value["n"]))
    if args.out:
        with open(args.out, "w") as f:
            json.dump(results, f, indent=1)


if __name__ == "__main__":
    main()

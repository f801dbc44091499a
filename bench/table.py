#!/usr/bin/env python3
"""Prints the targets of the first milestone against results, as Markdown: target, measured, ratio, ok?

    python3 table.py [--write ../docs/measurements.md] results.json [results-loop.json ...]

--write puts the table between the lines `<!-- results:start -->` and `<!-- results:end -->` of a file. Where a number
is missing (the server did not take part), the row says "open". Exits 1 when a target is missed.
"""
import argparse
import json
import sys

PEERS = ("playwright-mcp", "chrome-devtools-mcp", "spotlight")
START, END = "<!-- results:start -->", "<!-- results:end -->"


def dig(value, *keys):
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def number(value, digits):
    return "–" if value is None else "{:,.{}f}".format(value, digits)


def rows(servers, loop):
    """-> [(what, target, digits, ours, {peer: value}, ratio in words, whether the target is met or None)]"""
    ours = lambda *keys: dig(servers, "ours", *keys)

    def against(what, target, keys, digits, peers):
        """peers = [(name, least factor)]; a negative factor: more is better."""
        mine = ours(*keys)
        values = {name: dig(servers, name, *keys) for name in PEERS}
        ratios, ok = [], True
        for name, factor in peers:
            theirs = values[name]
            if not mine or not theirs:
                ok = None
                continue
            ratio = mine / theirs if factor < 0 else theirs / mine
            ratios.append("%.1f× %s" % (ratio, name))
            if ok is not None:
                ok = ok and ratio >= abs(factor)
        return what, target, digits, mine, values, ", ".join(ratios), ok

    def at_most(what, target, value, limit, digits, values=None):
        return what, target, digits, value, values or {}, "" if value is None else "%.2f of the limit" % (value / limit), \
            None if value is None else value <= limit

    loop_ms = lambda key: dig(loop, key, "median")
    demo = loop_ms("demo_ms")
    context = {name: dig(servers, name, "context", "tokens") for name in PEERS}
    return [
        against("spawn → tools/list, ms", "≤ 1/15 of playwright-mcp", ("startup", "list_ms", "median"), 1, [("playwright-mcp", 15)]),
        against("private memory idle, sink up, MB", "≤ 1/6 of playwright-mcp", ("startup", "private_mb", "median"), 1, [("playwright-mcp", 6)]),
        at_most("tokens of tools/list, all toolsets", "≤ 3,500", ours("context", "tokens"), 3500, 0, context),
        against("settled click reply, ms", "≤ 1/4 of playwright-mcp, ≤ 1/2 of chrome-devtools-mcp",
                ("browser", "ops", "click", "warm_ms", "median"), 1, [("playwright-mcp", 4), ("chrome-devtools-mcp", 2)]),
        at_most("SDK throws → reply with the TypeScript line, ms", "≤ 300, in the same call", loop_ms("throw_to_reply_ms"), 300, 0),
        against("intake, full event (24.7 kB), 4 connections, events/s", "≥ 3× spotlight, grouped and persisted",
                ("ingest", "flood_full", "per_s", "median"), 0, [("spotlight", -3)]),
        at_most("event posted → `wait_for_event` returns, ms", "≤ 20, median", loop_ms("post_to_wake_ms"), 20, 1),
        at_most("demo, browser installed, binary built, s", "≤ 20", None if demo is None else demo / 1000, 20, 1),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", metavar="FILE", help="put the table between the marks of this file")
    parser.add_argument("results", nargs="+", help="files of bench.py and loop.py, in any order")
    args = parser.parse_args()
    servers, loop, machine = {}, {}, None
    for path in args.results:
        with open(path) as f:
            results = json.load(f)
        if "servers" in results:
            machine = results["machine"]
            for name, record in results["servers"].items():
                servers.setdefault(name, {}).update(record)
        else:
            loop.update(results)
    out, missed = [], False
    if machine:
        out += ["%s, %s cores, %s GiB, kernel %s; node %s; %s; %s. Medians." % (
            machine["cpu"], machine["cores"], machine["memory_gib"], machine["kernel"], machine["node"], machine["chromium"], machine["date"]), ""]
    out += ["| what | target | fixloop | ratio | ok? | playwright-mcp | chrome-devtools-mcp | spotlight |", "|---|---|---:|---|---|---:|---:|---:|"]
    for what, target, digits, mine, values, ratio, ok in rows(servers, loop):
        missed = missed or ok is False
        peers = [number(values.get(name), digits) for name in PEERS]
        out.append("| " + " | ".join([what, target, "open" if mine is None else number(mine, digits), ratio or "–",
                                      {True: "yes", False: "**no**", None: "open"}[ok]] + peers) + " |")
    skipped = ["%s: %s" % (name, record["skipped"]) for name, record in servers.items() if record.get("skipped")]
    if skipped:
        out += ["", "Skipped: " + "; ".join(skipped) + "."]
    text = "\n".join(out) + "\n"
    print(text)
    if args.write:
        with open(args.write) as f:
            before, rest = f.read().split(START, 1)
        with open(args.write, "w") as f:
            f.write(before + START + "\n" + text + END + rest.split(END, 1)[1])
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

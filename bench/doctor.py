#!/usr/bin/env python3
"""Times the static check of the set-up on a generated monorepo: `check_setup` over MCP, in a fresh process each time.

    python3 doctor.py [--files 20000] [--apps 8] [--runs 10] [--keep DIR]

time      from just before the request until the whole answer was read; also the CPU time of the server
memory    the peak of the process (VmHWM), and by how much the call raised it
The first run, with files that no cache knows, is shown on its own.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile

from mcp_client import McpClient, content_of

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "6c1f0d3b9a7e4258b1d04c7e5f92a836"
NEXT = {
    "package.json": json.dumps({"name": "%APP%", "scripts": {"build": "next build"}, "dependencies": {
        "next": "^16.2.0", "@sentry/nextjs": "^11.8.0", "react": "^19.0.0", "@acme/shared": "workspace:*"}}),
    "next.config.ts": """import { withSentryConfig } from '@sentry/nextjs/config';

const csp = ["default-src 'self'", "connect-src 'self' https://o4508123450001.ingest.de.sentry.io"].join('; ');

export default withSentryConfig(
  { async headers() { return [{ source: '/(.*)', headers: [{ key: 'Content-Security-Policy', value: csp }] }]; } },
  { org: 'acme', project: '%APP%', tunnelRoute: '/bugs' },
);
""",
    "src/instrumentation-client.ts": """import * as Sentry from '@sentry/nextjs';
import { options } from '@acme/shared/src/sentry';

Sentry.init({ ...options, integrations: [Sentry.replayIntegration()], replaysOnErrorSampleRate: 1 });
export const onRouterTransitionStart = Sentry.captureRouterTransitionStart;
""",
    "src/instrumentation.ts": """import * as Sentry from '@sentry/nextjs';

export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') await import('../sentry.server.config');
  if (process.env.NEXT_RUNTIME === 'edge') await import('../sentry.edge.config');
}
export const onRequestError = Sentry.captureRequestError;
""",
    "sentry.server.config.ts": "import * as Sentry from '@sentry/nextjs';\n\nSentry.init({ dsn: process.env.SENTRY_DSN });\n",
    "sentry.edge.config.ts": "import * as Sentry from '@sentry/nextjs';\n\nSentry.init({ dsn: process.env.SENTRY_DSN });\n",
    "src/middleware.ts": """import { NextResponse } from 'next/server';

export default function middleware() { return NextResponse.next(); }
export const config = { matcher: ['/((?!api|_next/static|_next/image|favicon.ico).*)'] };
""",
    "src/app/layout.tsx": "export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n",
    ".env.production": "SENTRY_DSN=https://%s@o4508123450001.ingest.de.sentry.io/42\n" % KEY,
}
# Of a hundred modules a few report errors, most have nothing to do with Sentry.
PLAIN = """import { useMemo, useState } from 'react';
import { format } from '../lib/format';

export interface Row%N% { id: string; name: string; total: number; at: Date }

export function Table%N%({ rows }: { rows: Row%N%[] }) {
  const [open, setOpen] = useState<string | null>(null);
  const sum = useMemo(() => rows.reduce((all, row) => all + row.total, 0), [rows]);
%BODY%  return <section data-open={open}>{rows.map((row) => <button key={row.id} onClick={() => setOpen(row.id)}>{format(row, sum)}</button>)}</section>;
}
"""
REPORTS = """import * as Sentry from '@sentry/nextjs';

export async function load%N%(id: string) {
  try { return await (await fetch(`/api/rows/${id}`)).json(); } catch (error) { Sentry.captureException(error); throw error; }
}
"""
BODY = "  const line%I% = rows.filter((row) => row.name.startsWith('part %I%') && row.total > %I%).map((row) => `${row.id}: ${row.name}`);\n"


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def generate(root, files, apps):
    """A workspace of pnpm: apps of Next.js, packages that they share, a server in Node.js, one in Python. -> files written"""
    count = 0

    def put(path, text):
        nonlocal count
        write(root, path, text)
        count += 1

    names = ["app%d" % i for i in range(apps)]
    put("package.json", json.dumps({"name": "acme", "private": True}))
    put("pnpm-workspace.yaml", "packages: ['apps/*', 'packages/*', 'services/*']\n")
    put(".gitignore", "node_modules\n.next\ndist\n*.log\n.env.local\n")
    importers = "".join("  apps/%s:\n    dependencies:\n      next:\n        specifier: ^16.2.0\n        version: 16.2.5\n" % name for name in names)
    packages = "".join("  pkg%d@1.0.0:\n    resolution: {integrity: sha512-%064d}\n" % (i, i) for i in range(4000))
    put("pnpm-lock.yaml", "lockfileVersion: '9.0'\n\nimporters:\n\n%s\npackages:\n\n%s" % (importers, packages))
    put("packages/shared/package.json", json.dumps({"name": "@acme/shared", "dependencies": {"@sentry/nextjs": "^11.8.0"}}))
    put("packages/shared/src/sentry.ts", "export const options = { dsn: 'https://%s@o4508123450001.ingest.de.sentry.io/42', tracesSampleRate: 0.1 };\n" % KEY)
    put("services/api/package.json", json.dumps({"name": "api", "dependencies": {"express": "^5.1.0", "helmet": "^8.0.0", "@sentry/node": "^11.8.0"}}))
    put("services/api/src/instrument.ts", "import * as Sentry from '@sentry/node';\n\nSentry.init({ dsn: process.env.SENTRY_DSN });\n")
    put("services/api/src/index.ts", "import './instrument';\nimport express from 'express';\nimport helmet from 'helmet';\n\nconst app = express();\napp.use(helmet());\napp.listen(3000);\n")
    put("services/jobs/requirements.txt", "django==5.2\nsentry-sdk==2.9.0\n")
    put("services/jobs/manage.py", "import django\n")
    put("services/jobs/jobs/settings.py", "import os\nimport sentry_sdk\n\nsentry_sdk.init(dsn=os.environ['SENTRY_DSN'])\n")
    for name in names:
        for path, text in NEXT.items():
            put("apps/%s/%s" % (name, path), text.replace("%APP%", name))
    folders = ["apps/%s/src" % name for name in names] + ["packages/shared/src", "services/api/src"]
    i = 0
    while count < files:
        folder = folders[i % len(folders)]
        n = i // len(folders)
        kind = i % 100
        if kind < 3:
            put("%s/feature%d/load%d.ts" % (folder, n // 20, n), REPORTS.replace("%N%", str(n)))
        elif kind < 8:
            put("services/jobs/jobs/part%d/views%d.py" % (n // 20, n), "from django.http import JsonResponse\n\n\ndef view(request):\n    return JsonResponse({'n': %d})\n" % n * (1 + i % 5))
        else:
            body = "".join(BODY.replace("%I%", str(j)) for j in range(i % 40))
            put("%s/feature%d/table%d.tsx" % (folder, n // 20, n), PLAIN.replace("%N%", str(n)).replace("%BODY%", body))
        i += 1
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    return count


def status(pid, name):
    with open("/proc/%d/status" % pid) as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(name + ":"))


def cpu(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000.0 / os.sysconf("SC_CLK_TCK")


def once(binary, root):
    """-> (ms, ms of CPU, MB at the peak, MB that the call added, the answer's text)"""
    client = McpClient([binary, "--workspace", root], env=dict(os.environ), cwd=root).start()
    try:
        client.initialize()
        pid = client.proc.pid
        idle, before = status(pid, "VmHWM"), cpu(pid)
        result, ms, _ = client.request("tools/call", {"name": "check_setup", "arguments": {}}, timeout=600)
        content = content_of(result)
        if content["is_error"]:
            raise SystemExit(content["text"])
        peak = status(pid, "VmHWM")
        return ms, cpu(pid) - before, peak, peak - idle, content["text"]
    finally:
        client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20000)
    parser.add_argument("--apps", type=int, default=8)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--keep", help="generate here, and leave it; what is there already is measured as it is")
    parser.add_argument("--binary", default=os.path.join(HERE, "..", "target", "release", "fixloop"))
    arguments = parser.parse_args()
    root = arguments.keep or tempfile.mkdtemp(prefix="doctor-bench-")
    try:
        if not os.path.exists(os.path.join(root, "package.json")):
            os.makedirs(root, exist_ok=True)
            generate(root, arguments.files, arguments.apps)
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, stdout=subprocess.PIPE).stdout
        print("%d files, %d apps" % (listed.count(b"\0"), arguments.apps))
        runs = [once(os.path.abspath(arguments.binary), root) for _ in range(arguments.runs + 1)]
        print(runs[0][4][:1500])
        print("first: %.0f ms, %.0f ms of CPU, %.0f MB at the peak" % runs[0][:3])
        ms, used, peak, added = zip(*(run[:4] for run in runs[1:]))
        print("others: median %.0f ms (%.0f to %.0f), %.0f ms of CPU, %.0f MB at the peak, %.0f MB of them the call's"
              % (statistics.median(ms), min(ms), max(ms), statistics.median(used), max(peak), max(added)))
    finally:
        if not arguments.keep:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()

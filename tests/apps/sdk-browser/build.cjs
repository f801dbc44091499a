// Bundles the same page once per SDK major: dist/v10.html with v10.js, dist/v11.html with v11.js.
// usage: node build.cjs [OUTDIR]
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join, resolve } = require("node:path");
const { buildSync } = require("esbuild");

const out = resolve(process.argv[2] ?? join(__dirname, "dist"));
mkdirSync(out, { recursive: true });
for (const major of ["v10", "v11"]) {
  buildSync({
    absWorkingDir: __dirname,
    entryPoints: ["src/page.ts"],
    outfile: join(out, `${major}.js`),
    bundle: true,
    minify: true,
    sourcemap: true,
    target: "es2022",
    logLevel: "warning",
    alias: { sentry: `sentry-${major}` },
  });
  const page = readFileSync(join(__dirname, "page.html"), "utf8").replaceAll("MAJOR", major);
  writeFileSync(join(out, `${major}.html`), page);
}

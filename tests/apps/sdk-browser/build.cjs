// Bundles the same page once per SDK major: dist/v10.html with v10.js, dist/v11.html with v11.js.
// And the bare SDK of four majors: dist/bare-v7.js, …, for pages that start it themselves.
// And a shop with the newer one: dist/shop.js, for a page that says how it is broken.
// usage: node build.cjs [OUTDIR]
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join, resolve } = require("node:path");
const { buildSync } = require("esbuild");

const out = resolve(process.argv[2] ?? join(__dirname, "dist"));
mkdirSync(out, { recursive: true });
const bundle = (entry, name, major) =>
  buildSync({
    absWorkingDir: __dirname,
    entryPoints: [`src/${entry}.ts`],
    outfile: join(out, `${name}.js`),
    bundle: true,
    minify: true,
    sourcemap: true,
    target: "es2022",
    logLevel: "warning",
    alias: { sentry: `sentry-${major}` },
  });
for (const major of ["v10", "v11"]) {
  bundle("page", major, major);
  const page = readFileSync(join(__dirname, "page.html"), "utf8").replaceAll("MAJOR", major);
  writeFileSync(join(out, `${major}.html`), page);
}
for (const major of ["v7", "v8", "v10", "v11"]) bundle("bare", `bare-${major}`, major);
bundle("shop", "shop", "v11");

// Bundles src/ into dist/, minified and with source maps, as a production build would.
//
// SENTRY_DSN and SENTRY_RELEASE are read from the environment and built in, as in most apps. CommonJS, so that `require`
// honours NODE_PATH, which esbuild gets below: `fixloop demo` builds a scratch copy of this folder against the node_modules here.
const { cpSync } = require("node:fs");
const { delimiter, join } = require("node:path");
const { buildSync } = require("esbuild");

const built = buildSync({
  absWorkingDir: __dirname,
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.js",
  bundle: true,
  minify: true,
  sourcemap: true, // dist/main.js.map, with the sources in it
  target: "es2022",
  logLevel: "warning",
  metafile: true,
  nodePaths: process.env.NODE_PATH?.split(delimiter) ?? [],
  define: {
    __SENTRY_DSN__: JSON.stringify(process.env.SENTRY_DSN ?? ""),
    __SENTRY_RELEASE__: JSON.stringify(process.env.SENTRY_RELEASE ?? "checkout@dev"),
  },
});
for (const page of ["index.html", "style.css"]) cpSync(join(__dirname, page), join(__dirname, "dist", page));
console.log(`dist/main.js ${Math.round(built.metafile.outputs["dist/main.js"].bytes / 1024)} kB`);

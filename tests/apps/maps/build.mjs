// Bundles src/main.ts of the folder it runs in into dist/.
// usage: node build.mjs [OPTIONS-AS-JSON]   (esbuild's build options, over the defaults below)
import { buildSync } from "esbuild";

buildSync({
  absWorkingDir: process.cwd(),
  entryPoints: ["src/main.ts"],
  outdir: "dist",
  bundle: true,
  minify: true,
  logLevel: "warning",
  ...JSON.parse(process.argv[2] ?? "{}"),
});

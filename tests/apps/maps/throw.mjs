// Runs a built script as if a browser had loaded it from URL, and prints the stack of what one call of it throws.
// usage: node throw.mjs SCRIPT URL EXPRESSION
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const [script, url, expression] = process.argv.slice(2);
Error.stackTraceLimit = 50;
try {
  runInThisContext(readFileSync(script, "utf8"), { filename: url });
  await runInThisContext(expression, { filename: "about:call" });
  console.error("nothing was thrown");
  process.exit(1);
} catch (error) {
  console.log(error.stack);
}

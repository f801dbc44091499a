// Asks Next.js's own code: one JSON case a line in, one JSON answer a line out.
//   node ask.cjs 16 < cases
// Case: {"matcher": …, "config": {"basePath", "i18n"}, "requests": [{"path", "query", "headers"}]}
// Answer: {"error": …} or {"regexps": […] or null, "runs": [true, …]} or {"slow": true}
const Module = require('node:module');
const readline = require('node:readline');
const vm = require('node:vm');

// Some generated expressions take exponential time: nobody can wait for their answer.
const LIMIT = 50;
const call = new vm.Script('globalThis.ask()');

const major = process.argv[2];
// Inside the package it calls itself `next`.
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  const own = request === 'next' || request.startsWith('next/') ? `next-${major}${request.slice(4)}` : request;
  return resolve.call(this, own, ...rest);
};
globalThis.AsyncLocalStorage = require('node:async_hooks').AsyncLocalStorage;
console.error = () => {};
console.warn = () => {};
// It leaves the process over a wrong matcher.
process.exit = () => { throw new Error('refused'); };

const { getMiddlewareMatchers } = require('next/dist/build/analysis/get-page-static-info');
const { getMiddlewareRouteMatcher } = require('next/dist/shared/lib/router/utils/middleware-route-matcher');
const strict = Number(major) >= 15;
const schema = strict && require('next/dist/build/segment-config/middleware/middleware-config').MiddlewareConfigInputSchema;

function answer({ matcher, config, requests }) {
  let compiled = null;
  try {
    if (strict && !schema.safeParse({ matcher }).success) throw new Error('refused by the schema');
    if (matcher) compiled = getMiddlewareMatchers(structuredClone(matcher), config);
    // An expression that does not compile is found here.
    for (const each of compiled ?? []) new RegExp(each.regexp);
  } catch (error) {
    return { error: String(error.message) };
  }
  const runs = compiled && getMiddlewareRouteMatcher(compiled);
  const one = ({ path, query, headers }) => {
    if (!runs) return true;
    globalThis.ask = () => runs(path, { headers }, query);
    try {
      return call.runInThisContext({ timeout: LIMIT });
    } catch (error) {
      if (error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      return String(error.message);
    }
  };
  try {
    return { regexps: compiled && compiled.map((each) => each.regexp), runs: requests.map(one) };
  } catch {
    return { slow: true };
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
});

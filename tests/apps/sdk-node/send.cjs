// Sends one of each with the real SDK: node send.cjs <10|11> <dsn> <spotlight url or empty> <tunnel url or empty>
const [version, dsn, spotlight, tunnel] = process.argv.slice(2);
const Sentry = require(`sentry-node-${version}`);

Sentry.init({ dsn, release: `node@${version}`, environment: "sdk-test", tracesSampleRate: 1, enableLogs: true, spotlight: spotlight || false, tunnel: tunnel || undefined });
Sentry.setUser({ id: "u1", email: "u1@shop.example" });
Sentry.setTag("sdk", `node-${version}`);

function checkout() {
  throw new TypeError("node checkout failed", { cause: new RangeError("price out of range") });
}

(async () => {
  Sentry.addBreadcrumb({ category: "ui.click", message: "button#pay" });
  const ids = {};
  try {
    Sentry.startSpan({ name: "GET /cart", op: "http.server" }, checkout);
  } catch (error) {
    ids.error = Sentry.captureException(error, { attachments: [{ filename: "cart.bin", data: new Uint8Array([0, 10, 255]) }] });
  }
  ids.message = Sentry.captureMessage("hello from node", "warning");
  // More than 32 KiB: the SDK gzips it.
  ids.large = Sentry.captureException(new Error("a large node event"), { extra: { long: "x".repeat(60000) } });
  ids.feedback = Sentry.captureFeedback({ message: "The node button does nothing", email: "u1@shop.example" });
  Sentry.logger?.error("a log line of node");
  ids.flushed = await Sentry.close(10000);
  console.log(JSON.stringify(ids));
})();

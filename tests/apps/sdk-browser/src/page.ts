// One button per thing that an SDK can send. What the SDK really put on the wire is kept in `window.sent`, byte for byte
// (base64), so that a test can compare it with what arrived.
//
// The address says where to send: v11.html?dsn=…[&spotlight=…]
import * as Sentry from "sentry";

const query = new URLSearchParams(location.search);
const sent: { url: string; type: string; body: string }[] = [];
declare global {
  interface Window {
    sent: typeof sent;
  }
}
window.sent = sent;

async function base64(body: BodyInit): Promise<string> {
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

// The SDK takes fetch from a hidden iframe, past any wrapper in the page; its own transport takes one as an argument.
const recording: typeof fetch = async (url, options) => {
  const body = options?.body ?? "";
  sent.push({ url: String(url), type: typeof body === "string" ? "text" : "binary", body: await base64(body) });
  return fetch(url, options);
};

Sentry.init({
  dsn: query.get("dsn") ?? undefined,
  release: "sdk-page@1.2.3",
  environment: "staging",
  dist: "7",
  tracesSampleRate: 1,
  enableLogs: true,
  attachStacktrace: true,
  sendClientReports: true,
  replaysSessionSampleRate: 1,
  transport: (options) => Sentry.makeFetchTransport(options, recording),
  integrations: [
    Sentry.browserTracingIntegration({ instrumentPageLoad: false, instrumentNavigation: false, enableInp: false }),
    Sentry.replayIntegration({ useCompression: true, minReplayDuration: 0, maskAllText: false }),
    Sentry.feedbackIntegration({ autoInject: false }),
  ],
});
Sentry.setUser({ id: "u-42", email: "ada@example.org", username: "ada" });
Sentry.setTag("plan", "gold");
Sentry.setContext("cart", { lines: 3, total: 30.3 });
Sentry.setExtra("note", "zażółć gęślą jaźń 🦀");

class PaymentError extends Error {
  override name = "PaymentError";
}

function charge(amount: number): never {
  throw new RangeError(`amount ${amount} is out of range`);
}

const actions: Record<string, () => unknown> = {
  exception() {
    Sentry.addBreadcrumb({ category: "cart", message: "added a mug", level: "info", data: { sku: "mug-1" } });
    try {
      charge(-1);
    } catch (cause) {
      return Sentry.captureException(new PaymentError("the card was declined", { cause }));
    }
  },
  message: () => Sentry.captureMessage("the shelf is empty", "warning"),
  fingerprint: () => Sentry.captureException(new Error("grouped by hand"), { fingerprint: ["shelf", "{{ default }}"] }),
  unhandled: () => setTimeout(() => charge(7)),
  rejection: () => void Promise.reject(new PaymentError("nobody waited for this")),
  span: () =>
    Sentry.startSpan({ name: "checkout", op: "ui.action", forceTransaction: true }, () =>
      Sentry.startSpan({ name: "sum up", op: "function", attributes: { lines: 3 } }, () => "done"),
    ),
  log: () => Sentry.logger.info("paid in full", { amount: 30.3, currency: "EUR" }),
  feedback: () =>
    Sentry.captureFeedback({ message: "The button does nothing", name: "Ada", email: "ada@example.org" }),
  attachment: () =>
    Sentry.withScope((scope) => {
      scope.addAttachment({ filename: "blob.bin", data: new Uint8Array([0, 10, 13, 255, 123, 34]), contentType: "application/x-test" });
      scope.addAttachment({ filename: "empty.txt", data: "" });
      return Sentry.captureException(new Error("with attachments"));
    }),
  replay: () => Sentry.getReplay()?.flush(),
};

const status = document.getElementById("status")!;
for (const [name, action] of Object.entries(actions)) {
  const button = document.createElement("button");
  button.textContent = name;
  button.addEventListener("click", async () => {
    status.textContent = "busy";
    const result = await action();
    await new Promise((done) => setTimeout(done)); // what is thrown later is thrown now
    await Sentry.flush(5000);
    status.textContent = `sent ${name} ${typeof result === "string" ? result : ""}`.trim();
  });
  document.getElementById("buttons")!.append(button);
}
status.textContent = "ready";

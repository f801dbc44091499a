// Serves Sentry's own tunnel handler, as apps mount it: node tunnel.cjs <dsn>; prints the port.
// /10 and /11: handleTunnelRequest of @sentry/core 10 and 11; /11/text: the same behind code that reads the body as text.
const http = require("node:http");
const dsn = process.argv[2];
const core = (version) => require(require.resolve("@sentry/core", { paths: [require.resolve(`sentry-node-${version}`)] }));
const handlers = { 10: core(10).handleTunnelRequest, 11: core(11).handleTunnelRequest };

const server = http.createServer(async (incoming, outgoing) => {
  const parts = [];
  for await (const part of incoming) parts.push(part);
  const [, version, how] = incoming.url.split("/");
  const handler = handlers[version];
  if (!handler || incoming.method !== "POST") return outgoing.writeHead(404).end();
  let body = new Uint8Array(Buffer.concat(parts));
  const headers = { ...incoming.headers };
  if (how === "text") {
    body = new TextEncoder().encode(Buffer.concat(parts).toString("utf8"));
    headers["content-length"] = String(body.length);
  }
  const request = new Request("http://127.0.0.1/", { method: "POST", headers, body });
  const answer = await handler({ request, allowedDsns: [dsn] });
  outgoing.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

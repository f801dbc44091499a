// Looks at the Sentry SDK of a page from within, and throws a test error through it. Runs in the page's own world, since the SDK
// is there. Calls nothing but the SDK's own methods; no function that the app gave to it (beforeSend, …) is called from here.
// Every function is `(operation, input) => …`; what a page answers can be forged, and is only read.
async (operation, input) => {
  const mark = Symbol.for('fixloop.doctor');
  const cut = (text, length) => (text.length > length ? text.slice(0, length) + '…' : text);
  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const safe = (read, otherwise) => {
    try {
      const value = read();
      return value === undefined ? otherwise : value;
    } catch {
      return otherwise;
    }
  };
  const isObject = (value) => typeof value === 'object' && value !== null;

  // Clients of all copies: since v8 each version has its own place in the carrier, before it there was one hub.
  const clients = () => {
    const carrier = globalThis.__SENTRY__;
    const all = [];
    const add = (client, scope, version) => {
      if (!isObject(client) || typeof client.getOptions !== 'function') return;
      if (!all.some((known) => known.client === client)) all.push({ client, scope, version });
    };
    if (!isObject(carrier)) return all;
    for (const version of Object.keys(carrier).slice(0, 20)) {
      const copy = carrier[version];
      if (!/^\d+\.\d+/.test(version) || !isObject(copy)) continue;
      const scopes = [
        safe(() => copy.stack.getScope(), null),
        copy.defaultCurrentScope,
        copy.defaultIsolationScope,
        copy.globalScope,
      ];
      for (const scope of scopes.filter(isObject)) add(safe(() => scope.getClient(), null), scope, version);
      add(safe(() => copy.stack.getClient(), null), safe(() => copy.stack.getScope(), null), version);
    }
    if (isObject(carrier.hub)) add(safe(() => carrier.hub.getClient(), null), carrier.hub, '');
    return all.slice(0, 8);
  };

  const versions = () => {
    const carrier = globalThis.__SENTRY__;
    if (!isObject(carrier)) return [];
    const all = Object.keys(carrier).filter((key) => /^\d+\.\d+/.test(key));
    return all.slice(0, 20).map((key) => cut(key, 40));
  };

  const loader = () => {
    const scripts = [...document.scripts].map((script) => script.src);
    const url = scripts.find((src) => /^https?:\/\/(js|[a-z0-9-]+\.js|js-[a-z]+)\.sentry-cdn\.com\//.test(src)) || '';
    const stub = safe(() => typeof globalThis.Sentry.forceLoad === 'function', false);
    return url || stub ? { url: cut(url, 300), stub } : null;
  };

  const shown = (value) => {
    switch (typeof value) {
      case 'string': return cut(value, 300);
      case 'number': return Number.isFinite(value) ? value : String(value);
      case 'boolean': return value;
      case 'function': return true;
      case 'object': {
        if (value === null) return null;
        if (Array.isArray(value)) return value.length;
        return safe(() => cut(JSON.stringify(value), 300), true);
      }
      default: return null;
    }
  };

  const OPTIONS = [
    'tunnel', 'release', 'environment', 'dist', 'enabled', 'debug', 'sampleRate', 'tracesSampleRate', 'tracesSampler',
    'replaysSessionSampleRate', 'replaysOnErrorSampleRate', 'profilesSampleRate', 'profileSessionSampleRate',
    'sendDefaultPii', 'dataCollection', 'sendClientReports', 'enableLogs', 'spotlight', 'autoSessionTracking', 'beforeSend',
    'ignoreErrors', 'allowUrls', 'denyUrls', 'maxBreadcrumbs', 'attachStacktrace', 'traceLifecycle',
  ];

  const dsnOf = (client) => {
    const dsn = safe(() => client.getDsn(), null);
    if (!isObject(dsn)) return null;
    const port = dsn.port ? `:${dsn.port}` : '';
    const path = dsn.path ? `/${dsn.path}` : '';
    const secret = dsn.pass ? ':***' : '';
    return cut(`${dsn.protocol}://${dsn.publicKey}${secret}@${dsn.host}${port}${path}/${dsn.projectId}`, 300);
  };

  const integrationsOf = (client, options) => {
    const listed = Array.isArray(options.integrations) ? options.integrations : [];
    const names = listed.map((integration) => safe(() => integration.name, ''));
    names.push(...safe(() => client.getIntegrationNames(), []));
    names.push(...safe(() => Object.keys(client._integrations), []));
    return [...new Set(names.filter((name) => typeof name === 'string' && name !== ''))].slice(0, 60).map((name) => cut(name, 80));
  };

  const describe = ({ client, version }) => {
    const options = safe(() => client.getOptions(), {}) || {};
    const metadata = safe(() => client.getSdkMetadata().sdk, null) || safe(() => options._metadata.sdk, null) || {};
    const values = {};
    for (const name of OPTIONS) {
      const value = safe(() => shown(options[name]), null);
      if (value !== null) values[name] = value;
    }
    const dsn = dsnOf(client);
    const transport = safe(() => client.getTransport(), null);
    return {
      sdk: cut(String(metadata.name || ''), 80),
      version: cut(String(version || metadata.version || ''), 40),
      enabled: options.enabled !== false && dsn !== null && isObject(transport),
      dsn,
      options: values,
      integrations: integrationsOf(client, options),
    };
  };

  const replay = () => {
    for (const { client } of clients()) {
      const found =
        safe(() => client.getIntegrationByName('Replay'), null) || safe(() => client.getIntegrationById('Replay'), null);
      if (!isObject(found)) continue;
      const inner = isObject(found._replay) ? found._replay : {};
      const records = safe(() => inner.isEnabled(), true);
      const id = safe(() => found.getReplayId(), null);
      const mode = safe(() => found.getRecordingMode(), null) || safe(() => inner.recordingMode, null);
      return { mode: records && id ? mode || 'session' : null, id: typeof id === 'string' ? cut(id, 40) : null };
    }
    return null;
  };

  // `{"before_send:error": 1}`: what the client counts for its next client report. Built SDKs rename the field.
  const outcomesOf = (client) => {
    const isOutcomes = (value) =>
      isObject(value) && !Array.isArray(value) && Object.keys(value).length > 0 &&
      Object.entries(value).every(([key, count]) => /^[a-z_]+:[a-z_]+$/.test(key) && Number.isInteger(count));
    const named = safe(() => client._outcomes, null);
    if (isOutcomes(named)) return { ...named };
    const other = safe(() => Object.values(client).find(isOutcomes), null);
    return other ? { ...other } : {};
  };

  const describeAll = () => ({
    url: cut(location.href, 2000),
    mime: document.contentType,
    clients: clients().map(describe),
    versions: versions(),
    loader: loader(),
    replay: replay(),
    outcomes: clients().flatMap(({ client }) => Object.entries(outcomesOf(client))),
  });

  const ask = {
    // Waits until an SDK has been started, at most `input.wait` ms: apps start it when they hydrate.
    async find() {
      const until = performance.now() + input.wait;
      while (clients().length === 0 && performance.now() < until) await pause(25);
      return describeAll();
    },

    // Listens to what the clients do with an event that holds `input.token`, and throws it. The throw comes after the answer.
    async fire() {
      const { token, message, hand } = input;
      const log = [];
      const before = new Map();
      const isIts = (event) =>
        safe(() => (event.exception.values || event.exception).some((it) => String(it.value).includes(token)), false) ||
        safe(() => String(event.message).includes(token), false);
      const ids = new Set();
      clients().forEach(({ client }, index) => {
        before.set(client, outcomesOf(client));
        if (typeof client.on !== 'function') return;
        const listen = (hook, stage) => safe(() => client.on(hook, (event, more) => {
          if (log.length > 50 || !isObject(event)) return;
          const id = event.event_id || safe(() => more.event_id, '');
          if (!(isIts(event) || ids.has(id))) return;
          ids.add(id);
          const mechanism = safe(() => event.exception.values[0].mechanism.type, null);
          log.push({ stage, client: index, id, mechanism, status: safe(() => more.statusCode, null) });
        }), null);
        listen('preprocessEvent', 'seen');
        listen('beforeSendEvent', 'passed');
        listen('afterSendEvent', 'sent');
      });
      Object.defineProperty(globalThis, mark, { value: { log, before }, configurable: true, enumerable: false });
      const error = () => {
        const made = new Error(message);
        // The line would be one of our own code.
        made.stack = `Error: ${message}\n    at fixloopTestError (${location.origin}/fixloop-test-error.js:1:1)`;
        return made;
      };
      if (hand) {
        for (const { client, scope } of clients()) {
          if (isObject(scope) && typeof scope.captureException === 'function') scope.captureException(error());
          else client.captureException(error());
        }
      } else {
        setTimeout(() => {
          const thrown = error();
          // Chrome hides errors of scripts that a driver runs, as it does those of other origins: handlers of the page would get
          // "Script error." and no error. In its place they get what an error of the page's own scripts looks like.
          const show = (event) => {
            if (event.error) return;
            event.stopImmediatePropagation();
            const filename = `${location.origin}/fixloop-test-error.js`;
            const whole = { error: thrown, message: `Uncaught Error: ${message}`, filename, lineno: 1, colno: 1 };
            dispatchEvent(new ErrorEvent('error', { ...whole, cancelable: true }));
          };
          addEventListener('error', show, { capture: true, once: true });
          throw thrown;
        }, 0);
      }
      return null;
    },

    // Waits until the clients are done with the test error: it was sent, thrown away, or (after `input.quiet` ms) never seen.
    async fate() {
      const watched = globalThis[mark];
      if (!isObject(watched)) return { log: [], dropped: [] };
      const begun = performance.now();
      const dropped = () => {
        const all = [];
        for (const [client, before] of watched.before) {
          for (const [key, count] of Object.entries(outcomesOf(client))) {
            if (key.endsWith(':error') && count > (before[key] || 0)) all.push(key.slice(0, -':error'.length));
          }
        }
        return all;
      };
      for (;;) {
        const waited = performance.now() - begun;
        const seen = watched.log.filter(({ stage }) => stage === 'seen').length;
        const sent = watched.log.filter(({ stage }) => stage === 'sent').length;
        // An event may be seen, and dropped as the double of one that is under way.
        const isDone = sent + dropped().length > 0 && sent + dropped().length >= seen;
        const isQuiet = seen === 0 && waited > input.quiet;
        if (isDone || isQuiet || waited > input.limit) return { log: watched.log, dropped: dropped() };
        await pause(20);
      }
    },

    // What the clients count as thrown away, and what replay does, now.
    async end() {
      return describeAll();
    },
  };
  return ask[operation]();
}

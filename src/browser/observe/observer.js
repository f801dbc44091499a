// Runs first in every document of a session, in the page's own world: isolated worlds do not see its error events.
// Tells over `send` (a BiDi channel): uncaught errors, unhandled rejections, console.error, CSP violations.
(send) => {
  const mark = Symbol.for('fixloop.sent');
  if (globalThis[mark]) return;
  let sent = 0;
  // How many messages this document has sent, so that fixloop can wait for exactly those.
  Object.defineProperty(globalThis, mark, { value: () => sent });

  const { stringify } = JSON;
  const cut = (text, length) => (text.length > length ? text.slice(0, length) + '…' : text);
  const post = (message) => {
    if (sent >= 2000) return; // A page that fails in a loop is not worth more.
    sent += 1;
    send(message);
  };
  const isError = (value) =>
    value instanceof Error ||
    (typeof value === 'object' && value !== null && typeof value.message === 'string' && typeof value.stack === 'string');

  // What a value that is no Error means, in one line.
  const show = (value) => {
    try {
      if (typeof value === 'string') return value;
      if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
      if (typeof value !== 'object' || value === null) return String(value);
      if (isError(value)) return `${value.name}: ${value.message}`;
      const kind = (value.constructor && value.constructor.name) || 'Object';
      if (typeof Response === 'function' && value instanceof Response) return `Response ${value.status} ${value.url}`;
      if (typeof Event === 'function' && value instanceof Event) {
        const on = value.target && value.target.tagName ? ` on <${value.target.tagName.toLowerCase()}>` : '';
        return `${kind} ${value.type}${on}`;
      }
      if (typeof Node === 'function' && value instanceof Node) return value.nodeName.toLowerCase();
      const json = stringify(value);
      if (json === undefined || json === '{}') return typeof value.message === 'string' ? value.message : kind;
      return kind === 'Object' || kind === 'Array' ? json : `${kind} ${json}`;
    } catch {
      return Object.prototype.toString.call(value);
    }
  };

  const causesOf = (error) => {
    const lines = [];
    let at = error;
    for (let depth = 0; depth < 8; depth += 1) {
      if (Array.isArray(at.errors)) at.errors.slice(0, 8).forEach((inner, i) => lines.push(cut(`errors[${i}] ${show(inner)}`, 500)));
      if (at.cause === undefined || at.cause === null) break;
      lines.push(cut(show(at.cause), 500));
      if (!isError(at.cause)) break;
      at = at.cause;
    }
    return lines;
  };

  const describe = (value) => {
    if (!isError(value)) return { name: '', message: cut(show(value), 2000), stack: '', causes: [] };
    let causes = [];
    try {
      causes = causesOf(value);
    } catch {}
    return {
      name: cut(String(value.name), 200),
      message: cut(String(value.message), 2000),
      stack: cut(String(value.stack || ''), 20000),
      causes,
    };
  };

  // console.error('%s failed', name): what the console shows.
  const format = (values) => {
    const rest = values.slice();
    let text = '';
    if (typeof rest[0] === 'string' && rest.length > 1) {
      text = rest.shift().replace(/%([sdifoOc%])/g, (whole, what) => {
        if (what === '%') return '%';
        if (rest.length === 0) return whole;
        const value = rest.shift();
        return what === 'c' ? '' : show(value);
      });
    }
    return [text, ...rest.map(show)].filter((part) => part !== '').join(' ');
  };

  addEventListener('error', (event) => {
    if (event.target !== globalThis && event.target !== window) return; // A resource: its request tells.
    const thrown = event.error;
    const where = event.filename ? `at ${event.filename}:${event.lineno}:${event.colno}` : '';
    if (thrown === null || thrown === undefined) {
      const message = String(event.message || '').replace(/^Uncaught /, '');
      post({ kind: 'error', name: '', message: cut(message, 2000), stack: where, causes: [], bare: true });
      return;
    }
    const fault = describe(thrown);
    post({ kind: 'error', ...fault, stack: fault.stack || where });
  }, true);

  addEventListener('unhandledrejection', (event) => post({ kind: 'rejection', ...describe(event.reason) }), true);

  const { error } = console;
  const wrapped = {
    error(...values) {
      try {
        const errors = values.filter(isError);
        const fault = errors.length > 0 ? describe(errors[0]) : describe('');
        const alone = errors.length > 0 && values.length === 1;
        // Without this function's own line, and without Chrome's heading.
        const lines = String(new Error().stack || '').split('\n');
        const stack = errors.length > 0 ? fault.stack : lines.slice(lines[0] === 'Error' ? 2 : 1).join('\n');
        post({
          kind: 'console',
          ...fault,
          name: alone ? fault.name : '',
          message: alone ? fault.message : cut(format(values), 2000),
          stack,
        });
      } catch {}
      return error.apply(this, values);
    },
  };
  console.error = wrapped.error;

  addEventListener('securitypolicyviolation', (event) => {
    post({
      kind: 'csp',
      directive: event.effectiveDirective || event.violatedDirective,
      blocked: cut(event.blockedURI || '', 2000),
      disposition: event.disposition,
      policy: cut(event.originalPolicy || '', 8000),
      location: event.sourceFile ? `${event.sourceFile}:${event.lineNumber}:${event.columnNumber}` : '',
    });
  }, true);
}

// Runs in the page: does what each target says, all at once, and tells what became of it.
// `ok`: it went through. `blocked`: a violation was reported that is enforced. `failed`: neither.
async (targets) => {
    const violations = [];
    const waiting = [];
    document.addEventListener('securitypolicyviolation', (event) => {
        if (event.disposition !== 'enforce') return;
        violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
        waiting.forEach((look) => look());
    });
    const settled = ({ kind, url, directive }) => new Promise((done) => {
        const scheme = url.split(':')[0];
        const names = [`${directive} ${url}`, `${directive} ${scheme}`];
        const look = () => { if (violations.some((seen) => names.includes(seen))) done('blocked'); };
        waiting.push(look);
        const ok = () => done('ok');
        // The event can come after the failure.
        const failed = () => { look(); setTimeout(() => done('failed'), 700); };
        try {
            if (kind === 'connect') {
                fetch(url, { mode: 'no-cors' }).then(ok, failed);
            } else if (kind === 'image') {
                Object.assign(new Image(), { onload: ok, onerror: failed, src: url });
            } else if (kind === 'dynamic-script') {
                const script = Object.assign(document.createElement('script'), { onload: ok, onerror: failed, src: url });
                document.head.append(script);
            } else if (kind === 'worker') {
                const body = new Blob(['postMessage(1)'], { type: 'text/javascript' });
                const worker = new Worker(url === 'blob:' ? URL.createObjectURL(body) : url);
                Object.assign(worker, { onmessage: ok, onerror: failed });
            } else if (kind === 'script') {
                (self.loaded ?? []).includes(url) ? done('ok') : done('blocked');
            } else if (kind === 'inline') {
                self.inline ? done('ok') : done('blocked');
            }
        } catch {
            failed();
        }
    });
    return Promise.all(targets.map(settled));
}

// In our sandbox: knows when the document last changed, and whether it is being left.
() => {
  let changed = -Infinity;
  let leaving = -Infinity;
  const now = () => performance.now();
  new MutationObserver(() => { changed = now(); }).observe(document, {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
  const { navigation } = globalThis;
  if (navigation) {
    navigation.addEventListener('navigate', (event) => {
      if (!event.hashChange && event.downloadRequest == null && !event.destination.sameDocument) leaving = now();
    });
    // A router took it over, or it came to nothing.
    for (const name of ['currententrychange', 'navigateerror', 'navigatesuccess']) {
      navigation.addEventListener(name, () => { leaving = -Infinity; });
    }
  }
  // A page that is not shown has no frames.
  const frame = () => new Promise((done) => {
    const timer = setTimeout(done, 60);
    requestAnimationFrame(() => { clearTimeout(timer); done(); });
  });
  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

  // Waits two frames, and while the document changed since `ago` ms: until it was quiet for `quiet` ms, at most `limit`.
  return async (ago, quiet, limit) => {
    const begun = now();
    const since = begun - ago;
    if (leaving >= since) return 'leaving';
    await frame();
    await frame();
    while (changed >= since && now() - changed < quiet && now() - begun < limit && leaving < since) {
      await pause(Math.max(1, quiet - (now() - changed)));
    }
    return leaving >= since ? 'leaving' : 'quiet';
  };
}

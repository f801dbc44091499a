// Only the SDK: the page says what to do with it, in `window.start`.
import * as Sentry from "sentry";

declare global {
  interface Window {
    start?: (sentry: typeof Sentry) => void;
  }
}
window.start?.(Sentry);

// The shop's time, whatever this device believes, or is set to: deadlines are the server's. What counts on stands still
// where a device sleeps: whoever wakes asks.
let ahead = -Infinity;
const OLDEST = 60_000;

// An answer is always a little old when it arrives; the youngest one comes closest. If it seems to be older than any is,
// the server's clock was put back.
export function serverSays(instant) {
  const said = Date.parse(instant) - performance.now();
  if (said > ahead || said < ahead - OLDEST) ahead = said;
}

export function secondsUntil(instant) {
  const now = Number.isFinite(ahead) ? performance.now() + ahead : Date.now();
  return (Date.parse(instant) - now) / 1000;
}

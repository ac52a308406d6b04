// The shop's time, whatever this device believes, or is set to: deadlines are the server's. What counts on stands still
// where a device sleeps: whoever wakes asks.
let ahead = -Infinity;

// An answer is always a little old when it arrives; the youngest one comes closest.
export function serverSays(instant) {
  ahead = Math.max(ahead, Date.parse(instant) - performance.now());
}

export function secondsUntil(instant) {
  const now = Number.isFinite(ahead) ? performance.now() + ahead : Date.now();
  return (Date.parse(instant) - now) / 1000;
}

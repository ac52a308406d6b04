// The shop's time, whatever this device believes: deadlines are the server's.
let ahead = -Infinity;

// An answer is always a little old when it arrives; the youngest one comes closest.
export function serverSays(instant) {
  ahead = Math.max(ahead, Date.parse(instant) - Date.now());
}

export function secondsUntil(instant) {
  const now = Date.now() + (Number.isFinite(ahead) ? ahead : 0);
  return (Date.parse(instant) - now) / 1000;
}

// What a run is told: k6 run -e NAME=value script.js

export function text(name, usual) {
  const value = __ENV[name];
  return value === undefined || value === '' ? usual : value;
}

export function number(name, usual) {
  const value = Number(text(name, usual));
  if (!isFinite(value) || value < 0) {
    throw new Error(`${name} must be a number, 0 or more, but is ${__ENV[name]}`);
  }
  return value;
}

export const gateway = text('GATEWAY', 'http://localhost:8080');
export const room = text('ROOM', 'main');

/** The management side of the booking service: only there an evening is put on, and the books are looked through. */
export const management = text('MANAGEMENT', 'http://localhost:9081');
export const adminPassword = text('ADMIN_PASSWORD', '');

/** How much older than another one's the view of one of several gateways may be. */
export const viewLagMillis = number('VIEW_LAG_MILLIS', 0);

export const patienceSeconds = number('PATIENCE_SECONDS', 600);

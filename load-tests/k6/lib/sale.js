// The evening that is sold, and the books afterwards. Both belong to whoever runs the sale.
import http from 'k6/http';
import encoding from 'k6/encoding';
import { complain, doubleSales } from './metrics.js';
import { adminPassword, management, number, text } from './settings.js';

export const seats = number('SEATS', 50);
const price = number('PRICE', 50000);
const given = text('SCHEDULE', '');

/** The evening named by SCHEDULE, or else a new one with nothing sold. */
export function putOnAnEvening() {
  if (given !== '') {
    return { schedule: Number(given) };
  }
  const { concertId } = asAdmin('POST', '/admin/concerts', {
    title: `Load test ${new Date().toISOString()}`,
    artist: 'The Virtual Users',
    venue: 'The Small Stage',
    timeZone: 'UTC',
  });
  const startsAt = new Date(Date.now() + 30 * 24 * 3600 * 1000).toISOString();
  const evening = { startsAt: startsAt, price: price, seatCount: seats, seatsPerUser: 1 };
  const { scheduleId } = asAdmin('POST', `/admin/concerts/${concertId}/schedules`, evening);
  return { schedule: scheduleId, concert: concertId };
}

/** Whatever the database holds that must never be counts as sold twice. Without the password the books stay closed. */
export function lookThroughTheBooks() {
  if (adminPassword === '') {
    console.warn('ADMIN_PASSWORD is not set: nobody looks through the books');
    return;
  }
  const audit = asAdmin('GET', '/admin/audit');
  audit.violations.forEach((found) => complain(doubleSales, JSON.stringify(found)));
}

function asAdmin(method, path, body) {
  const response = http.request(method, management + path, body === undefined ? null : JSON.stringify(body), {
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Basic ${encoding.b64encode(`admin:${adminPassword}`)}`,
    },
    tags: { name: 'admin' },
  });
  if (response.status !== 200 && response.status !== 201) {
    throw new Error(`${method} ${path}: ${response.status} ${response.error || response.body}; is ADMIN_PASSWORD right?`);
  }
  return JSON.parse(response.body);
}

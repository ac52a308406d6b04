// The admin API.
import { ask } from './calls.js';

const call = async (method, path, ...more) => (await ask(method, `/admin${path}`, ...more)).json();

export const api = {
  session: () => call('GET', '/session'),
  concerts: (before) => call('GET', `/concerts${before ? `?before=${before}` : ''}`),
  makeConcert: (concert) => call('POST', '/concerts', concert),
  shows: (concert) => call('GET', `/concerts/${concert}/schedules`),
  makeShow: (concert, show) => call('POST', `/concerts/${concert}/schedules`, show, 60_000),
  changeShow: (show, change) => call('PATCH', `/schedules/${show}`, change),
  cancelShow: (show, reason) => call('POST', `/schedules/${show}/cancel`, { reason }),
  block: (show, seatNumbers, blocked) => call('PATCH', `/schedules/${show}/seats`, { seatNumbers, blocked }),
  refund: (payment, reason) => call('POST', `/payments/${payment}/refund`, { reason }),
  plans: () => call('GET', '/plans'),
  makePlan: (text) => call('POST', '/plans', text, 60_000),
  drawing: (plan) => call('GET', `/plans/${plan}/drawing`),
  audit: () => call('GET', '/audit', undefined, 120_000),
  changes: () => call('GET', '/changes'),
  salesCsv: async (show) => (await ask('GET', `/admin/schedules/${show}/sales.csv`, undefined, 300_000)).blob(),
};

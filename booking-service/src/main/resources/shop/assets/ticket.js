// The tickets of one purchase, each with the code that lets one person in: to show, or to print.
import { get, getAll, needsNoTurn, stayKnown } from './calls.js';
import { sayPlace } from './plan.js';
import { element, evening, make, say, translate, trouble } from './words.js';

const reservationId = location.pathname.split('/').at(-1);

async function pass(ticket, number, all) {
  const { code } = await get(`/api/v1/tickets/${ticket.ticketId}/code`);
  return make('section', { class: 'pass', 'aria-labelledby': `pass-${number}` },
    make('h2', { id: `pass-${number}` }, sayPlace(ticket.seatNumber, ticket.place)),
    make('p', { class: 'small' }, ticket.title, make('br'), evening(ticket.startsAt, ticket.timeZone), make('br'), ticket.venue),
    make('img', { src: `/api/v1/tickets/${ticket.ticketId}/code.svg`, alt: `QR: ${say('ticketOf')} ${number + 1}/${all}`, width: 240, height: 240 }),
    make('p', { class: 'code' }, code),
    make('p', { class: 'small' }, ticket.enteredAt ? say('entered') : say('codeExplained')));
}

async function begin() {
  await stayKnown();
  const all = await getAll('/api/v1/tickets', 'tickets', (last) => `before=${last.ticketId}`);
  const tickets = all.filter((ticket) => ticket.reservationId === reservationId && ticket.status === 'PAID').sort((a, b) => a.seatNumber - b.seatNumber);
  const [first] = tickets;
  element('title').textContent = first?.title ?? say('ticketOf');
  element('passes').removeAttribute('aria-busy');
  if (!first) return trouble(say('noCode'));
  document.title = first.title;
  element('about').textContent = `${evening(first.startsAt, first.timeZone)} · ${first.venue}`;
  element('passes').replaceChildren(...await Promise.all(tickets.map((ticket, i) => pass(ticket, i, tickets.length))));
  element('printing').hidden = false;
}

needsNoTurn();
translate();
element('print').addEventListener('click', () => print());
begin().catch((error) => {
  if (error.code === 'sign-in-required') location.replace('/shop/tickets');
  else trouble(error.message);
});

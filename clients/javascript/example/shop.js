// A whole shop on an origin of its own: the line and the sale are somewhere else, and are asked through it.
import '../element.js';

const gateway = document.querySelector('meta[name=gateway]').content;
const element = (id) => document.getElementById(id);
const say = (words) => { element('said').textContent = words; };
const freshKey = () => crypto.randomUUID();

let place; // the <stagedoor-line>, while there is one
let reservation;

/** Waits for the turn where there is none, and says what went wrong in the words of whoever refused. */
async function call(method, path, body, key) {
  const headers = { Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  const answer = await place.line.fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.detail ?? document.title);
  return document;
}

const whileBusy = (button, act) => async () => {
  button.disabled = true;
  try {
    await act();
  } catch (error) {
    if (error.name !== 'AbortError') say(error.message); // another concert was chosen
  } finally {
    button.disabled = false;
  }
};

function button(words, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = words;
  made.addEventListener('click', whileBusy(made, act));
  return made;
}

// ── open to everybody ───────────────────────────────────────────────────────────────────────────

async function showConcerts() {
  const { concerts } = await (await fetch(`${gateway}/api/v1/concerts?bookable=true`)).json();
  element('concerts').replaceChildren(...concerts.map((concert) => {
    const item = document.createElement('li');
    item.append(`${concert.title} · ${concert.venue} `, button('Buy', () => queueFor(concert)));
    return item;
  }));
}

// ── through the line ────────────────────────────────────────────────────────────────────────────

async function queueFor(concert) {
  say('');
  place ??= document.createElement('stagedoor-line');
  place.setAttribute('origin', gateway);
  element('place').replaceChildren(place);
  await place.line.turn();
  await call('PUT', '/api/v1/users/me', { name: 'A guest of another site' });
  const { schedules } = await call('GET', `/api/v1/concerts/${concert.concertId}/schedules`);
  await showSeats(concert, schedules[0]);
}

async function showSeats(concert, { scheduleId, date }) {
  const { seats } = await call('GET', `/api/v1/schedules/${scheduleId}/seats?available=true`);
  element('evening').textContent = `${concert.title}, ${date}`;
  element('seats').replaceChildren(...seats.map(({ number }) => {
    const key = freshKey(); // one wish, however often it is sent
    return button(String(number), () => hold({ scheduleId, seatNumbers: [number] }, key));
  }));
  element('hall').hidden = false;
}

async function hold(wish, key) {
  reservation = await call('POST', '/api/v1/reservations', wish, key);
  element('hall').hidden = true;
  element('pay').hidden = false;
  say(`Seat ${wish.seatNumbers[0]} is held for you.`);
}

async function pay() {
  const { reservationId, payment } = reservation;
  await call('POST', '/api/v1/balance/charges', { amount: payment.amount }, `charge-${reservationId}`);
  const receipt = await call('POST', `/api/v1/reservations/${reservationId}/payment`, undefined, `pay-${reservationId}`);
  element('pay').hidden = true;
  element('place').replaceChildren();
  say(`Seat ${receipt.tickets[0].seatNumber} is yours. See you there!`);
}

element('pay').addEventListener('click', whileBusy(element('pay'), pay));
showConcerts().catch(() => say('The sale cannot be reached.'));

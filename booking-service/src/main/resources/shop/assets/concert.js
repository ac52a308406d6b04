// One concert: choose a date, choose seats, hold them, pay.
import { call, freshKey, get, Refused } from './calls.js';
import { serverSays } from './clock.js';
import { chips, Holding } from './holding.js';
import { SeatMap } from './seatmap.js';
import { element, evening, make, money, number, say, translate, trouble } from './words.js';

const LOOK_AGAIN = 1000; // others' holds are seen within two seconds
const STILL_THERE = 120_000; // looking on keeps the visit alive: not for somebody who has gone

const concertId = location.pathname.split('/').at(-1);
const sale = { concert: undefined, schedules: [], schedule: undefined, isOver: false };
let touchedAt = Date.now();
let holdKey;

const seatMap = new SeatMap(element('seats'), {
  chosen: showPicked,
  lost: (seats) => explain(say('wasTaken', { seats: seats.join(', ') })),
  refused: explain,
});
const holding = new Holding({ paid: showPaid, over: backToChoosing });

function explain(words) {
  trouble(words);
}

// ── dates ───────────────────────────────────────────────────────────────────────────────────────

function state(schedule) {
  if (schedule.bookable) return say('seatsLeft', { left: number(schedule.remainingSeats), all: number(schedule.seatCount) });
  return say({ CANCELLED: 'cancelledShow', SOLD_OUT: 'soldOut' }[schedule.status] ?? 'notOnSale');
}

function choice(schedule) {
  const radio = make('input', { type: 'radio', name: 'date', value: schedule.scheduleId });
  radio.disabled = !schedule.bookable;
  radio.addEventListener('change', () => open(schedule).catch(fail));
  return make('label', {}, radio,
    make('strong', {}, evening(schedule.startsAt, sale.concert.timeZone)),
    make('span', { class: 'small' }, offer(schedule)));
}

const offer = (schedule) => `${money(schedule.price)} · ${state(schedule)}${moved(schedule)}`;

const moved = (schedule) => (schedule.movedFrom ? ` · ${say('moved', { from: evening(schedule.movedFrom, sale.concert.timeZone) })}` : '');

function showDates() {
  element('dates').append(...sale.schedules.map(choice));
  if (!sale.schedules.some((schedule) => schedule.bookable)) explain(say('noDates'));
}

async function open(schedule) {
  sale.schedule = schedule;
  document.querySelector(`input[value="${schedule.scheduleId}"]`).checked = true;
  history.replaceState(null, '', `?date=${schedule.date}`);
  seatMap.open(schedule.seatsPerUser);
  element('hall').hidden = false;
  trouble('');
  await look();
  showPicked();
}

// ── seats ───────────────────────────────────────────────────────────────────────────────────────

async function look() {
  const schedule = sale.schedule;
  const map = await get(`/api/v1/schedules/${schedule.scheduleId}/seats`);
  serverSays(map.serverTime);
  if (schedule === sale.schedule) seatMap.show(map.seats);
  schedule.remainingSeats = map.available;
  document.querySelector(`input[value="${schedule.scheduleId}"] ~ .small`).textContent = offer(schedule);
}

async function keepLooking() {
  const isWatched = !document.hidden && Date.now() - touchedAt < STILL_THERE;
  if (sale.schedule && !sale.isOver) {
    if (isWatched) await look().catch(() => {});
    element('hall').classList.toggle('paused', !isWatched);
  }
  setTimeout(keepLooking, LOOK_AGAIN);
}

function touched() {
  touchedAt = Date.now();
}

function showPicked() {
  const chosen = seatMap.chosen;
  element('picked').replaceChildren(...(chosen.length > 0 ? chips(chosen) : sale.schedule ? [say('none', { limit: sale.schedule.seatsPerUser })] : []));
  element('sum').textContent = chosen.length > 0 ? money(seatMap.total) : '';
  element('hold').disabled = chosen.length === 0;
  holdKey = undefined;
}

async function hold() {
  if (element('hold').ariaBusy === 'true') return;
  element('hold').ariaBusy = 'true';
  holdKey ??= freshKey();
  trouble('');
  try {
    const wish = { scheduleId: sale.schedule.scheduleId, seatNumbers: seatMap.chosen };
    await showHeld(await call('POST', '/api/v1/reservations', wish, holdKey));
  } catch (error) {
    await fail(error);
  } finally {
    element('hold').ariaBusy = null;
  }
}

async function fail(error) {
  if (error instanceof Refused && ['seat-taken', 'seat-contended'].includes(error.code)) {
    const seats = error.facts.seatNumbers ?? error.facts.seats ?? seatMap.chosen;
    await look();
    explain(say('wasTaken', { seats: seats.join(', ') }));
  } else {
    explain(error.facts?.detail ? `${error.message}. ${error.facts.detail}` : error.message);
  }
}

// ── held, paid, or over ─────────────────────────────────────────────────────────────────────────

function step(name) {
  for (const section of ['picking', 'paying', 'paid']) element(section).hidden = section !== name;
  for (const radio of document.querySelectorAll('#dates input')) {
    radio.disabled = name !== 'picking' || !sale.schedules.find((it) => it.scheduleId === Number(radio.value)).bookable;
  }
}

async function showHeld(reservation) {
  localStorage.setItem(`concert-of-${reservation.scheduleId}`, concertId);
  seatMap.lock(reservation.tickets.map((ticket) => ticket.seatNumber));
  step('paying');
  element('paying').focus();
  await holding.start(reservation);
}

async function backToChoosing(why) {
  step('picking');
  seatMap.clear();
  await look();
  explain(why);
  element('seats').querySelector('[tabindex="0"]')?.focus();
}

function stub(ticket) {
  return make('div', { class: 'stub' },
    make('strong', {}, say('seat', { number: ticket.seatNumber })),
    make('span', {}, sale.concert.title),
    make('span', { class: 'small' }, `${evening(sale.schedule.startsAt, sale.concert.timeZone)} · ${sale.concert.venue}`));
}

function showPaid(receipt) {
  sale.isOver = true;
  element('stubs').replaceChildren(...receipt.tickets.map(stub));
  element('after').textContent = say('after', { balance: money(receipt.balanceAfter) });
  step('paid');
  element('paid').focus();
}

// ── the page ────────────────────────────────────────────────────────────────────────────────────

async function begin() {
  const [concert, { schedules }, me] = await Promise.all([
    get(`/api/v1/concerts/${concertId}`), get(`/api/v1/concerts/${concertId}/schedules?upcoming=true`), get('/api/v1/users/me')]);
  Object.assign(sale, { concert, schedules });
  document.title = concert.title;
  element('title').textContent = concert.title;
  element('about').textContent = `${concert.artist} · ${concert.venue}`;
  element('who').textContent = say('hello', { name: me.name });
  element('sale').hidden = false;
  showDates();
  showPicked();
  await resume();
  keepLooking();
}

/** After a reload: what is held is still held, what was looked at is looked at again. */
async function resume() {
  const { reservations } = await get('/api/v1/reservations');
  const held = reservations.find((it) => it.status === 'HELD' && sale.schedules.some((schedule) => schedule.scheduleId === it.scheduleId));
  const date = new URLSearchParams(location.search).get('date');
  const bookable = sale.schedules.filter((schedule) => schedule.bookable);
  const schedule = held
    ? sale.schedules.find((it) => it.scheduleId === held.scheduleId)
    : bookable.find((it) => it.date === date) ?? (bookable.length === 1 ? bookable[0] : undefined);
  if (schedule) await open(schedule);
  if (held) await showHeld(held);
}

translate();
for (const kind of ['pointerdown', 'keydown', 'scroll', 'focusin']) addEventListener(kind, touched, { passive: true });
addEventListener('visibilitychange', touched);
element('hold').addEventListener('click', hold);
begin().catch(fail);

// Everything the shop says, in two languages, and how money and times are written in them.
const ENGLISH = {
  onSale: 'On sale now', myTickets: 'My tickets', loading: 'One moment …', buy: 'Choose seats',
  noLine: 'No line at the moment: you go straight in.', line: '{waiting} people are in line, about {minutes} min.',
  lineUnknown: '{waiting} people are in line.', lineClosed: 'The sale is closed at the moment.', linePaused: 'Entry is paused at the moment.',
  more: 'More', cancelledShow: 'Cancelled', cancelledRefunded: 'The show was cancelled; your money is back in your balance.', moved: 'Moved from {from}',
  noConcerts: 'Nothing is on sale at the moment.', guest: 'Guest', hello: 'Hello, {name}',
  chooseDate: 'Choose a date', seatsLeft: '{left} of {all} seats left', soldOut: 'Sold out', notOnSale: 'Not on sale', noDates: 'There is no date on sale at the moment.',
  chooseSeats: 'Choose your seats', stage: 'Stage', free: 'Free', chosen: 'Chosen', held: 'Held by somebody', sold: 'Sold',
  seat: 'Seat {number}', AVAILABLE: 'free', HELD: 'held by somebody else', SOLD: 'sold', BLOCKED: 'not for sale', CHOSEN: 'chosen by you', MINE: 'held for you',
  yourSeats: 'Your seats', none: 'None yet. Choose up to {limit}.', tooMany: 'You can choose up to {limit} seats.',
  hold: 'Hold these seats', holdExplained: 'Seats are held for you while you pay. Nothing is charged yet.',
  wasTaken: 'Somebody was faster: seat {seats} is taken. Choose another one.', nowHeld: 'Seats {seats} are held for you. You have {time} to pay.',
  howMany: 'How many', category: 'Category', anyCategory: 'Any', apart: 'Apart, if need be', takeBest: 'Hold the best seats', section: 'Section', whole: 'Whole house',
  nearer: 'Closer', farther: 'Farther', mapOf: 'Plan of the house. Choose a section below to go through its rows.', mapLegend: '■ free   ▄ held   · sold',
  sectionChoice: '{section} · {price} · {left} free', seatIn: 'Section {section}, row {row}, seat {seat}', standingIn: '{section}, standing', accessible: 'accessible by wheelchair',
  instead: 'Choose {seats} instead',
  heldForYou: 'Held for you', timeLeft: '{time} left', spoken: '{time} left to pay.', toPay: 'To pay', balance: 'Your balance', pay: 'Pay {amount}',
  short: 'Your balance is {short} short.', charge: 'Charge {amount}', charged: 'Charged. Your balance is {balance}.',
  giveBack: 'Give the seats back', givenBack: 'The seats are free again.',
  holdExpired: 'The time to pay has run out, and the seats are free again. Nothing was charged.',
  paid: 'Paid. See you there!', after: 'Your visit is complete, and your place has gone to the next one in line. Balance: {balance}.', stillHeld: 'Other seats are still held for you: pay for them under “My tickets” in time. Balance: {balance}.',
  noTickets: 'You have no tickets yet.', refund: 'Refund', keep: 'Keep them', refundSure: 'Refund these tickets?',
  refundText: '{amount} goes back to your balance, and the seats are free for others.', refunded: 'Refunded. Your balance is {balance}.',
  chargeAmount: 'Amount to charge', chargeIt: 'Charge', finish: 'Finish paying',
  RESERVED: 'not paid yet', PAID: 'paid', REFUNDED: 'refunded', EXPIRED: 'expired', CANCELLED: 'given back',
  signIn: 'Sign in', signInFirst: 'Sign in to see your tickets', signInExplained: 'With the e-mail address and the password that you gave when you bought. Whoever has forgotten the password asks those who run the sale.',
  email: 'E-mail address', password: 'Password', newPassword: 'New password', currentPassword: 'Password so far', passwordRule: '8 characters or more',
  keepTitle: 'Find your tickets again', keepExplained: 'So far only this browser knows you. With an e-mail address and a password you find your tickets on any device. No mail is sent.', keepIt: 'Keep my account',
  kept: 'From now on you can sign in with {email}.', signedInAs: 'Signed in as {email}', changePassword: 'Change password', changed: 'The password is changed. Other devices have to sign in again.',
  signOut: 'Sign out', signOutEverywhere: 'Sign out on all devices', showTickets: 'Show tickets', print: 'Print', ticketOf: 'Ticket', entered: 'used at the entrance', codeExplained: 'Show this code at the entrance. It lets one person in, once.',
  back: 'All my tickets', noCode: 'There is no valid ticket here: not paid, or refunded.',
  away: 'The shop cannot be reached. We try again …', unreached: 'The shop could not be reached. Please try again.', paused: 'Paused. Touch or press a key to go on.', minutes: '{m} min {s} s', seconds: '{s} s',
};
const KOREAN = {
  onSale: '예매 중인 공연', myTickets: '내 티켓', loading: '잠시만 기다려 주세요 …', buy: '좌석 선택',
  noLine: '지금은 대기 없이 바로 입장할 수 있습니다.', line: '{waiting}명이 대기 중입니다. 약 {minutes}분.',
  lineUnknown: '{waiting}명이 대기 중입니다.', lineClosed: '지금은 예매가 닫혀 있습니다.', linePaused: '지금은 입장이 잠시 멈췄습니다.',
  more: '더 보기', cancelledShow: '공연 취소', cancelledRefunded: '공연이 취소되어 결제 금액이 잔액으로 환불되었습니다.', moved: '{from}에서 변경됨',
  noConcerts: '지금은 예매 중인 공연이 없습니다.', guest: '손님', hello: '{name}님',
  chooseDate: '날짜 선택', seatsLeft: '{all}석 중 {left}석 남음', soldOut: '매진', notOnSale: '예매 불가', noDates: '지금 예매할 수 있는 날짜가 없습니다.',
  chooseSeats: '좌석 선택', stage: '무대', free: '선택 가능', chosen: '선택함', held: '다른 분이 결제 중', sold: '판매됨',
  seat: '{number}번 좌석', AVAILABLE: '선택 가능', HELD: '다른 분이 결제 중', SOLD: '판매됨', BLOCKED: '판매하지 않음', CHOSEN: '선택함', MINE: '내가 선점함',
  yourSeats: '선택한 좌석', none: '아직 없습니다. {limit}석까지 고를 수 있습니다.', tooMany: '{limit}석까지만 고를 수 있습니다.',
  hold: '좌석 선점하기', holdExplained: '결제하는 동안 좌석을 잡아 둡니다. 아직 결제되지 않습니다.',
  wasTaken: '{seats}번 좌석을 다른 분이 먼저 선택했습니다. 다른 좌석을 골라 주세요.', nowHeld: '{seats}번 좌석을 잡아 두었습니다. 결제까지 {time} 남았습니다.',
  howMany: '인원', category: '등급', anyCategory: '전체', apart: '떨어진 좌석도 괜찮아요', takeBest: '가장 좋은 좌석 선점하기', section: '구역', whole: '전체 보기',
  nearer: '확대', farther: '축소', mapOf: '공연장 좌석 배치도. 아래에서 구역을 고르면 열별로 볼 수 있습니다.', mapLegend: '■ 선택 가능   ▄ 결제 중   · 판매됨',
  sectionChoice: '{section} · {price} · {left}석 남음', seatIn: '{section} 구역 {row}열 {seat}번', standingIn: '{section} 스탠딩', accessible: '휠체어석',
  instead: '대신 {seats} 선택하기',
  heldForYou: '선점한 좌석', timeLeft: '{time} 남음', spoken: '결제까지 {time} 남았습니다.', toPay: '결제 금액', balance: '잔액', pay: '{amount} 결제하기',
  short: '잔액이 {short} 부족합니다.', charge: '{amount} 충전하기', charged: '충전되었습니다. 잔액 {balance}.',
  giveBack: '좌석 포기하기', givenBack: '좌석이 다시 풀렸습니다.',
  holdExpired: '결제 시간이 지나 좌석이 풀렸습니다. 결제된 금액은 없습니다.',
  paid: '결제가 완료되었습니다', after: '이용이 완료되어 다음 분이 입장하셨습니다. 잔액 {balance}.', stillHeld: '아직 결제하지 않은 좌석이 있습니다. 시간 안에 ‘내 티켓’에서 결제해 주세요. 잔액 {balance}.',
  noTickets: '아직 티켓이 없습니다.', refund: '환불', keep: '유지하기', refundSure: '이 티켓을 환불할까요?',
  refundText: '{amount}이 잔액으로 돌아가고 좌석은 다시 판매됩니다.', refunded: '환불되었습니다. 잔액 {balance}.',
  chargeAmount: '충전 금액', chargeIt: '충전', finish: '결제 계속하기',
  RESERVED: '결제 전', PAID: '결제 완료', REFUNDED: '환불됨', EXPIRED: '만료됨', CANCELLED: '포기함',
  signIn: '로그인', signInFirst: '티켓을 보려면 로그인하세요', signInExplained: '구매할 때 등록한 이메일 주소와 비밀번호로 로그인합니다. 비밀번호를 잊었다면 판매처에 문의하세요.',
  email: '이메일 주소', password: '비밀번호', newPassword: '새 비밀번호', currentPassword: '현재 비밀번호', passwordRule: '8자 이상',
  keepTitle: '다음에도 내 티켓 찾기', keepExplained: '지금은 이 브라우저에서만 티켓을 볼 수 있습니다. 이메일 주소와 비밀번호를 등록하면 어느 기기에서나 볼 수 있습니다. 메일은 발송되지 않습니다.', keepIt: '계정 등록하기',
  kept: '이제 {email}(으)로 로그인할 수 있습니다.', signedInAs: '{email}(으)로 로그인됨', changePassword: '비밀번호 변경', changed: '비밀번호가 변경되었습니다. 다른 기기에서는 다시 로그인해야 합니다.',
  signOut: '로그아웃', signOutEverywhere: '모든 기기에서 로그아웃', showTickets: '티켓 보기', print: '인쇄', ticketOf: '티켓', entered: '입장 완료', codeExplained: '입구에서 이 코드를 보여 주세요. 한 사람이 한 번 입장할 수 있습니다.',
  back: '내 티켓 모두 보기', noCode: '유효한 티켓이 없습니다. 결제 전이거나 환불되었습니다.',
  away: '예매 서비스에 연결할 수 없습니다. 다시 시도하고 있습니다 …', unreached: '예매 서비스에 연결하지 못했습니다. 다시 시도해 주세요.', paused: '일시 정지되었습니다. 화면을 누르거나 키를 누르면 계속됩니다.', minutes: '{m}분 {s}초', seconds: '{s}초',
};

const isKorean = navigator.language.toLowerCase().startsWith('ko');
export const language = isKorean ? 'ko' : 'en';
const words = isKorean ? KOREAN : ENGLISH;

export function say(key, facts = {}) {
  return words[key].replace(/\{(\w+)}/g, (unsaid, name) => facts[name] ?? unsaid);
}

const { currency } = document.documentElement.dataset;
const price = new Intl.NumberFormat(isKorean ? 'ko-KR' : 'en-US', { style: 'currency', currency });
// Amounts are in the smallest unit, of which a currency has as many to one as it has digits.
export const unit = 10 ** price.resolvedOptions().maximumFractionDigits;
export const money = (amount) => price.format(amount / unit);

export const number = (value) => value.toLocaleString(language);

// With its year where that is not this one: the tickets of last year stay in the list.
export function evening(instant, timeZone) {
  const date = new Date(instant);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(language, { timeZone, year, weekday: 'short', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit' }).format(date);
}

export function time(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 60 ? say('seconds', { s: whole }) : say('minutes', { m: Math.floor(whole / 60), s: whole % 60 });
}

// What stands in the page already is said in the visitor's language; what needs facts is said later.
export function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-word]')) {
    element.textContent = say(element.dataset.word).replace(/ ?\{\w+}/g, '');
  }
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const element = (id) => document.getElementById(id);

// Twice the same words are said only once by a screen reader, which is meant.
export function announce(words) {
  element('said').textContent = words;
}

export function trouble(words) {
  element('trouble').textContent = words;
}

/** Why something was not done. */
export function complain({ message, problem }) {
  trouble(problem?.detail ? `${message}. ${problem.detail}` : message);
}

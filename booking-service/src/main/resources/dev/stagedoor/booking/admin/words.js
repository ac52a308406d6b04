// Everything the page says, in two languages, and how money and times are written in them.
import { speak } from './elements.js';

const WORDS = {
  en: {
    skip: 'Skip to the sale', seller: 'box office', signIn: 'Sign in', signOut: 'Sign out', yourName: 'Name', password: 'Password', viewer: 'viewer',
    signInHint: 'Operators are set as stagedoor.admin.operators; stagedoor.admin.password is that of “admin”. This page forgets them when it is closed.',
    wrongPassword: 'Name or password is wrong.', tooOften: 'Too many guesses. Try again in # s.', unreachable: 'The service cannot be reached. We try again …',
    concerts: 'Concerts', more: 'More', newConcert: 'New concert', title: 'Title', artist: 'Artist', venue: 'Venue', timeZone: 'Time zone', make: 'Make', made: 'Made',
    newShow: 'New show', startsAt: 'Begins', salesOpenAt: 'Sales open', salesCloseAt: 'Sales close', atTheVenue: 'At the venue', emptyNow: 'Empty: now', emptyBegin: 'Empty: when it begins',
    seatCount: 'Seats', seatsPerUser: 'Seats for one person', price: 'Price', plan: 'Plan', noPlan: 'None: seats in rows of ten', prices: 'Prices by category',
    pricesHint: 'With a plan: one line each, such as R 120000', inSmallestUnit: 'In the smallest unit of the currency',
    category: 'Category', seats: 'Seats', sold: 'Sold', held: 'Held', free: 'Free', blocked: 'Blocked', money: 'Money', entered: 'Inside', total: 'Total',
    onSale: 'on sale', notOnSale: 'not on sale', played: 'has begun', settling: 'cancelled, refunds under way', settled: 'cancelled, all refunded', movedFrom: 'Moved from #',
    change: 'Change', close: 'Close sales', closeSure: 'Close the sale of this show now?', closeText: 'No seat is held from now on; what is held already may be paid. Another end of sales opens it again.',
    blockSeats: 'Block seats', seatNumbers: 'Seat numbers', seatNumbersHint: 'Such as 1-4, 7', noSeatNumber: 'No seat number: #', blockOrNot: 'What', block: 'Take off sale', unblock: 'Put back', changedSeats: 'Changed: #. As they were: @.', none: 'none',
    cancel: 'Cancel the show', cancelSure: 'Cancel this show for good?', cancelText: 'Tickets to refund: #, @ in all. This cannot be taken back.', cancelled: 'Cancelled. Refunds are under way.',
    reason: 'Reason; the buyers read it', salesCsv: 'Sales as CSV', save: 'Save', saved: 'Saved.', back: 'Back',
    plans: 'Plans', newPlan: 'New plan', document: 'Document (JSON)', preview: 'Preview', audit: 'Audit', runAudit: 'Look now', well: 'Everything that must be true is.', notWell: 'Something is wrong:',
    refund: 'Refund an order', payment: 'Payment', refundIt: 'Refund', refunded: 'Refunded: #.', changes: 'Changes', when: 'When', whoDid: 'Who', what: 'What', noChanges: 'Nothing yet.', noShows: 'No show yet.',
  },
  ko: {
    skip: '판매 화면으로 건너뛰기', seller: '매표 관리', signIn: '로그인', signOut: '로그아웃', yourName: '이름', password: '비밀번호', viewer: '보기 전용',
    signInHint: '운영자는 stagedoor.admin.operators에 설정합니다. stagedoor.admin.password는 “admin”의 비밀번호입니다. 이 페이지를 닫으면 잊습니다.',
    wrongPassword: '이름 또는 비밀번호가 틀렸습니다.', tooOften: '시도가 너무 많습니다. #초 후에 다시 시도하세요.', unreachable: '서비스에 연결할 수 없습니다. 다시 시도하고 있습니다 …',
    concerts: '콘서트', more: '더 보기', newConcert: '새 콘서트', title: '제목', artist: '출연', venue: '공연장', timeZone: '시간대', make: '만들기', made: '만들었습니다',
    newShow: '새 회차', startsAt: '시작', salesOpenAt: '판매 시작', salesCloseAt: '판매 종료', atTheVenue: '공연장 시각', emptyNow: '비우면 지금', emptyBegin: '비우면 공연 시작 시각',
    seatCount: '좌석 수', seatsPerUser: '1인당 좌석 수', price: '가격', plan: '좌석 배치도', noPlan: '없음: 10석씩 한 줄', prices: '등급별 가격',
    pricesHint: '배치도가 있을 때: 한 줄에 하나씩, 예: R 120000', inSmallestUnit: '통화의 최소 단위',
    category: '등급', seats: '좌석', sold: '판매', held: '선점', free: '잔여', blocked: '막음', money: '금액', entered: '입장', total: '합계',
    onSale: '판매 중', notOnSale: '판매 중 아님', played: '시작됨', settling: '취소됨, 환불 진행 중', settled: '취소됨, 전액 환불 완료', movedFrom: '#에서 변경됨',
    change: '변경', close: '판매 종료', closeSure: '이 회차의 판매를 지금 종료할까요?', closeText: '지금부터 좌석을 선점할 수 없고, 이미 선점한 좌석은 결제할 수 있습니다. 판매 종료 시각을 바꾸면 다시 열립니다.',
    blockSeats: '좌석 막기', seatNumbers: '좌석 번호', seatNumbersHint: '예: 1-4, 7', noSeatNumber: '좌석 번호가 아닙니다: #', blockOrNot: '작업', block: '판매에서 제외', unblock: '다시 판매', changedSeats: '변경: #. 그대로: @.', none: '없음',
    cancel: '공연 취소', cancelSure: '이 회차를 완전히 취소할까요?', cancelText: '티켓 #장, 모두 @이 환불됩니다. 되돌릴 수 없습니다.', cancelled: '취소했습니다. 환불이 진행 중입니다.',
    reason: '사유 (구매자에게 표시됩니다)', salesCsv: '판매 내역 CSV', save: '저장', saved: '저장했습니다.', back: '뒤로',
    plans: '좌석 배치도', newPlan: '새 배치도', document: '문서 (JSON)', preview: '미리보기', audit: '감사', runAudit: '지금 확인', well: '모두 정상입니다.', notWell: '이상이 있습니다:',
    refund: '주문 환불', payment: '결제 번호', refundIt: '환불', refunded: '환불했습니다: #.', changes: '변경 기록', when: '시각', whoDid: '운영자', what: '내용', noChanges: '아직 없습니다.', noShows: '아직 회차가 없습니다.',
  },
};

/** A word by its name, '#' and '@' filled in. */
export const say = (name, one, other) => WORDS[speak.language][name].replace('#', () => one).replace('@', () => other);

/** Amounts are in the smallest unit, of which a currency has as many to one as it has digits. */
export function money(amount, currency) {
  const format = new Intl.NumberFormat(speak.language, { style: 'currency', currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export const dateAndTime = (instant) => new Date(instant).toLocaleString(speak.language, { dateStyle: 'short', timeStyle: 'medium' });

export const evening = (instant, timeZone) => new Date(instant).toLocaleString(speak.language, { timeZone, dateStyle: 'full', timeStyle: 'short' });

/** As a clock at the venue shows it, for an input of date and time. */
export const atVenue = (instant, timeZone) =>
  new Date(instant).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).replace(' ', 'T');

/** The moment at which a clock at the venue shows that; twice, for the night in which it is changed. */
export function momentAt(local, timeZone) {
  const wanted = Date.parse(`${local}:00Z`);
  const shown = (moment) => Date.parse(`${atVenue(moment, timeZone)}:00Z`);
  const near = wanted - (shown(wanted) - wanted);
  return new Date(near - (shown(near) - wanted)).toISOString();
}

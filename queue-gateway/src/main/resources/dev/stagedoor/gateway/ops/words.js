// Everything the console says, in the languages it speaks.
import { speak } from './elements.js';

const WORDS = {
  en: {
    skip: 'Skip to the room', console: 'operations', signOut: 'Sign out', signIn: 'Sign in',
    signInHint: 'Operators are set as stagedoor.ops.operators; stagedoor.ops.password is that of “ops”, and if nobody is set the gateway has logged one at its start.',
    yourName: 'Name', nameHint: 'It stands beside every change you make.', viewer: 'may only look', password: 'Password',
    wrongPassword: 'That is not a name and its password.', tooOften: 'Too many wrong passwords. Try again in # s.',
    rooms: 'Rooms', newRoom: 'New room', recovering: 'recovering', lastMinutes: 'The last 15 minutes',
    mode: 'Mode', settings: 'Settings', more: 'More settings', ticket: 'A visitor’s ticket',
    tokenOrUser: 'Queue token or user id', explain: 'Explain', revoke: 'Revoke', changes: 'Changes',
    when: 'When', whoDid: 'Who', what: 'What', cancel: 'Cancel', save: 'Save', discard: 'Discard',
    roomName: 'Name', roomNameHint: 'a–z, 0–9 and inner hyphens', guards: 'Paths it guards, one per line',
    capacity: 'Capacity', makeRoom: 'Make the room', saved: 'Saved: #', nothingChanged: 'Nothing was different.',
    waiting: 'Waiting', active: 'Inside', admittedLastMinute: 'Admitted per minute', oldestWait: 'Longest wait',
    estimate: 'Wait for a newcomer', of: 'of #', none: '–', unknown: 'not known yet', noHistory: 'The first sample comes within seconds.',
    redis: 'Redis: #', unreachable: 'This gateway does not answer. Trying again …',
    troubles: {
      up: '',
      away: 'Redis cannot be reached: what you see is what was known last. Nobody is admitted until it is back; whoever is inside goes on.',
      full: 'Redis is full (maxmemory): nobody can join until people leave. All else goes on, settings too.',
      'snapshot-failed': 'Redis could not write its file and refuses all writes (MISCONF): nobody is admitted until there is room on its disk. The log says which file, and the runbook what helps until then.',
      'without-replicas': 'Redis has fewer replicas than min-replicas-to-write and refuses all writes (NOREPLICAS): nobody is admitted until they are back, or it is set to 0.',
      forbidden: 'Redis forbids this gateway what it must do (NOPERM, NOAUTH): nobody is admitted until its user may.',
      'read-only': 'This Redis is a replica and only reads (READONLY): nobody is admitted until the gateways reach the master.',
      spoilt: 'Somebody has written into this room in Redis what cannot be read: nobody is admitted until it is put right. The log of the gateways says where, and the runbook how.',
      refuses: 'Redis refuses a command: the log of the gateways says which.',
    },
    badSetting: 'Somebody has mistyped “#” in Redis: it must @. What was in force before stays so until it is corrected here.',
    asOf: 'as of #', sure: 'Change the mode of # to @?', revokeSure: 'Take this ticket away?',
    revokeText: 'Whoever holds it is out at once, on every gateway. They may join again, at the end of the line.',
    revoked: 'The ticket is revoked.', noChanges: 'Nobody has changed anything here yet.', made: 'made',
    many: 'Many visitors', manyWho: '“guests”, a network (203.0.113.0/24, 2001:db8:0:1::/64) or a user id', banFor: 'Kept out for', banWhy: 'Why',
    endVisits: 'End their visits', keepOut: 'Keep them out', endSure: 'End all visits of #?', banSure: 'Keep # out?',
    endText: 'Whoever it is loses the place or the turn at once, on every gateway.', ended: '# tickets are over.', lift: 'Let them in again', until: 'until #',
    peak: 'at most #', ticketOf: 'ticket #', refusedField: 'must @', meanwhile: 'Somebody else has set it to # meanwhile.',
    modes: {
      AUTO: 'Pass while there is room, queue when there is not.', HOLD: 'People may join, nobody goes in.',
      DRAIN: 'The line is finished, nobody joins.', OPEN: 'Everybody passes, and is counted.',
      CLOSED: 'Nobody joins, nobody passes: all but open and signed-in paths answers 503.',
    },
    story: {
      state: 'State', reason: 'Why', position: 'Position', estimatedWaitSeconds: 'Estimated wait', joinedAt: 'Joined',
      admittedAt: 'Admitted', lastSeenAt: 'Last seen', sessionEndsAt: 'Session ends', lapsesAt: 'Lapses without a poll',
      endedAt: 'Ended', user: 'User', sequence: 'Sequence', room: 'Room',
    },
    states: { WAITING: 'waiting', ACTIVE: 'inside', ENDED: 'over', ABSENT: 'not there', INVALID: 'not valid' },
    reasons: {
      completed: 'completed what they came for', left: 'left the line', revoked: 'revoked by an operator',
      expired: 'the session ran out', lapsed: 'not heard of for too long, or past the longest wait',
    },
    next: {
      WAITS_FOR_ITS_TURN: 'Goes in when everybody ahead has, as places become free.',
      HELD: 'Stays in line until the mode of the room changes.',
      RECOVERS: 'Keeps the place; nobody goes in until the room has recovered.',
      MUST_USE_TURN: 'Is inside, and has not used the turn yet: it is lost when the session ends.',
      INSIDE: 'Is inside until the session ends or is completed.',
      OVER: 'Is over. Joining again gives a new place at the end.',
      HOLDS_ANOTHER: 'Is over; the user holds a newer ticket.',
      IS_TAKEN_BACK: 'Of before a loss of Redis: gets its old place back when it is next shown, if a gateway knew it to wait; else it is over.',
      UNKNOWN: 'Nothing is remembered of it: never there, given up without a sign of life, or over for more than an hour.',
      NOT_OURS: 'Not signed by this gateway, altered, or older than 60 days.',
    },
  },
  ko: {
    skip: '대기열로 건너뛰기', console: '운영', signOut: '로그아웃', signIn: '로그인',
    signInHint: '운영자는 stagedoor.ops.operators 로 설정합니다. stagedoor.ops.password 는 “ops” 의 비밀번호이며, 아무것도 설정하지 않았다면 게이트웨이가 시작할 때 로그에 남깁니다.',
    yourName: '이름', nameHint: '변경 기록에 함께 남습니다.', viewer: '보기 전용', password: '비밀번호',
    wrongPassword: '이름 또는 비밀번호가 맞지 않습니다.', tooOften: '비밀번호를 너무 많이 틀렸습니다. #초 뒤에 다시 시도해 주세요.',
    rooms: '대기열', newRoom: '새 대기열', recovering: '복구 중', lastMinutes: '최근 15분',
    mode: '모드', settings: '설정', more: '더 많은 설정', ticket: '방문자의 대기표',
    tokenOrUser: '대기열 토큰 또는 사용자 ID', explain: '조회', revoke: '회수', changes: '변경 기록',
    when: '시각', whoDid: '누가', what: '내용', cancel: '취소', save: '저장', discard: '되돌리기',
    roomName: '이름', roomNameHint: '영문 소문자, 숫자, 중간 하이픈', guards: '보호할 경로, 한 줄에 하나씩',
    capacity: '정원', makeRoom: '만들기', saved: '저장했습니다: #', nothingChanged: '달라진 것이 없습니다.',
    waiting: '대기', active: '입장', admittedLastMinute: '분당 입장', oldestWait: '가장 긴 대기',
    estimate: '새 방문자의 예상 대기', of: '정원 #', none: '–', unknown: '계산 중', noHistory: '몇 초 안에 첫 기록이 생깁니다.',
    redis: 'Redis: #', unreachable: '게이트웨이가 응답하지 않습니다. 다시 시도하는 중 …',
    troubles: {
      up: '',
      away: 'Redis 에 연결할 수 없어 마지막으로 알려진 상태를 보여 드립니다. 복구될 때까지 새로 입장하는 사람은 없고, 이미 입장한 사람은 계속 이용합니다.',
      full: 'Redis 메모리가 가득 찼습니다 (maxmemory). 누군가 나갈 때까지 새로 줄을 설 수 없습니다. 설정 변경을 비롯한 나머지는 그대로 동작합니다.',
      'snapshot-failed': 'Redis 가 파일을 저장하지 못해 모든 쓰기를 거부합니다 (MISCONF). 디스크에 여유가 생길 때까지 아무도 입장하지 못합니다. 어떤 파일인지는 로그에, 그때까지 할 수 있는 일은 운영 문서에 있습니다.',
      'without-replicas': 'Redis 의 복제본 수가 min-replicas-to-write 보다 적어 모든 쓰기를 거부합니다 (NOREPLICAS). 복제본이 돌아오거나 값을 0 으로 바꿀 때까지 아무도 입장하지 못합니다.',
      forbidden: 'Redis 가 이 게이트웨이에 필요한 권한을 주지 않습니다 (NOPERM, NOAUTH). 권한이 생길 때까지 아무도 입장하지 못합니다.',
      'read-only': '이 Redis 는 읽기 전용 복제본입니다 (READONLY). 게이트웨이가 마스터에 연결될 때까지 아무도 입장하지 못합니다.',
      spoilt: '누군가 Redis 에 있는 이 대기열의 데이터에 읽을 수 없는 값을 써 넣었습니다. 바로잡을 때까지 아무도 입장하지 못합니다. 어디인지는 게이트웨이의 로그에, 방법은 운영 문서에 있습니다.',
      refuses: 'Redis 가 명령을 거부합니다. 게이트웨이의 로그를 확인하세요.',
    },
    badSetting: 'Redis 에 “#” 값이 잘못 입력되어 있습니다 (must @). 여기서 고칠 때까지 이전 값이 그대로 적용됩니다.',
    asOf: '# 기준', sure: '# 의 모드를 @ 로 바꿀까요?', revokeSure: '이 대기표를 회수할까요?',
    revokeText: '모든 게이트웨이에서 즉시 무효가 됩니다. 다시 줄을 설 수 있지만 맨 뒤부터입니다.',
    revoked: '대기표를 회수했습니다.', noChanges: '아직 변경 기록이 없습니다.', made: '만듦',
    many: '여러 방문자', manyWho: '“guests”, 네트워크 (203.0.113.0/24, 2001:db8:0:1::/64) 또는 사용자 ID', banFor: '차단 시간', banWhy: '사유',
    endVisits: '방문 종료', keepOut: '참여 차단', endSure: '# 의 방문을 모두 종료할까요?', banSure: '# 의 참여를 막을까요?',
    endText: '모든 게이트웨이에서 즉시 순번과 입장을 잃습니다.', ended: '대기표 #건을 종료했습니다.', lift: '차단 해제', until: '# 까지',
    peak: '최대 #', ticketOf: '대기표 #', refusedField: 'must @', meanwhile: '그 사이에 다른 사람이 # 값으로 바꾸었습니다.',
    modes: {
      AUTO: '자리가 있으면 통과, 없으면 줄을 섭니다.', HOLD: '줄은 설 수 있지만 아무도 입장하지 않습니다.',
      DRAIN: '남은 줄만 입장하고 새로 줄을 설 수 없습니다.', OPEN: '모두 통과하며 인원만 셉니다.',
      CLOSED: '줄도 입장도 받지 않습니다. 열린 경로와 로그인만으로 이용하는 경로가 아니면 503 을 응답합니다.',
    },
    story: {
      state: '상태', reason: '사유', position: '순번', estimatedWaitSeconds: '예상 대기', joinedAt: '줄 선 시각',
      admittedAt: '입장 시각', lastSeenAt: '마지막 확인', sessionEndsAt: '세션 종료', lapsesAt: '응답이 없으면 만료',
      endedAt: '종료 시각', user: '사용자', sequence: '순서 번호', room: '대기열',
    },
    states: { WAITING: '대기 중', ACTIVE: '입장함', ENDED: '종료됨', ABSENT: '없음', INVALID: '유효하지 않음' },
    reasons: {
      completed: '볼일을 마침', left: '스스로 나감', revoked: '운영자가 회수함',
      expired: '세션 시간이 지남', lapsed: '오래 응답이 없거나 최대 대기 시간을 넘김',
    },
    next: {
      WAITS_FOR_ITS_TURN: '자리가 나는 대로 앞사람 다음에 입장합니다.',
      HELD: '대기열의 모드가 바뀔 때까지 줄에 머뭅니다.',
      RECOVERS: '자리는 유지되며, 복구가 끝나야 입장이 시작됩니다.',
      MUST_USE_TURN: '입장했지만 아직 사용하지 않았습니다. 세션이 끝나면 차례를 잃습니다.',
      INSIDE: '세션이 끝나거나 완료될 때까지 입장 상태입니다.',
      OVER: '종료되었습니다. 다시 서면 맨 뒤의 새 순번을 받습니다.',
      HOLDS_ANOTHER: '종료되었습니다. 사용자는 더 새로운 대기표를 갖고 있습니다.',
      IS_TAKEN_BACK: 'Redis 유실 이전의 대기표입니다. 대기 중이던 것을 아는 게이트웨이가 있었다면 다음에 제시할 때 원래 순번을 되찾고, 아니면 종료됩니다.',
      UNKNOWN: '기록이 없습니다. 없었거나, 응답이 한 번도 없어 만료되었거나, 종료된 지 한 시간이 넘었습니다.',
      NOT_OURS: '이 게이트웨이가 서명하지 않았거나, 변조되었거나, 60일이 지났습니다.',
    },
  },
};

/** A word by its name, '#' and '@' filled in. */
export function say(name, number, rest) {
  const text = name.split('.').reduce((words, part) => words?.[part], WORDS[speak.language]) ?? name.split('.').pop();
  return text.replace(/[#@]/g, (mark) => (mark === '#' ? number : rest));
}

export function span(seconds) {
  if (seconds == null) return say('unknown');
  const format = (value, unit) => new Intl.NumberFormat(speak.language, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
  if (seconds < 90) return format(seconds, 'second');
  if (seconds < 5400) return format(Math.round(seconds / 60), 'minute');
  return format(Math.round(seconds / 360) / 10, 'hour');
}

export function time(instant) {
  return new Date(instant).toLocaleTimeString(speak.language, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

export function minute(instant) {
  return new Date(instant).toLocaleTimeString(speak.language, { hour: '2-digit', minute: '2-digit' });
}

export function dateAndTime(instant) {
  const then = new Date(instant);
  return then.toDateString() === new Date().toDateString() ? time(instant)
    : then.toLocaleString(speak.language, { dateStyle: 'short', timeStyle: 'medium' });
}

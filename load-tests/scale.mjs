// What does a sale of so many people take? The calculator of docs/scale.html, on the command line.
//
//   node load-tests/scale.mjs people=10000000 rooms=8 shards=4 gateways=40 rate=4500
//   node load-tests/scale.mjs --json people=10000000
//   node load-tests/scale.mjs --help
//
// Needs Node 18 or newer.
import Scale from '../docs/scale.js';

const asked = process.argv.slice(2);
if (asked.includes('--help')) {
  console.log(Object.entries(Scale.DEFAULTS).map(([name, value]) => `${name}=${value}`).join('\n'));
  process.exit(0);
}
if (asked.includes('--measured')) { // what a test compares with docs/numbers.md and the results
  const each = people => Scale.lineBytes(people) / people;
  console.log(JSON.stringify({bytesOfAMillion: each(1000000), bytesOfMore: each(1100000), journeys: Scale.journeysOf(2)}));
  process.exit(0);
}
const wishes = {};
for (const wish of asked.filter(word => word !== '--json')) {
  const [name, text] = wish.split('=');
  const value = Number(text);
  if (!(name in Scale.DEFAULTS) || !(value >= 0) || text === '') {
    console.error(`${wish}: one of ${Object.keys(Scale.DEFAULTS).join(', ')}, and a number`);
    process.exit(2);
  }
  wishes[name] = value;
}
const result = Scale.reckon(wishes);
if (asked.includes('--json')) {
  console.log(JSON.stringify(result));
} else {
  for (const [what, value] of Scale.told(result)) {
    console.log(`${what.padEnd(46)} ${value}`);
  }
}

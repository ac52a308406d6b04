// Of all that k6 tells here the scripts want scenario.startTime.
export { vu as default } from '../thread.js';

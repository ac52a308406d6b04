import { vu as own } from './vu.js';

export const scenario = {
  get name() {
    return own.scenario.name;
  },
  get startTime() {
    return own.scenario.startTime;
  },
};

export const vu = {
  get idInTest() {
    return own.id;
  },
  get iterationInInstance() {
    return own.iteration;
  },
};

export default { scenario, vu };

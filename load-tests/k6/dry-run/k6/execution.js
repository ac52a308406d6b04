import { vu } from '../thread.js';

export default {
  get scenario() {
    return vu.scenario;
  },
};

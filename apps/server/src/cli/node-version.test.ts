import { describe, expect, it } from 'vitest';

import { nodeVersionProblem } from './node-version.js';

const RANGE = '^20.19.0 || >=22.12.0';

describe('nodeVersionProblem', () => {
  it.each(['20.19.0', '20.20.2', '22.12.0', '22.20.0', '23.0.0', '24.1.0'])(
    'accepts Node.js %s',
    (version) => {
      expect(nodeVersionProblem(version, RANGE)).toBeUndefined();
    },
  );

  // Versions 21.0 to 22.11 cannot load an ES module with require().
  it.each(['9.11.2', '18.20.8', '20.18.3', '21.7.3', '22.11.0'])(
    'refuses Node.js %s, with a hint',
    (version) => {
      expect(nodeVersionProblem(version, RANGE)).toBe(
        `this needs Node.js ^20.19.0 || >=22.12.0, but runs on ${version}\n  install a version in this range, for example from Debian 13 or https://nodejs.org/`,
      );
    },
  );
});

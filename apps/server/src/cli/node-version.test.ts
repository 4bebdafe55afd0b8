import { describe, expect, it } from 'vitest';

import { nodeVersionProblem } from './node-version.js';

describe('nodeVersionProblem', () => {
  it.each(['20.19.0', '20.20.2', '21.0.0', '24.1.0'])('accepts Node.js %s', (version) => {
    expect(nodeVersionProblem(version, '>=20.19.0')).toBeUndefined();
  });

  it.each(['18.20.8', '20.18.3', '9.11.2'])('refuses Node.js %s, with a hint', (version) => {
    expect(nodeVersionProblem(version, '>=20.19.0')).toBe(
      `this needs Node.js 20.19.0 or later, but runs on ${version}\n  install a newer one, for example from Debian 13 or https://nodejs.org/`,
    );
  });
});

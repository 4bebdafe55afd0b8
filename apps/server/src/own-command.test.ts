import { describe, expect, it } from 'vitest';

import { ownCommand, withOwnCommand } from './own-command.js';

const START = {
  npm_lifecycle_event: 'start',
  npm_lifecycle_script: 'node tooling/workspace/start.js',
};

describe('ownCommand', () => {
  it.each([
    ['npm start', START, 'npm run -s pxeboot --'],
    [
      'npm run pxeboot',
      {
        npm_lifecycle_event: 'pxeboot',
        npm_lifecycle_script: 'node tooling/workspace/pxeboot.js',
      },
      'npm run -s pxeboot --',
    ],
    ['npx', { npm_lifecycle_event: 'npx', npm_lifecycle_script: "'pxeboot'" }, 'npx @pxe/server'],
    [
      'the npm start of another project',
      { npm_lifecycle_event: 'start', npm_lifecycle_script: 'pxeboot serve' },
      'pxeboot',
    ],
    [
      'npx of another program',
      { npm_lifecycle_event: 'npx', npm_lifecycle_script: "'x'" },
      'pxeboot',
    ],
    ['nothing else', {}, 'pxeboot'],
  ])('returns a command that works after %s', (_how, env, command) => {
    expect(ownCommand(env)).toBe(command);
  });
});

describe('withOwnCommand', () => {
  it('replaces quoted commands, and nothing else', () => {
    const text = 'pxeboot: run "pxeboot sync" first, then "pxeboot dhcp isc"; "pxeboot" is a name';
    expect(withOwnCommand(text, START)).toBe(
      'pxeboot: run "npm run -s pxeboot -- sync" first, then "npm run -s pxeboot -- dhcp isc"; "pxeboot" is a name',
    );
    expect(withOwnCommand(text, {})).toBe(text);
  });
});

import { describe, expect, it } from 'vitest';

import { newestChanges } from './chart-changes.js';

describe('newestChanges', () => {
  it('reads the items of the newest version, by kind', () => {
    const changelog = `# @pxe/chart

## 1.1.0

### Minor Changes

- 1a2b3c4: \`network.mode\` chooses a network.
  Four are offered.

### Patch Changes

- 5d6e7f8: \`helm test\` says why.
- Updated dependencies [9a8b7c6]
  - @pxe/server@1.1.0

## 1.0.0

### Major Changes

- 0000000: The first version.
`;
    expect(newestChanges(changelog)).toEqual([
      { kind: 'added', description: '`network.mode` chooses a network. Four are offered.' },
      { kind: 'fixed', description: '`helm test` says why.' },
    ]);
    expect(newestChanges(changelog.slice(changelog.indexOf('## 1.0.0')))).toEqual([
      { kind: 'changed', description: 'The first version.' },
    ]);
  });

  it('finds nothing in a changelog without versions', () => {
    expect(newestChanges('# @pxe/chart\n')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';

import { parseValuesFile } from './values-file.js';
import { withValuesTable } from './values-table.js';

const entries = parseValuesFile(
  'a:\n  # -- Either | or.\n  b: x\n  # -- Said in words.\n  # @default -- what fits\n  c: ""\n',
);

describe('values table', () => {
  it('writes the table between the markers, and nothing else', () => {
    const readme = 'Before\n\n<!-- values.yaml -->\n\nold\n\n<!-- /values.yaml -->\n\nAfter\n';
    const text = withValuesTable(readme, entries);
    expect(text).toBe(`Before

<!-- values.yaml -->

<!-- prettier-ignore -->
| Key | Default | Description |
| --- | --- | --- |
| \`a.b\` | \`"x"\` | Either \\| or. |
| \`a.c\` | what fits | Said in words. |

<!-- /values.yaml -->

After
`);
    expect(withValuesTable(text, entries)).toBe(text);
  });

  it('refuses a README without the markers', () => {
    expect(() => withValuesTable('# pxeboot\n', entries)).toThrow('values.yaml');
  });
});

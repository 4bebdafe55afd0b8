import { defineLibrary } from '@pxe/config/tsup';

export default {
  ...defineLibrary({ entry: { main: 'src/main.ts' }, platform: 'node' }),
  // CommonJS packages in the output require Node's own modules.
  banner: {
    js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
  },
};

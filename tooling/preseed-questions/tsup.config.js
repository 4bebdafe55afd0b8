import { defineLibrary } from '@pxe/config/tsup';

export default {
  ...defineLibrary({ entry: { main: 'src/main.ts' }, platform: 'node' }),
  // A package in the output that is not a module requires Node's own.
  banner: {
    js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
  },
};

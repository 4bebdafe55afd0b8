import { fileURLToPath } from 'node:url';

import { defineConfig } from 'tsup';

import { writeLicences } from './licences.js';

/**
 * tsup settings of a published package: ESM JavaScript only. Declarations come from tsc, since
 * tsup's own declaration step does not work with TypeScript 6.
 *
 * @param {{ entry: Record<string, string>, platform?: 'neutral' | 'node', external?: string[], noExternal?: string[] }} options
 *   `external`: packages to import at run time that are not among `dependencies`, as optional ones
 *   `noExternal`: dependencies to copy into the output
 */
export function defineLibrary({ entry, platform = 'node', external = [], noExternal = [] }) {
  return defineConfig({
    entry,
    platform,
    external,
    noExternal,
    format: ['esm'],
    target: 'node20',
    dts: false,
    sourcemap: true,
    clean: true,
    // Rollup does this, and takes three quarters of the time: the scripts `bundle`, for `npm start`, turn it
    // off.
    treeshake: true,
    ...(noExternal.length > 0 && {
      // CommonJS packages in the output require Node's own modules.
      banner: {
        // Pure, so that files that do not need it leave it out.
        js: "import { createRequire as nodeRequire } from 'node:module'; const require = /* @__PURE__ */ nodeRequire(import.meta.url);",
      },
      onSuccess: async () => writeLicences(noExternal, 'dist/third-party-licences.txt'),
    }),
    removeNodeProtocol: false,
    tsconfig: fileURLToPath(new URL('../tsconfig/bundle.json', import.meta.url)),
  });
}

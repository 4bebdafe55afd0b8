import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';

/** Leaves out zod's translations of its messages, which are half of its code and are not used. */
const withoutTranslations = {
  name: 'without-translations',
  load: {
    filter: { id: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ },
    handler: () => 'export {};',
  },
};

const NO_PROCESSES = '\0no-processes';

/**
 * Leaves out `node:child_process`, which commander loads for commands that are programs of their own: ours are not,
 * and loading it takes a tenth of the time in which a command may start.
 */
const withoutProcesses = {
  name: 'without-processes',
  resolveId: {
    filter: { id: /^(?:node:)?child_process$/ },
    handler: (_id, importer) =>
      /[\\/]node_modules[\\/]commander[\\/]/.test(importer ?? '') ? NO_PROCESSES : undefined,
  },
  load: {
    filter: { id: /^\0no-processes$/ },
    handler: () => 'module.exports = {};',
  },
};

/**
 * Bundles a command line as CommonJS: Node loads ten of its files in the time of one ES module. Each dynamic import
 * becomes a file of its own, which is loaded when it is needed.
 *
 * @type {typeof import('./index.js').bundleCommandLine}
 */
export async function bundleCommandLine({ entry, directory, external, hasSourceMaps }) {
  const bundle = await rolldown({
    input: entry,
    platform: 'node',
    tsconfig: fileURLToPath(new URL('../tsconfig/bundle.json', import.meta.url)),
    external: external.map((name) => new RegExp(`^${name}(?:/|$)`)),
    plugins: [withoutTranslations, withoutProcesses],
    transform: { target: 'node20' },
    logLevel: 'warn',
  });
  try {
    const { output } = await bundle.write({
      dir: directory,
      format: 'cjs',
      strict: true,
      // Loading the first ES module takes longer than a short command.
      dynamicImportInCjs: false,
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name]-[hash].cjs',
      sourcemap: hasSourceMaps,
      comments: { legal: false },
    });
    for (const { type, isEntry, fileName } of output) {
      if (type === 'chunk' && isEntry) {
        await chmod(join(directory, fileName), 0o755);
      }
    }
    const folders = output.flatMap(({ type, moduleIds }) =>
      type === 'chunk' ? moduleIds.flatMap(packageFolder) : [],
    );
    return [...new Set(folders)].sort();
  } finally {
    await bundle.close();
  }
}

/** Folder of the npm package that a module belongs to, or no folder for a module of this repository. */
function packageFolder(id) {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(id)?.[0] ?? [];
}

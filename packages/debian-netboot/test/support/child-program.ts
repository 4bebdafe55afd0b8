import { mkdtemp, rm } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'tsup';

/** Directory of this package. */
export const PACKAGE_DIRECTORY: string = fileURLToPath(new URL('../..', import.meta.url));

/** Builds TypeScript programs of the tests, to run them in separate processes. */
export interface ProgramBuilder {
  /** Directory of the programs: inside the package, so that they find its dependencies. */
  readonly directory: string;
  /**
   * Builds a program and returns the path of the JavaScript. It may import this package by its
   * name.
   */
  build(source: string): Promise<string>;
  /** Removes all built programs. */
  remove(): Promise<void>;
}

export async function createProgramBuilder(): Promise<ProgramBuilder> {
  const directory = await mkdtemp(join(PACKAGE_DIRECTORY, 'node_modules', '.test-programs-'));
  return {
    directory,
    async build(source) {
      await build({
        entry: [source],
        outDir: directory,
        format: 'esm',
        target: 'node20',
        removeNodeProtocol: false,
        silent: true,
        config: false,
        tsconfig: join(PACKAGE_DIRECTORY, 'tsconfig.json'),
        // tsup would look for the dependencies in the package.json of the current directory, which is the
        // repository's when all tests run. Dependencies are not bundled.
        skipNodeModulesBundle: true,
        noExternal: ['@pxe/debian-netboot'],
        esbuildOptions(options) {
          options.alias = { '@pxe/debian-netboot': join(PACKAGE_DIRECTORY, 'src', 'index.ts') };
        },
      });
      return join(directory, `${basename(source, extname(source))}.js`);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Returns the path of a program next to this file. */
export function supportProgram(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

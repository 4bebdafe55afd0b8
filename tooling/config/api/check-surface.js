import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { TSDocConfigFile } from '@microsoft/tsdoc-config';

/** Only declarations are analysed, so only the packages they name are needed. */
const COMPILER_OPTIONS = {
  strict: true,
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023'],
  types: ['node'],
  skipLibCheck: true,
};

/**
 * Compares the public declarations of a built package with the reports in its folder `api`, one for
 * each entry of its `exports`.
 *
 * @param {string} folder - the package, as an absolute path
 * @param {{ update?: boolean }} [options] - `update` rewrites the reports instead of comparing
 * @returns {string[]} a message for each entry that differs from its report, and for each error in
 *   its documentation
 */
export function checkSurface(folder, { update = false } = {}) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entries = Object.entries(exports).filter(([, { types }]) => types !== undefined);
  const scratch = mkdtempSync(join(tmpdir(), 'pxeboot-api-'));
  const reports = join(folder, 'api');
  mkdirSync(reports, { recursive: true });
  try {
    const found = [];
    let compilerState;
    const configs = entries.map(([entry, { types }]) =>
      configFor(folder, types, reportName(entry), reports, scratch),
    );
    for (const config of configs) {
      compilerState ??= CompilerState.create(config, {
        additionalEntryPoints: configs.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
      });
      const messages = [];
      const result = Extractor.invoke(config, {
        compilerState,
        localBuild: update,
        messageCallback: (message) => {
          message.handled = true;
          if (message.logLevel === 'error') {
            messages.push(`${config.reportFilePath}: ${message.text}`);
          }
        },
      });
      found.push(...messages);
      if (!update && result.apiReportChanged) {
        found.push(
          `${config.reportFilePath} differs from the declarations: run "npm run api", and look at the difference`,
        );
      }
    }
    return found;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Returns `index` for `.`, and `a-b` for `./a/b`. */
function reportName(entry) {
  return entry === '.' ? 'index' : entry.slice('./'.length).replaceAll('/', '-');
}

function configFor(folder, types, name, reportFolder, reportTempFolder) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            ...COMPILER_OPTIONS,
            typeRoots: [join(folder, 'node_modules/@types')],
          },
          files: [join(folder, types)],
        },
      },
      apiReport: {
        enabled: true,
        reportFolder,
        reportTempFolder,
        reportFileName: `${name}.api.md`,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: {
          default: { logLevel: 'error' },
          // The report lists types that are used but not exported as warnings.
          'ae-forgotten-export': { logLevel: 'warning', addToApiReportFile: true },
          'ae-missing-release-tag': { logLevel: 'none' },
          'ae-undocumented': { logLevel: 'none' },
        },
        tsdocMessageReporting: { default: { logLevel: 'error' } },
      },
    },
    configObjectFullPath: join(folder, 'api-extractor.json'),
    packageJsonFullPath: join(folder, 'package.json'),
    tsdocConfigFile: TSDocConfigFile.loadFile(join(import.meta.dirname, 'tsdoc.json')),
  });
}

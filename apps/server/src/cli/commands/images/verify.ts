import { type Command } from 'commander';

import { type GenerationReport } from '@pxe/debian-netboot';

import { ownEntries } from '../../../config/own-entries.js';
import { openDataDirectory } from '../../../images/data-directory.js';
import { counted } from '../../../log/counted.js';
import { addConfigFlags, sectionsOf } from '../../config-flags.js';
import { withSignsOfLife } from '../../progress/signs-of-life.js';
import { sizeText } from '../../quantity.js';
import { CommandError, type Terminal } from '../../terminal.js';

export function addVerifyCommand(
  images: Command,
  { env, print, printJson, printError, signal }: Terminal,
): void {
  addConfigFlags(
    images
      .command('verify')
      .option('--repair', 'remove damaged files, so that the next sync fetches them again')
      .option('--json', 'print JSON')
      .description("check every stored file against Debian's signatures, offline"),
    ['dataDir', 'source.keyring', 'source.keyringMode'],
  ).action(async ({ repair = false, json = false }: VerifyFlags, command: Command) => {
    const config = await sectionsOf(command, env, ['dataDir', 'images', 'source', 'menu']);
    const store = await openDataDirectory(config.dataDir, { readOnly: !repair });
    // Before the code that verifies is loaded, which takes longer than loading the rest.
    printError('pxeboot: checking the image store');
    const { verifyStore } = await import('@pxe/debian-netboot');
    const { trustOptions } = await import('../../../images/image-source.js');
    const trust = await trustOptions(config.source);
    let state = 'checking the files';
    const reports = await withSignsOfLife(
      { printError },
      () => state,
      () =>
        verifyStore({
          store,
          repair,
          trust,
          acceptTls: config.images.filter((image) => image.trust === 'tls'),
          entries: ownEntries(config.menu.entries).map(({ selection }) => selection),
          signal,
          onProgress: (checked, total) => {
            state =
              checked === total
                ? 'checking the signatures'
                : `checking the files, ${checked} of ${total}`;
          },
        }),
    );
    if (json) {
      printJson(reports.map(reportData));
    } else {
      for (const line of reports.flatMap(reportLines)) {
        print(line);
      }
    }
    if (reports.length === 0) {
      throw new CommandError('the store has no images yet', 'run "pxeboot sync" to fetch them', {
        kind: 'notFound',
      });
    }
    const problems = reports.reduce((sum, report) => sum + report.problems.length, 0);
    if (problems === 0) {
      return;
    }
    // Files of earlier generations may no longer be in the archive.
    const current = await store.current().catch(() => undefined);
    const isCurrentWhole = reports.some(
      ({ id, problems: own }) => id === current?.id && own.length === 0,
    );
    const next = isCurrentWhole ? '"pxeboot images prune"' : '"pxeboot sync"';
    throw new CommandError(
      `${counted(problems, 'problem')} in the image store`,
      repair ? `run ${next} now` : `run "pxeboot images verify --repair", then ${next}`,
      { kind: 'verification' },
    );
  });
}

interface VerifyFlags {
  readonly repair?: boolean;
  readonly json?: boolean;
}

/** Returns a report in a form suitable for JSON. */
function reportData({ problems, ...report }: GenerationReport): object {
  return {
    ...report,
    problems: problems.map(({ subject, error: { code, message, hint } }) => ({
      subject,
      code,
      message,
      hint,
    })),
  };
}

const ENTRY_PROOFS = {
  signed: 'signed by the archive',
  pinned: 'has the sha256 in menu.entries',
  recorded: 'only the store vouches for it: menu.entries has no sha256 for it, or a different one',
} as const;

function reportLines(report: GenerationReport): string[] {
  const { id, files, bytes, unsigned, tls, entries, problems } = report;
  const state = problems.length === 0 ? 'verified' : 'FAILED';
  return [
    `${id}: ${state}, ${counted(files, 'file')}, ${sizeText(bytes)}`,
    ...unsigned.map((image) => `    ${image}: unsigned (source.trust: none)`),
    ...tls.map(
      (image) => `    ${image}: daily build, unsigned, trusted only by TLS (images[].trust: tls)`,
    ),
    ...entries.map(({ id: entry, proof }) => `    entry ${entry}: ${ENTRY_PROOFS[proof]}`),
    ...problems.map(({ subject, error }) => `    ${subject}: ${error.message}`),
  ];
}

// The commands of docs/unattended.md print what the page shows.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { copyTestStore } from './support/test-store.js';

interface ShownCommand {
  readonly args: readonly string[];
  /** Lines below the command. */
  readonly output: string;
}

const PAGE = new URL('../../../docs/unattended.md', import.meta.url);

/** Returns the text of each code block of a language; `''` for those without one. */
function blocksOf(page: string, language: string): string[] {
  const blocks = page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...blocks].filter(([, name]) => name === language).map(([, , text = '']) => text);
}

function commandsOf(block: string): ShownCommand[] {
  const [, ...shown] = block.split(/^\$ /m);
  return shown.map((text) => {
    const [command = '', ...lines] = text.split('\n');
    return { args: command.replace(/^pxeboot /, '').split(' '), output: lines.join('\n') };
  });
}

describe.skipIf(lacks('apt-get'))('docs/unattended.md', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-unattended-'));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('shows what its commands print, with its configuration', async () => {
    const page = await readFile(PAGE, 'utf8');
    const [configuration = ''] = blocksOf(page, 'yaml');
    const dataDir = join(directory, 'data');
    const config = join(directory, 'pxeboot.yaml');
    await copyTestStore(dataDir);
    await writeFile(config, `${configuration}dataDir: ${dataDir}\n`);
    await using _daemon = await RunningDaemon.start(['--config', config]);

    const commands = blocksOf(page, '').flatMap(commandsOf);
    expect(commands.length).toBeGreaterThanOrEqual(3);
    for (const { args, output } of commands) {
      const { stdout, stderr, code } = await runPxeboot(args, { env: { PXEBOOT_CONFIG: config } });
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
      expect(output === '' ? '' : stdout).toBe(output);
    }
  });
});

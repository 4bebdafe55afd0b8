import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { environmentWithoutSettings } from '@pxe/lab-host';

import { Journal } from '../process/journal.js';
import { startProgram } from '../process/program.js';
import { type DaemonEvent, readDaemonEvent } from './daemon-event.js';
import { type DaemonUnderTest } from './daemon-under-test.js';

/**
 * Daemon built by `npm run build`, run by this Node.
 *
 * @param mainFile - its entry file, `apps/server/dist/main.js`
 */
export function builtDaemon(mainFile: string): DaemonUnderTest {
  return {
    name: mainFile,
    async start({ namespace, directory, configuration }) {
      const configFile = join(directory, 'pxeboot.yaml');
      await writeFile(configFile, stringify(configuration));
      const log = new Journal<DaemonEvent>();
      const args = [mainFile, 'serve', '--config', configFile];
      const program = await startProgram({
        name: 'pxeboot',
        ...namespace.inside(process.execPath, args),
        env: environmentWithoutSettings(),
        logFile: join(directory, 'daemon.log'),
        onLine: (line, stream) => {
          if (stream === 'stdout') {
            log.append(readDaemonEvent(line));
          }
        },
      });
      return { program, log };
    },
  };
}

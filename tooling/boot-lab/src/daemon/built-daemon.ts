import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { environmentWithoutSettings, Journal } from '@pxe/lab-host';

import { type DaemonEvent, readDaemonEvent } from './daemon-event.js';
import { type DaemonUnderTest } from './daemon-under-test.js';

/**
 * Returns the daemon built by `npm run build`, run by this Node.
 *
 * @param mainFile - entry file of the build, `apps/server/dist/main.cjs`
 */
export function builtDaemon(mainFile: string): DaemonUnderTest {
  return {
    name: mainFile,
    async start({ namespace, directory, configuration }) {
      const configFile = join(directory, 'pxeboot.yaml');
      await writeFile(configFile, stringify(configuration));
      const log = new Journal<DaemonEvent>();
      const args = [mainFile, 'serve', '--config', configFile];
      const program = await namespace.start(process.execPath, args, {
        name: 'pxeboot',
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

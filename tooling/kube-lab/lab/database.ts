import { appendFile, chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { eventually } from '@pxe/lab-host';

import {
  CLUSTER_NETWORK,
  type ClusterAccess,
  controlNamespace,
} from '../src/access/cluster-access.js';

/** Directory in which Debian has a subdirectory for each installed version of PostgreSQL. */
const VERSIONS = '/usr/lib/postgresql';
/** User nobody: PostgreSQL does not run as root. */
const NOBODY = 65_534;
const PASSWORD = 'a-password-of-the-lab';
/** Time limit for the start, in milliseconds; long, since the host may be busy. */
const START_TIMEOUT_MS = 120_000;

/** PostgreSQL database. */
export interface Database extends AsyncDisposable {
  /** URL with the password, as in `state.url`. */
  readonly url: string;
  /** Runs SQL, and returns the rows as text, one per line. */
  query(sql: string): Promise<string>;
}

/** Starts PostgreSQL next to the control plane, where nodes and pods reach it, with an empty database. */
export async function startDatabase(access: ClusterAccess): Promise<Database> {
  const { controlAddress, pods, prefixLength } = CLUSTER_NETWORK;
  const control = controlNamespace(access);
  const version = (await readdir(VERSIONS)).sort().at(-1) ?? '';
  const program = (name: string): string => join(VERSIONS, version, 'bin', name);
  const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const directory = join(access.directory, 'database');
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'password');
  await mkdir(directory);
  await chown(directory, NOBODY, NOBODY);
  await writeFile(passwordFile, PASSWORD);
  await control.output('setpriv', [
    ...asNobody,
    program('initdb'),
    ...['--pgdata', data, '--no-sync', '--username', 'pxeboot'],
    ...['--auth', 'scram-sha-256', '--pwfile', passwordFile],
  ]);
  const clients = [`${controlAddress}/${prefixLength}`, pods];
  const rules = clients.map((subnet) => `host all all ${subnet} scram-sha-256\n`);
  await appendFile(join(data, 'pg_hba.conf'), rules.join(''));
  const server = await control.start('setpriv', [
    ...[...asNobody, program('postgres'), '-D', data, '-k', directory],
    ...['-c', `listen_addresses=${controlAddress}`, '-c', 'fsync=off'],
  ]);
  const url = `postgres://pxeboot:${PASSWORD}@${controlAddress}/postgres`;
  const psql = (sql: string) =>
    control.run('psql', [
      ...['--no-psqlrc', '--tuples-only', '--no-align', '--dbname', url],
      ...['--command', sql],
    ]);
  await eventually('PostgreSQL answers', START_TIMEOUT_MS, async () =>
    (await psql('select 1')).exitCode === 0 ? true : undefined,
  );
  return {
    url,
    async query(sql) {
      const { exitCode, stdout, stderr } = await psql(sql);
      if (exitCode !== 0) {
        throw new Error(`psql failed: ${stderr}`);
      }
      return stdout.trim();
    },
    async [Symbol.asyncDispose]() {
      await server.stop('SIGINT');
      await rm(directory, { recursive: true });
    },
  };
}

import { startDaemon } from '@pxe/server';

const daemon = await startDaemon({ dataDir: '/srv/pxeboot', tftp: { listen: ['auto'] } });
console.log(daemon.addresses.http);
process.once('SIGTERM', () => void daemon.drain());

import { type Attack } from './attack.js';
import { damagedStore } from './damaged-store.js';
import { descriptors } from './descriptors.js';
import { hostileMirror } from './hostile-mirror.js';
import { hostileRelease } from './hostile-release.js';
import { log } from './log.js';
import { memory } from './memory.js';
import { oneHost } from './one-host.js';
import { outage } from './outage.js';
import { reflection } from './reflection.js';
import { signals } from './signals.js';
import { syslog } from './syslog.js';

/** All attacks, in the order of the report. */
export const attacks: readonly Attack[] = [
  reflection,
  memory,
  syslog,
  hostileRelease,
  hostileMirror,
  outage,
  oneHost,
  descriptors,
  log,
  damagedStore,
  signals,
];

import { LabError } from '@pxe/lab-host';

import { type Stage } from './stage.js';

/** The lab's network is isolated, so the daemon cannot download anything. */
const EMPTY_STORE =
  'the store holds no images: fill it with `npm run -s pxeboot -- sync --data-dir DIR`, then give --store DIR';

/** Returns a stage that waits until the daemon has bound its sockets and has images to serve. */
export function daemonReady(deadlineMs = 60_000): Stage {
  return {
    name: 'daemon ready',
    deadlineMs,
    async run(boot, signal) {
      // Either may come first: serving does not wait for images.
      let bound = false;
      let generation: string | undefined;
      await boot.story.next((event) => {
        if (event.event === 'images.missing') {
          throw new LabError('ERR_LAB_STAGE', EMPTY_STORE);
        }
        if (event.event === 'serve.ready') {
          bound = true;
        }
        if (event.event === 'images.ready') {
          generation = event.generation;
        }
        return bound && generation !== undefined ? true : undefined;
      }, signal);
      return `generation ${generation ?? ''}`;
    },
  };
}

/** Returns a stage that waits until the daemon has bound its sockets; it may have no images. */
export function daemonServing(deadlineMs = 60_000): Stage {
  return {
    name: 'daemon serving',
    deadlineMs,
    async run(boot, signal) {
      await boot.story.next((event) => event.event === 'serve.ready' || undefined, signal);
      return 'without images';
    },
  };
}

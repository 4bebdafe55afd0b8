import { type Stage } from './stage.js';

/** The daemon has bound its sockets and has images to serve. */
export function daemonReady(deadlineMs = 60_000): Stage {
  return {
    name: 'daemon ready',
    deadlineMs,
    async run(boot, signal) {
      // Either may come first: serving does not wait for images.
      let bound = false;
      let generation: string | undefined;
      await boot.story.next((event) => {
        if (event.event === 'serve.ready') bound = true;
        if (event.event === 'images.ready') generation = event.generation;
        return bound && generation !== undefined ? true : undefined;
      }, signal);
      return `generation ${generation ?? ''}`;
    },
  };
}

import { useEffect, useRef } from 'preact/hooks';

/** Minimum interval between two reads of the same thing, in milliseconds. */
const READ_EVERY_MS = 1_000;

/**
 * Reads at once, and again when the version changes: never two at a time, and at most once per interval, however
 * often it changes.
 *
 * @param key - names what is read; a new key is read at once
 * @param version - changes with each event that may affect what is read
 * @param load - reads; `isCurrent` returns false once the page is gone or shows another key
 */
export function useReads(
  key: string,
  version: string,
  load: (isCurrent: () => boolean) => Promise<void>,
): void {
  const newest = useRef(load);
  newest.current = load;
  const request = useRef<(() => void) | undefined>(undefined);
  const readVersion = useRef(version);
  useEffect(() => {
    let isOpen = true;
    let isRunning = false;
    let isWanted = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async (): Promise<void> => {
      isRunning = true;
      isWanted = false;
      try {
        await newest.current(() => isOpen);
      } finally {
        timer = setTimeout(() => {
          isRunning = false;
          if (isWanted) {
            void run();
          }
        }, READ_EVERY_MS);
      }
    };
    request.current = () => {
      if (isRunning) {
        isWanted = true;
      } else {
        void run();
      }
    };
    request.current();
    return () => {
      isOpen = false;
      isWanted = false;
      clearTimeout(timer);
    };
  }, [key]);
  useEffect(() => {
    if (readVersion.current !== version) {
      readVersion.current = version;
      request.current?.();
    }
  }, [version]);
}
